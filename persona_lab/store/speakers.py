"""Who speaks in an interview: as its file has it, and as people have corrected it.

The turns themselves are never rewritten. A correction stands beside them, by the
label that the file uses, and is laid over them whenever they are read.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Connection, func, or_, select

from persona_lab.errors import Conflict, InvalidRequest
from persona_lab.models import Interview, Role, Speaker, SpeakerCorrection, Turn
from persona_lab.store import interviews
from persona_lab.store.schema.tables import events as log
from persona_lab.store.schema.tables import speaker_corrections as table
from persona_lab.store.schema.tables import turns

# By label, "" for turns that the file gives to nobody.
Corrections = Mapping[str, SpeakerCorrection]
# A correction's fields as far as they were given: what is left out stays, None takes it back.
Change = Mapping[str, str | None]

NOBODY = "nobody (turns without a name)"


def corrections(connection: Connection, interview_ids: Collection[str]) -> dict[str, dict[str, SpeakerCorrection]]:
    """Return what people have corrected, by interview and label."""
    found: dict[str, dict[str, SpeakerCorrection]] = {}
    rows = connection.execute(select(table).where(table.c.interview_id.in_(interview_ids)).order_by(table.c.speaker))
    for row in rows:
        entry = SpeakerCorrection(speaker=row.speaker or None, name=row.name, role=row.role)
        found.setdefault(row.interview_id, {})[row.speaker] = entry
    return found


def corrections_as_of(connection: Connection, project_id: str, seq: int) -> dict[str, dict[str, SpeakerCorrection]]:
    """Return what people had corrected when the project's event `seq` was its newest, from the log."""
    rows = connection.execute(
        select(log.c.data["interview_id"].label("interview_id"), log.c.data["speakers"].label("speakers"))
        .where(log.c.project_id == project_id, log.c.type == "interview:updated", log.c.seq <= seq)
        .order_by(log.c.seq)
    )
    found: dict[str, dict[str, SpeakerCorrection]] = {}
    for row in rows:
        # An interview is updated for other reasons, too. Each such event carries all corrections of its interview.
        if row.speakers is not None:
            entries = [SpeakerCorrection.model_validate(entry) for entry in row.speakers]
            found[row.interview_id] = {entry.speaker or "": entry for entry in entries}
    return found


def corrected(turn: Turn, known: Corrections) -> Turn:
    """Return the turn with its speaker's name and role as people have corrected them."""
    name, role = who(turn.speaker, turn.role, known)
    label = turn.speaker if name != turn.speaker else None
    return turn.model_copy(update={"speaker": name, "label": label, "role": role})


def who(label: str | None, role: Role, known: Corrections) -> tuple[str | None, Role]:
    """Return name and role of those whom the file calls `label` and gives `role`."""
    found = known.get(label or "")
    # A note such as “(laughter)” is in nobody's mouth.
    if found is None or (label is None and role == "other"):
        return label, role
    return found.name or label, found.role or role


def of(connection: Connection, interview_id: str, known: Corrections | None = None) -> list[Speaker]:
    """Return who speaks, in the order of speaking first; nobody before the interview has been read.

    Args:
        known: corrections to lay over the file's speakers, instead of those that there are now.
    """
    if known is None:
        known = corrections(connection, [interview_id]).get(interview_id, {})
    rows = connection.execute(
        select(turns.c.speaker, turns.c.role, func.count().label("n"))
        .where(turns.c.interview_id == interview_id)
        .where(or_(turns.c.speaker.is_not(None), turns.c.role != "other"))
        .group_by(turns.c.speaker, turns.c.role)
        .order_by(func.min(turns.c.index))
    )
    return [_speaker(row.speaker, row.role, row.n, known) for row in rows]


