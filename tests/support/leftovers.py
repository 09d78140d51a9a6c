"""Looking for words everywhere: in every table, file, copy, record of jobs and log."""

from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import select

from persona_lab.store.database import Store
from persona_lab.store.schema.tables import metadata


class Words:
    """Words that stand nowhere else, in whatever case."""

    def __init__(self, *words: str) -> None:
        self._words = [word.lower().encode() for word in words]
        # As JSON spells them where it keeps to ASCII.
        self._words += [word.lower().encode("unicode_escape") for word in words if not word.isascii()]

    def are_in(self, value: Any) -> bool:
        text = (value if isinstance(value, bytes) else str(value).encode()).lower()
        return any(word in text for word in self._words)

    def in_tables(self, store: Store) -> dict[str, int]:
        """Return how often one of the words stands in each table."""
        found: dict[str, int] = {}
        with store.reading() as connection:
            for table in metadata.sorted_tables:
                for row in connection.execute(select(table)):
                    count = sum(self.are_in(value) for value in row)
                    found[table.name] = found.get(table.name, 0) + count
        return {name: count for name, count in found.items() if count}

    def in_files(self, folder: Path) -> list[str]:
        return [
            str(path.relative_to(folder))
            for path in folder.rglob("*")
            if path.is_file() and self.are_in(path.read_bytes())
        ]

    def in_every_table(self, url: str) -> list[str]:
        """Return the tables of any schema, those of jobs among them, in which a word stands."""
        found = []
        with psycopg.connect(url) as connection:
            connection.execute("SET row_security = off")
            names = connection.execute(
                "SELECT schemaname, tablename FROM pg_tables "
                "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            ).fetchall()
            for schema, name in names:
                rows = connection.execute(f'SELECT t::text FROM "{schema}"."{name}" t').fetchall()
                found += [f"{schema}.{name}" for (row,) in rows if self.are_in(row)]
        return found
