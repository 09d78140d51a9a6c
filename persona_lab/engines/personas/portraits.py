"""What a persona's interviews say together: goals, pains, needs, behaviours, words, each with its quotes.

Nothing here was said by nobody: a trait is one of the participants' own sentences with how many of them
say the same. Only the name is invented, and it is nobody's.
"""

import functools
import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from persona_lab.engines.analysing.cues import is_broken_off, is_small_talk, points_back
from persona_lab.engines.analysing.findings import plain
from persona_lab.engines.answering.conversing import shortened
from persona_lab.engines.language import Sentence, english_term, language_of, read
from persona_lab.engines.meaning import vectors
from persona_lab.engines.merging.merge import merge
from persona_lab.engines.merging.opposing import with_contradictions
from persona_lab.engines.personas.grouping import typical_interview
from persona_lab.engines.personas.told import Person, Told
from persona_lab.engines.personas.typical import Things, things, typical_words
from persona_lab.engines.rules import Language, any_of, lists_hash, parts
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
)

MODEL = "portrait-2"
PROMPT_HASH = lists_hash("persona")

# Of one kind no more are kept, and of each so many quotes.
MOST = 6
QUOTES = 5
AGAINST = 3
# Of one interview no more sentences are taken for goals, or for behaviours.
OF_ONE = 6
LETTERS = 220
# Of so many letters is a sentence that is read at a glance, and one that still says something.
BRIEF = 170
GOOD = 110
SHORTEST = 25
POINTS = re.compile(r"\b(?:this|that|it|these|those|them)\W*$", re.IGNORECASE)
LEAST_TERMS = 3
IN_TITLE = 3
IN_SUMMARY = 2
TITLE_LETTERS = 60
WORD = re.compile(r"[^\W\d_]+")
BULLETS = "*•·–- "


class Basis(NamedTuple):
    """What a portrait is made from.

    Attributes:
        seed: what the invented name follows from.
        members: the persona's interviews.
        others: the project's other completed interviews.
        insights: the project's insights with their quotes, as `store.insights.supported` gives them.
        profiles: what each member's participants say of themselves, by interview id.
        runs: the run of each member's analysis, by interview id.
        taken: the names of the project's other personas.
    """

    seed: str
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
    spoken_of = things(members, others, IN_TITLE, written)
    summary = list(_summary(members, traits, spoken_of, written))
    return Portrait(
        language=written,
        name=_name(basis, written),
        title=_title(spoken_of, traits, written) if members else "",
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
    pains = _kept("pain", [one for one in basis.insights if one.kind == "pain"], basis.members)
    needs = _kept("need", [one for one in basis.insights if one.kind == "need"], basis.members)
    told = [quote for one in (*pains, *needs) for quote in one.quotes]
    # What is wished for often sounds like a goal too; once is enough.
    fresh = [one for one in goals if not any(_overlap(one.quote, quote) for quote in told)]
    yield from _kept("goal", _merged(fresh), basis.members)
    yield from pains
    yield from needs
    yield from _kept("behaviour", _merged(behaviours), basis.members)


def _overlap(one: CitedQuote, other: CitedQuote) -> bool:
    return one.interview_id == other.interview_id and one.start < other.end and other.start < one.end


def _kept(kind: PersonaTraitKind, insights: Sequence[Insight], members: Sequence[Told]) -> list[PersonaTrait]:
    """Return what the members say of the insights: the most widely said first, then what different ones say."""
    people = _people(members)
    place = {one.interview_id: at for at, one in enumerate(members)}
    traits = []
    for insight in insights:
        said = [quote for quote in insight.quotes if _is_said_by(quote, members)]
        # Which interview was read first must decide nothing.
        own = sorted(said, key=lambda quote: (place[quote.interview_id], quote.start))
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
    return _of_everybody(traits)


def _of_everybody(traits: Sequence[PersonaTrait]) -> list[PersonaTrait]:
    """Return the traits in order, so that nobody who says much leaves no room for the others."""
    rest = sorted(traits, key=lambda one: (-one.support, _is_long(one), -one.score, one.text))
    shown = Counter[Person]()
    chosen: list[PersonaTrait] = []
    while rest and len(chosen) < MOST:
        best = min(rest, key=lambda one: (-one.support, shown[_speaker(one)]))
        rest.remove(best)
        chosen.append(best)
        shown[_speaker(best)] += 1
    return chosen


def _speaker(trait: PersonaTrait) -> Person:
    return trait.quotes[0].interview_id, trait.quotes[0].speaker


def _is_long(trait: PersonaTrait) -> bool:
    return len(trait.text) > LETTERS


def _own_text(insight: Insight, own: Sequence[CitedQuote]) -> str:
    """Return the insight's text where it is in the members' words, else the first of their quotes."""
    bare = "".join(WORD.findall(insight.text.lower()))
    if any(bare and bare in "".join(WORD.findall(quote.text.lower())) for quote in own):
        return insight.text
    return _plain(own[0].text)


def _plain(text: str) -> str:
    """Return what was said as findings are told: without the fillers before it, cut at a clause where it is long."""
    said = " ".join(text.split()).lstrip(BULLETS)
    first = next(iter(read(said, language_of(said, ""))), None)
    return plain(said, first) if first else said


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
        and not (kind == "behaviour" and cues["no-habit"].search(said))
        and not sentence.is_question
        and not (is_small_talk(sentence) or is_broken_off(sentence) or points_back(sentence, before))
    )


