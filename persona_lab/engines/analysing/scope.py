"""How far a quote must reach so that it isn't torn from the word that denies it.

"It is good" may stand in "I don't think it is good", and 불편하지 in 불편하지 않았어요. Such a
quote is widened to the clause that it stands in; shown are still only words that were said.
"""

import re

from persona_lab.transcripts.wording import Wording, is_hangul, wording

# How many characters before and behind a quote are looked at.
REACH = 160
# How many words behind a quote a denial may stand and still belong to it.
BEHIND = 3

CLAUSE = re.compile(r"(?:[.,:](?!\d)|[!?…。！？;，、()\[\]\"“”])+|\s[–—-]+\s|\n\s*\n")
# Commas that set nothing apart: around a filler, or behind the denial itself.
ASIDES = (
    re.compile(r",\s*(?:um+|uh+|er+|like|well|you know|i mean|kind of|sort of|음|어|그|뭐|막)\s*,", re.IGNORECASE),
    re.compile(r"(?:\b(?:not|never|hardly|barely)|n['’]t|(?<!\S)[안못])\s*,", re.IGNORECASE),
)
_CLAUSE_WORDS = """
and but so because then or while when which who where whereas although though since until as
"""
CLAUSE_WORDS = frozenset(_CLAUSE_WORDS.split())
_DENIALS = """
not no never none nobody nothing nowhere neither nor without hardly barely scarcely rarely seldom doubt doubted
doubts
"""
DENIALS = frozenset(_DENIALS.split())
# These deny the word that follows; the others deny what goes before.
KOREAN_BEFORE = frozenset(("안", "못"))
KOREAN_DENIAL = re.compile(
    r"[안못]$|[안못](?:되|돼|됐|된|될|하|해|했|한|할)|않|없|^아니|^말(?:고|아|라|자)|^모르|^모른|^몰라"
)
# Where Korean closes a clause; 다고, 라고, 냐고 and 자고 go on to what is said of it.
KOREAN_CLOSED = re.compile(
    r"(?:요|다|죠|까|네|음|지만|[는은인한]데|니까|서|면|며|거든|든지|(?<![다라냐자])고|려고|도록)$"
)


def widened(text: str, low: int, high: int, start: int, end: int) -> tuple[int, int]:
    """Return the span `start`..`end` with the denial before or behind it that governs it.

    `low`..`high` is the turn, which is never left.
    """
    return _begin(text, low, start, end), _end(text, high, start, end)


def denials(forms: list[str]) -> int:
    """Count the words that deny something."""
    return sum(form in DENIALS or bool(KOREAN_DENIAL.search(form)) for form in forms)


def _begin(text: str, low: int, start: int, end: int) -> int:
    first = wording((start, text[start : min(end, start + 40)])).forms[:1]
    if not first or first[0] in CLAUSE_WORDS:
        return start
    from_ = _at_blank(text, low, start - REACH, 1)
    clauses = text[from_:start]
    for aside in ASIDES:
        clauses = aside.sub(_without_commas, clauses)
    marks = list(CLAUSE.finditer(clauses))
    from_ += marks[-1].end() if marks else 0
    before = wording((from_, text[from_:start]))
    if not before.forms:
        return start
    if before.forms[-1] in KOREAN_BEFORE:
        return before.starts[-1]
    begin = start
    for index in range(len(before.forms) - 1, -1, -1):
        if before.forms[index] in CLAUSE_WORDS or _is_closed(before.forms[index]):
            break
        if before.forms[index] in DENIALS or (begin < start and not before.is_glued(index)):
            # A denial takes the whole of its clause with it: "I don't think", not "n't think".
            begin = before.starts[index]
    return begin


def _end(text: str, high: int, start: int, end: int) -> int:
    last = wording((start, text[max(start, end - 40) : end])).forms[-1:]
    if not last or _is_closed(last[0]) or CLAUSE.fullmatch(text[end - 1]):
        return end
    until = _at_blank(text, high, end + REACH, -1)
    if mark := CLAUSE.search(text, end, until):
        until = mark.start()
    behind = wording((end, text[end:until]))
    for index, form in enumerate(behind.forms[:BEHIND]):
        if form in CLAUSE_WORDS:
            return end
        if form in DENIALS or (is_hangul(form[0]) and KOREAN_DENIAL.search(form)):
            return _clause_end(behind, index)
        if _is_closed(form):
            return end
    return end


def _clause_end(behind: Wording, denial: int) -> int:
    """Return where the clause ends that the denial stands in."""
    last = denial
    for index in range(denial, len(behind.forms)):
        form = behind.forms[index]
        if form in CLAUSE_WORDS:
            break
        last = index
        if _is_closed(form):
            break
    return behind.ends[last]


def _is_closed(form: str) -> bool:
    return is_hangul(form[0]) and bool(KOREAN_CLOSED.search(form))


def _at_blank(text: str, limit: int, place: int, step: int) -> int:
    """Return the blank nearest `place` going by `step`, or `limit` where that comes first: no word is cut."""
    if (place - limit) * step <= 0:
        return limit
    while 0 < place < len(text) and not text[place].isspace():
        place += step
    return place


def _without_commas(found: re.Match[str]) -> str:
    return found[0].replace(",", " ")
