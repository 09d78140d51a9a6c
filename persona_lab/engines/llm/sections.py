"""A transcript cut into sections that a model can read at once, between turns wherever that can be."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from persona_lab.engines.llm.instructions import one_line
from persona_lab.engines.llm.tokens import tokens_in
from persona_lab.models import Transcript, Turn

# So much of a speaker's name is told.
NAME = 40


class Line(NamedTuple):
    """A turn, or a piece of a very long one, as the model sees it: its number and who speaks, then what was said."""

    head: str
    said: str
    tokens: int

    @property
    def text(self) -> str:
        return f"{self.head} | {self.said}"

    def within(self, most: int) -> list["Line"]:
        """Return the line, in pieces of at most `most` tokens, each with its head."""
        return [self] if self.tokens <= most else list(_lines(self.head, self.said, most))


def lines_of(transcript: Transcript, most: int) -> list[Line]:
    """Return a line for each turn; a turn of more than `most` tokens becomes several with the same number."""
    return [line for turn in transcript.turns for line in _lines(_head(turn), one_line(turn.text), most)]


def sections(lines: Sequence[Line], most: int) -> list[list[Line]]:
    """Return the lines in sections of about the same size, none of more than `most` tokens."""
    total = sum(line.tokens for line in lines)
    count = -(-total // most) or 1
    # Even sections, so that the last one is no crumb.
    aim = min(most, total / count + max((line.tokens for line in lines), default=0))
    found: list[list[Line]] = [[]]
    size = 0
    for line in lines:
        if found[-1] and size + line.tokens > aim:
            found.append([])
            size = 0
        found[-1].append(line)
        size += line.tokens
    return found


def _head(turn: Turn) -> str:
    speaker = f" {one_line(turn.speaker)[:NAME]}" if turn.speaker else ""
    return f"{turn.index} | {turn.role}{speaker}"


def _lines(head: str, said: str, most: int) -> Iterator[Line]:
    around = tokens_in(head) + 2
    for piece in _pieces(said, max(1, most - around)):
        yield Line(head, piece, tokens_in(piece) + around)


def _pieces(text: str, most: int) -> Iterator[str]:
    """Yield the text in pieces of at most `most` tokens, cut at blanks."""
    if tokens_in(text) <= most:
        yield text
        return
    piece: list[str] = []
    size = 0
    for word in text.split(" "):
        for part in _parts(word, most):
            tokens = tokens_in(part)
            if piece and size + tokens > most:
                yield " ".join(piece)
                piece, size = [], 0
            piece.append(part)
            size += tokens
    if piece:
        yield " ".join(piece)


def _parts(word: str, most: int) -> Iterator[str]:
    """Yield a word without blanks that is too long by itself, such as pasted data, in parts."""
    if tokens_in(word) <= most:
        yield word
        return
    step = max(1, most // 2)
    for start in range(0, len(word), step):
        yield word[start : start + step]
