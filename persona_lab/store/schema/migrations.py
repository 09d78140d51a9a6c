"""Numbered steps that bring an older database to today's tables.

A fresh database is made from `tables.metadata` at once. An older one is brought
up step by step, and a test holds that both come to the same. A step is never
edited once released.
"""

import secrets
from collections.abc import Callable

from sqlalchemy import JSON, ColumnClause, Connection, inspect, select, text
from sqlalchemy import column as column_of
from sqlalchemy import table as table_of

from persona_lab.errors import Conflict
from persona_lab.store.schema.tables import meta, metadata


def _how_a_file_was_read(connection: Connection) -> None:
    for table, column in (
        ("interviews", "certainty FLOAT"),
        ("interviews", "remarks JSON DEFAULT '[]' NOT NULL"),
        ("transcripts", "certainty FLOAT DEFAULT '1.0' NOT NULL"),
        ("transcripts", "repair JSON"),
        ("transcripts", "metadata JSON DEFAULT '{}' NOT NULL"),
        ("transcripts", "remarks JSON DEFAULT '[]' NOT NULL"),
        ("turns", "codes JSON DEFAULT '[]' NOT NULL"),
        ("turns", "cues JSON DEFAULT '[]' NOT NULL"),
    ):
        connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {column}"))


def _corrected_speakers(connection: Connection) -> None:
    connection.execute(
        text(
            "CREATE TABLE speaker_corrections (interview_id VARCHAR(36) NOT NULL REFERENCES interviews (id), "
            "speaker TEXT NOT NULL, name TEXT, role VARCHAR(16), PRIMARY KEY (interview_id, speaker))"
        )
    )


