"""What README shows is run as it stands."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from persona_lab import samples, settings
from persona_lab.commands import COMMANDS
from persona_lab.lab.interviews.interview import Interview
from persona_lab.lab.project import Project
from persona_lab.lab.session import Lab
from tests.fakes.standing_in import StandIns
from tests.support.server import environment, stop_workspace

README = Path(__file__).parents[1] / "README.md"


def test_the_python_in_readme_runs_as_it_stands(tmp_path: Path) -> None:
    interviews = tmp_path / "interviews"
    interviews.mkdir()
    for path in samples.paths()[3:7]:
        shutil.copy(path, interviews)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert blocks
    stand_ins = StandIns(settings.load())
    program = "\n".join(blocks) + "\nassert project.ask('What worries people about relying on AI?').citations\n"
    try:
        ran = subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            env=environment(home=str(tmp_path / "home")) | stand_ins.settings,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )
    finally:
        stop_workspace(tmp_path / "home")
    assert ran.returncode == 0, ran.stderr


def test_the_demo_shows_real_quotes_and_ends_well(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "persona_lab", "demo", "--workspace", str(tmp_path / "demo")],
        env=environment() | {"COLUMNS": "200"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "16 of 16 interviews completed." in ran.stdout
    said = " ".join(ran.stdout.split())
    transcript = " ".join((samples.FOLDER / "work-0882-lawyer.txt").read_text(encoding="utf-8").split())
    shown = re.findall(r"work-0882-lawyer, turn \d+: “(.*?)”", said)
    assert shown
    assert all(quote in transcript for quote in shown)
    assert list((tmp_path / "demo" / "replicas").glob("*.duckdb"))
    assert "“" in (tmp_path / "demo" / "report.html").read_text(encoding="utf-8")
    assert not (tmp_path / "demo" / "server.json").exists()


def test_what_readme_names_is_there() -> None:
    text = README.read_text(encoding="utf-8")
    linked = re.findall(r"\]\((?!http|#)([^)#\s]+)\)", text)
    named = re.findall(
        r"`((?:persona_lab|tests|notebooks|binder)/[\w./-]*|(?:transcripts|engines|server|widgets|models|commands)/[\w./-]+)`",
        text,
    )
    assert len(linked) > 8
    assert len(named) > 8
    top = README.parent
    assert [
        path for path in [*linked, *named] if not ((top / path).exists() or (top / "persona_lab" / path).exists())
    ] == []


def test_what_readme_links_within_itself_is_a_heading() -> None:
    text = README.read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^\w -]", "", line.lower()).strip().replace(" ", "-")
        for line in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([\w-]+)\)", text)) <= headings


def test_modules_that_readme_runs_are_there() -> None:
    text = README.read_text(encoding="utf-8")
    modules = set(re.findall(r"python -m (tests\.[\w.]+)", text))
    modules |= {f"tests.benchmarks.{name}" for name in re.findall(r"`(bench_\w+)`", text)}
    paths = [README.parent / module.replace(".", "/") for module in modules]
    assert len(paths) > 8
    assert [
        path.name for path in paths if not (path.with_suffix(".py").exists() or (path / "__main__.py").exists())
    ] == []


@pytest.mark.parametrize(("name", "kind"), [("project", Project), ("interview", Interview), ("lab", Lab)])
def test_what_readme_calls_is_there(name: str, kind: type) -> None:
    called = set(re.findall(rf"\b{name}\.([a-z_]+)", README.read_text(encoding="utf-8"))) - {"example"}
    assert called
    assert {one for one in called if not hasattr(kind, one)} == set()


def test_settings_that_readme_names_are_settings() -> None:
    text = README.read_text(encoding="utf-8")
    known = {f"PERSONA_LAB_{name}".upper() for name in settings.Settings.model_fields}
    named = {name for name in re.findall(r"PERSONA_LAB_[A-Z_]+[A-Z]", text) if not name.endswith(("_LLM", "_MISO"))}
    assert len(named) > 10
    assert named - known == set()


def test_commands_that_readme_names_are_there_and_all_are_named() -> None:
    text = README.read_text(encoding="utf-8")
    table = text.partition("## Commands")[2].partition("## Figures")[0]
    listed = {
        name
        for row in re.findall(r"^\| (`persona-lab [^|]*)\|", table, re.MULTILINE)
        for name in re.findall(r"`(?:persona-lab )?(\w+)`", row)
    }
    known = {command.name for command in COMMANDS}
    assert listed == known
    assert set(re.findall(r"persona-lab ([a-z]+)", text)) <= known
