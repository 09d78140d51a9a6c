"""What was said: the decoded text of each interview and its turns."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Integer, Row, String, and_, column, func, select, values

from persona_lab.errors import InterviewNotFound
from persona_lab.models import Transcript, TranscriptRecord, Turn
from persona_lab.store import speakers, transaction
from persona_lab.store.schema.tables import interviews, transcripts, turns

# The most that `page` returns: so many interviews, or the first of them that together reach so many characters.
PAGE = 200
PAGE_CHARACTERS = 1_000_000
# So many places are asked for in one query: databases limit how much a query may be given.
AT_ONCE = 4_000
# All that a turn is; its content words are for searching only, and take longest to read.
COLUMNS = tuple(one for one in turns.c if one.name != "terms")


def save(connection: Connection, interview_id: str, transcript: Transcript, terms: Sequence[Sequence[str]]) -> None:
    """Keep the transcript; one that is there already stays as it is.

    Args:
        terms: for each turn its content words in dictionary form.
    """
    transaction.hold_interviews(connection, interview_id)
    if is_read(connection, interview_id):
        return
    head = transcript.model_dump(exclude={"turns"})
    connection.execute(transcripts.insert().values(interview_id=interview_id, **head))
    rows = [
        {"interview_id": interview_id, "terms": list(words), **turn.model_dump(exclude={"label"})}
        for turn, words in zip(transcript.turns, terms, strict=True)
    ]
    if rows:
        connection.execute(turns.insert(), rows)


def mask(connection: Connection, interview_id: str, masked: Transcript, terms: Sequence[Sequence[str]]) -> None:
    """Put a transcript without somebody who was erased in place of the one there is.

    Text that is stored is never rewritten, but for this: a participant may withdraw what they agreed to, and then
    nothing of theirs may be kept. The mask is as long as what it stands for, so whatever rests on what others said
    stays where it stands.

    Args:
        masked: with the labels of the file, as `transcripts.redaction.masking` makes it.
        terms: for each turn its content words in dictionary form.
    """
    transaction.hold_interviews(connection, interview_id)
    head = masked.model_dump(include={"text", "metadata", "remarks"})
    connection.execute(transcripts.update().where(transcripts.c.interview_id == interview_id).values(**head))
    for turn, words in zip(masked.turns, terms, strict=True):
        row = turn.model_dump(include={"speaker", "role", "text", "codes", "cues"})
        its = turns.c.interview_id == interview_id, turns.c.index == turn.index
        connection.execute(turns.update().where(*its).values(terms=list(words), **row))


def get(connection: Connection, interview_id: str, *, as_filed: bool = False) -> Transcript:
    """Return the transcript with its turns, whose speakers are those that people have corrected.

    Args:
        as_filed: with the speakers that the file has.

    Raises:
        InterviewNotFound: the interview has not been read yet, or there is none.
    """
    head = connection.execute(select(transcripts).where(transcripts.c.interview_id == interview_id)).first()
    if head is None:
        raise InterviewNotFound("The transcript of this interview has not been read yet. Wait until it is analysed.")
    rows = connection.execute(select(*COLUMNS).where(turns.c.interview_id == interview_id).order_by(turns.c.index))
    known = {} if as_filed else speakers.corrections(connection, [interview_id]).get(interview_id, {})
    said = tuple(speakers.corrected(Turn.model_validate(row._mapping, extra="ignore"), known) for row in rows)
    return Transcript.model_validate({**head._mapping, "turns": said}, extra="ignore")


def every(connection: Connection, project_id: str) -> Iterator[Transcript]:
    """Yield the transcripts of the project's interviews that have been read, a page of them in memory at once."""
    after = 0
    while found := page(connection, project_id, after=after):
        yield from (record.transcript for record in found)
        after = found[-1].number


def page(connection: Connection, project_id: str, *, after: int, as_of: int | None = None) -> list[TranscriptRecord]:
    """Return the transcripts of the interviews that follow number `after`, about `PAGE_CHARACTERS` of text at once.

    Args:
        as_of: the number of an event: with the speakers as they were corrected by then, and also of interviews
            that have been deleted, since they may have been there.
    """
    query = (
        select(transcripts, interviews.c.number, func.length(transcripts.c.text).label("size"))
        .join(interviews, interviews.c.id == transcripts.c.interview_id)
        .where(interviews.c.project_id == project_id, interviews.c.number > after)
    )
    if as_of is None:
        query = query.where(interviews.c.deleted_at.is_(None))
    heads = connection.execute(query.order_by(interviews.c.number).limit(PAGE), execution_options={"yield_per": 16})
    taken: dict[str, Row[Any]] = {}
    size = 0
    for head in heads:
        taken[head.interview_id] = head
        size += head.size
        if size >= PAGE_CHARACTERS:
            break
    heads.close()
    said: dict[str, list[Turn]] = {key: [] for key in taken}
    known = (
        speakers.corrections(connection, taken)
        if as_of is None
        else speakers.corrections_as_of(connection, project_id, as_of)
    )
    for row in connection.execute(select(*COLUMNS).where(turns.c.interview_id.in_(taken)).order_by(turns.c.index)):
        turn = Turn.model_validate(row._mapping, extra="ignore")
        said[row.interview_id].append(speakers.corrected(turn, known.get(row.interview_id, {})))
    return [
        TranscriptRecord(
            interview_id=key,
            number=head.number,
            transcript=Transcript.model_validate({**head._mapping, "turns": tuple(said[key])}, extra="ignore"),
        )
        for key, head in taken.items()
    ]


