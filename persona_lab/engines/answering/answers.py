"""Answers made of what participants said, word for word, each sentence with its place.

Besides the quotes there are fixed frames only: how many people speak to the question,
that the interviews don't tell, and what comes nearest then.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence

from persona_lab.engines.answering.agreeing import others
from persona_lab.engines.answering.asked import asked_of, whole_question
from persona_lab.engines.answering.supports import Looked, Support, look
from persona_lab.engines.answering.telling import tells
from persona_lab.engines.glossary import explained
from persona_lab.engines.rules import TUNING, Language
from persona_lab.models import Citation, CitedQuote, Delta, Message, Passage, Voice

# A sentence is worth quoting that answers so well as this share of the best one does.
WORTH = 0.35
# An answer shows so many turns where as many are near: those that don't speak to the question, as near to it,
# each of whose sentences answers so well as this share of the best one does.
TURNS = 3
NEARLY_WORTH = 0.3

NOTHING = {"en": "The interviews don't tell.", "ko": "인터뷰에는 그 내용이 없습니다."}
NEAREST = {"en": "What comes nearest:", "ko": "가장 가까운 말:"}
BESIDES = {"en": "Near to it:", "ko": "그와 가까운 말:"}
LEAD_ONE = {"en": "One of the people interviewed speaks to this:", "ko": "인터뷰한 사람 가운데 한 명이 말합니다:"}
LEAD_MANY = {"en": "{} of the people interviewed speak to this:", "ko": "인터뷰한 사람 가운데 {}명이 말합니다:"}
COMPOSED_ONE = {"en": "{} is composed from one interview. ", "ko": "{}은(는) 인터뷰 1건으로 구성한 페르소나입니다. "}
COMPOSED = {"en": "{} is composed from {} interviews. ", "ko": "{}은(는) 인터뷰 {}건으로 구성한 페르소나입니다. "}
OF_THESE_ONE = {"en": "One of these people speaks to this:", "ko": "그 가운데 한 명이 말합니다:"}
OF_THESE = {"en": "{} of these people speak to this:", "ko": "그 가운데 {}명이 말합니다:"}


def compose(
    question: str,
    passages: Sequence[Passage],
    history: Sequence[Message],
    voice: Voice | None = None,
    glossary: Sequence[str] = (),
) -> list[Delta | Citation]:
    """Return the answer's parts: what most speak to first, each sentence followed by its citation.

    A `voice` is a persona's, and the answer begins with what it is composed from. Words of the `glossary` are
    understood by either of their names.
    """
    asked = asked_of(question, history)
    if not passages or not (asked.terms or asked.wish):
        return [Delta(text=_refusal(asked.language, voice))]
    whole = whole_question(question, history)
    looked = look(f"{whole} {explained(whole, glossary)}".strip(), asked, passages, glossary)
    if not tells(looked):
        return [Delta(text=_refusal(asked.language, voice)), *_nearest(looked)]
    chosen = _chosen(looked.supports)
    people = len({support.person for support in chosen})
    return [
        Delta(text=f"{_lead(asked.language, people, voice)}\n\n"),
        *_quoted(chosen, looked.supports),
        *_besides(chosen, looked),
    ]


def _lead(language: Language, people: int, voice: Voice | None) -> str:
    one, many = (LEAD_ONE, LEAD_MANY) if voice is None else (OF_THESE_ONE, OF_THESE)
    return composed(language, voice) + (one[language] if people == 1 else many[language].format(people))


def _refusal(language: Language, voice: Voice | None) -> str:
    return composed(language, voice) + NOTHING[language]


def composed(language: Language, voice: Voice | None) -> str:
    """Return what a persona's answer begins with, whoever writes it; "" where no persona speaks."""
    if voice is None:
        return ""
    frames = COMPOSED_ONE if voice.participants == 1 else COMPOSED
    return frames[language].format(voice.label, voice.participants)


def _quoted(chosen: Sequence[Support], supports: Collection[Support], *, first: int = 1) -> list[Delta | Citation]:
    parts: list[Delta | Citation] = []
    for n, support in enumerate(chosen, start=first):
        parts.append(Delta(text=f"{'' if n == first else chr(10)}- “{support.text}” [{n}]"))
        agreeing = others(support, [one for one in supports if _speaks(one)])
        parts.append(Citation(n=n, quote=_cited(support), others=tuple(map(_cited, agreeing))))
    return parts


def _besides(chosen: Sequence[Support], looked: Looked) -> list[Delta | Citation]:
    """Return the best sentences of further turns, where what speaks to the question stands in a few only."""
    turns = {support.place for support in chosen}
    ranked = _ranked(looked.supports)
    fitting = [one for one in ranked if one.score > 0 and one.score >= NEARLY_WORTH * ranked[0].score]
    further = _firsts((one for one in fitting if one.place not in turns), lambda one: one.place)
    near = list(further)[: max(0, TURNS - len(turns))]
    if not near:
        return []
    frame = BESIDES[looked.asked.language]
    return [Delta(text=f"\n\n{frame}\n\n"), *_quoted(near, [], first=len(chosen) + 1)]


def _nearest(looked: Looked) -> list[Delta | Citation]:
    """Return the sentence that comes nearest, where one is near in words and meaning."""
    near = [one for one in looked.supports if one.score > 0 and one.coverage * one.likeness >= TUNING.nearly_tells]
    if not near:
        return []
    frame = NEAREST[looked.asked.language]
    return [Delta(text=f" {frame}\n\n"), *_quoted(_ranked(near)[:1], [])]


def _ranked(supports: Collection[Support]) -> list[Support]:
    # Interview ids are drawn by chance and must decide nothing, so ties are ordered by title.
    return sorted(supports, key=lambda one: (-one.score, one.passage.interview_title, one.passage.turn, one.start))


def _chosen(supports: Collection[Support]) -> list[Support]:
    """Return the best sentence of each person, then of each turn, then further ones, without what was said already."""
    ranked = _ranked([support for support in supports if _speaks(support)] or supports)
    fitting = [support for support in ranked if support.score >= WORTH * ranked[0].score]
    by_person, by_turn = _firsts(fitting, lambda one: one.person), _firsts(fitting, lambda one: one.place)
    chosen: list[Support] = []
    for support in [*by_person, *by_turn, *fitting]:
        if len(chosen) == TUNING.answer_sentences:
            break
        if not any(_repeats(support, other) for other in chosen):
            chosen.append(support)
    return chosen


def _firsts(ranked: Iterable[Support], of: Callable[[Support], Hashable]) -> Iterable[Support]:
    firsts: dict[Hashable, Support] = {}
    for support in ranked:
        firsts.setdefault(of(support), support)
    return firsts.values()


def _speaks(support: Support) -> bool:
    """Say whether the sentence is about what is asked, by its words or its meaning: a sign of pain alone is not."""
    return support.score > 0 and (
        support.coverage >= TUNING.answer_coverage or support.likeness >= TUNING.answer_likeness
    )


def _repeats(one: Support, other: Support) -> bool:
    if one.passage is other.passage and one.start < other.end and other.start < one.end:
        return True
    if one.person != other.person:
        return False
    return len(one.terms & other.terms) >= 0.7 * min(len(one.terms), len(other.terms))


def _cited(support: Support) -> CitedQuote:
    passage = support.passage
    return CitedQuote(
        turn=passage.turn,
        start=passage.start + support.start,
        end=passage.start + support.end,
        text=support.text,
        interview_id=passage.interview_id,
        interview_title=passage.interview_title,
        speaker=passage.speaker,
    )
