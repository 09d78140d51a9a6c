"""한국어 바람을 "어떻게 하면 … 수 있을까?"로 바꾼다. Turning a Korean wish into a question, by its morphemes.

The words before the wish's last verb stay as they were said; the verb is conjugated anew by kiwipiepy.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from persona_lab.transcripts.korean import kiwi

if TYPE_CHECKING:
    from kiwipiepy import Token

LONGEST = 90
LONGEST_OBSTACLE = 60
Morph = tuple[str, str]

CAN: tuple[Morph, ...] = (("ᆯ", "ETM"), ("수", "NNB"), ("있", "VA"), ("을까", "EF"), ("?", "SF"))
LET: tuple[Morph, ...] = (("게", "EC"),)
LET_CAN = " 할 수 있을까?"
PROVIDE: tuple[Morph, ...] = (("를", "JKO"), ("마련", "NNG"), ("하", "XSV"), *CAN)
IF = ("면", "으면")
SELF = ("저", "나", "제", "내", "우리", "저희")
PARTICLES = ("JKS", "JX")
# Words that point to what was said before, or at somebody who is present.
POINTING = re.compile(r"(?:^|\s)(?:그|이|저|그런|이런|그렇게|이렇게|그거|그게|그걸|이거|이게|이걸|거기|여기)\s")
BREAKS = ("는데", "ᆫ데", "지만", "니까", "으니까", "거든", "거든요", "라서")
QUOTED = re.compile(r"[\"“][^\"”]*[\"”]|'[^']*'|‘[^’]*’")


def question(wish: str, obstacle: str | None) -> str:
    """Return the question that the wish asks for, with what stands in its way; "" where there is none to ask."""
    aim = _aim(wish)
    if not aim:
        return ""
    if obstacle is None:
        return f"어떻게 하면 {aim}"
    against = _against(obstacle)
    return f"{against}, 어떻게 하면 {aim}" if against else ""


def _aim(wish: str) -> str:
    tokens = kiwi().tokenize(wish)
    # A wish has an ending behind its verb.
    for at in range(len(tokens) - 3, 0, -1):
        token, before = tokens[at], tokens[at - 1]
        if token.form == "싶" and before.form == "고":
            return _built(wish, tokens[: at - 1], CAN)
        if token.form == "필요" and before.tag == "JKS" and tokens[at + 2].tag != "EC":
            return _built(wish, tokens[: at - 1], PROVIDE)
        if token.tag == "EC" and token.form in IF and _is_wished(tokens[at + 1 :]):
            return _wished(wish, _without_tense(tokens[:at]))
        if (
            token.tag == "EF"
            and token.form in ("세요", "어요")
            and before.form in ("주", "시")
            and token.form == "세요"
        ):
            return _wished(wish, _without_tense(tokens[:at]))
    return ""


def _is_wished(behind: "Sequence[Token]") -> bool:
    """Say whether "it would be good" follows."""
    forms = [token.form for token in behind[:3]]
    return bool(forms) and forms[0] in ("좋", "편하", "하", "싶") and ("겠" in forms or forms[0] != "좋")


def _wished(wish: str, stem: "Sequence[Token]") -> str:
    forms = [token.form for token in stem]
    tags = [token.tag for token in stem]
    if forms[-2:] == ["수", "있"]:
        return _built(wish, stem[:-3], CAN)
    # "보이게 해 주", "보이게 하": the wish lets somebody do it already.
    for tail in (["하", "어", "주"], ["하"]):
        if forms[-len(tail) :] == tail and len(stem) > len(tail) and stem[-len(tail) - 1].form in ("게", "도록"):
            return _built(wish, stem[: -len(tail) - 1], LET)
    if forms and forms[-1] == "있" and len(stem) > 1 and tags[-2] == "JKS":
        return _built(wish, stem[:-2], PROVIDE)
    return _built(wish, stem, LET)


def _without_tense(stem: "Sequence[Token]") -> "Sequence[Token]":
    end = len(stem)
    while end and stem[end - 1].tag == "EP":
        end -= 1
    return stem[:end]


def _built(wish: str, stem: "Sequence[Token]", ending: Sequence[Morph]) -> str:
    """Return the stem's words with a new ending, "" where they don't stand by themselves."""
    own = _own_clause(wish, stem)
    if not own:
        return ""
    if own[-1].tag == "ETM" or (ending is not PROVIDE and not own[-1].tag.startswith(("V", "XS"))):
        return ""
    if ending is PROVIDE and not own[-1].tag.startswith(("N", "XSN", "ETN", "SL")):
        return ""
    text = _joined(wish, own, ending)
    return text if _stands_alone(text, own) and len(text) <= LONGEST else ""


def _joined(text: str, stem: "Sequence[Token]", ending: Sequence[Morph]) -> str:
    """Return the text up to the stem's last morpheme, and that conjugated anew."""
    last = stem[-1]
    # Contracted with the morpheme before, they can only be conjugated together.
    number = 2 if len(stem) > 1 and stem[-2].end > last.start else 1
    before = (
        _with_object(text, stem) if ending == LET and _describes(last) else text[stem[0].start : stem[-number].start]
    )
    morphs = [(token.form, token.tag.split("-")[0]) for token in stem[-number:]]
    joined = f"{before}{kiwi().join([*morphs, *ending])}{LET_CAN if ending == LET else ''}"
    return " ".join(joined.split())


