"""An answer as a language model writes it, let through sentence by sentence.

A sentence is shown when it names a passage, the words it rests on stand there, and
it has to do with them. The others are left out; if none is left, the interviews
don't tell. So an answer grows by sentences: a word once shown can't be taken back.
"""

import contextlib
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from typing import NamedTuple

from persona_lab.engines.answering.answers import NOTHING
from persona_lab.engines.answering.supports import quoted_roles
from persona_lab.engines.gate import presenting
from persona_lab.engines.gate.admitting import admitted_citation
from persona_lab.engines.rules import Language
from persona_lab.engines.workroom import Workroom
from persona_lab.models import Citation, CitedQuote, Delta, Passage

MARK = re.compile(r"[\[【]\s*\d{1,3}[^\]】\n]*?(?:[\"“][^\n]*?[\"”]\s*)?[\]】]")
PLACE = re.compile(r"(\d{1,3})(?:\s*[:,]?\s*[\"“](.+?)[\"”](?=\s*(?:[\]】]|[,;]\s*\d)))?")
# Where the next sentence begins behind a mark.
NEXT = re.compile(r"[ \t.,;。]*[ \t](?=[^\s.,;。\[【])")
BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
QUOTED = re.compile(r"[“\"「『]([^”\"」』]{2,})[”\"」』]")
ENDED = re.compile(r"[.!?。！？…][\"'”’」』)]*$")
# From so many letters on, words between quotation marks are a quote and no mere emphasis.
LEAST_QUOTED = 8
# More on one line is no sentence but a model that has lost its way.
LINE = 4_000


class Stated(NamedTuple):
    """What a model claims, and where it says it has it from: numbers of passages, and words where it gives them."""

    claim: str
    places: tuple[tuple[int, str | None], ...]


class Anew(NamedTuple):
    """A text in place of all that was written so far."""

    text: str


class Citing:
    """One answer's way through."""

    def __init__(self, passages: Sequence[Passage], language: Language, workroom: Workroom) -> None:
        self._passages = passages
        self._roles = quoted_roles(passages)
        self._language = language
        self._workroom = workroom
        self._cited: dict[tuple[str, int, int], int] = {}
        self._told: set[str] = set()

    async def cited(self, written: AsyncIterator[str | Anew]) -> AsyncGenerator[Delta | Citation]:
        """Yield what may be shown of the pieces that a model writes; what was shown stands, for it cites."""
        async with contextlib.aclosing(_lines(written)) as lines:
            async for line in lines:
                for stated in statements(line):
                    for part in await self._parts(stated):
                        yield part
        if not self._told:
            yield Delta(text=NOTHING[self._language])

    async def _parts(self, stated: Stated) -> list[Delta | Citation]:
        quotes = await self._quotes(stated)
        found = [quote for quote in quotes if quote.status != "rejected"]
        # A rejected citation is counted, and shown nowhere.
        parts: list[Delta | Citation] = [Citation(n=0, quote=one) for one in quotes if one.status == "rejected"]
        text = await self._sentence(stated.claim, found)
        if text is None or text in self._told:
            return parts
        new = []
        marks = []
        for quote in found:
            place = (quote.interview_id, quote.start, quote.end)
            if place not in self._cited:
                self._cited[place] = len(self._cited) + 1
                new.append(Citation(n=self._cited[place], quote=quote))
            marks.append(f"[{self._cited[place]}]")
        gap = " " if self._told else ""
        self._told.add(text)
        return [*parts, Delta(text=f"{gap}{text} {''.join(dict.fromkeys(marks))}"), *new]

    async def _sentence(self, claim: str, found: Sequence[CitedQuote]) -> str | None:
        """Return the claim's sentence that these quotes bear out; None if there is none."""
        if not found:
            return None
        said = [quote.text for quote in found]
        text = await self._workroom.run_async(presenting.statement, claim, said, self._language)
        return text if text is None or ENDED.search(text) else f"{text}."

    async def _quotes(self, stated: Stated) -> list[CitedQuote]:
        """Return the words that the claim rests on; rejected ones alone where it quotes what nobody said."""
        quotes = [
            quote
            for n, words in stated.places
            if (passage := self._passage(n)) and (quote := await self._quote(stated.claim, passage, words))
        ]
        passages = [passage for n, _ in stated.places if (passage := self._passage(n))]
        for words in _quoted(stated.claim):
            said = [_admitted(words, passage) for passage in passages]
            if said and all(quote.status == "rejected" for quote in said):
                return said[:1]
        return quotes

    async def _quote(self, claim: str, passage: Passage, words: str | None) -> CitedQuote | None:
        """Return these words as the passage has them; without words, those between the claim's own quotation marks,
        or the sentence that bears it out best. None where there is no such sentence.
        """
        if words is not None:
            return _admitted(words, passage)
        for quoted in _quoted(claim):
            if (quote := _admitted(quoted, passage)).status != "rejected":
                return quote
        best = await self._workroom.run_async(presenting.sentence_for, claim, passage.text, self._language)
        return None if best is None else _admitted(best, passage)

    def _passage(self, n: int) -> Passage | None:
        """Return passage `n`, if it is there and testimony."""
        passage = self._passages[n - 1] if 1 <= n <= len(self._passages) else None
        if passage is None or passage.role not in self._roles or presenting.holds_order(passage.text):
            return None
        return passage


def statements(line: str) -> Iterator[Stated]:
    """Yield each claim in a line with the places that follow it; what no place follows claims nothing."""
    at = 0
    claim = ""
    places: list[tuple[int, str | None]] = []
    for mark in MARK.finditer(line):
        before = line[at : mark.start()]
        if before.strip(" .,;"):
            if places:
                yield Stated(claim, tuple(places))
            claim, places = BULLET.sub("", before.lstrip(" .,;") if at else before).strip(), []
        places += [(int(n), words or None) for n, words in PLACE.findall(_inside(mark[0]))]
        at = mark.end()
    if places and claim:
        yield Stated(claim, tuple(places))


def _inside(mark: str) -> str:
    return mark[1:]


def _quoted(claim: str) -> list[str]:
    return [words for words in QUOTED.findall(claim) if sum(map(str.isalnum, words)) >= LEAST_QUOTED]


def _admitted(words: str, passage: Passage) -> CitedQuote:
    quote = CitedQuote(
        turn=passage.turn,
        start=passage.start,
        end=passage.start,
        text=words,
        interview_id=passage.interview_id,
        interview_title=passage.interview_title,
        speaker=passage.speaker,
    )
    return admitted_citation(quote, [passage])


async def _lines(written: AsyncIterator[str | Anew]) -> AsyncGenerator[str]:
    """Yield what was written in lines, and lines in sentences with the marks behind them."""
    rest = ""
    async for piece in written:
        rest = piece.text if isinstance(piece, Anew) else rest + piece
        *lines, rest = re.split(r"[\r\n]+", rest)
        for line in lines:
            yield line
        while end := _end(rest):
            yield rest[:end]
            rest = rest[end:]
        if len(rest) > LINE:
            yield rest
            rest = ""
    yield rest


def _end(line: str) -> int:
    """Return where the first sentence with its marks is over; 0 where nobody knows yet."""
    for mark in MARK.finditer(line):
        # A mark whose quotation isn't over may only look like one, by a bracket in the words.
        if mark[0].count("“") == mark[0].count("”") and mark[0].count('"') % 2 == 0:
            behind = NEXT.match(line, mark.end())
            if behind:
                return behind.end()
    return 0
