"""The gate: nothing is shown as a quote unless it stands in the transcript.

A quote lies within one turn. Its text is always cut from the transcript, so an
engine's own spelling of it never gets through. Its status says how it was found:

* `exact`: letter by letter, from the beginning of a word to the end of one.
* `normalised`: word by word, apart from case, blanks, marks, fillers, contractions, the particle of its last word.
* `repaired`: with a misspelling, with a word left out that says nothing, or with "…" for words left out; or
  more is shown than was quoted, because a denial governs it or it was cut within a word.
* `rejected`: nobody said it, or not the one who is claimed to have said it.

A claimed turn is where to look first; words that stand elsewhere are moved there.
A claimed speaker or role binds: what only others said is rejected.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import NamedTuple

from persona_lab.engines.analysing.scope import widened
from persona_lab.engines.gate.alignment import Aligner
from persona_lab.models import Quote, QuoteStatus, Role, Transcript, Turn
from persona_lab.transcripts.wording import PARTICLES, Wording, is_hangul, without_particle, wording

# From best to worst; that somebody claims a quote to be rejected is for the gate to say.
WORSE: tuple[QuoteStatus, ...] = ("rejected", "exact", "normalised", "repaired")

# Fewer letters and digits than this, without their place, can't be told from chance.
LEAST_LETTERS = 3
# A Korean word is completed only in a quote of so many letters, and never by what denies it.
LEAST_OF_CUT = 4
NEGATIVE = frozenset("안못않없불비무미")
# "…" may stand for so many words, which are then shown.
LEFT_OUT = 30
# More pieces than this are not a quote any more.
PIECES = 5

ELLIPSIS = re.compile(r"[(\[<]?\s*(?:\.\.\.+|…+|‥|중략|생략)\s*[)\]>]?")
ENDS_WITH_MARK = re.compile(r"[.!?…。！？]+[\"'”’)\]]*$")
CLOSING_MARKS = re.compile(r"[.!?…。！？]+[\"'”’)\]]*")
# Vowels and codas of decomposed Korean, joiners and skin colours go on with the letter before.
GOES_ON = re.compile("[\u1160-\u11ff\u200d\U0001f3fb-\U0001f3ff]")
# What may be written together with the last word without being quoted.
ENDINGS = frozenset(("'s", "'d", "will", "have", "are", "am"))


class Found(NamedTuple):
    """A stretch of the transcript's text, in code points, and how it was found."""

    start: int
    end: int
    status: QuoteStatus


class Limits(NamedTuple):
    """Which turns may be quoted."""

    turn: int | None = None
    speaker: str | None = None
    roles: Collection[Role] | None = None

    def allow(self, turn: Turn) -> bool:
        if self.turn is not None and turn.index != self.turn:
            return False
        if self.roles is not None and turn.role not in self.roles:
            return False
        return self.speaker is None or _name(self.speaker) in (_name(turn.speaker), _name(turn.label))


