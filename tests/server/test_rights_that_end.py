"""Whoever loses the right to read reads no further: an answer under way ends, and streams do, on every server."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest

from persona_lab.engines.base import Tally
from persona_lab.errors import PersonaLabError, ServerError
from persona_lab.models import Delta, Identity, Message, now
from persona_lab.server import forms
from persona_lab.server.streaming.hub import Hub
from persona_lab.server.talking import answering
from persona_lab.server.talking.asking import ask
from persona_lab.store import conversations, projects, spending
from persona_lab.store.database import Store
from persona_lab.store.people import accounts, members, tokens
from tests.support import postgresql
from tests.support.accounts import ACME, PEOPLE, Accounts
from tests.support.answering import server

# So soon somebody reads no more.
SOON_SECONDS = 5.0


class Endless:
    """Begins to speak, never ends, and says what it cost when it is stopped."""

    name, model = "llm", "endless"

    async def answer(self, *_: object) -> AsyncGenerator[Delta | Tally]:
        tally = Tally(len)
        yield tally
        while True:
            tally.count("Why?", "And on. ")
            yield Delta(text="And on. ")
            await asyncio.sleep(0.02)


@pytest.fixture
def url() -> str:
    return postgresql.emptied()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url)
    yield opened
    opened.close()


def person(store: Store, name: str, **other: Any) -> Identity:
    with store.writing() as connection:
        known = accounts.ensure(connection, f"id-of-{name}", ACME, names=(name,))
    return Identity(user_id=known.id, company_id=ACME, company_role="user", name=name, **other)


def study(store: Store, *members_too: Identity) -> str:
    olga = person(store, "olga")
    with store.writing() as connection:
        project = projects.create(connection, epoch=store.epoch, name="Study", company_id=ACME, owner_id=olga.user_id)
        for one in members_too:
            members.add(connection, project.id, accounts.get(connection, ACME, one.user_id), "member", by="olga")
    return project.id


def read_on_after(
    store: Store, who: Identity, project_id: str, loss: Callable[[], None], *, lasting: timedelta | None = None
) -> list[dict[str, Any]]:
    """Ask, cause a loss as soon as the answer is under way, and return what was read from then on.

    Args:
        lasting: how long the token holds from the question on.
    """

    async def read() -> list[dict[str, Any]]:
        with server(store, Endless(), who=who) as serving:
            body = forms.Question(project_id=project_id, messages=(Message(role="user", content="Why?"),))
            asked = ask(serving, body, user=who.name)
            if lasting is not None:
                serving.store = store.acting_as(who.model_copy(update={"expires_at": now() + lasting}))
            parts = answering.answered(serving, asked)
            assert (await anext(parts))["type"] == "started"
            assert (await anext(parts))["type"] == "delta"
            await asyncio.to_thread(loss)
            async with asyncio.timeout(SOON_SECONDS):
                rest = [part async for part in parts]
                # The engine ends in its own time, and what it cost is kept then.
                await asyncio.gather(*serving.ending, return_exceptions=True)
                return rest

    return asyncio.run(read())


def kept(store: Store, project_id: str) -> tuple[str, str]:
    """Return how the answer is kept: its state, and what is said of that."""
    with store.reading() as connection:
        question, answer = conversations.messages_of_project(connection, project_id)
    assert question.content == "Why?"
    assert answer.content.startswith("And on. ")
    return answer.state, answer.note


def test_an_answer_ends_with_the_membership_and_is_kept_and_paid_for(store: Store) -> None:
    ada = person(store, "ada")
    project_id = study(store, ada)

    def remove() -> None:
        with store.writing() as connection:
            members.remove(connection, project_id, ada.user_id)

    rest = read_on_after(store, ada, project_id, remove)
    assert (rest[-1]["type"], rest[-1]["code"]) == ("error", "project_not_found")
    assert kept(store, project_id) == ("broken", answering.LOST)
    with store.reading() as connection:
        (spent,) = spending.of_project(connection, project_id)
    assert (spent.calls, spent.input_tokens) == (1, len("Why?"))


def test_an_answer_whose_reader_cannot_be_watched_ends(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ada = person(store, "ada")
    project_id = study(store, ada)
    is_broken = threading.Event()
    words = "what Mina said"

    async def lost(*_: object) -> PersonaLabError:
        await asyncio.to_thread(is_broken.wait, 30.0)
        raise LookupError(words)

    monkeypatch.setattr(Hub, "lost", lost)
    rest = read_on_after(store, ada, project_id, is_broken.set)
    assert (rest[-1]["type"], rest[-1]["code"]) == ("error", "server_error")
    assert kept(store, project_id) == ("broken", ServerError().message)
    assert "an answer could not be watched: LookupError" in caplog.text
    assert words not in caplog.text


@pytest.mark.parametrize("ending", ["revoked", "closed"])
def test_an_answer_ends_with_the_token_or_the_account(store: Store, url: str, ending: str) -> None:
    olga = person(store, "olga")
    project_id = study(store)
    with store.writing() as connection:
        token = tokens.create(connection, company_id=ACME, user_id=olga.user_id, name="notebook")
    other = Store(url)

    def end() -> None:
        # By another process, as `persona-lab token` is one.
        with other.writing() as connection:
            if ending == "revoked":
                tokens.revoke(connection, token.id)
            else:
                accounts.change(connection, ACME, olga.user_id, is_closed=True)

    rest = read_on_after(store, olga.model_copy(update={"token_id": token.id}), project_id, end)
    other.close()
    assert rest[-1]["code"] == {"revoked": "token_revoked", "closed": "account_closed"}[ending]
    assert kept(store, project_id) == ("broken", answering.LOST)


def test_an_answer_ends_with_the_time_that_the_token_holds(store: Store) -> None:
    olga = person(store, "olga")
    project_id = study(store)
    rest = read_on_after(store, olga, project_id, lambda: None, lasting=timedelta(seconds=2))
    assert rest[-1]["code"] == "token_expired"
    assert kept(store, project_id) == ("broken", answering.LOST)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Accounts, Accounts]]:
    """Two servers on one database."""
    database = postgresql.database()
    folder = tmp_path_factory.mktemp("team")
    with Accounts(folder / "one", database) as one, Accounts(folder / "two", database) as other:
        for name in PEOPLE:
            with one.as_(name) as http:
                http.get("/api/me")
        yield one, other
    postgresql.drop(database)


@pytest.fixture
def project_id(two: tuple[Accounts, Accounts]) -> str:
    """A private project of olga's."""
    with two[0].as_("olga") as http:
        return str(http.post("/api/projects", json={"name": "Study"}).json()["id"])