def is_read(connection: Connection, interview_id: str) -> bool:
    """Say whether the interview's transcript is kept already."""
    return bool(connection.scalar(select(transcripts.c.sha256).where(transcripts.c.interview_id == interview_id)))


class Completed(NamedTuple):
    """A completed interview's language, and when it was changed last: its speakers may have been corrected."""

    language: str
    updated_at: str


def completed(connection: Connection, project_id: str) -> dict[str, Completed]:
    """Return the completed interviews, by id: those that questions are answered from."""
    rows = connection.execute(
        select(interviews.c.id, interviews.c.language, interviews.c.updated_at).where(
            interviews.c.project_id == project_id,
            interviews.c.status == "completed",
            interviews.c.deleted_at.is_(None),
        )
    )
    return {row.id: Completed(row.language, row.updated_at) for row in rows}


def terms(connection: Connection, interview_id: str) -> list[list[str]]:
    """Return each turn's content words, in order."""
    rows = connection.scalars(select(turns.c.terms).where(turns.c.interview_id == interview_id).order_by(turns.c.index))
    return [list(words) for words in rows]


def who_speaks(connection: Connection, interview_id: str) -> list[str | None]:
    """Return each turn's speaker, as people have corrected them; None for who asks: nobody looks for what they said.

    Besides, an interviewer may be called "AI", and so may what the study is about.
    """
    columns = turns.c.speaker, turns.c.role
    rows = connection.execute(select(*columns).where(turns.c.interview_id == interview_id).order_by(turns.c.index))
    known = speakers.corrections(connection, [interview_id]).get(interview_id, {})
    said_by = [speakers.who(row.speaker, row.role, known) for row in rows]
    return [speaker if role != "interviewer" else None for speaker, role in said_by]


class Found(NamedTuple):
    """A turn with the title and number of the interview that it stands in."""

    title: str
    number: int
    turn: Turn


def turns_at(connection: Connection, places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Found]:
    """Return the turns at (interview id, index); places that don't exist are left out."""
    wanted = list(places)
    known = speakers.corrections(connection, {interview_id for interview_id, _ in wanted})
    found = {}
    for row in _at(connection, wanted, *COLUMNS, interviews.c.title, interviews.c.number):
        turn = Turn.model_validate(row._mapping, extra="ignore")
        turn = speakers.corrected(turn, known.get(row.interview_id, {}))
        found[row.interview_id, turn.index] = Found(row.title, row.number, turn)
    return found


def speakers_at(connection: Connection, places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str | None]:
    """Return who speaks at (interview id, index), as people have corrected it; without reading what is said."""
    wanted = list(places)
    known = speakers.corrections(connection, {interview_id for interview_id, _ in wanted})
    found: dict[tuple[str, int], str | None] = {}
    columns = turns.c.interview_id, turns.c.index, turns.c.speaker, turns.c.role
    for interview_id, turn, label, role in _at(connection, wanted, *columns):
        found[interview_id, turn], _ = speakers.who(label, role, known.get(interview_id, {}))
    return found


def _at(
    connection: Connection, places: list[tuple[str, int]], *columns: ColumnElement[Any]
) -> Iterator[Row[*tuple[Any, ...]]]:
    for first in range(0, len(places), AT_ONCE):
        # A list of pairs after IN would make SQLite read every turn there is.
        table = values(column("interview_id", String), column("index", Integer), name="places")
        place = table.data(places[first : first + AT_ONCE]).cte()
        yield from connection.execute(
            select(*columns)
            .select_from(place)
            .join(turns, and_(turns.c.interview_id == place.c.interview_id, turns.c.index == place.c.index))
            .join(interviews, interviews.c.id == turns.c.interview_id)
        )


class Told(NamedTuple):
    """What a participant said in one turn, with its content words."""

    interview_id: str
    speaker: str
    language: str
    terms: list[str]
    text: str


def told(connection: Connection, project_id: str) -> Iterator[Told]:
    """Yield what participants of the project's completed interviews said, turn by turn."""
    columns = turns.c.interview_id, turns.c.speaker, turns.c.role, turns.c.terms, turns.c.text, interviews.c.language
    rows = connection.execute(
        select(*columns)
        .join(interviews, interviews.c.id == turns.c.interview_id)
        .where(
            interviews.c.project_id == project_id,
            interviews.c.status == "completed",
            interviews.c.deleted_at.is_(None),
        )
        .order_by(interviews.c.number, turns.c.index)
    ).all()
    known = speakers.corrections(connection, {row.interview_id for row in rows})
    for row in rows:
        name, role = speakers.who(row.speaker, row.role, known.get(row.interview_id, {}))
        if role == "participant":
            yield Told(row.interview_id, name or "", row.language or "", list(row.terms), row.text)


def participants(connection: Connection, project_id: str) -> dict[str, set[str]]:
    """Return who took part, by completed interview: the names of its participants ("" for one without a name)."""
    rows = connection.execute(
        select(turns.c.interview_id, turns.c.speaker, turns.c.role)
        .distinct()
        .join(interviews, interviews.c.id == turns.c.interview_id)
        .where(
            interviews.c.project_id == project_id,
            interviews.c.status == "completed",
            interviews.c.deleted_at.is_(None),
        )
    ).all()
    known = speakers.corrections(connection, {row.interview_id for row in rows})
    people: dict[str, set[str]] = {}
    for row in rows:
        name, role = speakers.who(row.speaker, row.role, known.get(row.interview_id, {}))
        if role == "participant":
            people.setdefault(row.interview_id, set()).add(name or "")
    return people
