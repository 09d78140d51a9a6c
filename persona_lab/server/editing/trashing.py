"""The trash: bringing things back, and removing them for good.

The database goes first, in one transaction. What follows from it (files, the record of jobs, the pages of the database
that are free now) is done after that; where a server dies in between, files are swept once nobody refers to them.
"""

import asyncio
import logging
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Connection, select

from persona_lab.discretion import described
from persona_lab.errors import AnalysisCancelled, Conflict, Forbidden, PersonaLabError
from persona_lab.jobs import clearing
from persona_lab.models import Failure, Identity, Purged, Trashed, TrashKind, now
from persona_lab.server.services import Services
from persona_lab.store import beside, events, interviews
from persona_lab.store.database import Store
from persona_lab.store.files import references, sweeping
from persona_lab.store.people import access, audit
from persona_lab.store.people.access import Level
from persona_lab.store.removing import forgetting, trash
from persona_lab.store.removing.said import NamesThem
from persona_lab.store.schema.tables import interviews as interviews_table

log = logging.getLogger(__name__)

RESTORING = "Only who deleted it, or who owns or administers the project, may bring it back."
PURGING = "Only who owns or administers the project may remove something for good."
AUDITING = "Only who owns or administers the project may see who did what in it."
BUSY = "It is being analysed, which was ended just now. Purge it again in a minute."
REMAINS = (
    "Files that people downloaded, and reports and tables that they saved, are theirs.",
    "Copies in notebooks that never come back to the server keep what they have; the others are told.",
    "Backups made before have it still.",
)
FED = "Findings were fed to MISO's knowledge base before. Remove them there, and feed the project's findings again."
PORTRAITS = "Portraits that rested on it are gone. project.refresh() makes them again."
SWEEPING = timedelta(days=1)
# So many interviews' analyses are ended in one transaction.
AT_ONCE = 100


class Kept(NamedTuple):
    """What is known of an interview's file: of redacted ones it goes by the interview's id."""

    interview_id: str
    sha256: str
    redacted: bool


def check_governs(connection: Connection, identity: Identity, project_id: str, why: str) -> None:
    """Make sure that somebody decides about the project.

    Raises:
        Forbidden: they don't; it says why.
    """
    if not trash.governs(connection, identity, project_id):
        raise Forbidden(why)


def check_reached(connection: Connection, identity: Identity, kind: TrashKind, thing_id: str) -> str:
    """Make sure that somebody may know of something that is in the trash, or whose project is; return its project.

    Raises:
        NotFound: there is no such thing, or it isn't for them to know.
    """
    found = access.reached(connection, kind, thing_id, identity.user_id)
    if found is None or access.level(found, identity) < Level.READ:
        raise trash.MISSING[kind]
    return found.project_id


def check_there(connection: Connection, identity: Identity, project_id: str) -> None:
    """Make sure that somebody may see who did what in a project, even in one that is in the trash or was purged.

    Raises:
        ProjectNotFound: there is no such project, or it isn't for them to know.
        Forbidden: they don't decide about it.
    """
    check_reached(connection, identity, "project", project_id)
    check_governs(connection, identity, project_id, AUDITING)


def write_down(serving: Services, identity: Identity, kind: str, project_id: str | None, about: str = "") -> None:
    """Write down what somebody did that changes nothing."""
    with serving.store.on_behalf_of(identity).writing() as connection:
        audit.write(connection, identity, kind, project_id=project_id, about=about)


def listed(connection: Connection, identity: Identity, found: list[Trashed]) -> list[Trashed]:
    """Return what is in the trash, saying of each thing whether somebody may bring it back."""
    may = {
        project_id: trash.governs(connection, identity, project_id) for project_id in {one.project_id for one in found}
    }
    return [
        one.model_copy(update={"can_restore": may[one.project_id] or one.deleted_by == identity.name}) for one in found
    ]


def restore(serving: Services, identity: Identity, kind: TrashKind, thing_id: str) -> None:
    """Bring something back.

    Raises:
        NotFound: it isn't there.
        Forbidden: somebody else deleted it, and doesn't decide about the project.
        Conflict: it isn't deleted, or something else stands in its place.
    """
    with serving.store.on_behalf_of(identity).writing() as connection:
        check_reached(connection, identity, kind, thing_id)
        (found,) = listed(connection, identity, [trash.get(connection, kind, thing_id)])
        if not found.can_restore:
            raise Forbidden(RESTORING)
        trash.restore(connection, kind, thing_id, epoch=serving.store.epoch)
    if kind in ("interview", "project"):
        serving.jobs.merge(found.project_id)


