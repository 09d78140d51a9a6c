"""Row-level security, asked by plain SQL: what the database itself lets each kind of person see and change."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import JSON, Boolean, Connection, Float, Integer, LargeBinary, String, Table, text

from persona_lab.errors import Forbidden, PersonaLabError, ReadOnly
from persona_lab.models import NOBODY, Identity
from persona_lab.store.database import Store
from persona_lab.store.schema.policies import RULES, SERVICE, USER
from persona_lab.store.schema.tables import metadata
from tests.support import postgresql

# A private and a public project of one company, and one of another.
PROJECTS = {
    "secret": ("acme", "olga", "private"),
    "open": ("acme", "olga", "public"),
    "theirs": ("rival", "eve", "public"),
}


def somebody(name: str, company: str = "acme", **other: Any) -> Identity:
    return Identity(user_id=name, company_id=company, company_role=other.pop("role", "user"), name=name, **other)


OLGA, ADA, MAX, CARL = (somebody(name) for name in ("olga", "ada", "max", "carl"))
BOSS, EVE = somebody("boss", role="admin"), somebody("eve", "rival", role="admin")
PEOPLE = {one.name: one for one in (OLGA, ADA, MAX, CARL, BOSS, EVE)} | {"nobody": NOBODY}
SEES = {
    "secret": {"olga", "ada", "max", "boss"},
    "open": {"olga", "ada", "max", "boss", "carl"},
    "theirs": {"eve"},
}
WRITES = {"secret": {"olga", "ada", "max", "boss"}, "open": {"olga", "ada", "max", "boss"}, "theirs": {"eve"}}
GOVERNS = {"secret": {"olga", "ada", "boss"}, "open": {"olga", "ada", "boss"}, "theirs": {"eve"}}

OF_PROJECT = [
    name
    for name, table in metadata.tables.items()
    if {"project_id", "interview_id", "conversation_id"} & set(table.c.keys()) and RULES[name] is not None
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    made = postgresql.database()
    yield made
    postgresql.drop(made)


@pytest.fixture(scope="module")
def store(url: str) -> Iterator[Store]:
    opened = Store(url)
    with opened.writing() as connection:
        for company in ("acme", "rival"):
            _insert(connection, metadata.tables["companies"], id=company, name=company)
        for one in PEOPLE.values():
            if one.user_id:
                _insert(
                    connection,
                    metadata.tables["users"],
                    id=one.user_id,
                    company_id=one.company_id,
                    name=one.name,
                    role=one.company_role,
                )
        for project, (company, owner, visibility) in PROJECTS.items():
            _insert(
                connection,
                metadata.tables["projects"],
                id=project,
                company_id=company,
                owner_id=owner,
                visibility=visibility,
                password_hash="argon2",
                seq=1,
            )
            for table in metadata.sorted_tables:
                if table.name in OF_PROJECT and table.name != "members":
                    _insert(connection, table, **_belonging(table, project))
            if company == "acme":
                for member, role in (("ada", "admin"), ("max", "member")):
                    _insert(connection, metadata.tables["members"], project_id=project, user_id=member, role=role)
        for one in (MAX, EVE):
            _insert(
                connection,
                metadata.tables["tokens"],
                id=f"token-{one.name}",
                company_id=one.company_id,
                user_id=one.user_id,
                sha256=f"hash-{one.name}",
                scopes=["read"],
            )
    yield opened
    opened.close()


def _belonging(table: Table, project: str) -> dict[str, Any]:
    told = {"id": f"{table.name}-{project}", "project_id": project, "run_id": f"run-{project}"}
    told |= {"interview_id": f"interviews-{project}", "conversation_id": f"conversations-{project}"}
    told |= {"sha256": f"{table.name}-{project}", "pseudonym": f"P-{project}"}
    # What stands beside the log is of the company as well, and somebody's.
    told |= {"company_id": PROJECTS[project][0], "actor": "x"} if table.name == "audit" else {"actor": None}
    return {name: value for name, value in told.items() if name in table.c}


def _insert(connection: Connection, table: Table, **given: Any) -> None:
    connection.execute(table.insert().values(**_row(table, **given)))


def _row(table: Table, **given: Any) -> dict[str, Any]:
    """Return a row with something in each column that must have something."""
    filled = {
        column.name: _something(column)
        for column in table.c
        if not column.nullable and column.server_default is None and column.name not in given
    }
    return filled | given


def _something(column: Any) -> Any:
    kinds: dict[type, Any] = {JSON: [], Boolean: False, Float: 1.0, Integer: 1, LargeBinary: b"x", String: "x"}
    return next(value for kind, value in kinds.items() if isinstance(column.type, kind))


def _where(table: str, project: str) -> str:
    columns = metadata.tables[table].c
    if "project_id" in columns:
        return f"project_id = '{project}'"
    return (
        f"interview_id = 'interviews-{project}'"
        if "interview_id" in columns
        else f"conversation_id = 'conversations-{project}'"
    )


def seen(store: Store, who: Identity, query: str) -> int:
    """Return how many rows somebody sees; 0 where they may not even look."""
    try:
        with store.acting_as(who).reading() as connection:
            return int(connection.scalar(text(query)) or 0)
    except Forbidden:
        return 0


def changed(store: Store, who: Identity, statement: str, **values: Any) -> int:
    """Return how many rows somebody changes; nothing of it is kept."""
    undone = RuntimeError("undone")
    count = 0
    try:
        with store.acting_as(who).writing() as connection:
            count = connection.execute(text(statement), values).rowcount
            raise undone
    except RuntimeError as error:
        if error is not undone:
            raise
    except Forbidden:
        return 0
    return count


# The tables


def test_every_table_has_a_rule_and_holds_everybody_to_it(url: str) -> None:
    assert set(RULES) == set(metadata.tables)
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
        ).fetchall()
    assert dict.fromkeys(metadata.tables, (True, True)) == {name: tuple(of) for name, *of in rows}


def test_the_roles_own_nothing_that_holds_data_and_can_neither_log_in_nor_pass_by_the_policies(url: str) -> None:
    with psycopg.connect(url) as connection:
        roles = connection.execute(
            "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles "
            "WHERE rolname = ANY(%s)",
            [[USER, SERVICE]],
        ).fetchall()
        owned = connection.execute(
            "SELECT relname FROM pg_class WHERE relowner IN (SELECT oid FROM pg_roles WHERE rolname = ANY(%s))",
            [[USER, SERVICE]],
        ).fetchall()
    assert {name for name, *_ in roles} == {USER, SERVICE}
    assert [any(may) for _, *may in roles] == [False, False]
    assert owned == []


# Seeing


@pytest.mark.parametrize("table", sorted(OF_PROJECT))
@pytest.mark.parametrize("project", PROJECTS)
def test_rows_are_seen_by_who_sees_their_project(store: Store, table: str, project: str) -> None:
    may = {"invitations": GOVERNS, "audit": GOVERNS, "pseudonyms": WRITES}.get(table, SEES)[project]
    query = f'SELECT count(*) FROM "{table}" WHERE {_where(table, project)}'
    found = {name for name, who in PEOPLE.items() if seen(store, who, query)}
    # The other company's project has no members.
    assert found == (set() if (table, project) == ("members", "theirs") else may)


@pytest.mark.parametrize("name", PEOPLE)
def test_companies_accounts_and_projects_end_at_the_company(store: Store, name: str) -> None:
    who = PEOPLE[name]
    with store.acting_as(who).reading() as connection:
        companies = set(connection.scalars(text("SELECT id FROM companies")))
        users = set(connection.scalars(text("SELECT company_id FROM users")))
        projects = set(connection.scalars(text("SELECT id FROM projects")))
    assert companies == users == ({who.company_id} - {""})
    assert projects == {project for project, of in SEES.items() if name in of}


def test_tokens_are_ones_own_or_the_companys_for_its_admin(store: Store) -> None:
    query = "SELECT count(*) FROM tokens"
    assert {name: seen(store, who, query) for name, who in PEOPLE.items()} == {
        "olga": 0, "ada": 0, "max": 1, "carl": 0, "boss": 1, "eve": 1, "nobody": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [
        "SELECT password_hash FROM projects",
        "SELECT * FROM projects",
        "SELECT sha256 FROM tokens",
        "SELECT sha256 FROM invitations",
        "SELECT count(*) FROM attempts",
        "SELECT count(*) FROM processes",
    ],
)
def test_hashes_and_the_houses_own_tables_are_read_by_nobody(store: Store, query: str) -> None:
    for who in PEOPLE.values():
        with pytest.raises(Forbidden), store.acting_as(who).reading() as connection:
            connection.execute(text(query))


# Changing


@pytest.mark.parametrize("table", sorted({*OF_PROJECT, "projects"}))
def test_who_may_not_write_changes_nothing(store: Store, table: str) -> None:
    """Nobody of another company, nobody who is no member, nobody at all."""
    key = "id" if table == "projects" else None
    for project, of in WRITES.items():
        where = f"{key} = '{project}'" if key else _where(table, project)
        for name in PEOPLE.keys() - of:
            who = PEOPLE[name]
            assert changed(store, who, f'DELETE FROM "{table}" WHERE {where}') == 0, (name, project)
            for column in metadata.tables[table].c:
                statement = f'UPDATE "{table}" SET "{column.name}" = "{column.name}" WHERE {where}'
                assert changed(store, who, statement) == 0, (name, project, column.name)


@pytest.mark.parametrize("table", sorted(OF_PROJECT))
def test_who_may_not_write_adds_nothing(store: Store, table: str) -> None:
    for project, of in WRITES.items():
        for name in PEOPLE.keys() - of:
            who = PEOPLE[name]
            given = _belonging(metadata.tables[table], project) | {"actor": name, "user_id": who.user_id}
            given = {key: value for key, value in given.items() if key in metadata.tables[table].c}
            given |= {key: f"new {name}" for key in ("id", "run_id", "sha256", "pseudonym") if key in given}
            with pytest.raises(PersonaLabError), store.acting_as(who).writing() as connection:
                _insert(connection, metadata.tables[table], **given)


@pytest.mark.parametrize(
    ("who", "statement"),
    [
        # A project stays whose it is, and as open as those who govern it say.
        (MAX, "UPDATE projects SET owner_id = 'max' WHERE id = 'secret'"),
        (ADA, "UPDATE projects SET owner_id = 'ada' WHERE id = 'secret'"),
        (OLGA, "UPDATE projects SET owner_id = 'eve' WHERE id = 'secret'"),
        (MAX, "UPDATE projects SET company_id = 'rival' WHERE id = 'secret'"),
        (BOSS, "UPDATE projects SET company_id = 'rival' WHERE id = 'secret'"),
        (MAX, "UPDATE projects SET visibility = 'public' WHERE id = 'secret'"),
        (MAX, "UPDATE projects SET password_hash = 'mine' WHERE id = 'secret'"),
        (MAX, "UPDATE projects SET deleted_at = 'now' WHERE id = 'secret'"),
        (OLGA, "DELETE FROM projects WHERE id = 'secret'"),
        # Nothing moves to where somebody else can see it.
        (MAX, "UPDATE interviews SET project_id = 'open' WHERE project_id = 'secret'"),
        (BOSS, "UPDATE interviews SET project_id = 'theirs' WHERE project_id = 'secret'"),
        (MAX, "UPDATE notes SET project_id = 'open' WHERE project_id = 'secret'"),
        (MAX, "UPDATE codings SET interview_id = 'interviews-open' WHERE interview_id = 'interviews-secret'"),
        (
            MAX,
            "UPDATE messages SET conversation_id = 'conversations-open' WHERE conversation_id = 'conversations-secret'",
        ),
        # Nobody makes themselves more than they are.
        (MAX, "UPDATE members SET role = 'admin' WHERE user_id = 'max'"),
        (CARL, "INSERT INTO members VALUES ('open', 'carl', 'member', 'carl', 'now')"),
        (CARL, "INSERT INTO members VALUES ('secret', 'carl', 'member', 'carl', 'now')"),
        (MAX, "INSERT INTO members VALUES ('secret', 'carl', 'member', 'max', 'now')"),
        (OLGA, "INSERT INTO members VALUES ('secret', 'eve', 'member', 'olga', 'now')"),
        (OLGA, "INSERT INTO members VALUES ('secret', 'carl', 'owner', 'olga', 'now')"),
        (MAX, "UPDATE users SET role = 'admin' WHERE id = 'max'"),
        (BOSS, "UPDATE users SET company_id = 'rival' WHERE id = 'max'"),
        (BOSS, "UPDATE users SET name = 'olga' WHERE id = 'max'"),
        (
            BOSS,
            "INSERT INTO users (id, company_id, name, role, created_at) VALUES ('new', 'acme', 'new', 'admin', 'now')",
        ),
        (BOSS, "UPDATE companies SET analyses_at_once = 1000"),
        (BOSS, "UPDATE companies SET name = 'mine' WHERE id = 'rival'"),
        (MAX, "UPDATE companies SET name = 'mine'"),
        # Nobody speaks in another's name, or makes the past another one.
        (MAX, "INSERT INTO events VALUES ('secret', 99, 'project:updated', 'now', '{}', 'olga')"),
        (MAX, "INSERT INTO events VALUES ('secret', 99, 'project:updated', 'now', '{}', NULL)"),
        (OLGA, "UPDATE events SET data = '{}' WHERE project_id = 'secret'"),
        (OLGA, "DELETE FROM events WHERE project_id = 'secret'"),
        # Tokens and invitations are made for oneself and one's own.
        (BOSS, "INSERT INTO tokens VALUES ('t', 'acme', 'max', 't', 'h', '[]', 'now', NULL, NULL, NULL)"),
        (MAX, "INSERT INTO tokens VALUES ('t', 'rival', 'max', 't', 'h', '[]', 'now', NULL, NULL, NULL)"),
        (MAX, "UPDATE tokens SET expires_at = NULL WHERE user_id = 'max'"),
        (MAX, "UPDATE invitations SET revoked_at = NULL WHERE project_id = 'secret'"),
        (OLGA, "UPDATE invitations SET expires_at = 'later' WHERE project_id = 'secret'"),
        # What is said of an interview is said in its own project.
        (MAX, "UPDATE conversations SET interview_id = 'interviews-theirs' WHERE project_id = 'secret'"),
        (MAX, "UPDATE conversations SET without = 'interviews-open' WHERE project_id = 'secret'"),
        (MAX, "UPDATE transcripts SET text = 'other' WHERE interview_id = 'interviews-secret'"),
        (MAX, "DELETE FROM analyses WHERE interview_id = 'interviews-secret'"),
        (MAX, "UPDATE meta SET value = '0'"),
    ],
)
def test_what_nobody_may_do_the_database_refuses(store: Store, who: Identity, statement: str) -> None:
    assert changed(store, who, statement.replace(":", "\\:")) == 0


@pytest.mark.parametrize(
    ("who", "statement"),
    [
        (MAX, "UPDATE projects SET purpose = 'Why?' WHERE id = 'secret'"),
        (ADA, "UPDATE projects SET visibility = 'public' WHERE id = 'secret'"),
        (OLGA, "UPDATE projects SET owner_id = 'max' WHERE id = 'secret'"),
        (BOSS, "UPDATE projects SET owner_id = 'max' WHERE id = 'secret'"),
        (ADA, "INSERT INTO members VALUES ('secret', 'carl', 'member', 'ada', 'now')"),
        (MAX, "DELETE FROM members WHERE project_id = 'secret' AND user_id = 'max'"),
        (BOSS, "UPDATE users SET closed_at = 'now' WHERE id = 'max'"),
        (BOSS, "UPDATE companies SET name = 'Acme'"),
        (MAX, "INSERT INTO events VALUES ('secret', 99, 'project:updated', 'now', '{}', 'max')"),
        (MAX, "UPDATE tokens SET revoked_at = 'now' WHERE user_id = 'max'"),
        (MAX, "UPDATE interviews SET title = 'Mina' WHERE project_id = 'secret'"),
    ],
)
def test_what_somebody_may_do_the_database_lets_them(store: Store, who: Identity, statement: str) -> None:
    assert changed(store, who, statement.replace(":", "\\:")) == 1


def test_an_assignment_is_of_an_interview_of_its_project(store: Store) -> None:
    statement = "INSERT INTO assignments (interview_id, project_id) VALUES ('interviews-theirs', 'open')"
    with pytest.raises(Forbidden), store.acting_as(MAX).writing() as connection:
        connection.execute(text(statement))


def test_a_project_is_made_for_oneself_in_ones_own_company(store: Store) -> None:
    table = metadata.tables["projects"]
    for company, owner in (("rival", "max"), ("acme", "olga"), ("acme", None)):
        with pytest.raises(Forbidden), store.acting_as(MAX).writing() as connection:
            _insert(connection, table, id="new", company_id=company, owner_id=owner, seq=0)


def test_a_token_that_may_only_read_writes_nothing_whatever_the_code_does(store: Store) -> None:
    reader = OLGA.model_copy(update={"scopes": ("read",)})
    with pytest.raises(ReadOnly), store.acting_as(reader).writing() as connection:
        connection.execute(text("UPDATE projects SET purpose = 'Why?' WHERE id = 'secret'"))
