"""The gate: nothing is shown as a quote unless it stands in the transcript.

A quote lies within one turn. Its text is always cut from the transcript, so an
engine's own spelling of it never gets through.
"""

from collections.abc import Iterable

from persona_lab.models import Quote, Transcript, Turn
from persona_lab.transcripts.spelling import spell


def check(quote: Quote, transcript: Transcript) -> Quote:
    """Return the quote as the transcript has it, or marked `rejected`.

    The claimed place comes first, then the claimed turn, then the other turns.
    """
    turn = _turn(transcript, quote.turn)
    if turn and turn.start <= quote.start < quote.end <= turn.end:
        said = transcript.text[quote.start : quote.end]
        if said == quote.text:
            return Quote(turn=turn.index, start=quote.start, end=quote.end, text=said)
    found = find(quote.text, transcript, turn=quote.turn) if turn else None
    found = found or find(quote.text, transcript)
    return found or quote.model_copy(update={"status": "rejected"})


def find(text: str, transcript: Transcript, turn: int | None = None) -> Quote | None:
    """Return where `text` was said, within `turn` if given, or None if nobody said it in one turn."""
    wanted = text.strip()
    if not wanted:
        return None
    if turn is None:
        turns: Iterable[Turn] = transcript.turns
    else:
        only = _turn(transcript, turn)
        turns = (only,) if only else ()
    return _exactly(wanted, turns) or _in_other_spelling(wanted, turns)


def slice_of(transcript: Transcript, turn: Turn, start: int, end: int) -> Quote:
    """Return the quote that stands at `start`..`end` of the turn's own text, checked like any other."""
    claimed = Quote(turn=turn.index, start=turn.start + start, end=turn.start + end, text=turn.text[start:end])
    return check(claimed, transcript)


def _turn(transcript: Transcript, index: int) -> Turn | None:
    """Return a turn by its own number, which is usually its place."""
    if 0 <= index < len(transcript.turns) and transcript.turns[index].index == index:
        return transcript.turns[index]
    return next((turn for turn in transcript.turns if turn.index == index), None)


def _exactly(wanted: str, turns: Iterable[Turn]) -> Quote | None:
    for turn in turns:
        at = turn.text.find(wanted)
        if at >= 0:
            return _quote(turn, at, at + len(wanted), "exact")
    return None


def _in_other_spelling(wanted: str, turns: Iterable[Turn]) -> Quote | None:
    plain = spell(wanted).text.strip()
    if not plain:
        return None
    for turn in turns:
        spelling = spell(turn.text)
        at = spelling.text.find(plain)
        if at >= 0:
            return _quote(turn, *spelling.back(at, at + len(plain)), "normalised")
    return None


def _quote(turn: Turn, start: int, end: int, status: str) -> Quote:
    said = turn.text[start:end]
    return Quote.model_validate(
        {"turn": turn.index, "start": turn.start + start, "end": turn.start + end, "text": said, "status": status}
    )