def lasts(http: httpx.Client, project_id: str, is_open: threading.Barrier) -> float:
    """Open a stream, and return when it ended."""
    with http.stream("GET", f"/api/sse/projects/{project_id}", timeout=60) as stream:
        assert stream.status_code == 200
        is_open.wait(20)
        for _ in stream.iter_raw():
            pass
    return time.monotonic()


def ends_after(clients: list[httpx.Client], project_id: str, loss: Callable[[], httpx.Response]) -> float:
    """Open a stream for each client, cause a loss, and return after how long the last stream ended."""
    is_open = threading.Barrier(len(clients) + 1)
    with ThreadPoolExecutor(len(clients)) as pool:
        lasting = [pool.submit(lasts, http, project_id, is_open) for http in clients]
        is_open.wait(20)
        begun = time.monotonic()
        assert loss().is_success
        return max(one.result(60) for one in lasting) - begun


def test_streams_end_with_their_revoked_token_on_every_server(two: tuple[Accounts, Accounts], project_id: str) -> None:
    one, other = two
    with one.as_("olga") as olga:
        made = olga.post("/api/tokens", json={"name": "notebook"}).json()
        with one.with_token(made["token"]) as here, other.with_token(made["token"]) as there:
            seconds = ends_after([here, there], project_id, lambda: olga.delete(f"/api/tokens/{made['id']}"))
            assert seconds < SOON_SECONDS
            # A notebook comes back at once, and is still known for a moment.
            for http in (here, there):
                answer = http.get(f"/api/sse/projects/{project_id}")
                assert (answer.status_code, answer.json()["code"]) == (401, "token_revoked")


def test_streams_end_with_the_membership_on_every_server(two: tuple[Accounts, Accounts], project_id: str) -> None:
    one, other = two
    path = f"/api/projects/{project_id}/members"
    with one.as_("olga") as olga, one.as_("max") as here, other.as_("max") as there:
        olga.post(path, json={"user": "max"})
        assert ends_after([here, there], project_id, lambda: olga.delete(f"{path}/id-of-max")) < SOON_SECONDS
        assert there.get(f"/api/sse/projects/{project_id}").status_code == 404


def test_streams_end_with_the_account_on_every_server(two: tuple[Accounts, Accounts], project_id: str) -> None:
    one, other = two
    with one.as_("boss") as boss, one.as_("carl") as here, other.as_("carl") as there, one.as_("olga") as olga:
        olga.post(f"/api/projects/{project_id}/members", json={"user": "carl"})
        close = {"closed": True}
        assert (
            ends_after([here, there], project_id, lambda: boss.patch("/api/company/users/id-of-carl", json=close))
            < SOON_SECONDS
        )
        boss.patch("/api/company/users/id-of-carl", json={"closed": False})
