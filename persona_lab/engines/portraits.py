"""What a persona's interviews say together: goals, pains, needs, behaviours, words, each with its quotes.

Nothing here was said by nobody: a trait is one of the participants' own sentences with how many of them
say the same. Only the name is invented, and it is nobody's.
"""

import functools
import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from persona_lab.engines.cues import is_broken_off, is_small_talk, points_back
from persona_lab.engines.grouping import typical_interview
from persona_lab.engines.language import Sentence
from persona_lab.engines.meaning import vectors
from persona_lab.engines.merge import merge
from persona_lab.engines.opposing import with_contradictions
from persona_lab.engines.rules import Language, any_of, lists_hash, parts
from persona_lab.engines.told import Person, Told
from persona_lab.engines.typical import typical_words
from persona_lab.models import (
    CitedQuote,
    Finding,
    Insight,
    InsightMember,
    PersonaTrait,
    PersonaTraitKind,
    Portrait,
    Quote,
    Trait,
    TypicalWord,
)

MODEL = "portrait-1"
PROMPT_HASH = lists_hash("persona")

# Of one kind no more are kept, and of each so many quotes.
MOST = 6
QUOTES = 5
AGAINST = 3
# Of one interview no more sentences are taken for goals, or for behaviours.
OF_ONE = 6
LETTERS = 220
LEAST_TERMS = 3
IN_TITLE = 3
WORD = re.compile(r"[^\W\d_]+")
BULLETS = "*•·–- "


class Basis(NamedTuple):
    """What a portrait is made from.

    Attributes:
        persona_id: what the invented name follows from.
        members: the persona's interviews.
        others: the project's other completed interviews.
        insights: the project's insights with their quotes, as `store.insights.supported` gives them.
        profiles: what each member's participants say of themselves, by interview id.
        runs: the run of each member's analysis, by interview id.
        taken: the names of the project's other personas.
    """

    persona_id: str
    members: Sequence[Told]
    others: Sequence[Told]
    insights: Sequence[Insight]
    profiles: Mapping[str, Sequence[Trait]]
    runs: Mapping[str, str]
    taken: Collection[str] = ()


class _Said(NamedTuple):
    """A sentence that tells of a goal or a behaviour, with its content words."""

    quote: CitedQuote
    terms: tuple[str, ...]


def portray(basis: Basis, *, language: str, made_at: datetime) -> Portrait:
    """Return the portrait, in Korean where `language` is "ko" and in English otherwise."""
    members = sorted(basis.members, key=lambda one: one.content)
    others = sorted(basis.others, key=lambda one: one.content)
    basis = basis._replace(members=members, others=others)
    written: Language = "ko" if language == "ko" else "en"
    words = typical_words(members, others)
    traits = tuple(_traits(basis))
    medoid, spread = typical_interview(members)
    summary = list(_summary(members, traits, words, written))
    return Portrait(
        language=written,
        name=_name(basis, written),
        title=_title(words),
        summary=" ".join(text for text, _ in summary),
        summary_quotes=tuple(quote for _, quote in summary),
        traits=traits,
        words=words,
        participants=len(_people(members)),
        medoid=medoid,
        spread=spread,
        runs=dict(sorted(basis.runs.items())),
        engine="local",
        model=MODEL,
        prompt_hash=PROMPT_HASH,
        made_at=made_at,
    )


def _people(members: Sequence[Told]) -> set[Person]:
    return {person for one in members for person in one.people}


def _traits(basis: Basis) -> Iterator[PersonaTrait]:
    goals = [one for told in basis.members for one in _telling(told, "goal")]
    behaviours = [
        one for told in basis.members for one in (*_habits(told, basis.profiles), *_telling(told, "behaviour"))
    ]
    yield from _kept("goal", _merged(goals), basis.members)
    yield from _kept("pain", [one for one in basis.insights if one.kind == "pain"], basis.members)
    yield from _kept("need", [one for one in basis.insights if one.kind == "need"], basis.members)
    yield from _kept("behaviour", _merged(behaviours), basis.members)


