"""Binder installs what is pinned, and nothing besides; so all that the package needs must be pinned."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]


def test_everything_the_package_needs_is_pinned_as_it_is_wanted() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (ROOT / "binder" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if "==" in line)
    versions = {canonicalize_name(name): Version(version.split(";")[0].strip()) for name, version in pinned.items()}
    wanted = [Requirement(line) for line in project["dependencies"]]
    needed = [one for one in wanted if one.marker is None or one.marker.evaluate()]
    assert needed
    missing = [one.name for one in needed if canonicalize_name(one.name) not in versions]
    assert missing == []
    assert [str(one) for one in needed if versions[canonicalize_name(one.name)] not in one.specifier] == []


def test_repo2docker_accepts_it_and_makes_its_dockerfile() -> None:
    """Nothing is built, so no Docker is needed."""
    command = [
        sys.executable,
        "-m",
        "repo2docker",
        "--no-build",
        "--debug",
        "--user-id",
        "1000",
        "--user-name",
        "jovyan",
    ]
    ran = subprocess.run([*command, str(ROOT)], capture_output=True, text=True, timeout=120)
    made = ran.stdout + ran.stderr
    assert ran.returncode == 0, made[-3000:]
    assert "conda environment for python=3.11" in made
    lines = [line for line in made.splitlines() if re.match(r"(RUN|USER|COPY)\b", line)]
    installs = next(n for n, line in enumerate(lines) if "pip install" in line and "binder/requirements.txt" in line)
    afterwards = next(n for n, line in enumerate(lines) if line == "RUN ./binder/postBuild")
    assert installs < afterwards
    # Both are done by the user that the notebook will run as.
    for step in (installs, afterwards):
        assert [line for line in lines[:step] if line.startswith("USER")][-1] == "USER ${NB_USER}"
