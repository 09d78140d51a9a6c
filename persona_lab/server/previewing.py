"""The preview of redaction: what was replaced before storage, or would be for an engine that goes over the network."""

import asyncio
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence

from persona_lab.engines.redacting.hiding import HiddenTranscript, hide
from persona_lab.engines.redacting.scans import Scans
from persona_lab.models import Interview, Pseudonym, Redaction, Transcript
from persona_lab.store import interviews, pseudonyms, transcripts
from persona_lab.store.database import Store
from persona_lab.transcripts.redaction import PSEUDONYM, Hidden

CONTEXT = 30


async def preview(store: Store, scans: Scans, project_id: str) -> list[Redaction]:
    """Return a row for each person or thing in each interview that has been read, in the order of the text.

    Looking gives pseudonyms to whatever had none yet, so what is shown is what will be sent.
    """
    read = await asyncio.to_thread(_read, store, project_id)
    known = pseudonyms.OfProject(store, project_id)

    async def hidden(interview: Interview, transcript: Transcript) -> HiddenTranscript:
        found = await scans.of_async(transcript)
        return await asyncio.to_thread(hide, transcript, found, known, is_redacted=interview.redacted)

    for interview, transcript in read:
        await hidden(interview, transcript)
    rows: list[Redaction] = []
    for interview, transcript in read:
        # Once more, now that everybody whom any of the interviews names is known.
        found = list((await hidden(interview, transcript)).text.hidden)
        if interview.redacted:
            found += _replaced(transcript.text, await asyncio.to_thread(known.known))
        rows += _rows(interview, transcript, found)
    return rows


def _replaced(text: str, known: Sequence[Pseudonym]) -> Iterator[Hidden]:
    """Yield what the project's pseudonyms in a text that is kept redacted stand for."""
    by_name = {one.pseudonym: one for one in known}
    for mark in PSEUDONYM.finditer(text):
        if one := by_name.get(mark[0]):
            yield Hidden(*mark.span(), *mark.span(), one.kind, one.pseudonym, one.original)


def _read(store: Store, project_id: str) -> list[tuple[Interview, Transcript]]:
    with store.reading() as connection:
        return [
            (interview, transcripts.get(connection, interview.id))
            for interview in interviews.of_project(connection, project_id)
            if transcripts.is_read(connection, interview.id)
        ]


def _rows(interview: Interview, transcript: Transcript, hidden: Sequence[Hidden]) -> list[Redaction]:
    found = sorted(hidden, key=lambda one: one.raw_start)
    counts = Counter(one.pseudonym for one in found)
    first = {one.pseudonym: one for one in reversed(found)}
    starts = [turn.start for turn in transcript.turns]
    rows = []
    for one in sorted(first.values(), key=lambda one: one.raw_start):
        number = bisect_right(starts, one.raw_start) - 1
        turn = transcript.turns[number] if number >= 0 else None
        around = transcript.text[max(0, one.raw_start - CONTEXT) : one.raw_end + CONTEXT]
        rows.append(
            Redaction(
                interview_id=interview.id,
                interview_title=interview.title,
                kind=one.kind,
                original=one.original,
                pseudonym=one.pseudonym,
                count=counts[one.pseudonym],
                turn=turn.index if turn and one.raw_start < turn.end else None,
                start=one.raw_start,
                end=one.raw_end,
                context=" ".join(around.split()),
            )
        )
    return rows