@functools.cache
def _cues(language: Language) -> dict[str, re.Pattern[str]]:
    known = parts(f"{language}.persona.txt")
    return {name: any_of(known[name]) for name in ("goal", "behaviour", "unless", "no-habit")}


def _habits(told: Told, profiles: Mapping[str, Sequence[Trait]]) -> Iterator[_Said]:
    """Yield what the interview's profile has of habits."""
    for trait in profiles.get(told.interview_id, ()):
        for quote in trait.quotes if trait.name == "habit" else ():
            no_habit = _cues("ko" if told.language == "ko" else "en")["no-habit"]
            for turn in told.turns:
                start, end = quote.start - turn.start, quote.end - turn.start
                if no_habit.search(quote.text.lower()):
                    continue
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
        text = _plain(one.quote.text)
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
SPEAK_MOST_OF = {"en": "They speak most of {}: “{}”.", "ko": "{} 이야기를 가장 많이 합니다: “{}”"}
NOTHING_APART = {"en": "No word sets them apart", "ko": "이들만의 낱말은 없음"}
SHARED: Mapping[str, Mapping[PersonaTraitKind, str]] = {
    "en": {
        "goal": "{} of {} want to reach this: “{}”.",
        "pain": "What gets in the way of {} of {}: “{}”.",
        "need": "What {} of {} ask for: “{}”.",
        "behaviour": "What {} of {} usually do: “{}”.",
    },
    "ko": {
        "goal": "{1}명 가운데 {0}명이 이루고 싶은 것: “{2}”",
        "pain": "{1}명 가운데 {0}명이 겪는 어려움: “{2}”",
        "need": "{1}명 가운데 {0}명에게 필요한 것: “{2}”",
        "behaviour": "{1}명 가운데 {0}명이 평소에 하는 일: “{2}”",
    },
}
# What one alone says is told as one voice.
SINGLE: Mapping[str, Mapping[PersonaTraitKind, str]] = {
    "en": {
        "goal": "One of {} on what they want to reach: “{}”.",
        "pain": "One of {} on what gets in the way: “{}”.",
        "need": "One of {} on what would help: “{}”.",
        "behaviour": "One of {} on what they usually do: “{}”.",
    },
    "ko": {
        "goal": "{}명 가운데 한 명이 이루고 싶다고 한 것: “{}”",
        "pain": "{}명 가운데 한 명이 말한 어려움: “{}”",
        "need": "{}명 가운데 한 명이 바란다고 한 것: “{}”",
        "behaviour": "{}명 가운데 한 명이 평소에 한다고 한 일: “{}”",
    },
}


def _summary(
    members: Sequence[Told], traits: Sequence[PersonaTrait], spoken_of: Things, language: Language
) -> Iterator[tuple[str, CitedQuote]]:
    """Yield up to three sentences, each with the quote it rests on."""
    if spoken_of.words and (quote := _with_words(members, spoken_of.words)):
        frame = (SPEAK_OF if spoken_of.is_apart else SPEAK_MOST_OF)[language]
        yield frame.format(_listed(spoken_of.words, language), _bare(quote)), quote
    for trait in _telling_most(traits, language):
        said = _bare(trait.quotes[0])
        yield _told_of(trait, said, language), trait.quotes[0]