def correct(connection: Connection, interview_id: str, changes: Sequence[Change]) -> tuple[Interview, bool]:
    """Keep the corrections and announce them; return the interview and whether it must be analysed again.

    A name changes nothing that was found. A role does: the interview becomes a new
    attempt, which the caller queues. Nothing is announced when nothing differs.

    Args:
        changes: each names its `speaker` by the file's label, or by the name given since.

    Raises:
        Conflict: the interview has not been read.
        InvalidRequest: somebody is named who doesn't speak in it, or twice.
    """
    interview = interviews.get(connection, interview_id)
    before = of(connection, interview_id)
    if not before:
        raise Conflict(_why_nobody(interview))
    kept = corrections(connection, [interview_id]).get(interview_id, {})
    wanted = dict(kept)
    for label, change in _by_label(interview.title, before, changes):
        fields = {"name": change["name"]} if "name" in change else {}
        fields |= {"role": change["role"]} if "role" in change else {}
        known = wanted.get(label, SpeakerCorrection(speaker=label or None))
        wanted[label] = SpeakerCorrection.model_validate({**known.model_dump(), **fields})
    wanted = {label: entry for label, entry in wanted.items() if entry.name is not None or entry.role is not None}
    if wanted == kept:
        return interview, False
    _keep(connection, interview_id, wanted)
    after = of(connection, interview_id)
    people = {speaker.name for speaker in after if speaker.role == "participant"}
    told = [wanted[label].model_dump() for label in sorted(wanted)]
    interview = interviews.speakers_corrected(connection, interview_id, told, participants=len(people))
    if [speaker.role for speaker in before] == [speaker.role for speaker in after]:
        return interview, False
    return interviews.restart(connection, interview), True


def forget(connection: Connection, interview_id: str, labels: Collection[str]) -> None:
    """Take back what people corrected of these speakers; nothing is announced."""
    its = table.c.interview_id == interview_id
    connection.execute(table.delete().where(its, table.c.speaker.in_(list(labels))))


def retell(connection: Connection, interview_id: str) -> None:
    """Announce once more what people have corrected, where the events that said so are gone."""
    known = corrections(connection, [interview_id]).get(interview_id)
    if known:
        people = {speaker.name for speaker in of(connection, interview_id) if speaker.role == "participant"}
        told = [known[label].model_dump() for label in sorted(known)]
        interviews.speakers_corrected(connection, interview_id, told, participants=len(people))


def _speaker(label: str | None, role: Role, turns: int, known: Corrections) -> Speaker:
    name, role = who(label, role, known)
    return Speaker(speaker=label, name=name, role=role, turns=turns)


def _by_label(title: str, before: Sequence[Speaker], changes: Iterable[Change]) -> list[tuple[str, Change]]:
    """Return each change with the label, or labels of one name, that it is meant for."""
    found = [(label, change) for change in changes for label in _labels(title, before, change["speaker"])]
    labels = [label for label, _ in found]
    for label in labels:
        if labels.count(label) > 1:
            raise InvalidRequest(f"“{label or NOBODY}” is corrected twice. Say it once.")
    return found


def _labels(title: str, before: Sequence[Speaker], named: str | None) -> list[str]:
    labels = {speaker.speaker or "" for speaker in before}
    if (named or "") in labels:
        return [named or ""]
    renamed = {speaker.speaker or "" for speaker in before if speaker.name == named}
    if not renamed:
        there = ", ".join(dict.fromkeys(speaker.name or NOBODY for speaker in before))
        raise InvalidRequest(f"“{named or NOBODY}” does not speak in “{title}”. Who does: {there}.")
    return sorted(renamed)


def _keep(connection: Connection, interview_id: str, wanted: Corrections) -> None:
    connection.execute(table.delete().where(table.c.interview_id == interview_id))
    rows = [
        {"interview_id": interview_id, "speaker": label, "name": entry.name, "role": entry.role}
        for label, entry in wanted.items()
    ]
    if rows:
        connection.execute(table.insert(), rows)


def _why_nobody(interview: Interview) -> str:
    if interview.status == "failed":
        return f"“{interview.title}” could not be read, so nobody speaks in it."
    return f"“{interview.title}” has not been read yet. Correct its speakers when it is: project.wait() waits for it."
