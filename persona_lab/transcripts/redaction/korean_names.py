"""Korean names in running text, by what stands around them.

kiwipiepy says which words are proper nouns. That alone would also take brands
and towns, so a name must begin with a surname and be made of syllables that
names are made of, or stand before 씨, 님 or a title, or be introduced.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from persona_lab.transcripts.korean import kiwi
from persona_lab.transcripts.redaction.finds import Find
from persona_lab.transcripts.redaction.lists import words

if TYPE_CHECKING:
    from kiwipiepy import Token

HANGUL = re.compile(r"[가-힣]")
RUN = re.compile(r"[가-힣]{2,}")
RUN_END = re.compile(r"[가-힣]+$")
INTRODUCED = re.compile(
    r"(?:저는|제가|나는|내가|이름은|이름이|성함은|성함이|성명은?|이름\s?:|성명\s?:)\s{0,2}(?P<name>[가-힣]{3,4}?)"
    r"(?=입니다|이에요|예요|이예요|이라고|라고\s?(?:합|해|하|불)|이래|래요|이었|였|이시|이신|이고요|고요|인데요|이요|[,.]|\s*$)"
)
ANIMATE = ("한테", "에게", "께", "께서", "더러", "한테서", "에게서")
# Behind a place's name too; only somebody who is addressed or has a title is called so.
PLACE_ENDINGS = tuple("시동역군읍면로산도")
PARTICLES = ("J", "VCP", "XSN", "NNB")
# kiwipiepy gives words that it doesn't know the number of their tag; those of its dictionary come after.
UNKNOWN = 64
NOUNS = ("NNP", "NNG", "NR", "NP")
# With these, nouns that no dictionary has are made of others: 정치화, 호도율.
WORD_ENDINGS = tuple("화율률적사기하애대권자성인장원용전비실제소")
# 이번 팀장, 신입 사원: whoever it is at the time.
BEFORE_ANYBODY = ("이번", "저번", "지난", "신입", "전임", "현재", "이전", "기존", "주변", "모든")


class Korean(NamedTuple):
    """The parts of a full name."""

    surname: str
    given: str


def parts(name: str) -> Korean | None:
    """Return surname and given name, None where it can't be a full name."""
    for surname in (name[:2], name[:1]):
        known = words("ko", "compound-surnames") if len(surname) == 2 else words("ko", "surnames")
        given = name[len(surname) :]
        if surname in known and 1 <= len(given) <= 2:
            return Korean(surname, given)
    return None


def is_given(name: str) -> bool:
    """Whether each syllable is one that given names are made of."""
    return all(syllable in words("ko", "given-syllables") for syllable in name)


class Found(NamedTuple):
    """The names of a piece, and short proper nouns, which are given names where somebody has them."""

    names: list[Find]
    nouns: list[Find]


def find_korean_names(pieces: Sequence[str]) -> list[Found]:
    """Return what is found in each piece; a name's key is the name itself, or surname and title (`박 대리`)."""
    asked = [number for number, piece in enumerate(pieces) if HANGUL.search(piece)]
    found = [Found([], []) for _ in pieces]
    if not asked:
        return found
    for number, tokens in zip(asked, kiwi().tokenize([pieces[number] for number in asked]), strict=True):
        nouns = [token for token in tokens if token.tag == "NNP" and len(token.form) == 2]
        found[number] = Found(
            list(_names(pieces[number], tokens)),
            [Find(token.start, token.start + token.len, "name", token.form) for token in nouns],
        )
    return found


def _names(piece: str, tokens: "Sequence[Token]") -> Iterator[Find]:
    for found in INTRODUCED.finditer(piece):
        if _is_full(found["name"]) and not _is_common(tokens, *found.span("name")):
            yield Find(*found.span("name"), "name", found["name"])
    for number, token in enumerate(tokens):
        if token.form in ("씨", "님") and token.tag in ("NNB", "XSN"):
            yield from _before_honorific(piece, tokens, number)
        elif token.form in words("ko", "titles") and token.tag.startswith("NN"):
            yield from _before_title(piece, tokens, number)
    for found in RUN.finditer(piece):
        yield from _at_start(found, tokens)


def _before_honorific(piece: str, tokens: "Sequence[Token]", number: int) -> Iterator[Find]:
    """민지 씨, 김민지씨, 김 씨, 민지님."""
    name, end = _run_before(piece, tokens[number].start)
    start = end - len(name)
    if not name or name in words("ko", "not-names"):
        return
    is_apart = end < tokens[number].start
    if tokens[number].form == "씨" and len(name) == 1 and is_apart and name in words("ko", "surnames"):
        yield Find(start, end, "name", f"{name} 씨")
    elif name in words("ko", "before-titles"):
        return
    elif _is_full(name) or (len(name) == 2 and is_given(name)):
        # 님 stands behind any word for a person (고객님, 이용자님); behind a name the analyser must see one.
        is_name = tokens[number].form == "씨" or _is_name(tokens, start, end, name)
        yield from [Find(start, end, "name", name)] if is_name else []


def _before_title(piece: str, tokens: "Sequence[Token]", number: int) -> Iterator[Find]:
    """박 대리, 박대리, 김민지 대리, 민지 언니."""
    title = tokens[number]
    name, end = _run_before(piece, title.start)
    if title.form in words("ko", "family") and name.endswith("이") and name[:-1] in words("ko", "given-names"):
        name, end = name[:-1], end - 1
    start = end - len(name)
    if not name or name in words("ko", "not-names"):
        return
    if len(name) == 1:
        if title.form not in words("ko", "family") and _is_surname(tokens, start, is_apart=end < title.start):
            yield Find(start, end, "name", f"{name} {title.form}")
    elif len(name) == 2:
        if is_given(name) and name not in words("ko", "before-titles") and _is_name(tokens, start, end, name):
            yield Find(start, end, "name", name)
    elif _is_full(name) and not name.startswith(BEFORE_ANYBODY) and not _is_common(tokens, start, end):
        yield Find(start, end, "name", name)


