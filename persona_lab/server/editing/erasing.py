"""Erasing one participant of a study: for good, from every interview in which they took part.

As with a purge the database goes first, an interview at a time, then files and the record of jobs. Whoever is
interrupted erases again: what is left is found by the same name.
"""

from collections.abc import Sequence

from persona_lab.engines import indexing
from persona_lab.engines.meaning.encoder import MODEL
from persona_lab.errors import Conflict, ParticipantNotFound
from persona_lab.jobs import clearing
from persona_lab.models import Erasure, Identity, Interview
from persona_lab.server.editing import trashing
from persona_lab.server.services import Services
from persona_lab.store import events, interviews, projects, transcripts
from persona_lab.store.database import Store
from persona_lab.store.files import references, sweeping
from persona_lab.store.people import audit
from persona_lab.store.removing import erasing, trash
from persona_lab.store.removing.erasing import Erased, TookPart
from persona_lab.store.removing.said import NamesThem
from persona_lab.transcripts.redaction.masking import masked, mentions, names_in, without_names

BUSY = "An interview of theirs is being analysed, which was ended just now. Erase them again in a minute."
CHANGED = "Somebody changed who speaks meanwhile. Erase them again."
REMAINS = (
    *trashing.REMAINS,
    "Interviews in which they did not take part are as they were, also where others speak of them there.",
    "What others said of them without their name is in what others said.",
)


def erase(serving: Services, identity: Identity, project_id: str, name: str, *, sure: bool) -> Erasure:
    """Erase whoever took part under that name, or that label of a file.

    Args:
        sure: without it nothing is done but counting what would go.

    Raises:
        ProjectNotFound: there is no such project for them.
        ParticipantNotFound: nobody of that name took part.
        Conflict: an interview is being analysed still, or was changed meanwhile.
    """
    with serving.store.reading() as connection:
        # As whoever asks, so that the policies hold here as well; what follows is done by the house.
        projects.get(connection, project_id, epoch=serving.store.epoch)
    store = serving.store.on_behalf_of(identity)
    with store.reading() as connection:
        found = erasing.took_part(connection, project_id, name)
    if not found:
        raise ParticipantNotFound
    whole = Erasure(
        is_done=False,
        purged=sum(one.is_alone for one in found),
        masked=sum(not one.is_alone for one in found),
        turns=sum(one.turns for one in found),
    )
    if not sure:
        return whole
    trashing.end(store, [one.interview_id for one in found], BUSY)
    names = names_in({label for one in found for label in one.labels | one.called})
    counts, files = 0, 0
    for one in found:
        take = _purge if one.is_alone else _mask
        struck, gone = take(serving, store, project_id, name, one, lambda text: bool(mentions(text, names)))
        counts, files = counts + struck, files + gone
    trashing.write_down(serving, identity, audit.ERASED, project_id)
    serving.retrieval.forget(project_id)
    store.compact()
    done = {"is_done": True, "events": counts, "files": files, "remains": _remains(store, project_id)}
    return whole.model_copy(update=done)


def _purge(
    serving: Services, store: Store, project_id: str, name: str, found: TookPart, names_them: NamesThem
) -> tuple[int, int]:
    """Remove an interview in which nobody else is interviewed; return how many events and files are gone."""
    with store.writing() as connection:
        _check_same(erasing.took_part(connection, project_id, name), found)
        if not found.is_deleted:
            interviews.delete(connection, found.interview_id)
        one = trash.get(connection, "interview", found.interview_id)
    purged = trashing.remove(serving, store, one, names_them=names_them)
    return purged.events, purged.files


def _mask(
    serving: Services, store: Store, project_id: str, name: str, found: TookPart, names_them: NamesThem
) -> tuple[int, int]:
    """Mask them in an interview with others, and have it analysed again; return how many events and files are gone."""
    with store.reading() as connection:
        before = interviews.get(connection, found.interview_id, even_deleted=True)
        transcript = transcripts.get(connection, found.interview_id, as_filed=True)
        company_id = references.company_of_project(connection, project_id)
    rest = masked(transcript, found.labels, found.called, serving.scans.of(transcript))
    indexed = serving.workroom.run(indexing.turns, rest.transcript)
    erased = Erased(
        found.labels,
        rest,
        erasing.Indexed(*indexed, made_by=MODEL),
        without_names(before.title, rest.names),
        without_names(before.filename, rest.names),
        names_them,
    )
    with store.writing() as connection:
        now = interviews.get(connection, found.interview_id, even_deleted=True)
        _check_same(erasing.took_part(connection, project_id, name), found)
        if interviews.is_in_flight(now):
            raise Conflict(BUSY)
        struck = erasing.mask(connection, found.interview_id, erased)
        begun = interviews.get(connection, found.interview_id, even_deleted=True)
    is_gone = sweeping.purge(store, serving.files, company_id, before.id, before.sha256)
    clearing.forget([before.id], project_id)
    serving.jobs.analyse(begun)
    return struck, int(is_gone and _had_file(before))


def _check_same(now: Sequence[TookPart], found: TookPart) -> None:
    if found not in now:
        raise Conflict(CHANGED)


def _had_file(before: Interview) -> bool:
    return not (before.redacted or before.masked)


def _remains(store: Store, project_id: str) -> tuple[str, ...]:
    with store.reading() as connection:
        is_fed = events.newest_of(connection, project_id, "knowledge:fed") is not None
    return (*REMAINS, trashing.PORTRAITS, *([trashing.FED] if is_fed else []))