def _pseudonyms_and_columns(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE projects ADD COLUMN redaction VARCHAR(16) DEFAULT 'network' NOT NULL"))
    connection.execute(
        text(
            """
            CREATE TABLE pseudonyms (
                project_id VARCHAR(36) NOT NULL,
                kind VARCHAR(16) NOT NULL,
                key TEXT NOT NULL,
                pseudonym VARCHAR(32) NOT NULL,
                original TEXT NOT NULL,
                PRIMARY KEY (project_id, kind, key),
                FOREIGN KEY(project_id) REFERENCES projects (id)
            )
            """
        )
    )
    connection.execute(text("CREATE UNIQUE INDEX pseudonyms_by_name ON pseudonyms (project_id, pseudonym)"))
    connection.execute(text("ALTER TABLE interviews ADD COLUMN columns JSON"))


def _redacted_before_storage(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE interviews ADD COLUMN redacted BOOLEAN DEFAULT FALSE NOT NULL"))


def _meanings(connection: Connection) -> None:
    data = "BYTEA" if connection.dialect.name == "postgresql" else "BLOB"
    connection.execute(
        text(
            "CREATE TABLE meanings (interview_id VARCHAR(36) NOT NULL REFERENCES interviews (id), "
            f"of VARCHAR(16) NOT NULL, made_by VARCHAR(128) NOT NULL, vectors {data} NOT NULL, "
            "PRIMARY KEY (interview_id, of))"
        )
    )


def _codings(connection: Connection) -> None:
    connection.execute(
        text(
            """
            CREATE TABLE codings (
                id VARCHAR(36) NOT NULL,
                interview_id VARCHAR(36) NOT NULL,
                turn INTEGER NOT NULL,
                start INTEGER NOT NULL,
                "end" INTEGER NOT NULL,
                text TEXT NOT NULL,
                status VARCHAR(16) NOT NULL,
                code TEXT NOT NULL,
                coder TEXT NOT NULL,
                note TEXT NOT NULL,
                created_at VARCHAR(32) NOT NULL,
                PRIMARY KEY (id),
                FOREIGN KEY(interview_id) REFERENCES interviews (id)
            )
            """
        )
    )
    connection.execute(text("CREATE INDEX codings_by_interview ON codings (interview_id)"))


def _judgements(connection: Connection) -> None:
    data = "BYTEA" if connection.dialect.name == "postgresql" else "BLOB"
    connection.execute(text("ALTER TABLE insights ADD COLUMN found JSON DEFAULT '[]' NOT NULL"))
    connection.execute(text("UPDATE insights SET found = merged"))
    connection.execute(
        text(
            "CREATE TABLE praises (interview_id VARCHAR(36) NOT NULL REFERENCES interviews (id), "
            f"made_by VARCHAR(128) NOT NULL, said JSON NOT NULL, vectors {data} NOT NULL, PRIMARY KEY (interview_id))"
        )
    )
    connection.execute(
        text(
            """
            CREATE TABLE judgements (
                project_id VARCHAR(36) NOT NULL,
                number INTEGER NOT NULL,
                id VARCHAR(36) NOT NULL,
                kind VARCHAR(16) NOT NULL,
                insight_id VARCHAR(36) NOT NULL,
                insight_kind VARCHAR(16) NOT NULL,
                text TEXT NOT NULL,
                anchors JSON NOT NULL,
                others JSON NOT NULL,
                newest_interview INTEGER NOT NULL,
                created_by TEXT NOT NULL,
                created_at VARCHAR(32) NOT NULL,
                undone_at VARCHAR(32),
                PRIMARY KEY (project_id, number),
                FOREIGN KEY(project_id) REFERENCES projects (id)
            )
            """
        )
    )
    connection.execute(text("CREATE UNIQUE INDEX judgements_by_id ON judgements (id)"))


def _engines(connection: Connection) -> None:
    for table, column in (
        ("projects", "engine VARCHAR(16)"),
        ("projects", "fallback BOOLEAN DEFAULT FALSE NOT NULL"),
        ("projects", "budget INTEGER"),
        ("projects", "company TEXT DEFAULT '' NOT NULL"),
        ("projects", "company_info TEXT DEFAULT '' NOT NULL"),
        ("projects", "glossary JSON DEFAULT '[]' NOT NULL"),
        ("interviews", "error_can_retry BOOLEAN"),
        ("interviews", "error_retry_at VARCHAR(32)"),
        ("analyses", "beside BOOLEAN DEFAULT FALSE NOT NULL"),
    ):
        connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {column}"))
    connection.execute(
        text(
            "CREATE TABLE parts (interview_id VARCHAR(36) NOT NULL REFERENCES interviews (id), "
            "key VARCHAR(128) NOT NULL, part TEXT NOT NULL, PRIMARY KEY (interview_id, key))"
        )
    )
    connection.execute(
        text(
            """
            CREATE TABLE spending (
                id VARCHAR(36) NOT NULL,
                project_id VARCHAR(36) NOT NULL,
                interview_id VARCHAR(36),
                run_id VARCHAR(64),
                engine VARCHAR(16) NOT NULL,
                model TEXT NOT NULL,
                calls INTEGER NOT NULL,
                input_tokens INTEGER NOT NULL,
                output_tokens INTEGER NOT NULL,
                at VARCHAR(32) NOT NULL,
                PRIMARY KEY (id),
                FOREIGN KEY(project_id) REFERENCES projects (id),
                FOREIGN KEY(interview_id) REFERENCES interviews (id)
            )
            """
        )
    )
    connection.execute(text("CREATE INDEX spending_by_project ON spending (project_id, at)"))


def _personas_and_conversations(connection: Connection) -> None:
    data = "BYTEA" if connection.dialect.name == "postgresql" else "BLOB"
    for statement in (
        """
        CREATE TABLE axes (
            project_id VARCHAR(36) NOT NULL,
            axes JSON NOT NULL,
            changed_by TEXT NOT NULL,
            changed_at VARCHAR(32) NOT NULL,
            PRIMARY KEY (project_id),
            FOREIGN KEY(project_id) REFERENCES projects (id)
        )
        """,
        """
        CREATE TABLE personas (
            id VARCHAR(36) NOT NULL,
            project_id VARCHAR(36) NOT NULL,
            position INTEGER NOT NULL,
            label TEXT NOT NULL,
            title TEXT NOT NULL,
            description TEXT NOT NULL,
            place JSON NOT NULL,
            seed TEXT NOT NULL,
            picture VARCHAR(64),
            portrait JSON,
            created_by TEXT NOT NULL,
            created_at VARCHAR(32) NOT NULL,
            updated_at VARCHAR(32) NOT NULL,
            deleted_at VARCHAR(32),
            PRIMARY KEY (id),
            FOREIGN KEY(project_id) REFERENCES projects (id)
        )
        """,
        "CREATE INDEX personas_by_project ON personas (project_id, position)",
        f"""
        CREATE TABLE pictures (
            project_id VARCHAR(36) NOT NULL,
            sha256 VARCHAR(64) NOT NULL,
            data {data} NOT NULL,
            PRIMARY KEY (project_id, sha256),
            FOREIGN KEY(project_id) REFERENCES projects (id)
        )
        """,
        """
        CREATE TABLE assignments (
            interview_id VARCHAR(36) NOT NULL,
            project_id VARCHAR(36) NOT NULL,
            persona_id VARCHAR(36),
            decided_by TEXT,
            decided_at VARCHAR(32),
            proposal JSON,
            PRIMARY KEY (interview_id),
            FOREIGN KEY(interview_id) REFERENCES interviews (id),
            FOREIGN KEY(project_id) REFERENCES projects (id),
            FOREIGN KEY(persona_id) REFERENCES personas (id)
        )
        """,
        "CREATE INDEX assignments_by_project ON assignments (project_id)",
        """
        CREATE TABLE conversations (
            id VARCHAR(36) NOT NULL,
            project_id VARCHAR(36) NOT NULL,
            title TEXT NOT NULL,
            persona_ids JSON NOT NULL,
            interview_id VARCHAR(36),
            without VARCHAR(36),
            created_by TEXT NOT NULL,
            created_at VARCHAR(32) NOT NULL,
            updated_at VARCHAR(32) NOT NULL,
            deleted_at VARCHAR(32),
            mind_map JSON,
            PRIMARY KEY (id),
            FOREIGN KEY(project_id) REFERENCES projects (id),
            FOREIGN KEY(interview_id) REFERENCES interviews (id),
            FOREIGN KEY(without) REFERENCES interviews (id)
        )
        """,
        "CREATE INDEX conversations_by_project ON conversations (project_id, created_at)",
        """
        CREATE TABLE messages (
            id VARCHAR(36) NOT NULL,
            conversation_id VARCHAR(36) NOT NULL,
            number INTEGER NOT NULL,
            role VARCHAR(16) NOT NULL,
            author TEXT NOT NULL,
            persona_id VARCHAR(36),
            content TEXT NOT NULL,
            citations JSON NOT NULL,
            questions JSON NOT NULL,
            state VARCHAR(16) NOT NULL,
            note TEXT NOT NULL,
            engine VARCHAR(16),
            model TEXT,
            created_at VARCHAR(32) NOT NULL,
            PRIMARY KEY (id),
            FOREIGN KEY(conversation_id) REFERENCES conversations (id),
            FOREIGN KEY(persona_id) REFERENCES personas (id)
        )
        """,
        "CREATE UNIQUE INDEX messages_by_number ON messages (conversation_id, number)",
        """
        CREATE TABLE notes (
            id VARCHAR(36) NOT NULL,
            project_id VARCHAR(36) NOT NULL,
            interview_id VARCHAR(36),
            turn INTEGER,
            insight_id VARCHAR(36),
            anchors JSON NOT NULL,
            parent_id VARCHAR(36),
            text TEXT NOT NULL,
            created_by TEXT NOT NULL,
            created_at VARCHAR(32) NOT NULL,
            updated_at VARCHAR(32) NOT NULL,
            deleted_at VARCHAR(32),
            PRIMARY KEY (id),
            FOREIGN KEY(project_id) REFERENCES projects (id),
            FOREIGN KEY(interview_id) REFERENCES interviews (id),
            FOREIGN KEY(parent_id) REFERENCES notes (id)
        )
        """,
        "CREATE INDEX notes_by_project ON notes (project_id, created_at)",
    ):
        connection.execute(text(statement))


def _a_team(connection: Connection) -> None:
    for statement in (
        """
        CREATE TABLE companies (
            id VARCHAR(36) NOT NULL,
            name TEXT NOT NULL,
            analyses_at_once INTEGER,
            uploads_per_minute INTEGER,
            created_at VARCHAR(32) NOT NULL,
            PRIMARY KEY (id)
        )
        """,
        """
        CREATE TABLE users (
            id VARCHAR(64) NOT NULL,
            company_id VARCHAR(36) NOT NULL,
            name TEXT NOT NULL,
            email TEXT,
            role VARCHAR(16) NOT NULL,
            created_at VARCHAR(32) NOT NULL,
            last_seen_at VARCHAR(32),
            closed_at VARCHAR(32),
            PRIMARY KEY (id),
            FOREIGN KEY(company_id) REFERENCES companies (id)
        )
        """,
        "CREATE UNIQUE INDEX users_by_name ON users (company_id, name)",
        """
        CREATE TABLE tokens (
            id VARCHAR(36) NOT NULL,
            company_id VARCHAR(36) NOT NULL,
            user_id VARCHAR(64) NOT NULL,
            name TEXT NOT NULL,
            sha256 VARCHAR(64) NOT NULL,
            scopes JSON NOT NULL,
            created_at VARCHAR(32) NOT NULL,
            expires_at VARCHAR(32),
            last_used_at VARCHAR(32),
            revoked_at VARCHAR(32),
            PRIMARY KEY (id),
            FOREIGN KEY(company_id) REFERENCES companies (id),
            FOREIGN KEY(user_id) REFERENCES users (id)
        )
        """,
        "CREATE UNIQUE INDEX tokens_by_hash ON tokens (sha256)",
        "CREATE INDEX tokens_by_user ON tokens (user_id)",
        """
        CREATE TABLE attempts (
            id VARCHAR(36) NOT NULL,
            "key" VARCHAR(255) NOT NULL,
            at VARCHAR(32) NOT NULL,
            PRIMARY KEY (id)
        )
        """,
        'CREATE INDEX attempts_by_key ON attempts ("key", at)',
        """
        CREATE TABLE processes (
            id VARCHAR(36) NOT NULL,
            kind VARCHAR(16) NOT NULL,
            lock BIGINT NOT NULL,
            version VARCHAR(32) NOT NULL,
            host TEXT NOT NULL,
            started_at VARCHAR(32) NOT NULL,
            ended_at VARCHAR(32),
            PRIMARY KEY (id)
        )
        """,
        """
        CREATE TABLE members (
            project_id VARCHAR(36) NOT NULL,
            user_id VARCHAR(64) NOT NULL,
            role VARCHAR(16) NOT NULL,
            added_by TEXT NOT NULL,
            added_at VARCHAR(32) NOT NULL,
            PRIMARY KEY (project_id, user_id),
            FOREIGN KEY(project_id) REFERENCES projects (id),
            FOREIGN KEY(user_id) REFERENCES users (id)
        )
        """,
        "CREATE INDEX members_by_user ON members (user_id)",
        """
        CREATE TABLE invitations (
            id VARCHAR(36) NOT NULL,
            project_id VARCHAR(36) NOT NULL,
            role VARCHAR(16) NOT NULL,
            email TEXT,
            sha256 VARCHAR(64) NOT NULL,
            created_by TEXT NOT NULL,
            created_at VARCHAR(32) NOT NULL,
            expires_at VARCHAR(32) NOT NULL,
            accepted_by TEXT,
            accepted_at VARCHAR(32),
            revoked_at VARCHAR(32),
            PRIMARY KEY (id),
            FOREIGN KEY(project_id) REFERENCES projects (id)
        )
        """,
        "CREATE UNIQUE INDEX invitations_by_hash ON invitations (sha256)",
        "CREATE INDEX invitations_by_project ON invitations (project_id)",
        "CREATE INDEX projects_by_company ON projects (company_id)",
        """
        CREATE TABLE audit (
            id VARCHAR(36) NOT NULL,
            company_id VARCHAR(36) NOT NULL,
            project_id VARCHAR(36),
            at VARCHAR(32) NOT NULL,
            actor TEXT NOT NULL,
            type VARCHAR(64) NOT NULL,
            about VARCHAR(64),
            PRIMARY KEY (id),
            FOREIGN KEY(project_id) REFERENCES projects (id)
        )
        """,
        "CREATE INDEX audit_by_project ON audit (project_id, at)",
        "CREATE INDEX audit_by_company ON audit (company_id, at)",
        """
        CREATE TABLE comparisons (
            run_id VARCHAR(64) NOT NULL,
            interview_id VARCHAR(36) NOT NULL,
            engine VARCHAR(16) NOT NULL,
            begun_at VARCHAR(32) NOT NULL,
            PRIMARY KEY (run_id),
            FOREIGN KEY(interview_id) REFERENCES interviews (id)
        )
        """,
        "CREATE INDEX comparisons_by_interview ON comparisons (interview_id)",
    ):
        connection.execute(text(statement))
    for table, column in (
        ("projects", "owner_id VARCHAR(64)"),
        ("projects", "visibility VARCHAR(16) DEFAULT 'private' NOT NULL"),
        ("projects", "password_hash TEXT"),
        ("projects", "deleted_by TEXT"),
        ("projects", "purged_at VARCHAR(32)"),
        ("projects", "purged_by TEXT"),
        ("events", "actor TEXT"),
        ("interviews", "deleted_by TEXT"),
        ("interviews", "masked BOOLEAN DEFAULT FALSE NOT NULL"),
        ("personas", "deleted_by TEXT"),
        ("conversations", "deleted_by TEXT"),
        ("messages", "process_id VARCHAR(36)"),
        ("messages", "stopping BOOLEAN DEFAULT FALSE NOT NULL"),
        ("notes", "deleted_by TEXT"),
    ):
        connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {column}"))
    _comparisons_under_way(connection)


def _comparisons_under_way(connection: Connection) -> None:
    """Write down what the log alone has said until now."""
    log = table_of("events", column_of("at"), column_of("type"), column_of("data", JSON))
    run_id = log.c.data["run_id"].as_string()
    ended = select(run_id).where(log.c.type.in_(("analysis:added", "analysis:failed")))
    begun = select(run_id, log.c.data["interview_id"].as_string(), log.c.data["engine"].as_string(), log.c.at).where(
        log.c.type == "analysis:started", run_id.not_in(ended)
    )
    columns: list[ColumnClause[str]] = [column_of(name) for name in ("run_id", "interview_id", "engine", "begun_at")]
    connection.execute(table_of("comparisons", *columns).insert().from_select(columns, begun))


# The first brings version 1 to version 2, and so on.
STEPS: tuple[Callable[[Connection], None], ...] = (
    _how_a_file_was_read,
    _corrected_speakers,
    _pseudonyms_and_columns,
    _redacted_before_storage,
    _meanings,
    _codings,
    _judgements,
    _engines,
    _personas_and_conversations,
    _a_team,
)
VERSION = 1 + len(STEPS)
# The oldest version whose code still works with today's tables, so that servers can be upgraded one after the other.
# A step that only adds leaves it as it is.
WORKS_WITH = 11


def migrate(connection: Connection) -> None:
    """Bring the database to `VERSION`, and give a new log its epoch.

    Raises:
        Conflict: the database was written by a newer persona_lab.
    """
    found = version(connection)
    if found > VERSION:
        raise Conflict(
            f"The workspace was written by a newer persona_lab (schema {found}, this one knows {VERSION}). "
            "Upgrade persona-lab."
        )
    if found == 0:
        metadata.create_all(connection)
        _write(connection, epoch=secrets.token_hex(4))
    else:
        for step in STEPS[found - 1 :]:
            step(connection)
    _write(connection, version=str(VERSION), works_with=str(WORKS_WITH))


def _write(connection: Connection, **values: str) -> None:
    for key, value in values.items():
        connection.execute(meta.delete().where(meta.c.key == key))
        connection.execute(meta.insert().values(key=key, value=value))


def check(connection: Connection) -> None:
    """Make sure that this code works with the tables as they are; nothing is changed.

    Raises:
        Conflict: they are to be made or migrated first, or are of a persona_lab too new for this one.
    """
    found = version(connection)
    if found < VERSION:
        state = (
            "has no tables of persona_lab" if found == 0 else f"is at schema {found}; this persona_lab needs {VERSION}"
        )
        raise Conflict(f"The database {state}. Run persona-lab migrate with its owner's URL.")
    works_with = int(connection.scalar(select(meta.c.value).where(meta.c.key == "works_with")) or found)
    if works_with > VERSION:
        raise Conflict(
            f"The database was migrated by a newer persona_lab (schema {found}, this one knows {VERSION}). "
            "Upgrade persona-lab."
        )


def version(connection: Connection) -> int:
    """Return the schema's number, 0 for an empty database."""
    if not inspect(connection).has_table("meta"):
        return 0
    return int(connection.scalar(select(meta.c.value).where(meta.c.key == "version")) or 0)


def begin_anew(connection: Connection) -> str:
    """Give the log another epoch, so that whoever follows it loads everything, and return it."""
    made = secrets.token_hex(4)
    _write(connection, epoch=made)
    return made


def epoch(connection: Connection) -> str:
    """Return the mark of this log; a restored backup gets a new one."""
    return str(connection.scalar(select(meta.c.value).where(meta.c.key == "epoch")))