class Gate:
    """One transcript's gate. What it needs to find other spellings is built when the first is looked for."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._turns = transcript.turns

    def check(self, quote: Quote, *, speaker: str | None = None, roles: Collection[Role] | None = None) -> Quote:
        """Return the quote as the transcript has it, or marked `rejected`.

        The claimed place comes first, then the claimed turn, then the other turns.
        """
        limits = Limits(speaker=speaker, roles=roles)
        turn = self._turn(quote.turn)
        turn = turn if turn and limits.allow(turn) else None
        found = self._claimed(quote, turn) if turn else None
        found = found or self._find(quote.text, limits, turn)
        if found is None:
            return quote.model_copy(update={"status": "rejected"})
        # To have been found less than exactly, on an earlier way through a gate, is believed.
        return found if WORSE.index(found.status) >= WORSE.index(quote.status) else _as(found, quote.status)

    def _claimed(self, quote: Quote, turn: Turn) -> Quote | None:
        """Return the quote if it stands where it says, in `turn`: then it may be short."""
        if not turn.start <= quote.start < quote.end <= turn.end:
            return None
        said = self._transcript.text[quote.start : quote.end]
        if (
            said != quote.text
            or not _is_enough(said, least=1)
            or not self._has_whole_words(turn, quote.start, quote.end)
        ):
            return None
        return self._quote(turn, Found(quote.start, quote.end, "exact"))

    def find(
        self,
        text: str,
        *,
        turn: int | None = None,
        speaker: str | None = None,
        roles: Collection[Role] | None = None,
    ) -> Quote | None:
        """Return where `text` was said, within `turn` if given; None if nobody said it in one turn.

        Where the same words were said more than once it is the first place.
        """
        return self._find(text, Limits(turn, speaker, roles), None)

    def _find(self, text: str, limits: Limits, first: Turn | None) -> Quote | None:
        """Return the quote; in turn `first` if it is there."""
        if not self._turns or len(text) > 2 * len(self._transcript.text) or not _is_enough(text):
            return None
        found = self._spelled(text, limits, first) if first else None
        found = found or self._spelled(text, limits)
        found = found or self._aligned(text, limits, first)
        found = found or self._pieced(text, limits, first)
        return None if found is None else self._quote(self._turns[self._place(found.start)], found)

    def _spelled(self, text: str, limits: Limits, only: Turn | None = None) -> Found | None:
        """Return where the very words stand, however they are spelled."""
        return self._exactly(text.strip(), limits, only) or self._normalised(_wording(text), text, limits, only)

    def _exactly(self, wanted: str, limits: Limits, only: Turn | None) -> Found | None:
        text = self._transcript.text
        low, high = (only.start, only.end) if only else (0, len(text))
        at = text.find(wanted, low, high)
        while at >= 0:
            end = at + len(wanted)
            turn = self._turns[self._place(at)]
            if turn.start <= at and end <= turn.end and limits.allow(turn) and self._has_whole_words(turn, at, end):
                return Found(at, end, "exact")
            at = text.find(wanted, at + 1, high)
        return None

    def _normalised(self, quoted: Wording, text: str, limits: Limits, only: Turn | None) -> Found | None:
        low, high = self._line_of(only) if only else (0, len(self._said.line))
        for words, is_cut in self._occurrences(quoted, low, high):
            if limits.allow(self._turns[self._place(self._said.starts[words.start])]):
                return self._stretch(words, text, "repaired" if is_cut else "normalised")
        return None

    def _occurrences(self, quoted: Wording, low: int, high: int) -> Iterator[tuple[range, bool]]:
        """Yield where the words stand within `low`..`high` of the line, and whether a word had to be completed."""
        if not quoted.forms:
            return
        whole = quoted.line[1:]
        stem = whole[: len(whole) - len(quoted.forms[-1])] + without_particle(quoted.forms[-1])
        for wanted in dict.fromkeys((whole, stem)):
            at = self._said.line.find(wanted, low, high)
            while at >= 0:
                if found := self._whole_words(at, at + len(wanted)):
                    yield found
                at = self._said.line.find(wanted, at + 1, high)

    def _whole_words(self, start: int, end: int) -> tuple[range, bool] | None:
        """Return the words that `start`..`end` of the line is in; None where one is cut that must not be."""
        said = self._said
        first, last = said.word_at(start), said.word_at(end - 1)
        before = said.line[said.at[first] : start]
        rest = said.line[end : said.at[last] + len(said.forms[last])]
        if (before and not is_hangul(before[0])) or (rest and not is_hangul(rest[0])) or said.is_glued(first):
            return None
        is_cut = bool(before) or (rest != "" and rest not in PARTICLES)
        if is_cut and (end - start < LEAST_OF_CUT or NEGATIVE & {*before, *rest}):
            return None
        while last + 1 < len(said.forms) and said.is_glued(last + 1):
            last += 1
            if said.forms[last] not in ENDINGS and said.forms[last] not in PARTICLES:
                return None
        return range(first, last + 1), is_cut

    def _stretch(self, words: range, text: str, status: QuoteStatus) -> Found:
        """Return the stretch of these words with the marks behind it: its last letter's own, and a quoted full stop."""
        source = self._transcript.text
        begin, end = self._said.starts[words.start], self._said.ends[words.stop - 1]
        limit = self._turns[self._place(begin)].end
        while end < limit and (GOES_ON.match(source[end]) or unicodedata.category(source[end])[0] == "M"):
            end += 1
        if ENDS_WITH_MARK.search(text.rstrip()) and (marks := CLOSING_MARKS.match(source, end, limit)):
            end = marks.end()
        return Found(begin, end, status)

    def _aligned(self, text: str, limits: Limits, hinted: Turn | None) -> Found | None:
        quoted = _wording(text)

        def is_allowed(place: int) -> bool:
            return limits.allow(self._turns[place])

        def is_hinted(place: int) -> bool:
            return self._turns[place] is hinted

        place = self._aligner.align(quoted, text, is_hinted) if hinted else None
        place = place or self._aligner.align(quoted, text, is_allowed)
        return None if place is None else self._stretch(range(*place), text, "repaired")

    def _pieced(self, text: str, limits: Limits, hinted: Turn | None) -> Found | None:
        """Return the stretch from the first to the last piece of a quote with words left out, which are shown."""
        pieces = [_wording(piece) for piece in ELLIPSIS.split(text) if _wording(piece).forms]
        if not 2 <= len(pieces) <= PIECES or not all(_letters(piece) >= LEAST_LETTERS for piece in pieces):
            return None
        for only in (hinted, None) if hinted else (None,):
            low, high = self._line_of(only) if only else (0, len(self._said.line))
            for first, _ in self._occurrences(pieces[0], low, high):
                turn = self._turns[self._place(self._said.starts[first.start])]
                if limits.allow(turn) and (last := self._followed(first, pieces[1:], self._line_of(turn)[1])):
                    return self._stretch(range(first.start, last), text, "repaired")
        return None

    def _followed(self, words: range, pieces: list[Wording], high: int) -> int | None:
        """Return the word behind the last piece, where all follow each other before `high` with few words between."""
        for piece in pieces:
            if words.stop == len(self._said.at):
                return None
            found = next(self._occurrences(piece, self._said.at[words.stop], high), None)
            if found is None or found[0].start - words.stop > LEFT_OUT:
                return None
            words = found[0]
        return words.stop

    def _quote(self, turn: Turn, found: Found) -> Quote:
        """Return the quote, widened to the denial that governs it."""
        start, end = widened(self._transcript.text, turn.start, turn.end, found.start, found.end)
        is_widened = (start, end) != found[:2]
        return Quote(
            turn=turn.index,
            start=start,
            end=end,
            text=self._transcript.text[start:end],
            status="repaired" if is_widened else found.status,
        )

    def _has_whole_words(self, turn: Turn, start: int, end: int) -> bool:
        """Say whether no word, number or letter is cut at either end."""
        text = self._transcript.text
        return _is_between_words(text, start, turn.start) and _is_between_words(text, end, turn.start, turn.end)

    def _turn(self, index: int) -> Turn | None:
        """Return a turn by its own number, which is usually its place."""
        if 0 <= index < len(self._turns) and self._turns[index].index == index:
            return self._turns[index]
        return next((turn for turn in self._turns if turn.index == index), None)

    def _place(self, offset: int) -> int:
        """Return the place of the turn that begins last before `offset`."""
        return max(0, bisect_right(self._starts, offset) - 1)

    def _line_of(self, turn: Turn) -> tuple[int, int]:
        place = self._place(turn.start)
        first, behind = self._firsts[place], self._firsts[place + 1]
        if first == behind:
            return 0, 0
        return self._said.at[first], self._said.at[behind - 1] + len(self._said.forms[behind - 1])

    @cached_property
    def _starts(self) -> list[int]:
        return [turn.start for turn in self._turns]

    @cached_property
    def _said(self) -> Wording:
        return wording(*((turn.start, turn.text) for turn in self._turns))

    @cached_property
    def _firsts(self) -> list[int]:
        """The first word of each turn, and the number of all words."""
        return list(self._first_words())

    def _first_words(self) -> Iterator[int]:
        word = 0
        for turn in self._turns:
            while word < len(self._said.starts) and self._said.starts[word] < turn.start:
                word += 1
            yield word
        yield len(self._said.forms)

    @cached_property
    def _aligner(self) -> Aligner:
        return Aligner(self._said, self._firsts, self._transcript.text)