def _at_start(run: re.Match[str], tokens: "Sequence[Token]") -> Iterator[Find]:
    """김민지는; 민지한테; 박대리 where the analyser sees one word."""
    start = run.start()
    for length in (4, 3, 2):
        name, end = run[0][:length], start + length
        if len(name) < length or name in words("ko", "not-names"):
            continue
        after = _at(tokens, end) if end < run.end() else None
        is_called = run[0][length : length + 1] in ("님", "씨")
        if end < run.end() and not is_called and not _goes_on_as_particle(run[0][length:], after, name):
            continue
        is_addressed = is_called or (after is not None and (after.form in ANIMATE or after.tag == "JKV"))
        title = name[1:]
        if title in words("ko", "titles") and len(title) > 1:
            if (
                title not in words("ko", "family")
                and _is_name(tokens, start, end)
                and name[0] in words("ko", "surnames")
            ):
                yield Find(start, start + 1, "name", f"{name[0]} {title}")
        elif length == 2:
            if is_addressed and is_given(name) and _is_name(tokens, start, end, name):
                yield Find(start, end, "name", name)
        elif _is_full(name) and (
            _is_name(tokens, start, end, name) or (is_called and _is_name(tokens, start, end + 1))
        ):
            # Towns end so as well; only people are addressed, or have a message sent.
            is_person = is_addressed or name == "홍길동" or not name.endswith(PLACE_ENDINGS)
            yield from [Find(start, end, "name", name)] if is_person else []
            return


def _goes_on_as_particle(rest: str, after: "Token | None", name: str) -> bool:
    """Whether what is written on to a name is a particle, by the analyser or, behind a common given name, by itself."""
    if after is not None and after.tag.startswith(PARTICLES):
        return True
    return name[-2:] in words("ko", "given-names") and rest in words("ko", "particles")


def _inside(tokens: "Sequence[Token]", start: int, end: int) -> "Sequence[Token]":
    """Return the tokens that begin in the stretch."""
    return tokens[bisect_left(tokens, start, key=_start) : bisect_left(tokens, end, key=_start)]


def _at(tokens: "Sequence[Token]", place: int) -> "Token | None":
    number = bisect_left(tokens, place, key=_start)
    return tokens[number] if number < len(tokens) and tokens[number].start == place else None


def _start(token: "Token") -> int:
    start: int = token.start
    return start


def _run_before(piece: str, place: int) -> tuple[str, int]:
    """Return the Hangul word that ends at `place`, or one blank before it, and where it ends."""
    end = place - 1 if place and piece[place - 1] == " " else place
    run = RUN_END.search(piece[max(0, end - 12) : end])
    return (run[0], end) if run else ("", end)


def _is_full(name: str) -> bool:
    split = parts(name) if len(name) > 2 else None
    if split is None or name[1:] in words("ko", "titles"):
        return False
    return is_given(split.given) and name not in words("ko", "not-names")


def _is_surname(tokens: "Sequence[Token]", start: int, *, is_apart: bool) -> bool:
    """Whether a syllable before a title is a surname; 이 과장 is "this manager" far more often than Mr Lee."""
    token = _at(tokens, start)
    if token is None or token.form not in words("ko", "surnames"):
        return False
    if token.form in words("ko", "plain-surnames"):
        return True
    return token.tag == "NNP" and (token.form not in words("ko", "before-titles") or not is_apart)


def _is_name(tokens: "Sequence[Token]", start: int, end: int, name: str = "") -> bool:
    """Whether the analyser sees a proper noun here, or nouns that it doesn't know, or `name` ends with a common one."""
    inside = _inside(tokens, start, end)
    if not inside or inside[0].start != start:
        return False
    is_whole = inside[-1].end == end
    is_unknown = len(inside) == 1 and is_whole and inside[0].id < UNKNOWN
    if inside[0].tag == "NNP" and is_whole and all(token.tag in NOUNS for token in inside):
        return True
    if name[-2:] in words("ko", "given-names"):
        return is_unknown or not (_is_phrase(inside) or (len(inside) == 1 and is_whole))
    return is_unknown and inside[0].tag in NOUNS and not inside[0].form.endswith(WORD_ENDINGS)


def _is_phrase(inside: "Sequence[Token]") -> bool:
    """Whether these are everyday words that together look like a name: 이 영화, 가정은, 심해진."""
    first, *rest = inside
    is_determined = first.tag in ("MM", "NP") and len(rest) == 1 and rest[0].tag == "NNG" and rest[0].id >= UNKNOWN
    is_word = first.len > 1 and first.tag != "NNP" and first.id >= UNKNOWN
    return is_determined or is_word or any(token.tag in ("XSV", "XSA") for token in rest)


def _is_common(tokens: "Sequence[Token]", start: int, end: int) -> bool:
    """Whether the stretch is a word of the dictionary, or not made of nouns."""
    inside = _inside(tokens, start, end)
    is_one_word = len(inside) == 1 and inside[0].tag != "NNP" and inside[0].id >= UNKNOWN
    return is_one_word or any(token.tag.startswith(("J", "E", "XS", "VC")) for token in inside)
