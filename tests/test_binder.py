"""Binder installs what is pinned, and nothing besides; so all that the package needs must be pinned."""

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
