"""What participants told in one interview, without the interviewer's questions: what personas are made of."""

from collections.abc import Sequence
from typing import NamedTuple

from persona_lab.engines import indexing
from persona_lab.engines.analysing.findings import participant_turns
from persona_lab.engines.language import Sentence, read
from persona_lab.engines.meaning import vectors
from persona_lab.models import CitedQuote, Transcript

Person = tuple[str, str | None]


class ToldTurn(NamedTuple):
    """A participant's turn: its number and start in the transcript, its text, its content words."""

    number: int
    start: int
    speaker: str | None
    text: str
    terms: tuple[str, ...]


class Told(NamedTuple):
    """One interview's participants' turns; `meanings` are their vectors, packed, one for each turn."""

    interview_id: str
    title: str
    language: str
    turns: tuple[ToldTurn, ...]
    meanings: bytes

    @property
    def people(self) -> set[Person]:
        """Those who speak."""
        return {(self.interview_id, turn.speaker) for turn in self.turns}

    @property
    def content(self) -> tuple[str, ...]:
        """What the order of interviews may follow: nothing that uploading has given, such as ids."""
        return (self.title, *(turn.text for turn in self.turns), self.interview_id)

    def quote(self, turn: ToldTurn, start: int, end: int) -> CitedQuote:
        """Return the quote of `start`..`end` of the turn's own text."""
        return CitedQuote(
            interview_id=self.interview_id,
            interview_title=self.title,
            speaker=turn.speaker,
            turn=turn.number,
            start=turn.start + start,
            end=turn.start + end,
            text=turn.text[start:end],
        )

    def sentences(self, turn: ToldTurn) -> list[Sentence]:
        return read(turn.text, self.language)


def told(
    interview_id: str,
    title: str,
    transcript: Transcript,
    terms: Sequence[Sequence[str]] | None = None,
    meanings: bytes | None = None,
) -> Told:
    """Return what its participants told.

    Args:
        terms: the content words of each of the transcript's turns, where they are known.
        meanings: the turns' vectors, packed, where they are known; `indexing.turns` makes both.
    """
    if terms is None or meanings is None:
        terms, meanings, _ = indexing.turns(transcript)
    turns = participant_turns(transcript)
    rows = vectors.unpacked(meanings)[[turn.index for turn in turns]]
    said = tuple(ToldTurn(one.index, one.start, one.speaker, one.text, tuple(terms[one.index])) for one in turns)
    return Told(interview_id, title, transcript.language, said, vectors.packed(rows))
