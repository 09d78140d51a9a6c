"""What README shows is run as it stands."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from persona_lab import samples, settings
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
