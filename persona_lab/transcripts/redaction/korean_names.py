"""Korean names in running text, by what stands around them.

kiwipiepy says which words are proper nouns. That alone would also take brands
and towns, so a name must begin with a surname and be made of syllables that
names are made of, or stand before 씨, 님 or a title, or be introduced.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from persona_lab.transcripts.korean import kiwi
from persona_lab.transcripts.redaction.finds import Find
from persona_lab.transcripts.redaction.lists import words

if TYPE_CHECKING:
    from kiwipiepy import Token

HANGUL = re.compile(r"[가-힣]")
RUN = re.compile(r"[가-힣]+$")
INTRODUCED = re.compile(
    r"(?:저는|제가|나는|내가|이름은|이름이|성함은|성함이|성명은?|이름\s?:|성명\s?:)\s{0,2}(?P<name>[가-힣]{3,4}?)"
    r"(?=입니다|이에요|예요|이예요|이라고|라고\s?(?:합|해|하|불)|이고요|고요|인데요|이요|[,.]|\s*$)"
)
ANIMATE = ("한테", "에게", "께", "께서", "더러", "한테서", "에게서")
# Behind a place's name too; only somebody who is addressed or has a title is called so.
PLACE_ENDINGS = tuple("시구동역군읍면로산도")
PARTICLES = ("J", "VCP", "SP", "SF", "SE", "SS", "XSN", "XSO", "SO", "SW")


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
    not_names = words("ko", "not-names")
    for found in INTRODUCED.finditer(piece):
        start, end = found.span("name")
        name = found["name"]
        if (
            (split := parts(name))
            and is_given(split.given)
            and name not in not_names
            and not _is_word(tokens, start, end)
        ):
            yield Find(start, end, "name", name)
    for number, token in enumerate(tokens):
        if (token.form == "씨" and token.tag == "NNB") or (token.form == "님" and token.tag == "XSN"):
            yield from _before_honorific(piece, tokens, number)
        elif token.form in words("ko", "titles") and token.tag.startswith("NN"):
            yield from _before_title(piece, tokens, number)
        elif token.tag == "NNP" and token.form not in not_names and HANGUL.match(token.form):
            yield from _proper_noun(tokens, number)


def _before_honorific(piece: str, tokens: "Sequence[Token]", number: int) -> Iterator[Find]:
    """민지 씨, 김민지씨, 김 씨, 민지님."""
    token = tokens[number]
    before = tokens[number - 1] if number else None
    if (
        before is None
        or piece[before.end : token.start].strip(" ")
        or not before.tag.startswith(("NN", "MA", "XR", "MM", "IC"))
    ):
        return
    run = RUN.search(piece[: before.end])
    name = run[0] if run else ""
    if not name or name in words("ko", "not-names") or (name in words("ko", "before-titles") and token.form == "님"):
        return
    if len(name) == 1 and token.form == "씨" and before.end < token.start and name in words("ko", "surnames"):
        yield Find(before.start, before.end, "name", f"{name} 씨")
        return
    split = parts(name) if len(name) > 2 else None
    is_known = before.tag == "NNP"
    if (split and (is_known or is_given(split.given))) or (len(name) == 2 and is_given(name)):
        # 님 stands behind any word for a person (고객님, 이용자님); behind a name the analyser must know it is one.
        if token.form == "씨" or is_known:
            yield Find(before.end - len(name), before.end, "name", name)


def _before_title(piece: str, tokens: "Sequence[Token]", number: int) -> Iterator[Find]:
    """박 대리, 박대리, 김민지 대리, 민지 언니."""
    token = tokens[number]
    before = tokens[number - 1] if number else None
    if before is None or piece[before.end : token.start].strip(" ") or piece[before.end : token.start].count(" ") > 1:
        return
    run = RUN.search(piece[: before.end])
    name = run[0] if run else ""
    if not name or name in words("ko", "not-names"):
        return
    start = before.end - len(name)
    is_family = token.form in ("언니", "오빠", "누나", "형", "엄마", "아빠", "이모", "삼촌", "어머니", "아버지")
    if len(name) == 1:
        if is_family or name not in words("ko", "surnames"):
            return
        # 이 과장 is "this manager" far more often than Mr Lee; the analyser decides.
        is_sure = name in words("ko", "plain-surnames") and before.end < token.start
        is_read_as_name = before.tag == "NNP" and (
            name not in words("ko", "before-titles") or before.end == token.start
        )
        if is_sure or is_read_as_name or (name in words("ko", "plain-surnames") and before.tag.startswith("NN")):
            yield Find(start, before.end, "name", f"{name} {token.form}")
    elif len(name) == 2 and before.tag == "NNP" and is_given(name) and name not in words("ko", "before-titles"):
        yield Find(start, before.end, "name", name)
    elif (
        (split := parts(name))
        and (before.tag == "NNP" or is_given(split.given))
        and not _is_word(tokens, start, before.end)
    ):
        if len(name) > 2 and not name.startswith(
            ("이번", "저번", "지난", "신입", "전임", "현재", "이전", "기존", "주변", "모든")
        ):
            yield Find(start, before.end, "name", name)


def _proper_noun(tokens: "Sequence[Token]", number: int) -> Iterator[Find]:
    """김민지는; 민지한테; 박대리 read as one word."""
    token = tokens[number]
    after = tokens[number + 1] if number + 1 < len(tokens) else None
    is_addressed = after is not None and after.start == token.end and (after.form in ANIMATE or after.tag == "JKV")
    split = parts(token.form)
    title = next((title for title in words("ko", "titles") if token.form[1:] == title), None)
    if title and token.form[0] in words("ko", "surnames") and len(title) > 1:
        yield Find(token.start, token.start + 1, "name", f"{token.form[0]} {title}")
    elif split and len(token.form) > 2 and is_given(split.given):
        goes_on = after is not None and after.start == token.end and not after.tag.startswith(PARTICLES)
        is_place = token.form.endswith(PLACE_ENDINGS) and token.form != "홍길동"
        if not goes_on and (not is_place or is_addressed):
            yield Find(token.start, token.end, "name", token.form)
    elif len(token.form) == 2 and is_addressed and is_given(token.form):
        yield Find(token.start, token.end, "name", token.form)


def _is_word(tokens: "Sequence[Token]", start: int, end: int) -> bool:
    """Whether the stretch is one common word to the analyser, or ends with one of a kind that people are called by."""
    inside = [token for token in tokens if start <= token.start and token.end <= end]
    return any(
        token.start == start and token.end == end and token.tag in ("NNG", "NP", "MAG", "XR") for token in inside
    ) or any(token.tag in ("XSN", "JX", "JKS", "JKO", "JKB", "EC", "EF") for token in inside)
