"""Personas as static cards: whom they rest on, what they say, in their own words, and what speaks against it.

Like all pictures here they are good HTML without style sheets and scripts, so a saved
notebook shows them on GitHub; quotes open in place.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final, NamedTuple

from persona_lab.lab.drawing import reasons
from persona_lab.lab.drawing.amounts import counted
from persona_lab.lab.drawing.pictures import quote_html
from persona_lab.models import Assignment, Axis, CitedQuote, PersonaRecord, PersonaTrait, PersonaTraitKind

KINDS: Final[tuple[PersonaTraitKind, ...]] = ("goal", "pain", "need", "behaviour")
WORDS_SHOWN: Final = 12
PICTURE_PIXELS: Final = 96
_FAINT: Final = "opacity:.7"

_ENGLISH: Final[Mapping[str, Any]] = {
    "locale": "en",
    "kinds": {"goal": "Goals", "pain": "Pains", "need": "Needs", "behaviour": "Behaviours"},
    "one": "1 persona",
    "many": "{n} personas",
    "none": "No personas yet. project.personas() proposes some from analysed interviews.",
    "nobody": "Nobody belongs to it yet.",
    "people": "{interviews} ({decided} decided, {proposed} proposed) · {participants}",
    "interview": ("1 interview", "{n} interviews"),
    "participant": ("1 participant", "{n} participants"),
    "support": ("{n} of {of} participant", "{n} of {of} participants"),
    "quote": ("1 quote", "{n} quotes"),
    "against": ("1 says otherwise", "{n} say otherwise"),
    "called": "Called {name} here, an invented name",
    "words": "Words they use",
    "typical": "Most typical",
    "rests": "What the summary rests on",
    "interviews": "Interviews",
    "decided": "decided by {who}",
    "proposed": "proposed, score {score:.2f}",
    "disputed": "another is proposed since",
    "stale": "Stale",
    "unassigned": ("1 analysed interview belongs to none.", "{n} analysed interviews belong to none."),
}
_KOREAN: Final[Mapping[str, Any]] = {
    "locale": "ko",
    "kinds": {"goal": "목표", "pain": "불편", "need": "니즈", "behaviour": "행동"},
    "one": "페르소나 1개",
    "many": "페르소나 {n}개",
    "none": "아직 페르소나가 없습니다. project.personas() 가 분석된 인터뷰에서 제안합니다.",
    "nobody": "아직 속한 인터뷰가 없습니다.",
    "people": "{interviews} (확정 {decided}, 제안 {proposed}) · {participants}",
    "interview": ("인터뷰 1건", "인터뷰 {n}건"),
    "participant": ("참여자 1명", "참여자 {n}명"),
    "support": ("참여자 {of}명 중 {n}명", "참여자 {of}명 중 {n}명"),
    "quote": ("인용 1개", "인용 {n}개"),
    "against": ("다른 의견 1개", "다른 의견 {n}개"),
    "called": "여기서 부르는 이름: {name} (실제 인물의 이름이 아님)",
    "words": "자주 쓰는 말",
    "typical": "가장 전형적인 인터뷰",
    "rests": "요약의 근거",
    "interviews": "인터뷰",
    "decided": "{who} 확정",
    "proposed": "제안됨, 점수 {score:.2f}",
    "disputed": "이후 다른 페르소나가 제안됨",
    "stale": "오래됨",
    "unassigned": ("분석된 인터뷰 1건이 어디에도 속하지 않습니다.", "분석된 인터뷰 {n}건이 어디에도 속하지 않습니다."),
}


class Card(NamedTuple):
    """What a card shows besides the persona itself.

    Attributes:
        titles: of all interviews, by id.
        axes: the project's, to say where it stands.
        picture: its address, such as a `data:` one; "" for none.
    """

    persona: PersonaRecord
    titles: Mapping[str, str]
    axes: Sequence[Axis]
    picture: str = ""


def words_of(locale: str) -> Mapping[str, Any]:
    return _KOREAN if locale == "ko" else _ENGLISH


def address(raw: bytes, media_type: str) -> str:
    """Return a picture as an address that holds it."""
    return f"data:{media_type};base64,{base64.b64encode(raw).decode()}" if raw else ""


def title_of(persona: PersonaRecord) -> str:
    """Return what it is called: as somebody titled it, or else as its portrait does."""
    return persona.title or (persona.portrait.title if persona.portrait else "")


def place_of(persona: PersonaRecord, axes: Iterable[Axis]) -> str:
    """Return where it stands: "Role: Buyer · Age: Old"."""
    return " · ".join(
        f"{axis.name}: {one.name}" for axis in axes for one in axis.types if persona.place.get(axis.key) == one.key
    )


def cards_html(cards: Sequence[Card], unassigned: int, *, note: str = "", locale: str = "en") -> str:
    """Return all personas, one card below the other."""
    words = words_of(locale)
    if not cards:
        return f"<p>{escape(str(words['none']))}</p>"
    about = f"<br>{escape(note)}" if note else ""
    heading = f"<p><strong>{escape(_heading(len(cards), unassigned, words))}</strong>{about}</p>"
    return "\n".join([heading, *(card_html(card, locale=locale) for card in cards)])


def cards_text(cards: Sequence[Card], unassigned: int, *, note: str = "", locale: str = "en") -> str:
    """Return all personas as lines of text."""
    words = words_of(locale)
    if not cards:
        return str(words["none"])
    heading = "\n".join(part for part in (_heading(len(cards), unassigned, words), note) if part)
    return "\n\n".join([heading, *(card_text(card, locale=locale) for card in cards)])


def card_html(card: Card, *, locale: str = "en") -> str:
    """Return one persona's card."""
    words, persona = words_of(locale), card.persona
    portrait = persona.portrait
    parts = [_head_html(card, words)]
    if persona.description:
        parts.append(f'<p dir="auto">{escape(persona.description)}</p>')
    if portrait and portrait.summary:
        parts.append(f'<p dir="auto">{escape(portrait.summary)}</p>')
        parts.append(_folded(str(words["rests"]), portrait.summary_quotes))
    for kind in KINDS:
        its = [trait for trait in (portrait.traits if portrait else ()) if trait.kind == kind]
        if its:
            items = "\n".join(_trait_html(trait, words) for trait in its)
            parts.append(f"<h5>{escape(str(words['kinds'][kind]))}</h5>\n<ul>\n{items}\n</ul>")
    if portrait and portrait.words:
        said = ", ".join(f"{escape(one.word)} ({one.participants})" for one in portrait.words[:WORDS_SHOWN])
        parts.append(f'<p dir="auto"><small>{escape(str(words["words"]))}: {said}</small></p>')
    parts.append(_interviews_html(card, words))
    return "<section>\n" + "\n".join(part for part in parts if part) + "\n<hr></section>"


