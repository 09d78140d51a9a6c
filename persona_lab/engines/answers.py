"""Answers made of what participants said, word for word, each sentence with its place.

Besides the quotes there are two fixed frames only: how many people speak to the
question, and that the interviews don't tell.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from persona_lab.engines.cues import is_small_talk, points_back, weigh, whole_thought
from persona_lab.engines.glossary import understood
from persona_lab.engines.language import HANGUL, Sentence, dictionary_form, generic_terms, read, terms
from persona_lab.engines.rules import TUNING, Language, rules
from persona_lab.models import Citation, CitedQuote, Delta, Message, Passage, Role

# How many sentences of a turn may answer the interviewer's question without repeating its words.
ANSWERING = 2
# From so many interviews on, a word that this share of them uses is what the study is about.
SEVERAL = 3
SUBJECT_SHARE = 0.6

Wish = Literal["pain", "need"]
Weights = dict[str, float]

NOTHING = {"en": "The interviews don't tell.", "ko": "인터뷰에는 그 내용이 없습니다."}
LEAD_ONE = {"en": "One of the people interviewed speaks to this:", "ko": "인터뷰한 사람 가운데 한 명이 말합니다:"}
LEAD_MANY = {"en": "{} of the people interviewed speak to this:", "ko": "인터뷰한 사람 가운데 {}명이 말합니다:"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question is about, apart from the words every question has."""

    language: Language
    terms: tuple[str, ...]
    wish: Wish | None
    is_why: bool


@dataclass(frozen=True, slots=True)
class Support:
    """A stretch of a passage that speaks to the question."""

    passage: Passage
    start: int
    end: int
    terms: frozenset[str]
    score: float

    @property
    def person(self) -> tuple[str, str | None]:
        return self.passage.interview_id, self.passage.speaker

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]


def compose(
    question: str, passages: Sequence[Passage], history: Sequence[Message], glossary: Sequence[str] = ()
) -> list[Delta | Citation]:
    """Return the answer's parts: what most speak to first, each sentence followed by its citation."""
    asked = _asked(question, history)
    chosen = _chosen(_supports(asked, passages, glossary))
    if not chosen:
        return [Delta(text=NOTHING[asked.language])]
    people = len({support.person for support in chosen})
    lead = LEAD_ONE[asked.language] if people == 1 else LEAD_MANY[asked.language].format(people)
    parts: list[Delta | Citation] = [Delta(text=f"{lead}\n\n")]
    for n, support in enumerate(chosen, start=1):
        parts.append(Delta(text=f"{'' if n == 1 else chr(10)}- “{support.text}” [{n}]"))
        parts.append(Citation(n=n, quote=_cited(support)))
    return parts


def wanted(question: str, history: Sequence[Message]) -> Wish | None:
    """Say whether the question is for pains or needs, so that the interviews' own can be put among the passages."""
    return _asked(question, history).wish


def query_terms(question: str, history: Sequence[Message]) -> list[str]:
    """Return the terms to search passages by: with signs of pain where pains are asked for in general."""
    asked = _asked(question, history)
    if asked.terms:
        return list(asked.terms)
    found = terms(question, asked.language)
    if asked.wish:
        known = rules(asked.language)
        signs = known.signs_of_pain if asked.wish == "pain" else known.signs_of_need
        found += sorted(dictionary_form(signs, asked.language))
    return list(dict.fromkeys(found))


def whole_question(question: str, history: Sequence[Message]) -> str:
    """Return the question, after the one before where it leans on that: "And why?"."""
    own = _read_question(question)
    if own.terms or own.wish:
        return question
    for message in reversed(history):
        if message.role == "user" and message.content != question:
            before = _read_question(message.content)
            if before.terms or before.wish:
                return f"{message.content} {question}"
    return question


def _asked(question: str, history: Sequence[Message]) -> Asked:
    """Return what is asked; "And why?" is about what the last question was about."""
    asked = _read_question(question)
    for message in reversed(history):
        if asked.terms or asked.wish:
            break
        if message.role == "user" and message.content != question:
            before = _read_question(message.content)
            asked = Asked(asked.language, before.terms, before.wish, asked.is_why)
    return asked


def _read_question(question: str) -> Asked:
    language: Language = "ko" if HANGUL.search(question) else "en"
    known = rules(language)
    generic = generic_terms(language)
    content = [term for term in dict.fromkeys(terms(question, language)) if term not in generic]
    lowered = " ".join(sentence.line for sentence in read(question, language))
    wish: Wish | None = None
    if known.asks_pain.search(lowered):
        wish = "pain"
    elif known.asks_need.search(lowered):
        wish = "need"
    return Asked(language, tuple(content), wish, bool(known.asks_why.search(lowered)))


def _supports(asked: Asked, passages: Sequence[Passage], glossary: Sequence[str]) -> Iterator[Support]:
    """Yield the participants' sentences that cover enough of the question."""
    if not passages or not (asked.terms or asked.wish):
        return
    known = {(passage.interview_id, passage.turn): passage for passage in passages}
    sentences = {place: understood(read(passage.text, asked.language), glossary) for place, passage in known.items()}
    words = {place: _words(asked, read_) for place, read_ in sentences.items()}
    asked = _without_the_subject(asked, words)
    words = {place: found.intersection(asked.terms) for place, found in words.items()}
    weights = _weights(asked, list(words.values()))
    best = max((passage.score for passage in passages), default=0.0) or 1.0
    roles = quoted_roles(passages)
    for place, passage in known.items():
        if passage.role not in roles:
            continue
        question = _question_before(known, words, place)
        for support in _within(asked, passage, sentences[place], words[place], question, weights):
            yield Support(
                passage, support.start, support.end, support.terms, support.score * (0.85 + 0.15 * passage.score / best)
            )