def _kept(kind: PersonaTraitKind, insights: Sequence[Insight], members: Sequence[Told]) -> list[PersonaTrait]:
    """Return what the members say of the insights, the most widely said first."""
    people = _people(members)
    traits = []
    for insight in insights:
        own = [quote for quote in insight.quotes if _is_said_by(quote, members)]
        support = {(quote.interview_id, quote.speaker) for quote in own} & people
        if insight.is_rejected or not support:
            continue
        against = [
            CitedQuote(**one.model_dump(include=set(CitedQuote.model_fields)))
            for one in insight.contradictions
            if _is_said_by(one, members) and any(one.against.interview_id == told.interview_id for told in members)
        ]
        traits.append(
            PersonaTrait(
                kind=kind,
                text=insight.text if len(own) == len(insight.quotes) else _own_text(insight, own),
                support=len(support),
                participants=len(people),
                score=insight.score,
                quotes=_one_of_each(own)[:QUOTES],
                against=tuple(against[:AGAINST]),
            )
        )
    return sorted(traits, key=lambda one: (-one.support, -one.score, one.text))[:MOST]


def _own_text(insight: Insight, own: Sequence[CitedQuote]) -> str:
    """Return the insight's text where it is in the members' words, else the first of their quotes."""
    bare = "".join(WORD.findall(insight.text.lower()))
    if any(bare and bare in "".join(WORD.findall(quote.text.lower())) for quote in own):
        return insight.text
    return " ".join(own[0].text.split())


def _is_said_by(quote: CitedQuote, members: Sequence[Told]) -> bool:
    """Whether a member's participant says so, in the very words; what has changed since is left out."""
    for one in members:
        if one.interview_id == quote.interview_id:
            for turn in one.turns:
                if turn.number == quote.turn:
                    said = turn.text[quote.start - turn.start : quote.end - turn.start]
                    return turn.start <= quote.start and said == quote.text
    return False


def _one_of_each(quotes: Sequence[CitedQuote]) -> tuple[CitedQuote, ...]:
    """Return the quotes, first one of each participant, then the others."""
    firsts: dict[Person, CitedQuote] = {}
    for quote in quotes:
        firsts.setdefault((quote.interview_id, quote.speaker), quote)
    return tuple(dict.fromkeys([*firsts.values(), *quotes]))


def _telling(told: Told, kind: PersonaTraitKind) -> list[_Said]:
    """Return the sentences in which the interview's participants tell of a goal, or of a habit."""
    found = []
    for turn in told.turns:
        sentences = told.sentences(turn)
        for before, sentence in zip([None, *sentences], sentences, strict=False):
            if _tells(sentence, before, kind):
                found.append(_Said(told.quote(turn, sentence.start, sentence.end), sentence.terms))
    return found[:OF_ONE]


def _tells(sentence: Sentence, before: Sentence | None, kind: PersonaTraitKind) -> bool:
    cues = _cues(sentence.language)
    said = sentence.line if sentence.language == "en" else sentence.text
    return (
        len(sentence.text) <= LETTERS
        and len(set(sentence.terms)) >= LEAST_TERMS
        and cues[kind].search(said) is not None
        and cues["unless"].search(said) is None
        and not sentence.is_question
        and not (is_small_talk(sentence) or is_broken_off(sentence) or points_back(sentence, before))
    )


@functools.cache
def _cues(language: Language) -> dict[str, re.Pattern[str]]:
    known = parts(f"{language}.persona.txt")
    return {name: any_of(known[name]) for name in ("goal", "behaviour", "unless")}


def _habits(told: Told, profiles: Mapping[str, Sequence[Trait]]) -> Iterator[_Said]:
    """Yield what the interview's profile has of habits."""
    for trait in profiles.get(told.interview_id, ()):
        for quote in trait.quotes if trait.name == "habit" else ():
            for turn in told.turns:
                start, end = quote.start - turn.start, quote.end - turn.start
                if turn.number == quote.turn and turn.text[max(0, start) : end] == quote.text:
                    terms = [term for one in told.sentences(turn) if start <= one.start < end for term in one.terms]
                    yield _Said(told.quote(turn, start, end), tuple(terms))


def _merged(said: Sequence[_Said]) -> list[Insight]:
    """Return the sentences with those that say the same put together, as findings are."""
    spans = {(one.quote.interview_id, one.quote.start, one.quote.end): one for one in said}
    numbered: dict[str, int] = {}
    findings: list[tuple[InsightMember, Finding]] = []
    for one in spans.values():
        number = numbered[one.quote.interview_id] = numbered.get(one.quote.interview_id, -1) + 1
        member = InsightMember(interview_id=one.quote.interview_id, finding=number)
        quote = Quote(**one.quote.model_dump(include=set(Quote.model_fields)))
        text = " ".join(one.quote.text.split()).lstrip(BULLETS)
        findings.append((member, Finding(kind="takeaway", text=text, quotes=(quote,), terms=one.terms)))
    if not findings:
        return []
    rows = vectors.of_texts([finding.text for _, finding in findings])
    meanings = [vectors.packed(rows[at : at + 1]) for at in range(len(rows))]
    cited = {member: one.quote for (member, _), one in zip(findings, spans.values(), strict=True)}
    return [
        insight.model_copy(update={"quotes": tuple(cited[member] for member in insight.members)})
        for insight in with_contradictions(merge(findings, meanings), findings, meanings, {})
    ]


