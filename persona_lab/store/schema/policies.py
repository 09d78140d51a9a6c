"""Who may see and change which rows: PostgreSQL's row-level security, on every table and forced.

Somebody sees the projects of their company that are public or that they are a member of, an admin of the company all
of them; members write to them; who owns or administers a project decides about its members, and who owns it hands it
over. Everything else follows from the project that a row belongs to. The policies stand beside the checks in the
server's code and know nothing of them: either holds without the other.

They are laid anew after each migration. The claims are read where PostgREST and Supabase put them.
"""

from typing import NamedTuple

from sqlalchemy import Connection, text

from persona_lab.store.schema.tables import metadata

# Everybody's, and the house's own. Neither owns anything, neither may log in.
USER, SERVICE = "persona_lab_user", "persona_lab_service"


class Rule(NamedTuple):
    """What must be true of a row for it to be seen, added, changed and taken away; None is never.

    Attributes:
        changed: of the row as it was and as it becomes.
        hidden: columns that nobody reads in somebody's name.
        settable: the only columns that may be changed; None is all but those in `FIXED` and the table's key.
    """

    seen: str | None
    added: str | None = None
    changed: str | None = None
    gone: str | None = None
    hidden: tuple[str, ...] = ()
    settable: tuple[str, ...] | None = None


def _claim(name: str) -> str:
    # In a subselect it is worked out once per query rather than once per row.
    return f"(SELECT persona_lab_claim('{name}'))"


VISIBLE = "SELECT persona_lab_visible()"
WRITABLE = "SELECT persona_lab_writable()"
GOVERNED = "SELECT persona_lab_governed()"
_ADMIN = f"{_claim('company_role')} = 'admin'"
_OWN_COMPANY = f"company_id = {_claim('company_id')}"
_OWN = f"user_id = {_claim('sub')}"
_WRITTEN = f"project_id IN ({WRITABLE})"
_GOVERNED = f"project_id IN ({GOVERNED})"
# What a row belongs to, and who made it, stays as it is.
FIXED = frozenset(
    {"project_id", "interview_id", "conversation_id", "company_id", "user_id", "created_by", "created_at", "added_by"}
)


def _of_same_project(table: str, *columns: str) -> str:
    """Return that the interviews a row speaks of, where it does, are of its project."""
    return " AND ".join(
        f"({table}.{column} IS NULL OR EXISTS (SELECT FROM interviews i "
        f"WHERE i.id = {table}.{column} AND i.project_id = {table}.project_id))"
        for column in columns
    )


def _by_project(table: str = "", *interviews: str, **more: tuple[str, ...]) -> Rule:
    written = f"{_WRITTEN} AND {_of_same_project(table, *interviews)}" if interviews else _WRITTEN
    return Rule(f"project_id IN ({VISIBLE})", written, written, _WRITTEN, **more)


_SEEN_BY_INTERVIEW = "EXISTS (SELECT FROM interviews i WHERE i.id = interview_id)"
_BY_INTERVIEW = f"EXISTS (SELECT FROM interviews i WHERE i.id = interview_id AND i.project_id IN ({WRITABLE}))"
BY_INTERVIEW = Rule(_SEEN_BY_INTERVIEW, _BY_INTERVIEW, _BY_INTERVIEW, _BY_INTERVIEW)
# What analyses leave behind is written by the house alone.
ONLY_SEEN = Rule(_SEEN_BY_INTERVIEW)
_BY_CONVERSATION = f"EXISTS (SELECT FROM conversations c WHERE c.id = conversation_id AND c.project_id IN ({WRITABLE}))"
BY_CONVERSATION = Rule(
    "EXISTS (SELECT FROM conversations c WHERE c.id = conversation_id)",
    _BY_CONVERSATION,
    _BY_CONVERSATION,
    # What was said stays; that an answer is being written is said only until it ends.
    f"state = 'writing' AND {_BY_CONVERSATION}",
)
_OWN_TOKEN = f"{_OWN_COMPANY} AND {_OWN}"
_A_COLLEAGUE = "EXISTS (SELECT FROM users u WHERE u.id = user_id AND u.closed_at IS NULL)"