def quoted_roles(passages: Sequence[Passage]) -> set[Role]:
    """Return whose words may be quoted: everybody's only where nobody is known to be participant or interviewer."""
    roles: set[Role] = {passage.role for passage in passages}
    return roles if roles == {"other"} else {"participant"}


def _question_before(
    known: dict[tuple[str, int], Passage], words: dict[tuple[str, int], frozenset[str]], place: tuple[str, int]
) -> frozenset[str]:
    before = (place[0], place[1] - 1)
    return words[before] if before in known and known[before].role == "interviewer" else frozenset()


def _words(asked: Asked, sentences: Sequence[Sentence]) -> frozenset[str]:
    """Return which of the question's words the sentences share."""
    return frozenset(term for sentence in sentences for term in _shared(asked, sentence.terms))


def _shared(asked: Asked, said: Sequence[str]) -> frozenset[str]:
    if asked.language == "en":
        return frozenset(asked.terms).intersection(said)
    # Korean compounds are written together: 결제창 speaks of 결제.
    return frozenset(term for term in asked.terms if any(word.startswith(term) for word in said))


def _without_the_subject(asked: Asked, words: dict[tuple[str, int], frozenset[str]]) -> Asked:
    """Return the question without the words that most interviews use.

    Who asks what annoys people about AI, in a study of AI, asks what annoys people: few say the word again.
    """
    interviews = {interview_id for interview_id, _ in words}
    if asked.wish is None or len(interviews) < SEVERAL:
        return asked
    using = {term: {place[0] for place, found in words.items() if term in found} for term in asked.terms}
    told_apart = tuple(term for term in asked.terms if len(using[term]) < SUBJECT_SHARE * len(interviews))
    return replace(asked, terms=told_apart)


def _weights(asked: Asked, shared: Sequence[frozenset[str]]) -> Weights:
    """Return how much of the question each of its words is: rare words more, and most those that nobody said."""
    frequency = {term: sum(term in words for words in shared) for term in asked.terms}
    weights = {term: math.log1p(len(shared) / (count or 0.5)) for term, count in frequency.items()}
    total = sum(weights.values())
    return {term: weight / total for term, weight in weights.items()}


def _within(
    asked: Asked,
    passage: Passage,
    sentences: Sequence[Sentence],
    words: frozenset[str],
    question: frozenset[str],
    weights: Weights,
) -> Iterator[Support]:
    for index, sentence in enumerate(sentences):
        if is_small_talk(sentence) or len(set(sentence.terms)) < 2:
            continue
        shared = _shared(asked, sentence.terms)
        # What the turn names need not be named again in each sentence; the first ones answer the question before.
        around = words | question if shared else question if index < ANSWERING else frozenset()
        own = sum(weights[term] for term in sorted(shared))
        coverage = 0.5 * (own + sum(weights[term] for term in sorted(around | shared))) if asked.terms else 1.0
        if coverage < TUNING.answer_coverage:
            continue
        before = sentences[index - 1] if index else None
        after = sentences[index + 1] if index + 1 < len(sentences) else None
        score = coverage * _fitness(asked, sentence, before, was_asked=bool(question))
        if not score:
            continue
        start, end = whole_thought(before, sentence, after, TUNING.answer_letters)
        yield Support(passage, start, end, frozenset(sentence.terms), score)


def _fitness(asked: Asked, sentence: Sentence, before: Sentence | None, *, was_asked: bool) -> float:
    """Return how well the sentence suits the kind of question, and stands by itself.

    Without a sign of pain a sentence answers a question for pains only if the interviewer had asked for them.
    """
    fitness = 0.3 if sentence.is_question else 1.0
    if points_back(sentence, before):
        fitness *= 0.85
    fitness *= min(1.0, 0.6 + 0.08 * len(set(sentence.terms)))
    if asked.is_why and rules(sentence.language).because.search(sentence.line):
        fitness *= 1.4
    if asked.wish is None:
        return fitness
    cues = weigh(sentence)
    strength = cues.pain if asked.wish == "pain" else cues.need
    if strength < 1.0:
        return 0.5 * fitness if was_asked else 0.0
    return fitness * (1 + 0.25 * min(strength, 4.0))


def _chosen(supports: Iterator[Support]) -> list[Support]:
    """Return the best sentence of each person, then further ones, without what was said already."""
    # Interview ids are drawn by chance and must decide nothing, so ties are ordered by title.
    ranked = sorted(supports, key=lambda one: (-one.score, one.passage.interview_title, one.passage.turn, one.start))
    if not ranked:
        return []
    fitting = [support for support in ranked if support.score >= 0.5 * ranked[0].score]
    firsts: dict[tuple[str, str | None], Support] = {}
    for support in fitting:
        firsts.setdefault(support.person, support)
    chosen: list[Support] = []
    for support in [*firsts.values(), *fitting]:
        if len(chosen) == TUNING.answer_sentences:
            break
        if not any(_repeats(support, other) for other in chosen):
            chosen.append(support)
    return chosen


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