def check(quote: Quote, transcript: Transcript) -> Quote:
    """Check one quote; many of one transcript are checked faster by one `Gate`."""
    return Gate(transcript).check(quote)


def find(text: str, transcript: Transcript, turn: int | None = None) -> Quote | None:
    """Find one quote; see `Gate.find`."""
    return Gate(transcript).find(text, turn=turn)


def slice_of(transcript: Transcript, turn: Turn, start: int, end: int) -> Quote:
    """Return the quote that stands at `start`..`end` of the turn's own text, checked like any other.

    One that was torn from the word that denies it is quoted with it.
    """
    gate = Gate(transcript)
    claimed = Quote(turn=turn.index, start=turn.start + start, end=turn.start + end, text=turn.text[start:end])
    found = gate.check(claimed)
    # What a denial takes in may be denied in turn. Each time it grows, so it ends.
    while found.status == "repaired" and (found.start, found.end) != (claimed.start, claimed.end):
        claimed = claimed.model_copy(update=found.model_dump(include={"turn", "start", "end", "text"}))
        found = gate.check(claimed)
    return found


def _wording(text: str) -> Wording:
    return wording((0, text))


def _as(quote: Quote, status: QuoteStatus) -> Quote:
    return quote.model_copy(update={"status": status})


def _is_enough(text: str, *, least: int = LEAST_LETTERS) -> bool:
    """Say whether there are words besides fillers, and letters enough not to be found by chance."""
    return _letters(_wording(text)) >= least


def _letters(words: Wording) -> int:
    return sum(letter.isalnum() for letter in words.line)


def _is_between_words(text: str, at: int, low: int, high: int | None = None) -> bool:
    """Say whether a quote may begin at `at`, or end there where `high` is given."""
    if at <= low or at >= (len(text) if high is None else high):
        return True
    before, behind = text[at - 1], text[at]
    if GOES_ON.match(behind) or unicodedata.category(behind)[0] == "M" or before == "\u200d":
        return False
    if before.isalnum() and behind.isalnum():
        return False
    if high is None:
        return not (behind.isalnum() and _joins(text, at - 1, low))
    return not (before.isalnum() and (behind in "%°" or _joins(text, at, low)))


def _joins(text: str, at: int, low: int) -> bool:
    """Say whether the mark at `at` belongs to the number or word around it."""
    mark = text[at]
    behind = text[at + 1 : at + 2]
    before = text[at - 1 : at] if at > low else ""
    if behind.isdigit():
        return mark in "$€£₩¥#" or (mark in ".,:" and before.isdigit()) or (mark in "-−" and not before.isalnum())
    return mark in "'’‘ʼ＇" and before.isalpha() and behind.isalpha()


def _name(name: str | None) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split()) if name else "\0"
