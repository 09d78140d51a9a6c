"""`persona-lab token`, as whoever runs a team's server uses it."""

import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

import persona_lab
from persona_lab.__main__ import main
from persona_lab.errors import Forbidden, TokenRevoked, WrongPassword
from tests.support import postgresql
from tests.support.accounts import Accounts


def keep_connecting(url: str, token: str) -> None:
    """Connect for the ten seconds that a token may still be known for."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        persona_lab.connect(url, token=token).close()
        time.sleep(0.2)


def test_a_token_lets_a_notebook_in_until_it_is_revoked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = postgresql.database()
    monkeypatch.setenv("PERSONA_LAB_DATABASE", database)
    monkeypatch.setenv("PERSONA_LAB_HOME", str(tmp_path / "notebook"))
    assert main(["token", "create", "--user", "mina"]) == 1
    assert "Say of which company it is to be: --company" in capsys.readouterr().err
    assert main(["token", "create", "--user", "mina", "--company", "acme", "--role", "admin"]) == 0
    token = capsys.readouterr().out.split()[-1]
    assert main(["token", "create", "--user", "jun", "--company", "acme", "--days", "0", "--read-only"]) == 0
    jun = capsys.readouterr().out.split()[-1]
    with Accounts(tmp_path / "team", database) as server:
        lab = persona_lab.connect(server.url, token=token)
        assert (lab.me.user, lab.me.company_role, lab.me.scopes) == ("mina", "admin", ("read", "write"))
        project = lab.project("Checkout")
        project.add_member("jun")
        assert list(project.members["name"]) == ["mina", "jun"]
        assert project.members["role"].tolist() == ["owner", "member"]
        assert list(lab.tokens["name"]) == ["notebook"]
        with pytest.raises(WrongPassword):
            lab.join(project.id, "made up")
        project.set_password("correct horse battery")
        project.visibility = "public"
        assert project.visibility == "public"
        assert len(project.invite("somebody@acme.example")) > 20
        project.remove_member("jun")
        other = persona_lab.connect(server.url, token=jun)
        with pytest.raises(Forbidden, match="may only read"):
            other.join(project.id, "correct horse battery")
        other.close()
        assert httpx.get(f"{server.url}/api/projects").status_code == 401

        assert main(["token", "list"]) == 0
        listed = capsys.readouterr().out
        assert token not in listed
        (token_id,) = [line.split()[0] for line in listed.splitlines() if " mina " in line]
        assert main(["token", "revoke", token_id]) == 0
        assert "is revoked" in capsys.readouterr().out
        lab.close()
        assert main(["token", "create", "--user", "mina", "--name", "another"]) == 0
        another = capsys.readouterr().out.split()[-1]
        with closing(persona_lab.connect(server.url, token=another)) as again:
            deeds, korean = (again.history(kind="token", locale=locale) for locale in ("en", "ko"))
        assert set(deeds["actor"]) == {"the server's operator"}
        assert deeds["words"].tolist() == [
            "Token “notebook”: made by the server's operator.",
            "Token “notebook”: made by the server's operator.",
            "Token “notebook”: revoked by the server's operator.",
            "Token “another”: made by the server's operator.",
        ]
        assert korean["words"].iloc[-1] == "토큰 “another”: 만듦 (서버 운영자)"
        with pytest.raises(TokenRevoked, match="“notebook” was revoked"):
            keep_connecting(server.url, token)
    postgresql.drop(database)
