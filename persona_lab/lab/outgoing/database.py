"""A copy of the project's DuckDB file to take along, made while the project goes on using its own."""

from pathlib import Path

import duckdb

from persona_lab.errors import InvalidRequest
from persona_lab.lab.outgoing.files import replaced
from persona_lab.lab.outgoing.tables import quoted


def write_database(path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """Write all tables and views to a file that any DuckDB opens, as they are at this moment.

    Raises:
        InvalidRequest: the file can't be written, or some process has it open.
    """
    cursor = connection.cursor()
    row = cursor.execute("SELECT current_database()").fetchone()
    name = str(row[0]).replace('"', '""') if row else ""
    with replaced(path) as beside:
        try:
            cursor.execute(f"ATTACH '{quoted(beside)}' AS taken_along")
            try:
                cursor.execute(f'COPY FROM DATABASE "{name}" TO taken_along')
            finally:
                cursor.execute("DETACH taken_along")
        except duckdb.Error as error:
            raise InvalidRequest(f"{path} can't be written: {error}") from None
        finally:
            beside.with_name(f"{beside.name}.wal").unlink(missing_ok=True)
            cursor.close()
