from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from persona_lab import __version__, settings
from persona_lab.__main__ import main
from persona_lab.commands import COMMANDS, module_of, options
from persona_lab.errors import InvalidRequest
from persona_lab.models import ENGINES
from tests.support.logging import unchanged


@pytest.fixture(autouse=True)
def loggers() -> Iterator[None]:
    with unchanged():
        yield


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
    monkeypatch.setenv("PERSONA_LAB_TOKEN", "x9f3-k27q")
    assert "x9f3-k27q" not in repr(settings.load())


def test_a_wrong_number_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSONA_LAB_IDLE_EXIT_SECONDS", "soon")
    with pytest.raises(InvalidRequest, match=r"^PERSONA_LAB_IDLE_EXIT_SECONDS: "):
        settings.load()


def test_all_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert [one.name for one in COMMANDS if f"  {one.name} " not in said or one.words not in said] == []


@pytest.mark.parametrize("name", [one.name for one in COMMANDS])
def test_each_command_reads_like_a_manual(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert module_of(name).DESCRIPTION in said
    assert f"examples:\n  persona-lab {name}" in said or f" persona-lab {name}" in said.partition("examples:\n")[2]
    assert "exit codes:" in said
    assert max(map(len, said.splitlines())) <= 120


def test_the_engines_that_can_be_chosen_are_those_there_are() -> None:
    assert options.ENGINES == ENGINES


@pytest.mark.parametrize(
    ("name", "near"),
    [("PERSONA_LAB_DATABSE", " Did you mean PERSONA_LAB_DATABASE?"), ("PERSONA_LAB_0123456789_9876543210", "")],
)
def test_a_variable_that_is_no_setting_is_named(name: str, near: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "x")
    with pytest.raises(InvalidRequest) as refused:
        settings.load()
    assert refused.value.message == f"{name} is no setting of persona_lab.{near} persona-lab settings lists them."


def test_what_kubernetes_sets_for_a_service_of_that_name_is_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PERSONA_LAB_SERVICE_HOST", "PERSONA_LAB_PORT", "PERSONA_LAB_PORT_80_TCP_ADDR"):
        monkeypatch.setenv(name, "10.0.0.1")
    assert settings.load().engine == "local"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"FILES_REGION": "eu-west-1"}, "PERSONA_LAB_FILES_REGION is set, and no bucket is named."),
        ({"FILES": "s3://b", "FILES_KEY_ID": "k"}, "go together"),
        ({"FILES": "/var/files"}, "PERSONA_LAB_FILES must look like s3://"),
    ],
)
def test_settings_that_make_no_sense_together_are_refused_at_start(
    given: dict[str, str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"PERSONA_LAB_{name}", value)
    assert main(["serve", "--workspace", str(tmp_path)]) == 1
    assert said in capsys.readouterr().err


def test_the_settings_say_what_they_are_and_keep_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PERSONA_LAB_DATABASE", "postgresql://app:verysecret@db/x")
    monkeypatch.setenv("PERSONA_LAB_STREAMS", "5")
    assert main(["settings"]) == 0
    said = capsys.readouterr().out
    assert "  PERSONA_LAB_STREAMS = 5 (environment)\n" in said
    assert "  PERSONA_LAB_DATABASE = set, and not shown (environment)\n" in said
    assert "  PERSONA_LAB_TOKEN = not set (default)\n" in said
    assert "verysecret" not in said
    assert all(settings.variable(name) in said for name in settings.Settings.model_fields)


def test_each_setting_says_what_it_means() -> None:
    assert [name for name, field in settings.Settings.model_fields.items() if not field.description] == []


def test_a_worker_of_no_database_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["worker"]) == 1
    assert capsys.readouterr().err == (
        "persona-lab: Say which database the servers use: set PERSONA_LAB_DATABASE, or give --database. "
        "A workspace without one needs no worker.\n"
    )