def _telling_most(traits: Sequence[PersonaTrait], language: Language) -> list[PersonaTrait]:
    """Return two traits of different kinds: what most of them share, else what different ones of them say briefly."""
    order: tuple[PersonaTraitKind, ...] = ("pain", "need", "goal", "behaviour")
    rank = {id(one): at for at, one in enumerate(traits)}

    def key(one: PersonaTrait) -> tuple[int, bool, bool, int, int]:
        quote = one.quotes[0].text
        is_foreign = language_of(quote, language) != language
        return -one.support, is_foreign, len(quote) > BRIEF, order.index(one.kind), rank[id(one)]

    best = sorted(traits, key=key)
    chosen: list[PersonaTrait] = []
    for is_strict in (True, False):
        for one in best:
            is_fresh = all(one.kind != other.kind for other in chosen) and not any(
                is_strict and _speaker(one) == _speaker(other) for other in chosen
            )
            if len(chosen) < IN_SUMMARY and is_fresh:
                chosen.append(one)
    return chosen


def _told_of(trait: PersonaTrait, said: str, language: Language) -> str:
    if trait.support > 1 or trait.participants == 1:
        return SHARED[language][trait.kind].format(trait.support, trait.participants, said)
    return SINGLE[language][trait.kind].format(trait.participants, said)


def _with_words(members: Sequence[Told], words: Sequence[str]) -> CitedQuote | None:
    """Return the sentence with the most of the words that stands by itself, of those with as many the most readable."""
    wanted = {english_term(word.lower()) if word.isascii() else word for word in words}
    best: tuple[tuple[int, bool, int], CitedQuote] | None = None
    for told in members:
        for turn in told.turns:
            if not wanted.intersection(turn.terms):
                continue
            sentences = told.sentences(turn)
            for before, sentence in zip([None, *sentences], sentences, strict=False):
                there = len(wanted.intersection(sentence.terms))
                if not there or sentence.is_question or not SHORTEST <= len(sentence.text) <= LETTERS:
                    continue
                if is_small_talk(sentence) or points_back(sentence, before):
                    continue
                key = (-there, bool(POINTS.search(sentence.text)), abs(len(sentence.text) - GOOD))
                if best is None or key < best[0]:
                    best = key, told.quote(turn, sentence.start, sentence.end)
    return best[1] if best else None


def _bare(quote: CitedQuote) -> str:
    return shortened(" ".join(quote.text.split()), LETTERS).rstrip(".")


def _title(spoken_of: Things, traits: Sequence[PersonaTrait], language: Language) -> str:
    """Return the things that set it apart, else what most of its people say, else that there is nothing."""
    title = ", ".join(spoken_of.words)
    shared = max(traits, key=lambda one: one.support, default=None)
    if not title and shared is not None and shared.support > 1:
        title = shortened(shared.text, TITLE_LETTERS)
    if not title:
        return NOTHING_APART[language]
    return title[:1].upper() + title[1:]


def _listed(words: Sequence[str], language: Language) -> str:
    """Return "AI, Excel and recipes"."""
    if language == "ko" or len(words) == 1:
        return ", ".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _name(basis: Basis, language: Language) -> str:
    """Return a first name that follows from the persona's seed and is nobody's in the project."""
    names = " ".join(parts(f"{language}.persona.txt")["names"]).split()
    interviews = (*basis.members, *basis.others)
    said = " ".join(f"{one.title} {turn.speaker or ''} {turn.text}".lower() for one in interviews for turn in one.turns)
    # A Korean name may have a particle behind it; an English one is a word by itself.
    spoken = said if language == "ko" else set(WORD.findall(said))
    first = int.from_bytes(hashlib.sha256(basis.seed.encode()).digest()[:8], "big") % len(names)
    free = [name for name in (*names[first:], *names[:first]) if name.lower() not in spoken and name not in basis.taken]
    number = first + 1
    return free[0] if free else f"{'페르소나' if language == 'ko' else 'Persona'} {number}"
