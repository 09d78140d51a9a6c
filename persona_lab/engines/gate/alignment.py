"""Finding words that were quoted not quite as they were said, without taking other words for them.

A misspelling, a word left out that says nothing, a contraction or a blank are
forgiven, up to a quarter of the words. Everything else is another thing that
somebody might have said: another number, name, unit, denial or opposite is never forgiven.
"""

import functools
import unicodedata
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import snowballstemmer
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, Levenshtein

from persona_lab.engines.analysing.scope import DENIALS, denials
from persona_lab.transcripts.wording import Wording, is_hangul, without_particle

LEAST_LETTERS = 8
MOST_WORDS = 400
FORGIVEN_SHARE = 0.25
# Likeness of letters below which words are not compared one by one.
LEAST_LIKENESS = 65.0
WINDOWS = 3
RARE = 4
COMMON = 200

# What may have been left out of what was said, and what may have been put in.
_LEFT_OUT = """
a an the that this so well just really very quite actually basically literally honestly totally pretty like
you know i mean kind of sort then and oh okay ok yeah right anyway
's 좀 조금 막 뭐 이제 인제 그냥 약간 진짜 정말 너무 되게 엄청 굉장히 아주 매우
그러니까 그래서 근데 그런데 그리고 사실 솔직히 아무튼 일단 저는 제가 저도 이게 그게 네 예
"""
LEFT_OUT = frozenset(_LEFT_OUT.split())
_PUT_IN = """
a an the that and so 그냥 좀
"""
PUT_IN = frozenset(_PUT_IN.split())
SAME_SAID = ({"'s", "is"}, {"'s", "has"}, {"'s", "us"}, {"'d", "would"}, {"'d", "had"}, {"ok", "okay"})
# Words that a slip of a letter may turn into something else that matters.
_FIXED = """
before after above below over under inside outside better bitter worse worst always never often sometimes
cheaper faster slower higher lower larger smaller longer shorter earlier later increase decrease increased
decreased three seven eight eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty
thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion first second third
fourth fifth sixth seventh eighth ninth tenth seconds minutes hours weeks months years dollars euros pounds
"""
FIXED = DENIALS | frozenset(_FIXED.split())
KOREAN_NUMERALS = frozenset("영공일이삼사오육륙칠팔구십백천만억조한두세네다섯여덟아홉열스물서른마흔쉰예순반")


class Change(NamedTuple):
    """Quoted words `quoted` stand where words `said` were said; both are ranges."""

    quoted: range
    said: range


class Texts(NamedTuple):
    """The quote and the transcript, to see how a word is written there."""

    quote: str
    transcript: str