# A table without a rule is refused, so that none is forgotten.
RULES: dict[str, Rule | None] = {
    "meta": Rule("TRUE"),
    "companies": Rule(
        f"id = {_claim('company_id')}", changed=f"id = {_claim('company_id')} AND {_ADMIN}", settable=("name",)
    ),
    "users": Rule(_OWN_COMPANY, changed=f"{_OWN_COMPANY} AND {_ADMIN}", settable=("role", "closed_at")),
    "tokens": Rule(
        f"{_OWN_COMPANY} AND ({_OWN} OR {_ADMIN})",
        _OWN_TOKEN,
        f"{_OWN_COMPANY} AND ({_OWN} OR {_ADMIN})",
        hidden=("sha256",),
        settable=("revoked_at",),
    ),
    # The house's alone.
    "attempts": None,
    "processes": None,
    "projects": Rule(
        f"id IN ({VISIBLE})",
        f"{_OWN_COMPANY} AND owner_id = {_claim('sub')}",
        f"{_OWN_COMPANY} AND id IN ({WRITABLE})",
        hidden=("password_hash",),
    ),
    "members": Rule(
        f"{_OWN} OR project_id IN ({VISIBLE})",
        f"{_GOVERNED} AND role IN ('admin', 'member') AND {_A_COLLEAGUE}",
        f"{_GOVERNED} AND role IN ('admin', 'member')",
        f"{_GOVERNED} OR {_OWN}",
        settable=("role",),
    ),
    "invitations": Rule(
        _GOVERNED,
        f"{_GOVERNED} AND role IN ('admin', 'member')",
        _GOVERNED,
        hidden=("sha256",),
        settable=("revoked_at",),
    ),
    # Nobody writes in another's name, and what was written stays.
    "events": Rule(f"project_id IN ({VISIBLE})", f"{_WRITTEN} AND actor = {_claim('name')}"),
    # The house writes down what is done in a project, and who decides about that reads it; the rest is one's own.
    "audit": Rule(
        f"{_OWN_COMPANY} AND ({_ADMIN} OR project_id IN ({GOVERNED}))",
        f"{_OWN_COMPANY} AND actor = {_claim('name')} AND project_id IS NULL",
    ),
    "interviews": _by_project(),
    "transcripts": ONLY_SEEN,
    "turns": ONLY_SEEN,
    "speaker_corrections": BY_INTERVIEW,
    "meanings": ONLY_SEEN,
    "praises": ONLY_SEEN,
    "codings": BY_INTERVIEW,
    "analyses": ONLY_SEEN,
    "comparisons": BY_INTERVIEW,
    "parts": ONLY_SEEN,
    "spending": _by_project("spending", "interview_id")._replace(changed=None, gone=None),
    "insights": _by_project(),
    "judgements": _by_project(),
    "axes": _by_project(),
    "personas": _by_project(),
    "pictures": _by_project(),
    "assignments": _by_project("assignments", "interview_id"),
    "conversations": _by_project("conversations", "interview_id", "without"),
    "messages": BY_CONVERSATION,
    "notes": _by_project("notes", "interview_id"),
    # It holds what it hides: not for those who only read along.
    "pseudonyms": Rule(_WRITTEN, _WRITTEN, _WRITTEN, _WRITTEN),
}

KINDS = ("house", "seen", "added", "changed", "gone")

_ROLE = """
DO $$ BEGIN
    CREATE ROLE {role} NOLOGIN NOINHERIT;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""
_MEMBERSHIP = """
DO $$ BEGIN
    IF NOT pg_has_role(CURRENT_USER, '{role}', 'MEMBER') THEN GRANT {role} TO CURRENT_USER; END IF;
END $$
"""
_CLAIM = """
CREATE OR REPLACE FUNCTION persona_lab_claim(name TEXT) RETURNS TEXT LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('request.jwt.claims', TRUE), '')::json ->> name
$$
"""
# They look at members and projects for whoever asks, and so must see more than the policies, which ask them, let see.
_PROJECTS = """
CREATE OR REPLACE FUNCTION {name}() RETURNS SETOF VARCHAR LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = {schema}, pg_temp AS $$
    SELECT p.id FROM {schema}.projects p
    WHERE p.company_id = persona_lab_claim('company_id') AND (
        persona_lab_claim('company_role') = 'admin'
        OR p.owner_id = persona_lab_claim('sub')
        OR {condition}
    )