def card_text(card: Card, *, locale: str = "en") -> str:
    """Return one persona as lines of text."""
    words, persona = words_of(locale), card.persona
    lines = [_named(persona), *_about(card, words)]
    if persona.portrait:
        lines.append(persona.portrait.summary)
        lines += [
            f"- {words['kinds'][trait.kind]}: {trait.text} ({_support(trait, words)})"
            for trait in sorted(persona.portrait.traits, key=lambda trait: KINDS.index(trait.kind))
        ]
    return "\n".join(line for line in lines if line)


def _heading(count: int, unassigned: int, words: Mapping[str, Any]) -> str:
    head = words["one"] if count == 1 else words["many"].format(n=count)
    return f"{head}. {counted(words['unassigned'], unassigned)}" if unassigned else str(head)


def _head_html(card: Card, words: Mapping[str, Any]) -> str:
    persona = card.persona
    lines = "".join(f'<br><small style="{_FAINT}">{escape(line)}</small>' for line in _about(card, words))
    picture = ""
    if card.picture:
        side = PICTURE_PIXELS
        size = f'width="{side}" height="{side}" align="left" style="margin:0 1em .5em 0"'
        picture = f'<img src="{escape(card.picture)}" alt="" {size}>'
    return f'<h4 dir="auto">{picture}{escape(_named(persona))}</h4><p dir="auto">{lines.removeprefix("<br>")}</p>'


