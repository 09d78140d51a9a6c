"""What a team's worker, server and database write down of work that goes wrong: that it did, and nobody's words."""

import base64
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import psycopg
import pytest

from tests.fakes.miso import KEY_OF, FakeMiso, Refused
from tests.support import postgresql
from tests.support.accounts import SECRET, token_of
from tests.support.team import TOKEN, Team
from tests.support.uploading import processed, upload

# An engine of ours that fails with an error that nobody expected, which repeats what was said.
FAILING = """
import sys
from persona_lab.__main__ import main
from persona_lab.engines.local import LocalEngine

def analyse(self, transcript, context, run):
    if "perspicacious" in transcript.text:
        raise ValueError(f"can't make anything of {transcript.text}")
    return before(self, transcript, context, run)

before, LocalEngine.analyse = LocalEngine.analyse, analyse
sys.exit(main(sys.argv[1:]))
"""
# The database refuses a statement that holds what was said.
REFUSING = """
CREATE FUNCTION refuse() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.text LIKE '%kaleidoscopic%' THEN RAISE EXCEPTION 'refused by a trigger'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refusing BEFORE INSERT ON turns FOR EACH ROW EXECUTE FUNCTION refuse();
"""
SAID = {
    "local": "Ottoline: I loathe perspicacious wombats.\nOttoline: Zygomorphic quarterlies bewilder everybody.\n",
    "database": "Thelonius: A kaleidoscopic checkout discombobulates.\nThelonius: Reach me at 010-4829-7731.\n",
    "miso": "Wilhelmina: Quixotic lullabies.\nWilhelmina: Somnambulant bureaucrats defenestrate whippersnappers.\n",
}
# A word of nobody's, by which it is seen that the database does write down what fails.
SEEN = "thaumaturgist"


def refusing(inputs: Mapping[str, str]) -> Any:
    raise Refused(400, "invalid_param", f"Nothing can be made of {inputs}")


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    url = postgresql.database()
    with psycopg.connect(url, autocommit=True) as connection:
        name = connection.info.dbname
        # As whoever looks for a fault may set it.
        connection.execute(f"ALTER DATABASE {name} SET log_parameter_max_length_on_error = -1")
        connection.execute(REFUSING)
    yield url
    postgresql.drop(url)


@pytest.fixture(scope="module")
def team(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """A server with accounts, and a worker; MISO refuses what it is sent, and repeats it."""
    with FakeMiso() as miso, pytest.MonkeyPatch.context() as patch:
        miso.outputs = refusing
        patch.setenv("PERSONA_LAB_JWT_SECRET", SECRET)
        patch.setenv("PERSONA_LAB_MISO_URL", miso.url)
        for app, key in KEY_OF.items():
            patch.setenv(f"PERSONA_LAB_MISO_{app.upper()}_KEY", key)
        found = Team(tmp_path_factory.mktemp("team"), database, (sys.executable, "-c", FAILING))
        try:
            for member in (found.server(), found.worker()):
                member.launch()
            for member in found.members:
                member.wait()
            yield found
        finally:
            found.stop()


def words(*texts: str) -> set[str]:
    return {word.lower() for text in texts for word in re.findall(r"[\w-]{4,}", text)}


def test_no_word_and_no_token_is_in_any_log(team: Team, database: str) -> None:
    failed: dict[str, Any] = {}
    with httpx.Client(
        base_url=team.members[0].url, headers={"authorization": f"Bearer {token_of('olga')}"}, timeout=60.0
    ) as http:
        mine = http.post("/api/tokens", json={"name": "a notebook's"}).json()["token"]
        for name, text in SAID.items():
            engine = name if name == "miso" else "local"
            project = http.post("/api/projects", json={"name": name, "engine": engine, "redaction": "off"}).json()
            failed[name] = processed(http, upload(http, project["id"], text))["interview"]["error"]
    for wrong in (mine, f"{mine[:-1]}x", token_of("olga", exp=1), TOKEN):
        httpx.get(f"{team.members[0].url}/api/projects", headers={"authorization": f"Bearer {wrong}"})
    with psycopg.connect(database, autocommit=True) as connection, pytest.raises(psycopg.Error):
        connection.execute("SELECT 1 / length(%s)::int / 0", (SEEN,))
    server, worker = (member.log for member in team.members)
    logs = {"server": server, "worker": worker, "database": postgresql.log()}
    # Each of them went wrong where it was to.
    assert (failed["local"]["code"], failed["database"]["code"]) == ("server_error", "server_error")
    assert failed["miso"]["code"] == "engine_refused"
    assert "ValueError" in worker
    assert "refused by a trigger" in logs["database"]
    assert SEEN in logs["database"]
    secrets = {mine, TOKEN, SECRET, *KEY_OF.values(), token_of("olga").rpartition(".")[2]}
    for name, log in logs.items():
        assert {word for word in words(*SAID.values()) if word in log.lower()} == set(), name
        assert [secret for secret in secrets if secret in log] == [], name
    assert "Traceback" not in server + worker
    # Nor in what the jobs keep of their errors.
    kept = team.sql("SELECT error FROM dbos.operation_outputs WHERE error IS NOT NULL")
    assert len(kept) == len(SAID)
    for (error,) in kept:
        told = base64.b64decode(str(error)).decode(errors="replace").lower()
        assert {word for word in words(*SAID.values()) if word in told} == set(), told