$$
"""
_MEMBER = """EXISTS (
            SELECT FROM {schema}.members m
            WHERE m.project_id = p.id AND m.user_id = persona_lab_claim('sub'){more}
        )"""


def lift(connection: Connection) -> None:
    """Let the owner see all rows of its tables again, until `lay`."""
    for name in _present(connection):
        connection.execute(text(f'ALTER TABLE "{name}" NO FORCE ROW LEVEL SECURITY'))


def lay(connection: Connection) -> None:
    """Make roles, functions and policies, and force them on every table."""
    schema = connection.scalar(text("SELECT quote_ident(current_schema())"))
    for role in (USER, SERVICE):
        connection.execute(text(_ROLE.format(role=role)))
        connection.execute(text(_MEMBERSHIP.format(role=role)))
        connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {role}"))
    _make_functions(connection, str(schema))
    for name in metadata.tables:
        _cover(connection, name, RULES[name])
    _guard_projects(connection, str(schema))


def _make_functions(connection: Connection, schema: str) -> None:
    connection.execute(text(_CLAIM))
    member = _MEMBER.format(schema=schema, more="")
    governing = _MEMBER.format(schema=schema, more=" AND m.role = 'admin'")
    # Functions belong to the house's role, which must be allowed to have some while they are made.
    connection.execute(text(f"GRANT CREATE ON SCHEMA {schema} TO {SERVICE}"))
    for name, condition in (
        ("persona_lab_visible", f"p.visibility = 'public' OR {member}"),
        ("persona_lab_writable", member),
        ("persona_lab_governed", governing),
    ):
        # An earlier one belongs to that role already.
        connection.execute(text(f"SET LOCAL ROLE {SERVICE}"))
        connection.execute(text(_PROJECTS.format(name=name, schema=schema, condition=condition)))
        connection.execute(text(f"REVOKE ALL ON FUNCTION {name}() FROM PUBLIC"))
        connection.execute(text(f"GRANT EXECUTE ON FUNCTION {name}() TO {USER}"))
        connection.execute(text("RESET ROLE"))
    connection.execute(text(f"REVOKE CREATE ON SCHEMA {schema} FROM {SERVICE}"))


_GUARD = """
CREATE OR REPLACE FUNCTION persona_lab_guard_project() RETURNS TRIGGER LANGUAGE plpgsql
SET search_path = {schema}, pg_temp AS $$
BEGIN
    IF current_user <> '{user}' THEN RETURN NEW; END IF;
    IF OLD.id NOT IN (SELECT persona_lab_governed()) THEN
        RAISE insufficient_privilege USING MESSAGE = 'only who governs a project may do this';
    END IF;
    IF NEW.owner_id IS DISTINCT FROM OLD.owner_id AND NOT (
        (OLD.owner_id = persona_lab_claim('sub') OR persona_lab_claim('company_role') = 'admin')
        AND EXISTS (SELECT FROM users u WHERE u.id = NEW.owner_id AND u.closed_at IS NULL)
    ) THEN
        RAISE insufficient_privilege USING MESSAGE = 'only its owner may hand a project over, to a colleague';
    END IF;
    RETURN NEW;
END $$
"""
# A policy can't compare a row with what it was.
GUARDED = ("owner_id", "visibility", "password_hash", "deleted_at", "deleted_by")


def _guard_projects(connection: Connection, schema: str) -> None:
    connection.execute(text(_GUARD.format(user=USER, schema=schema)))
    connection.execute(text("DROP TRIGGER IF EXISTS persona_lab_guard ON projects"))
    connection.execute(
        text(
            f"CREATE TRIGGER persona_lab_guard BEFORE UPDATE OF {', '.join(GUARDED)} ON projects "
            "FOR EACH ROW EXECUTE FUNCTION persona_lab_guard_project()"
        )
    )


def _cover(connection: Connection, table: str, rule: Rule | None) -> None:
    for statement in _statements(table, rule):
        connection.execute(text(statement))


def _statements(table: str, rule: Rule | None) -> list[str]:
    name = f'"{table}"'
    statements = [
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
        # Of the columns, too: what was granted on one is taken back with what was granted on all.
        f"REVOKE ALL ON {name} FROM {USER}, PUBLIC",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {SERVICE}",
        *(f"DROP POLICY IF EXISTS persona_lab_{kind} ON {name}" for kind in KINDS),
        f"CREATE POLICY persona_lab_house ON {name} TO {SERVICE} USING (TRUE) WITH CHECK (TRUE)",
    ]
    if rule is None:
        return statements
    policy = {
        "seen": ("SELECT", rule.seen, "USING ({0})"),
        "added": ("INSERT", rule.added, "WITH CHECK ({0})"),
        "changed": ("UPDATE", rule.changed, "USING ({0}) WITH CHECK ({0})"),
        "gone": ("DELETE", rule.gone, "USING ({0})"),
    }
    for kind, (command, condition, clause) in policy.items():
        if condition is not None:
            statements.append(f"GRANT {command}{_columns(table, rule, command)} ON {name} TO {USER}")
            said = clause.format(condition)
            statements.append(f"CREATE POLICY persona_lab_{kind} ON {name} FOR {command} TO {USER} {said}")
    return statements


def _columns(table: str, rule: Rule, command: str) -> str:
    """Return to which columns a grant is limited."""
    names = [column.name for column in metadata.tables[table].columns]
    if command == "SELECT" and rule.hidden:
        names = [name for name in names if name not in rule.hidden]
    elif command == "UPDATE":
        key = {column.name for column in metadata.tables[table].primary_key}
        names = list(rule.settable or (name for name in names if name not in FIXED | key))
    else:
        return ""
    return f" ({', '.join(chr(34) + name + chr(34) for name in names)})"


def _present(connection: Connection) -> list[str]:
    found = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"))
    return [name for name in found if name in metadata.tables]
