"""Binder's steps, repeated here: a user without root, a fresh environment, what is pinned, `postBuild`, a base URL."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.jupyter import JupyterLab
from tests.support.server import environment

ROOT = Path(__file__).parents[2]
COPIED = ("LICENSE", "README.md", "binder", "notebooks", "persona_lab", "pyproject.toml")
BASE_URL = "/user/x/"
NOTEBOOK = "notebooks/01-quickstart.ipynb"
INSTALL_SECONDS = 600


def without_root() -> tuple[str, ...] | None:
    """Return what a command begins with so that it runs without root: nothing for whoever has none.

    None where root can't be given up.
    """
    if os.geteuid() != 0:
        return ()
    if shutil.which("unshare") is None:
        return None
    beginning = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
    tried = subprocess.run([*beginning, "id", "--user"], capture_output=True, text=True, check=False)
    return beginning if tried.stdout.strip() == "1000" else None


def build(folder: Path, beginning: tuple[str, ...]) -> JupyterLab:
    """Install what Binder would into `folder`, as it would; return its JupyterLab, not yet started."""
    source, made, home = folder / "source", folder / "environment", folder / "home"
    source.mkdir(parents=True)
    home.mkdir()
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    # pip keeps what it has downloaded where it always does, for a second time here.
    kept = {key: value for key, value in environment().items() if key != "PYTHONPATH"}
    kept |= {"PIP_CACHE_DIR": str(Path("~/.cache/pip").expanduser()), "HOME": str(home)}
    kept["PATH"] = f"{made / 'bin'}{os.pathsep}{kept['PATH']}"
    for step in (
        [sys.executable, "-m", "venv", str(made)],
        [str(made / "bin" / "python"), "-m", "pip", "install", "--quiet", "-r", "binder/requirements.txt"],
        ["./binder/postBuild"],
    ):
        ran = subprocess.run(
            [*beginning, *step], cwd=source, env=kept, capture_output=True, text=True, timeout=INSTALL_SECONDS
        )
        assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]
    python = str(made / "bin" / "python")
    command = ("env", "--unset=PYTHONPATH", *beginning, python)
    return JupyterLab(folder / "jupyter", command=command, base_url=BASE_URL, work=source)
