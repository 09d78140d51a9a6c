"""What stands for whom in a project: the reversible map behind redaction, which never leaves the store.

A pseudonym once given is never given to anybody else, so that what an engine
wrote yesterday can still be read tomorrow.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from persona_lab.models import Original, Pseudonym
from persona_lab.store import transaction
from persona_lab.store.database import Store
from persona_lab.store.tables import pseudonyms


def of_project(connection: Connection, project_id: str) -> list[Pseudonym]:
    """Return all pseudonyms of the project."""
    rows = connection.execute(
        select(pseudonyms).where(pseudonyms.c.project_id == project_id).order_by(pseudonyms.c.pseudonym)
    )
    return [Pseudonym.model_validate(row._mapping, extra="ignore") for row in rows]


def assign(connection: Connection, project_id: str, originals: Iterable[Original]) -> None:
    """Give each original that has none yet the next pseudonym of its kind; nothing is announced."""
    transaction.hold(connection, project_id)
    known = of_project(connection, project_id)
    taken = {(one.kind, one.key) for one in known}
    counts: dict[str, int] = {}
    for one in known:
        counts[one.kind] = counts.get(one.kind, 0) + 1
    for original in originals:
        if (original.kind, original.key) in taken:
            continue
        taken.add((original.kind, original.key))
        counts[original.kind] = counts.get(original.kind, 0) + 1
        connection.execute(
            pseudonyms.insert().values(
                project_id=project_id,
                pseudonym=f"[{original.word}{counts[original.kind]}]",
                **original.model_dump(exclude={"word"}),
            )
        )


class OfProject:
    """The pseudonyms of one project, for whoever redacts its interviews. Usable from any thread."""

    def __init__(self, store: Store, project_id: str) -> None:
        self._store = store
        self._project_id = project_id

    def known(self) -> list[Pseudonym]:
        with self._store.reading() as connection:
            return of_project(connection, self._project_id)

    def assign(self, originals: Iterable[Original]) -> list[Pseudonym]:
        """Return all pseudonyms, with new ones for those originals that had none."""
        wanted = list(originals)
        known = self.known()
        taken = {(one.kind, one.key) for one in known}
        if all((one.kind, one.key) in taken for one in wanted):
            return known
        with self._store.writing() as connection:
            assign(connection, self._project_id, wanted)
            return of_project(connection, self._project_id)
