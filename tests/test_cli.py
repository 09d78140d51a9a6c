from pathlib import Path

import pytest
import uvicorn

from persona_lab import __version__, settings
from persona_lab.__main__ import main
from persona_lab.errors import InvalidRequest


@pytest.fixture(autouse=True)
def nothing_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that did come up would serve, and then end this process."""

    def come_up(*_: object, **__: object) -> None:
        raise AssertionError("the server came up")

    monkeypatch.setattr(uvicorn.Server, "run", come_up)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"{__version__}\n"


def test_serve_explains_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["serve", "--help"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert all(option in said for option in ("--workspace", "--host", "--port", "--engine"))


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing"],
        ["serve", "--port", "x"],
        ["serve", "--port", "-1"],
        ["serve", "--port", "70000"],
        ["serve", "--engine", "x"],
        ["serve", "--nothing"],
        ["serve", "x"],
    ],
)
def test_what_is_not_understood_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert "usage: persona-lab" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["256.1.1.1", "nowhere.invalid", "192.0.2.1"])
def test_a_host_that_cant_be_listened_on_is_one_sentence(
    host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--workspace", str(tmp_path), "--host", host]) == 1
    assert capsys.readouterr().err.startswith(f"persona-lab: Can't listen on {host}:")


def test_a_workspace_that_cant_be_made_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["serve", "--workspace", str(tmp_path / "file" / "workspace")]) == 1
    assert "can't be made" in capsys.readouterr().err


def test_a_wrong_setting_names_itself(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PERSONA_LAB_ENGINE", "magic")
    assert main(["serve"]) == 1
    assert capsys.readouterr().err == (
        "persona-lab: PERSONA_LAB_ENGINE: Input should be 'local', 'miso' or 'llm'. "
        "Correct the environment variable or unset it.\n"
    )


def test_settings_have_defaults() -> None:
    found = settings.load()
    assert (found.home, found.token, found.engine) == (Path(".persona_lab"), None, "local")


def test_a_token_in_the_settings_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSONA_LAB_TOKEN", "b5c1d9e0")
    assert "b5c1d9e0" not in repr(settings.load())


def test_a_wrong_number_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSONA_LAB_IDLE_EXIT_SECONDS", "soon")
    with pytest.raises(InvalidRequest, match=r"^PERSONA_LAB_IDLE_EXIT_SECONDS: "):
        settings.load()


def test_a_worker_of_no_database_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["worker"]) == 1
    assert capsys.readouterr().err == (
        "persona-lab: Say which database the servers use: set PERSONA_LAB_DATABASE, or give --database. "
        "A workspace without one needs no worker.\n"
    )
