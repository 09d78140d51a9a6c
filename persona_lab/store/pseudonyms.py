"""What stands for whom in a project: the reversible map behind redaction, which never leaves the store.

A pseudonym once given is never given to anybody else, so that what an engine
wrote yesterday can still be read tomorrow.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, func, or_, select

from persona_lab.models import Original, Pseudonym
from persona_lab.store import transaction
from persona_lab.store.database import Store
from persona_lab.store.schema.tables import interviews, pseudonyms, transcripts

# The original of a pseudonym whose person was purged.
FORGOTTEN = ""


def of_project(connection: Connection, project_id: str) -> list[Pseudonym]:
    """Return all pseudonyms of the project."""
    known = pseudonyms.c.project_id == project_id, pseudonyms.c.original != FORGOTTEN
    rows = connection.execute(select(pseudonyms).where(*known).order_by(pseudonyms.c.pseudonym))
    return [Pseudonym.model_validate(row._mapping, extra="ignore") for row in rows]


def assign(connection: Connection, project_id: str, originals: Iterable[Original]) -> None:
    """Give each original that has none yet the next pseudonym of its kind; nothing is announced."""
    transaction.hold(connection, project_id)
    known = of_project(connection, project_id)
    taken = {(one.kind, one.key) for one in known}
    given = select(pseudonyms.c.kind, func.count()).where(pseudonyms.c.project_id == project_id)
    counts = {row[0]: row[1] for row in connection.execute(given.group_by(pseudonyms.c.kind))}
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


def forget(connection: Connection, project_id: str, said: str) -> None:
    """Forget what pseudonyms stand for whose original only this text has, or which stand in it alone.

    The text must be gone from the store. The pseudonyms themselves stay given, so that nobody else gets them.
    """
    for one in of_project(connection, project_id):
        if one.original.casefold() not in said.casefold() and one.pseudonym not in said:
            continue
        others = select(transcripts.c.interview_id).join(interviews, interviews.c.id == transcripts.c.interview_id)
        used = or_(
            transcripts.c.text.icontains(one.original, autoescape=True),
            transcripts.c.text.contains(one.pseudonym, autoescape=True),
        )
        if connection.scalar(others.where(interviews.c.project_id == project_id, used).limit(1)) is None:
            connection.execute(
                pseudonyms.update()
                .where(pseudonyms.c.project_id == project_id, pseudonyms.c.pseudonym == one.pseudonym)
                .values(key=one.pseudonym, original=FORGOTTEN)
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
