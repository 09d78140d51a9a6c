"""Every route and the stream, for everybody whom a server with accounts can meet: exactly what they are to be told."""

import re
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from persona_lab.store.database import Store
from tests.support import matrix, postgresql
from tests.support.accounts import Accounts, Unchecked
from tests.support.matrix import ROLES, TABLE, World

CASES = [(role, visibility) for role in ROLES for visibility in ("private", "public")]


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    url = postgresql.database()
    yield url
    postgresql.drop(url)


@pytest.fixture(scope="module")
def world(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    store = Store(database)
    with Accounts(tmp_path_factory.mktemp("team"), database) as server:
        yield World(server, store).make()
    store.close()


def test_the_matrix_has_a_row_for_every_operation(world: World) -> None:
    paths = httpx.get(f"{world.server.url}/openapi.json").json()["paths"]
    served = {(method.upper(), path) for path, operations in paths.items() for method in operations}
    assert served == set(TABLE)


def unnumbered(body: bytes) -> bytes:
    """Return an answer without the number of its request, which each has of its own."""
    return re.sub(rb'"request_id":"[^"]*"', b"", body)


def answers(world: World) -> tuple[list[str], Counter[str]]:
    """Ask everything as everybody; return what was answered otherwise than it must be, and how many were refused."""
    wrong: list[str] = []
    count: Counter[str] = Counter()
    for role, visibility in CASES:
        with world.client(role) as http:
            for route in TABLE:
                wanted = matrix.expected(route, role, visibility)
                got = matrix.ask(world, http, route, role, visibility)
                where = f"{role}, {visibility}: {' '.join(route)}"
                if got.status != wanted:
                    wrong.append(f"{where}: {got.status} and not {wanted}: {got.body[:200]!r}")
                held = (matrix.PUBLIC if visibility == "public" else matrix.PRIVATE).get(role)
                is_hidden = wanted == 404 and held == "hidden" and TABLE[route].need in matrix.LEVELS
                of_nothing = matrix.ask_of_nothing(world, http, route, visibility).body if is_hidden else b""
                if is_hidden and unnumbered(got.body) != unnumbered(of_nothing):
                    wrong.append(f"{where}: what is hidden is answered otherwise than what isn't there")
                if wanted in (401, 403) or is_hidden:
                    count["refused"] += 1
                    if matrix.SECRET_WORDS.encode() in got.body:
                        wrong.append(f"{where}: the refusal tells what it refuses")
                count["asked"] += 1
    return wrong, count


def test_everybody_is_answered_exactly_what_they_must_be(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    wrong, count = answers(world)
    with capsys.disabled():
        print(f"\n{count['asked']:,} requests; {count['refused']:,} were to be refused, {len(wrong):,} went wrong")
    assert wrong == []


def test_with_the_policies_off_the_checks_in_code_still_hold(world: World, database: str) -> None:
    with postgresql.without_policies(database):
        wrong, count = answers(world)
    assert (wrong, count["refused"] > 500) == ([], True)


def test_with_the_checks_in_code_taken_out_the_policies_still_hold(
    world: World, database: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Nobody of another company gets anything at all, and nobody who is no member anything that isn't public."""
    leaked: list[str] = []
    with Unchecked(tmp_path_factory.mktemp("unchecked"), database) as server:
        unchecked = World(server, world.store, world.ids, world.tokens)
        for role, visibility in (("eve", "private"), ("eve", "public"), ("carl", "private"), ("carl", "public")):
            before = matrix.deeds_of(world.store, role)
            held = (matrix.PUBLIC if visibility == "public" else matrix.PRIVATE)[role]
            with unchecked.client(role) as http:
                for route, row in TABLE.items():
                    # The stream reads as the house does, and asks by the table alone.
                    if row.need not in matrix.LEVELS or "/sse/" in route[1]:
                        continue
                    got = matrix.ask(unchecked, http, route, role, visibility)
                    # What is public may be read; what asks to change it finds nothing to change, or is refused.
                    told = got.body not in (b"[]", b"") and got.status < 300
                    has_secret = matrix.SECRET_WORDS.encode() in got.body
                    if got.status >= 500 or ((told or has_secret) and held == "hidden"):
                        leaked.append(f"{role}, {visibility}: {' '.join(route)}: {got.status} {got.body[:200]!r}")
            assert matrix.deeds_of(world.store, role) == before, (role, visibility)
    assert leaked == []