SPEAK_OF = {"en": "More than others they speak of {}: “{}”.", "ko": "다른 사람들보다 {} 이야기를 많이 합니다: “{}”"}
SHARED: Mapping[str, Mapping[PersonaTraitKind, str]] = {
    "en": {
        "goal": "{} of {} want to reach this: “{}”.",
        "pain": "What troubles {} of {}: “{}”.",
        "need": "What {} of {} need: “{}”.",
        "behaviour": "What {} of {} usually do: “{}”.",
    },
    "ko": {
        "goal": "{1}명 가운데 {0}명이 이루고 싶은 것: “{2}”",
        "pain": "{1}명 가운데 {0}명이 겪는 어려움: “{2}”",
        "need": "{1}명 가운데 {0}명에게 필요한 것: “{2}”",
        "behaviour": "{1}명 가운데 {0}명이 평소에 하는 일: “{2}”",
    },
}


def _summary(
    members: Sequence[Told], traits: Sequence[PersonaTrait], words: Sequence[TypicalWord], language: Language
) -> Iterator[tuple[str, CitedQuote]]:
    """Yield up to three sentences, each with the quote it rests on."""
    if words and (quote := _with_words(members, words)):
        named = ", ".join(_named(words))
        yield SPEAK_OF[language].format(named, _bare(quote)), quote
    order: tuple[PersonaTraitKind, ...] = ("pain", "goal", "need", "behaviour")
    first = [next((one for one in traits if one.kind == kind), None) for kind in order]
    for trait in [one for one in first if one is not None][:2]:
        quote = trait.quotes[0]
        yield SHARED[language][trait.kind].format(trait.support, trait.participants, _bare(quote)), quote


def _with_words(members: Sequence[Told], words: Sequence[TypicalWord]) -> CitedQuote | None:
    """Return the sentence with the most of the words, the shortest of those with as many."""
    best: tuple[int, int, CitedQuote] | None = None
    for told in members:
        for turn in told.turns:
            if not any(one.word in turn.text.lower() for one in words):
                continue
            for sentence in told.sentences(turn):
                there = sum(one.word in sentence.text.lower() for one in words)
                if not there or sentence.is_question or len(sentence.text) > LETTERS or is_small_talk(sentence):
                    continue
                if best is None or (-there, len(sentence.text)) < best[:2]:
                    best = -there, len(sentence.text), told.quote(turn, sentence.start, sentence.end)
    return best[2] if best else None


def _bare(quote: CitedQuote) -> str:
    return " ".join(quote.text.split()).rstrip(".")


def _title(words: Sequence[TypicalWord]) -> str:
    title = ", ".join(_named(words))
    return title[:1].upper() + title[1:]


def _named(words: Sequence[TypicalWord]) -> list[str]:
    """Return the words that name something; Korean verbs and single syllables say too little by themselves."""
    telling = [one.word for one in words if one.word.isascii() or (len(one.word) > 1 and not one.word.endswith("다"))]
    return (telling or [one.word for one in words])[:IN_TITLE]


def _name(basis: Basis, language: Language) -> str:
    """Return a first name that follows from the persona's id and is nobody's in the project."""
    names = " ".join(parts(f"{language}.persona.txt")["names"]).split()
    interviews = (*basis.members, *basis.others)
    said = " ".join(f"{one.title} {turn.speaker or ''} {turn.text}".lower() for one in interviews for turn in one.turns)
    # A Korean name may have a particle behind it; an English one is a word by itself.
    spoken = said if language == "ko" else set(WORD.findall(said))
    first = int.from_bytes(hashlib.sha256(basis.persona_id.encode()).digest()[:8], "big") % len(names)
    free = [name for name in (*names[first:], *names[:first]) if name.lower() not in spoken and name not in basis.taken]
    number = first + 1
    return free[0] if free else f"{'페르소나' if language == 'ko' else 'Persona'} {number}"
