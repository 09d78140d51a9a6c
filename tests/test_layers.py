"""Imports point one way, and the first one is quick."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import persona_lab

PACKAGE = Path(persona_lab.__file__).parent
NEAR = ("client", "lab", "widgets", "replica")
FAR = ("server", "jobs", "discretion", "engines", "transcripts", "store")
# Who may import whom, besides themselves; everybody may import the words.
WORDS = {"models", "errors"}
ALLOWED = {
    "models": set(),
    "errors": set(),
    "settings": set(),
    "logs": set(),
    # Each command knows the parts it puts together.
    "team": {"store"},
    "commands": {"team", "lab", "server", "engines", "store", "settings", "logs", "memory"},
    # How an error is written down without what it holds.
    "discretion": set(),
    # What a process keeps of what it freed.
    "memory": set(),
    "transcripts": set(),
    # Whom a connection trusts.
    "trust": set(),
    "engines": {"transcripts", "original", "discretion", "memory", "trust"},
    "store": set(),
    "jobs": {"logs", "discretion", "engines", "transcripts", "store"},
    "server": {"jobs", "discretion", "engines", "transcripts", "store", "settings", "logs"},
    "client": {"trust"},
    "replica": set(),
    # The original's form of an analysis, for engines that read it and for the notebook that writes it.
    "original": set(),
    # Coded text as other tools exchange it: reading and writing it knows nothing of servers and notebooks.
    "refi": set(),
    "samples": set(),
    "widgets": {"lab"},
    "lab": {"client", "original", "refi", "replica", "widgets", "settings", "samples"},
}
HEAVY = (
    "anywidget",
    "dbos",
    "duckdb",
    "fastapi",
    "httpx",
    "IPython",
    "kiwipiepy",
    "numpy",
    "pandas",
    "pydantic",
    "sqlalchemy",
    "uvicorn",
)


def parts() -> Iterator[tuple[Path, str]]:
    """Yield each file with the part of the house it belongs to."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if not name.startswith("__"):
            yield path, name


def imported(path: Path) -> set[str]:
    """Return the parts of persona_lab that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("persona_lab.")}
    return {name for name in found if not name.startswith("__")}


@pytest.mark.parametrize(
    ("path", "part"), [pytest.param(*found, id=str(found[0].relative_to(PACKAGE))) for found in parts()]
)
def test_imports_point_down(path: Path, part: str) -> None:
    assert imported(path) - ALLOWED[part] - WORDS - {part} == set()


def test_the_analysts_side_never_imports_the_servers() -> None:
    assert {part for part in NEAR if ALLOWED[part] & set(FAR)} == set()


def test_the_servers_side_never_imports_the_analysts() -> None:
    assert {part for part in FAR if ALLOWED[part] & set(NEAR)} == set()


def test_the_environment_is_read_in_one_place() -> None:
    """`os.environ` may be handed on to a child; only `settings` may decide by it."""
    readers = {
        path.name
        for path, part in parts()
        if part != "settings" and any(word in path.read_text() for word in ("getenv", "environ.get", "environ["))
    }
    assert readers == set()


def test_import_persona_lab_loads_nothing_heavy() -> None:
    program = f"import sys, persona_lab; print([name for name in {HEAVY} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout == "[]\n"


@pytest.mark.parametrize("command", ["", "serve", "migrate", "settings", "backup"])
def test_help_loads_nothing_heavy(command: str) -> None:
    program = (
        "import sys\nfrom persona_lab.__main__ import main\n"
        f"try: main(['{command}', '--help'][not '{command}':])\n"
        f"except SystemExit: print([name for name in {HEAVY} if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.splitlines()[-1] == "[]"


def test_the_analysts_side_loads_nothing_of_the_servers() -> None:
    program = (
        "import sys, persona_lab.lab.session, persona_lab.widgets.board;"
        "print([name for name in ('dbos', 'fastapi', 'sqlalchemy', 'uvicorn', 'kiwipiepy') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout == "[]\n"


def test_what_is_exported_is_sorted_and_there() -> None:
    assert persona_lab.__all__ == sorted(persona_lab.__all__)
    assert [name for name in persona_lab.__all__ if not hasattr(persona_lab, name)] == []
    assert dir(persona_lab) == persona_lab.__all__


def test_what_is_not_exported_is_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'persona_lab' has no attribute 'conect'"):
        persona_lab.conect  # noqa: B018 - asking for it is the test


@pytest.mark.parametrize("name", [name for name in persona_lab.__all__ if not name.startswith("__")])
def test_each_name_is_documented(name: str) -> None:
    assert getattr(persona_lab, name).__doc__


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(PACKAGE))) for path, _ in parts()])
def test_each_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_every_module_can_be_imported() -> None:
    for path, _ in parts():
        name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        importlib.import_module(name)