def purge(serving: Services, identity: Identity, kind: TrashKind, thing_id: str) -> Purged:
    """Remove something from the trash for good.

    Raises:
        NotFound: it isn't there.
        Forbidden: they don't decide about the project.
        Conflict: it isn't deleted, or it is being analysed still.
    """
    store = serving.store.on_behalf_of(identity)
    with store.reading() as connection:
        project_id = check_reached(connection, identity, kind, thing_id)
        check_governs(connection, identity, project_id, PURGING)
        found = trash.get(connection, kind, thing_id)
    purged = remove(serving, store, found)
    store.compact()
    return purged


def empty(serving: Services, days: int) -> int:
    """Purge what was deleted so many days ago, and return how much that was."""
    before = (now() - timedelta(days=days)).isoformat()
    with serving.store.reading() as connection:
        found = list(trash.expired(connection, before))
    count = 0
    for one in found:
        try:
            remove(serving, serving.store, one)
            count += 1
        except PersonaLabError as error:
            # Somebody brought it back, or another server purged it. The next time looks again.
            log.warning("%s %s was not purged: %s", one.kind, one.id, error.code)
    if count:
        serving.store.compact()
    return count


async def keep_emptying(serving: Services, days: int | None) -> None:
    """Purge by age, where that is wanted, and go on with what was cut off: now and once a day."""
    while True:
        try:
            await asyncio.to_thread(finish, serving.store)
            if days:
                await asyncio.to_thread(empty, serving, days)
        except Exception as error:
            log.error("the trash was not emptied: %s", described(error))
        await asyncio.sleep(SWEEPING.total_seconds())


def remove(serving: Services, store: Store, found: Trashed, *, names_them: NamesThem | None = None) -> Purged:
    """Purge it, once somebody has looked whether it may be done; the database is the caller's to compact.

    Args:
        store: the house's own.
        names_them: see `forgetting.interview`.

    Raises:
        Conflict: it was brought back meanwhile, or is being analysed still.
    """
    with store.reading() as connection:
        kept = _kept(connection, found)
        company_id = references.company_of_project(connection, found.project_id)
        is_fed = events.newest_of(connection, found.project_id, "knowledge:fed") is not None
    ids = [one.interview_id for one in kept]
    if ids:
        end(store, ids, BUSY)
    with store.writing() as connection:
        # It may have been brought back meanwhile.
        trash.get(connection, found.kind, found.id)
        count = forgetting.forget(connection, found.kind, found.id, names_them=names_them)
    if found.kind == "project":
        _take_the_rest(store, found.id)
    files = 0
    for one in kept:
        if sweeping.purge(store, serving.files, company_id, one.interview_id, one.sha256) and not one.redacted:
            files += 1
    if ids:
        clearing.forget(ids, found.project_id)
    serving.retrieval.forget(found.project_id)
    remains = [*REMAINS]
    if found.kind == "interview":
        serving.jobs.merge(found.project_id)
        remains.append(PORTRAITS)
    if is_fed and found.kind in ("interview", "project"):
        remains.append(FED)
    return Purged(kind=found.kind, id=found.id, events=count, files=files, remains=tuple(remains))


def _take_the_rest(store: Store, project_id: str) -> None:
    is_more = True
    while is_more:
        with store.writing() as connection:
            is_more = forgetting.rest_of_project(connection, project_id)


def finish(store: Store) -> int:
    """Go on with projects whose purge a server's end cut off; return how many. Their files are swept by and by."""
    with store.reading() as connection:
        left = forgetting.half_gone(connection)
    for project_id in left:
        _take_the_rest(store, project_id)
    if left:
        store.compact()
    return len(left)


def _kept(connection: Connection, found: Trashed) -> list[Kept]:
    table = interviews_table
    if found.kind not in ("interview", "project"):
        return []
    its = table.c.id == found.id if found.kind == "interview" else table.c.project_id == found.id
    rows = connection.execute(select(table.c.id, table.c.sha256, table.c.redacted).where(its))
    return [Kept(row.id, row.sha256, row.redacted) for row in rows]


def end(store: Store, interview_ids: list[str], busy: str) -> None:
    """End the analyses of these interviews that are under way.

    Raises:
        Conflict: one goes on still; it says `busy`.
    """
    nobody = Failure(code=AnalysisCancelled.code, message=AnalysisCancelled().message)
    for first in range(0, len(interview_ids), AT_ONCE):
        with store.writing() as connection:
            for interview_id in interview_ids[first : first + AT_ONCE]:
                interviews.fail(connection, interview_id, nobody)
                beside.cancel(connection, interview_id)
    if not clearing.await_end(interview_ids):
        raise Conflict(busy)
