"""An answer that a language model writes, let through sentence by sentence: only what cites a passage.

The model marks what a sentence rests on with the passage's number, `[2]`. Each
mark becomes the number of a quote. What has no mark, or puts words between
quotation marks that the passage doesn't have, is left out.
"""

import re
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from persona_lab.engines.admitting import admitted_citation
from persona_lab.engines.answers import NOTHING
from persona_lab.engines.rules import Language
from persona_lab.models import Citation, CitedQuote, Delta, Passage

MARK = re.compile(r"\s?[\[【]\s*(\d{1,3}(?:\s*[,、]\s*\d{1,3})*)\s*[\]】]")
# A sentence with the marks behind it, up to the blank before the next one; a line is a sentence at least.
END = re.compile(r"(?:[.!?。！？…]+[\"'”’」』)]*(?:\s*[\[【][\d\s,、]+[\]】])*(?=\s+[^\s\[【])|\n)")
SHORTENED = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|etc|e\.g|i\.e|approx|No)\.$", re.I)
QUOTED = re.compile(r"[“\"「『]([^”\"」』]{2,})[”\"」』]")
# From so many letters on, words between quotation marks are a quote and no mere emphasis.
LEAST_QUOTED = 8
NOT_TOLD = re.compile(
    r"(?:interviews?|passages?|excerpts?)\b.{0,40}\b(?:don['’]t|do not|doesn['’]t|does not|not)\b.{0,20}"
    r"\b(?:tell|say|mention|answer|contain)|(?:인터뷰|발췌).{0,40}(?:없습니다|않습니다|없어요|않아요)",
    re.I,
)
SENTENCE = re.compile(r"\S.*?(?:[.!?。！？…]+[\"'”’)\]]*(?=\s|$)|\n|$)", re.S)


class Citing:
    """One answer's way through; `take` what comes, then `end`."""

    def __init__(self, passages: Sequence[Passage], language: Language) -> None:
        self._passages = passages
        roles = {passage.role for passage in passages}
        # What the interviewer says is no evidence, where it is known who that is.
        self._quotable = {"participant"} if roles & {"participant", "interviewer"} else roles
        self._language: Language = language
        self._rest = ""
        self._numbers: dict[tuple[str, int, int], int] = {}
        self._told: set[str] = set()

    def take(self, text: str) -> Iterator[Delta | Citation]:
        """Yield the sentences that are complete with this text."""
        self._rest += text
        at = 0
        for found in END.finditer(self._rest):
            sentence = self._rest[at : found.end()]
            if not SHORTENED.search(sentence):
                yield from self._admitted(sentence)
                at = found.end()
        self._rest = self._rest[at:]

    def replace(self, text: str) -> Iterator[Delta | Citation]:
        """Yield what a new text says beyond what was said; what was said stands, for it cited."""
        self._rest = ""
        yield from self.take(text)

    def end(self) -> Iterator[Delta | Citation]:
        """Yield what is left; where nothing at all could be said, say so."""
        rest, self._rest = self._rest, ""
        yield from self._admitted(rest)
        if not self._told:
            yield Delta(text=NOTHING[self._language])

    def _admitted(self, sentence: str) -> Iterator[Delta | Citation]:
        bare = " ".join(MARK.sub("", sentence).split())
        if not bare or bare in self._told:
            return
        quotes = self._quotes(sentence, bare)
        if not quotes:
            if not (NOT_TOLD.search(bare) and not self._told):
                return
            self._told.add(bare)
            yield Delta(text=NOTHING[self._language])
            return
        before = ("\n" if sentence.lstrip(" ").startswith(("\n", "-", "*", "•")) else " ") if self._told else ""
        self._told.add(bare)
        numbered = [(self._number(quote), quote) for quote in quotes]
        marks = "".join(f"[{n}]" for n in dict.fromkeys(n for n, _ in numbered))
        yield Delta(text=f"{before}{bare} {marks}")
        for n, quote in dict(numbered).items():
            yield Citation(n=n, quote=quote)

    def _quotes(self, sentence: str, bare: str) -> list[CitedQuote]:
        """Return the words of the marked passages that the sentence rests on; none where it quotes what isn't there."""
        numbers = [int(one) for found in MARK.finditer(sentence) for one in re.findall(r"\d+", found[1])]
        cited = [self._passages[n - 1] for n in dict.fromkeys(numbers) if 1 <= n <= len(self._passages)]
        marked = [passage for passage in cited if passage.role in self._quotable and passage.text.strip()]
        found: list[CitedQuote] = []
        for words in QUOTED.findall(bare):
            if sum(letter.isalnum() for letter in words) < LEAST_QUOTED:
                continue
            quote = next((one for passage in marked if (one := _said(passage, words))), None)
            if quote is None:
                return []
            found.append(quote)
        quoted = {(quote.interview_id, quote.turn) for quote in found}
        found += [_nearest(passage, bare) for passage in marked if (passage.interview_id, passage.turn) not in quoted]
        return found

    def _number(self, quote: CitedQuote) -> int:
        place = (quote.interview_id, quote.start, quote.end)
        return self._numbers.setdefault(place, len(self._numbers) + 1)


def _said(passage: Passage, words: str) -> CitedQuote | None:
    """Return these words as the passage has them."""
    checked = admitted_citation(_cited(passage, 0, len(passage.text), words), [passage])
    return None if checked.status == "rejected" else checked


def _nearest(passage: Passage, sentence: str) -> CitedQuote:
    """Return the passage's sentence whose words are most alike."""
    spans = [found.span() for found in SENTENCE.finditer(passage.text) if found[0].strip()]
    start, end = max(
        spans or [(0, len(passage.text))],
        key=lambda span: (fuzz.token_set_ratio(passage.text[slice(*span)], sentence), -span[0]),
    )
    return _cited(passage, start, end, passage.text[start:end].rstrip())


def _cited(passage: Passage, start: int, end: int, text: str) -> CitedQuote:
    return CitedQuote(
        turn=passage.turn,
        start=passage.start + start,
        end=passage.start + min(end, start + len(text)),
        text=text,
        interview_id=passage.interview_id,
        interview_title=passage.interview_title,
        speaker=passage.speaker,
    )