class Aligner:
    """One transcript's words by their rarest, built once.

    Args:
        firsts: the first word of each turn, in order, and the number of words behind the last.
    """

    def __init__(self, said: Wording, firsts: Sequence[int], transcript: str) -> None:
        self._said = said
        self._firsts = firsts
        self._transcript = transcript
        self._vocabulary = frozenset(said.forms)
        self._places: dict[str, list[int]] = defaultdict(list)
        for index, form in enumerate(said.forms):
            self._places[_key(form)].append(index)

    def align(self, quoted: Wording, quote: str, is_allowed: Callable[[int], bool]) -> tuple[int, int] | None:
        """Return the words that `quoted` stands for, as a range within one turn; None where nobody said that.

        Args:
            is_allowed: says of a turn, by its place, whether it may be quoted.
        """
        size = len(quoted.forms)
        # Korean without blanks may be one long word.
        if size > MOST_WORDS or len(quoted.line) < LEAST_LETTERS:
            return None
        texts = Texts(quote, self._transcript)
        for low, high in self._windows(quoted, is_allowed):
            place = self._nearest(quoted, low, high)
            if place and self._is_same(quoted, range(*place), texts):
                return place
        return None

    def _windows(self, quoted: Wording, is_allowed: Callable[[int], bool]) -> Iterator[tuple[int, int]]:
        """Yield where to look, likeliest first: around places that share rare words in the same order."""
        known = [(self._places.get(_key(form), ()), index) for index, form in enumerate(quoted.forms)]
        rarest = sorted((entry for entry in known if 0 < len(entry[0]) <= COMMON), key=lambda entry: len(entry[0]))
        slack = 3 + len(quoted.forms) // 4
        votes: Counter[tuple[int, int]] = Counter()
        for places, index in rarest[: 2 * RARE]:
            for place in places:
                turn = bisect_right(self._firsts, place) - 1
                votes[turn, (place - index) // slack] += 1
        ranked = sorted(votes, key=lambda one: (-votes[one] - votes[one[0], one[1] + 1], one))
        windows: dict[tuple[int, int], None] = {}
        for turn, step in ranked:
            if len(windows) == WINDOWS:
                break
            if is_allowed(turn):
                low = max(self._firsts[turn], (step - 1) * slack)
                windows[low, min(self._firsts[turn + 1], (step + 2) * slack + len(quoted.forms) + slack)] = None
        yield from windows

    def _nearest(self, quoted: Wording, low: int, high: int) -> tuple[int, int] | None:
        """Return the range of words within `low`..`high` whose letters are most like the quoted ones."""
        said = self._said
        end = said.at[high - 1] + len(said.forms[high - 1])
        window = said.line[said.at[low] : end]
        line = quoted.line[1:]
        found = fuzz.partial_ratio_alignment(line, window, score_cutoff=LEAST_LIKENESS)
        if found is None or found.dest_end <= found.dest_start:
            return None
        if len(line) > len(window):
            first, last = low, high - 1
        else:
            first = said.word_at(said.at[low] + found.dest_start)
            last = said.word_at(said.at[low] + found.dest_end - 1)
        reach = 3 + len(quoted.forms) // 4
        last = self._best_last(line, first, range(max(first, last - reach), min(high, last + reach + 1)))
        firsts = range(max(low, first - reach), min(last, first + reach) + 1)
        first = max(firsts, key=lambda index: (self._likeness(line, index, last), index))
        last = self._best_last(line, first, range(max(first, last - reach), min(high, last + reach + 1)))
        return first, last + 1

    def _best_last(self, line: str, first: int, lasts: range) -> int:
        return max(lasts, key=lambda index: (self._likeness(line, first, index), -index))

    def _likeness(self, line: str, first: int, last: int) -> float:
        said = self._said
        return fuzz.ratio(line, said.line[said.at[first] : said.at[last] + len(said.forms[last])])

    def _is_same(self, quoted: Wording, place: range, texts: Texts) -> bool:
        """Say whether the quoted words are those at `place`, but for what is forgiven."""
        said = self._said
        if said.is_glued(place.start) or (place.stop < len(said.forms) and said.is_glued(place.stop)):
            return False
        forgiven = 0
        for change in _changes(quoted.forms, said.forms[place.start : place.stop], place.start):
            cost = self._cost(quoted, change, texts)
            if cost is None:
                return False
            forgiven += cost
        return forgiven <= max(1, int(FORGIVEN_SHARE * len(quoted.forms)))

    def _cost(self, quoted: Wording, change: Change, texts: Texts) -> int | None:
        """Return how many words are forgiven, None where one can't be."""
        mine = [quoted.forms[index] for index in change.quoted]
        theirs = [self._said.forms[index] for index in change.said]
        if "".join(mine) == "".join(theirs) and all(is_hangul(form[0]) for form in mine):
            return 0
        if not mine:
            return len(theirs) if all(self._may_be_left_out(index) for index in change.said) else None
        if not theirs:
            return len(mine) if all(form in PUT_IN for form in mine) else None
        if denials(mine) != denials(theirs) or max(len(mine), len(theirs)) > 5:
            return None
        if _may_be_spelled("".join(mine), "".join(theirs)):
            return max(len(mine), len(theirs))
        return self._paired_cost(quoted, change, texts)

    def _paired_cost(self, quoted: Wording, change: Change, texts: Texts) -> int | None:
        """Return the cost of taking the words in pairs, with the rest left out or put in."""
        pairs = min(len(change.quoted), len(change.said))
        for mine in combinations(change.quoted, pairs):
            for theirs in combinations(change.said, pairs):
                added = [index for index in change.quoted if index not in mine]
                left_out = [index for index in change.said if index not in theirs]
                if (
                    all(quoted.forms[index] in PUT_IN for index in added)
                    and all(self._may_be_left_out(index) for index in left_out)
                    and all(self._is_slip(quoted, *pair, texts) for pair in zip(mine, theirs, strict=True))
                ):
                    return max(len(change.quoted), len(change.said))
        return None

    def _may_be_left_out(self, index: int) -> bool:
        forms = self._said.forms
        is_repeated = forms[index] in forms[max(0, index - 1) : index] + forms[index + 1 : index + 2]
        return forms[index] in LEFT_OUT or (is_repeated and forms[index].isalpha())

    def _is_slip(self, quoted: Wording, mine: int, theirs: int, texts: Texts) -> bool:
        """Say whether one word is the other, misspelled or in another form."""
        one, other = quoted.forms[mine], self._said.forms[theirs]
        if one == other or {one, other} in SAME_SAID:
            return True
        if is_hangul(one[0]) and is_hangul(other[0]):
            return _may_be_spelled(one, other)
        if texts.transcript[self._said.starts[theirs]].isupper() and texts.quote[quoted.starts[mine]].isupper():
            return False
        if one in FIXED or other in FIXED or not (one.isalpha() and other.isalpha()):
            return False
        if min(len(one), len(other)) >= 4 and _stem(one) == _stem(other):
            return True
        if one in self._vocabulary or min(len(one), len(other)) < 5:
            return False
        if one[0] != other[0] or one[-1] != other[-1]:
            return False
        return bool(OSA.distance(one, other) <= (1 if len(other) < 9 else 2))


def _changes(mine: Sequence[str], theirs: Sequence[str], offset: int) -> Iterator[Change]:
    """Yield where the words differ, neighbouring differences as one."""
    quoted, said = range(0, 0), range(0, 0)
    for code in Levenshtein.opcodes(mine, theirs):
        if code.tag == "equal":
            if quoted or said:
                yield Change(quoted, range(said.start + offset, said.stop + offset))
            quoted, said = range(0, 0), range(0, 0)
        elif quoted or said:
            quoted, said = range(quoted.start, code.src_end), range(said.start, code.dest_end)
        else:
            quoted, said = range(code.src_start, code.src_end), range(code.dest_start, code.dest_end)
    if quoted or said:
        yield Change(quoted, range(said.start + offset, said.stop + offset))


def _may_be_spelled(one: str, other: str) -> bool:
    """Say whether one Korean word is the other with a slip of a letter, or without its particle."""
    if not (is_hangul(one[0]) and is_hangul(other[0])):
        return False
    stem, said = without_particle(one), without_particle(other)
    if stem == said and (one == stem or other == said):
        return True
    if min(len(stem), len(said)) < 4 or one[0] != other[0] or denials([one]) != denials([other]):
        return False
    changed = _changed_letters(one, other)
    if changed & KOREAN_NUMERALS or changed & set("안못않없"):
        return False
    mine, theirs = unicodedata.normalize("NFD", one), unicodedata.normalize("NFD", other)
    return bool(OSA.distance(mine, theirs) <= (1 if len(theirs) < 14 else 2))


def _changed_letters(one: str, other: str) -> set[str]:
    letters = set()
    for code in Levenshtein.opcodes(one, other):
        if code.tag != "equal":
            letters |= {*one[code.src_start : code.src_end], *other[code.dest_start : code.dest_end]}
    return letters


def _key(form: str) -> str:
    """Return by what a word is looked up: Korean by its first two syllables, since endings and blanks vary."""
    return form[:2] if is_hangul(form[0]) else form


@functools.lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    stem: str = _stemmer().stemWord(word)
    return stem


@functools.cache
def _stemmer() -> "snowballstemmer.english_stemmer.EnglishStemmer":
    return snowballstemmer.stemmer("english")