def _named(persona: PersonaRecord) -> str:
    return " · ".join(part for part in (persona.label, title_of(persona)) if part)


def _about(card: Card, words: Mapping[str, Any]) -> list[str]:
    """Return in lines whom the persona rests on, what it is called, where it stands, and why it may not be true."""
    persona, portrait = card.persona, card.persona.portrait
    lines = [people(persona, words)]
    if portrait and portrait.name:
        lines.append(words["called"].format(name=portrait.name))
    lines.append(place_of(persona, card.axes))
    if portrait and portrait.medoid and portrait.medoid in card.titles:
        lines.append(f"{words['typical']}: {card.titles[portrait.medoid]}")
    if portrait and portrait.note:
        lines.append(portrait.note)
    if persona.stale:
        lines.append(f"⚠ {words['stale']}: {reasons.stale_text(persona.stale, words['locale'])}")
    return [line for line in lines if line]


def people(persona: PersonaRecord, words: Mapping[str, Any]) -> str:
    """Return "3 interviews (2 decided, 1 proposed) · 4 participants"."""
    count = len(persona.interview_ids)
    if not count:
        return str(words["nobody"])
    told = str(
        words["people"].format(
            interviews=counted(words["interview"], count),
            decided=persona.decided,
            proposed=count - persona.decided,
            participants=counted(words["participant"], persona.portrait.participants) if persona.portrait else "",
        )
    )
    return told.removesuffix(" · ")


def _support(trait: PersonaTrait, words: Mapping[str, Any]) -> str:
    return str(words["support"][trait.participants != 1].format(n=trait.support, of=trait.participants))


def _trait_html(trait: PersonaTrait, words: Mapping[str, Any]) -> str:
    quotes = _folded(counted(words["quote"], len(trait.quotes)), trait.quotes)
    against = _folded(counted(words["against"], len(trait.against)), trait.against)
    support = f'<small style="{_FAINT}">{escape(_support(trait, words))}</small>'
    return f'<li dir="auto">{escape(trait.text)} {support}{quotes}{against}</li>'


def _folded(summary: str, quotes: Sequence[CitedQuote]) -> str:
    if not quotes:
        return ""
    return f"<details><summary>{escape(summary)}</summary>{''.join(map(quote_html, quotes))}</details>"


def _interviews_html(card: Card, words: Mapping[str, Any]) -> str:
    its = card.persona.assignments
    if not its:
        return ""
    items = "".join(_interview_html(one, card.titles.get(one.interview_id, ""), words) for one in its)
    return f"<details><summary>{escape(str(words['interviews']))} ({len(its)})</summary><ul>{items}</ul></details>"


def _interview_html(its: Assignment, title: str, words: Mapping[str, Any]) -> str:
    evidence = "".join(map(quote_html, its.proposal.evidence)) if its.proposal and not its.is_disputed else ""
    who = f'<small style="{_FAINT}">{escape(says_who(its, words))}</small>'
    return f'<li dir="auto">{escape(title)} {who}{evidence}</li>'


def says_who(its: Assignment, words: Mapping[str, Any]) -> str:
    """Return "decided by mina", or the score of the proposal."""
    if not its.is_decided:
        return str(words["proposed"].format(score=its.proposal.score if its.proposal else 0.0))
    said = str(words["decided"].format(who=its.decided_by))
    return f"{said}; {words['disputed']}" if its.is_disputed else said
