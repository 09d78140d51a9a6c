"""An answer as a model writes it, let through sentence by sentence.

A sentence is shown when it names a passage, the words it rests on stand there, and
it has to do with them. The others are left out; if none is left, the interviews
don't tell. So an answer grows by sentences: a word once shown can't be taken back.
"""

import contextlib
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from typing import NamedTuple

from persona_lab.engines.admitting import admitted_citation
from persona_lab.engines.answers import NOTHING, quoted_roles
from persona_lab.engines.llm import judging
from persona_lab.engines.rules import Language
from persona_lab.engines.workroom import Workroom
from persona_lab.models import Citation, CitedQuote, Delta, Passage

MARK = re.compile(r"\[\s*\d{1,3}[^\]\n]*?(?:[\"“][^\n]*?[\"”]\s*)?\]")
PLACE = re.compile(r"(\d{1,3})(?:\s*[:,]?\s*[\"“](.+?)[\"”](?=\s*(?:\]|[,;]\s*\d)))?")
BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
# More on one line is no sentence but a model that has lost its way.
LINE = 4_000


class Stated(NamedTuple):
    """What a model claims, and where it says it has it from: numbers of passages, and words where it gives them."""

    claim: str
    places: tuple[tuple[int, str | None], ...]


class Checking:
    """Checks one answer."""

    def __init__(self, passages: Sequence[Passage], language: Language, workroom: Workroom) -> None:
        self._passages = passages
        self._roles = quoted_roles(passages)
        self._language = language
        self._workroom = workroom
        self._cited: dict[tuple[str, int, int], int] = {}
        self._has_shown = False

    async def checked(self, written: AsyncIterator[str]) -> AsyncGenerator[Delta | Citation]:
        """Yield what may be shown of the pieces that a model writes."""
        async with contextlib.aclosing(_lines(written)) as lines:
            async for line in lines:
                for stated in statements(line):
                    for part in await self._parts(stated):
                        yield part
        if not self._has_shown:
            yield Delta(text=NOTHING[self._language])

    async def _parts(self, stated: Stated) -> list[Delta | Citation]:
        quotes = [await self._quote(stated.claim, n, words) for n, words in stated.places]
        found = [quote for quote in quotes if quote and quote.status != "rejected"]
        # A rejected citation is counted, and shown nowhere.
        parts: list[Delta | Citation] = [Citation(n=0, quote=one) for one in quotes if one and one.status == "rejected"]
        said = [quote.text for quote in found]
        text = await self._workroom.run_async(judging.statement, stated.claim, said, self._language) if found else None
        if text is None:
            return parts
        new = []
        marks = []
        for quote in found:
            place = (quote.interview_id, quote.start, quote.end)
            if place not in self._cited:
                self._cited[place] = len(self._cited) + 1
                new.append(Citation(n=self._cited[place], quote=quote))
            marks.append(f"[{self._cited[place]}]")
        gap = " " if self._has_shown else ""
        self._has_shown = True
        return [*parts, Delta(text=f"{gap}{text} {''.join(dict.fromkeys(marks))}"), *new]

    async def _quote(self, claim: str, n: int, words: str | None) -> CitedQuote | None:
        """Return the words of passage `n` that the claim rests on; None where there is no such passage."""
        passage = self._passages[n - 1] if 1 <= n <= len(self._passages) else None
        if passage is None or passage.role not in self._roles or judging.holds_order(passage.text):
            return None
        if words is None:
            words = await self._workroom.run_async(judging.sentence_for, claim, passage.text, self._language)
        if words is None:
            return None
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


async def _lines(written: AsyncIterator[str]) -> AsyncGenerator[str]:
    rest = ""
    async for piece in written:
        *lines, rest = re.split(r"[\r\n]+", rest + piece)
        for line in lines:
            yield line
        if len(rest) > LINE:
            yield rest
            rest = ""
    yield rest
