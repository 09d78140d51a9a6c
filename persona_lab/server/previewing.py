"""The preview of redaction: what would be hidden from an engine that goes over the network."""

import asyncio
from bisect import bisect_right
from collections import Counter

from persona_lab.engines.redacting import HiddenTranscript, Scans, hide
from persona_lab.models import Interview, Redaction, Transcript
from persona_lab.store import interviews, pseudonyms, transcripts
from persona_lab.store.database import Store

CONTEXT = 30


async def preview(store: Store, scans: Scans, project_id: str) -> list[Redaction]:
    """Return a row for each person or thing in each interview that has been read, in the order of the text.

    Looking gives pseudonyms to whatever had none yet, so what is shown is what will be sent.
    """
    read = await asyncio.to_thread(_read, store, project_id)
    known = pseudonyms.OfProject(store, project_id)
    for _, transcript in read:
        await asyncio.to_thread(hide, transcript, await scans.of_async(transcript), known)
    rows: list[Redaction] = []
    for interview, transcript in read:
        # Once more, now that everybody whom any of the interviews names is known.
        hidden = await asyncio.to_thread(hide, transcript, await scans.of_async(transcript), known)
        rows += _rows(interview, transcript, hidden)
    return rows


def _read(store: Store, project_id: str) -> list[tuple[Interview, Transcript]]:
    with store.reading() as connection:
        return [
            (interview, transcripts.get(connection, interview.id))
            for interview in interviews.of_project(connection, project_id)
            if transcripts.is_read(connection, interview.id)
        ]


def _rows(interview: Interview, transcript: Transcript, hidden: HiddenTranscript) -> list[Redaction]:
    found = hidden.text.hidden
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
