"""Who may see and change which rows: PostgreSQL's row-level security, on every table and forced.

Somebody sees the projects of their company that are public or that they are a member of, an admin of the company all
of them; members write to them; who owns or administers a project decides about its members. Everything else follows
from the project that a row belongs to. The policies stand beside the checks in the server's code and know nothing of
them: either holds without the other.

They are laid anew after each migration. The claims are read where PostgREST and Supabase put them.
"""

from typing import NamedTuple

from sqlalchemy import Connection, text

from persona_lab.store.tables import metadata

# Everybody's, and the house's own. Neither owns anything, neither may log in.
USER, SERVICE = "persona_lab_user", "persona_lab_service"


class Rule(NamedTuple):
    """What must be true of a row for it to be seen, and to be written; None is never."""

    seen: str
    written: str | None


def _claim(name: str) -> str:
    # In a subselect it is worked out once per query rather than once per row.
    return f"(SELECT persona_lab_claim('{name}'))"


VISIBLE = "SELECT persona_lab_visible()"
WRITABLE = "SELECT persona_lab_writable()"
GOVERNED = "SELECT persona_lab_governed()"
_ADMIN = f"{_claim('company_role')} = 'admin'"
_OWN_COMPANY = f"company_id = {_claim('company_id')}"
_OWN = f"user_id = {_claim('sub')}"

BY_PROJECT = Rule(f"project_id IN ({VISIBLE})", f"project_id IN ({WRITABLE})")
BY_INTERVIEW = Rule(
    "EXISTS (SELECT FROM interviews i WHERE i.id = interview_id)",
    f"EXISTS (SELECT FROM interviews i WHERE i.id = interview_id AND i.project_id IN ({WRITABLE}))",
)
BY_CONVERSATION = Rule(
    "EXISTS (SELECT FROM conversations c WHERE c.id = conversation_id)",
    f"EXISTS (SELECT FROM conversations c WHERE c.id = conversation_id AND c.project_id IN ({WRITABLE}))",
)

# A table without a rule is refused, so that none is forgotten.
RULES: dict[str, Rule | None] = {
    "meta": Rule("TRUE", None),
    "companies": Rule(f"id = {_claim('company_id')}", f"id = {_claim('company_id')} AND {_ADMIN}"),
    "users": Rule(_OWN_COMPANY, f"{_OWN_COMPANY} AND {_ADMIN}"),
    "tokens": Rule(f"{_OWN_COMPANY} AND ({_OWN} OR {_ADMIN})", f"{_OWN_COMPANY} AND ({_OWN} OR {_ADMIN})"),
    # The house's alone.
    "attempts": None,
    "processes": None,
    "projects": Rule(f"id IN ({VISIBLE})", f"{_OWN_COMPANY} AND (owner_id = {_claim('sub')} OR id IN ({WRITABLE}))"),
    "members": Rule(f"{_OWN} OR project_id IN ({VISIBLE})", f"project_id IN ({GOVERNED})"),
    "invitations": Rule(f"project_id IN ({GOVERNED})", f"project_id IN ({GOVERNED})"),
    "events": BY_PROJECT,
    # Who looks at a project writes down that they did; who decides about it reads that.
    "audit": Rule(
        f"{_OWN_COMPANY} AND ({_ADMIN} OR project_id IN ({GOVERNED}))",
        f"{_OWN_COMPANY} AND (project_id IS NULL OR project_id IN ({VISIBLE}))",
    ),
    "interviews": BY_PROJECT,
    "transcripts": BY_INTERVIEW,
    "turns": BY_INTERVIEW,
    "speaker_corrections": BY_INTERVIEW,
    "meanings": BY_INTERVIEW,
    "praises": BY_INTERVIEW,
    "codings": BY_INTERVIEW,
    "analyses": BY_INTERVIEW,
    "parts": BY_INTERVIEW,
    "spending": BY_PROJECT,
    "insights": BY_PROJECT,
    "judgements": BY_PROJECT,
    "axes": BY_PROJECT,
    "personas": BY_PROJECT,
    "pictures": BY_PROJECT,
    "assignments": BY_PROJECT,
    "conversations": BY_PROJECT,
    "messages": BY_CONVERSATION,
    "notes": BY_PROJECT,
    "pseudonyms": BY_PROJECT,
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


def _cover(connection: Connection, table: str, rule: Rule | None) -> None:
    for statement in _statements(table, rule):
        connection.execute(text(statement))


def _statements(table: str, rule: Rule | None) -> list[str]:
    name = f'"{table}"'
    statements = [
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
        f"REVOKE ALL ON {name} FROM {USER}, PUBLIC",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {SERVICE}",
        *(
            f"DROP POLICY IF EXISTS persona_lab_{kind} ON {name}"
            for kind in ("house", "seen", "added", "changed", "gone")
        ),
        f"CREATE POLICY persona_lab_house ON {name} TO {SERVICE} USING (TRUE) WITH CHECK (TRUE)",
    ]
    if rule is None:
        return statements
    statements += [
        f"GRANT SELECT ON {name} TO {USER}",
        f"CREATE POLICY persona_lab_seen ON {name} FOR SELECT TO {USER} USING ({rule.seen})",
    ]
    if rule.written is None:
        return statements
    return [
        *statements,
        f"GRANT INSERT, UPDATE, DELETE ON {name} TO {USER}",
        f"CREATE POLICY persona_lab_added ON {name} FOR INSERT TO {USER} WITH CHECK ({rule.written})",
        f"CREATE POLICY persona_lab_changed ON {name} FOR UPDATE TO {USER} USING ({rule.written}) "
        f"WITH CHECK ({rule.written})",
        f"CREATE POLICY persona_lab_gone ON {name} FOR DELETE TO {USER} USING ({rule.written})",
    ]


def _present(connection: Connection) -> list[str]:
    found = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"))
    return [name for name in found if name in metadata.tables]