def _with_object(text: str, stem: "Sequence[Token]") -> str:
    """Return the text before the last morpheme; what is to be big or quick becomes the object: "글씨를 크게 하다"."""
    begin, end = stem[0].start, stem[-1].start
    subject = next((token for token in reversed(stem) if token.tag == "JKS"), None)
    if subject is None or subject.form not in ("이", "가"):
        return text[begin:end]
    has_coda = (ord(text[subject.start - 1]) - 0xAC00) % 28 > 0
    return f"{text[begin : subject.start]}{'을' if has_coda else '를'}{text[subject.end : end]}"


def _describes(token: "Token") -> bool:
    return token.tag.split("-")[0] in ("VA", "XSA", "VCP", "VCN") and token.form not in ("있", "없")


def _own_clause(text: str, stem: "Sequence[Token]") -> "Sequence[Token]":
    """Return the last clause, without the speaker as its subject."""
    begin = 0
    quoted = [found.span() for found in QUOTED.finditer(text)]
    for at, token in enumerate(stem):
        if any(start <= token.start < end for start, end in quoted):
            continue
        ends = token.tag in ("EF", "SF") or (token.tag == "SP" and at and stem[at - 1].form in BREAKS)
        begin = at + 1 if ends else begin
    clause = stem[begin:]
    while clause and clause[0].tag in ("IC", "MAJ", "SP"):
        clause = clause[1:]
    if len(clause) > 1 and clause[0].tag == "NP" and clause[0].form in SELF and clause[1].tag in PARTICLES:
        clause = clause[2:]
    return clause


def _stands_alone(text: str, tokens: "Sequence[Token]") -> bool:
    if POINTING.search(QUOTED.sub(" ", f" {text}")):
        return False
    return not any(token.tag == "NP" and token.form in SELF for token in tokens)


def _against(obstacle: str) -> str:
    """Return the obstacle as a clause that ends in "-는데", "" where it isn't one."""
    if QUOTED.search(obstacle):
        return ""
    tokens = list(kiwi().tokenize(obstacle))
    while tokens and tokens[-1].tag in ("SF", "SE", "SP"):
        tokens.pop()
    if len(tokens) < 3 or tokens[-1].tag != "EF":
        return ""
    own = _own_clause(obstacle, tokens[:-1])
    if len(own) < 3 or not (own[-1].tag.startswith(("V", "XS")) or own[-1].tag == "EP"):
        return ""
    text = _joined(obstacle, own, ((("ᆫ데" if _describes(own[-1]) else "는데"), "EC"),))
    return text if _stands_alone(text, own) and len(text) <= LONGEST_OBSTACLE else ""
