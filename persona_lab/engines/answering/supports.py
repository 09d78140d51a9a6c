"""Which of the participants' sentences speak to a question, and how well."""

import functools
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from persona_lab.engines.analysing.cues import is_small_talk, points_back, weigh, whole_thought
from persona_lab.engines.analysing.hearing import spoken
from persona_lab.engines.answering.asked import Asked
from persona_lab.engines.glossary import understood
from persona_lab.engines.language import Sentence, read
from persona_lab.engines.meaning import vectors
from persona_lab.engines.meaning.encoder import DIMENSIONS
from persona_lab.engines.merging.merge import NEGATION
from persona_lab.engines.names import named, without_names
from persona_lab.engines.rules import TUNING, rules
from persona_lab.engines.search import WELL_MEANT
from persona_lab.models import Passage, Role

# How many sentences of a turn may answer the interviewer's question without repeating its words.
ANSWERING = 2
# From so many interviews on, a word that this share of them uses is what the study is about.
SEVERAL = 3
SUBJECT_SHARE = 0.6
# What a sentence's likeness to a question for pains or needs in general counts for.
NOT_ALIKE = 0.3
# Who tells how a trouble went away tells less of it.
SOLVED = 0.3
# So many sentences, and of one turn so many, are compared with the question by meaning: a millisecond each.
COMPARED = 48
OF_ONE_TURN = 3
# Turns are read again for each question about them; of so many it is remembered how they are read.
REMEMBERED = 4096

Place = tuple[str, int]
Person = tuple[str, str | None]
Words = frozenset[str]
Weights = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Support:
    """A stretch of a passage that may speak to the question.

    Attributes:
        terms: the content words of its sentence.
        coverage: how much of the question it says, or what stands around it, 0 to 1; rare words count more.
        in_turn: how much of the question is said in its turn, or was by the interviewer before, 0 to 1.
        likeness: how near its sentence is to the question in meaning, -1 to 1.
        score: how well it answers, beside others for the same question; 0 where it is no answer, such as what
            others say than the one who is asked about.
        meaning: its sentence's, in whole numbers.
    """

    passage: Passage
    start: int
    end: int
    terms: Words
    is_negative: bool
    coverage: float
    in_turn: float
    likeness: float
    score: float
    meaning: bytes

    @property
    def person(self) -> Person:
        return self.passage.interview_id, self.passage.speaker

    @property
    def place(self) -> Place:
        return self.passage.interview_id, self.passage.turn

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Looked:
    """All that was looked at for a question.

    Attributes:
        asked: without the names of those who are asked about, and without the study's subject.
        is_named: whether it names somebody who speaks.
    """

    asked: Asked
    supports: tuple[Support, ...]
    is_named: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    passage: Passage
    sentences: Sequence[Sentence]
    at: int
    coverage: float
    in_turn: float
    was_asked: bool
    strength: float

    @property
    def sentence(self) -> Sentence:
        return self.sentences[self.at]


def look(question: str, asked: Asked, passages: Sequence[Passage], glossary: Sequence[str] = ()) -> Looked:
    """Return the participants' sentences that may speak to the question `asked`, which reads `question` in full."""
    roles = quoted_roles(passages)
    quotable = [passage for passage in passages if passage.role in roles]
    people = named(question, {passage.speaker for passage in quotable if passage.speaker})
    known = {(passage.interview_id, passage.turn): passage for passage in passages}
    sentences = {
        place: understood(_sentences(passage.text, asked.language), glossary) for place, passage in known.items()
    }
    asked = replace(asked, terms=tuple(without_names(asked.terms, people)))
    asked = _without_the_subject(asked, {place: _words(asked, read_) for place, read_ in sentences.items()})
    words = {place: _words(asked, read_) for place, read_ in sentences.items()}
    weights = _weights(asked, list(words.values()))
    candidates = [
        candidate
        for place, passage in known.items()
        if passage.role in roles
        for candidate in _of_turn(
            asked, passage, sentences[place], words[place], _question_before(known, words, place), weights
        )
    ]
    return Looked(
        asked,
        tuple(_compared(question, asked, candidates, people)),
        is_named=bool(people),
    )


def quoted_roles(passages: Sequence[Passage]) -> set[Role]:
    """Return whose words may be quoted: everybody's only where nobody is known to be participant or interviewer."""
    roles: set[Role] = {passage.role for passage in passages}
    return roles if roles == {"other"} else {"participant"}


@functools.lru_cache(maxsize=REMEMBERED)
def _sentences(text: str, language: str) -> tuple[Sentence, ...]:
    return tuple(read(text, language))


def _question_before(known: Mapping[Place, Passage], words: Mapping[Place, Words], place: Place) -> Words:
    before = (place[0], place[1] - 1)
    return words[before] if before in known and known[before].role == "interviewer" else frozenset()


def _words(asked: Asked, sentences: Sequence[Sentence]) -> Words:
    """Return which of the question's words the sentences share."""
    return frozenset(term for sentence in sentences for term in _shared(asked, sentence.terms))


def _shared(asked: Asked, said: Sequence[str]) -> Words:
    if asked.language == "en":
        return frozenset(asked.terms).intersection(said)
    # Korean compounds are written together: 결제창 speaks of 결제.
    return frozenset(term for term in asked.terms if any(word.startswith(term) for word in said))


def _without_the_subject(asked: Asked, words: Mapping[Place, Words]) -> Asked:
    """Return the question without the words that most interviews use.

    Who asks what annoys people about AI, in a study of AI, asks what annoys people: few say the word again.
    """
    interviews = {interview_id for interview_id, _ in words}
    if asked.wish is None or len(interviews) < SEVERAL:
        return asked
    using = {term: {place[0] for place, found in words.items() if term in found} for term in asked.terms}
    told_apart = tuple(term for term in asked.terms if len(using[term]) < SUBJECT_SHARE * len(interviews))
    return replace(asked, terms=told_apart)


def _weights(asked: Asked, shared: Sequence[Words]) -> Weights:
    """Return how much of the question each of its words is: rare words more, and most those that nobody said."""
    frequency = {term: sum(term in words for words in shared) for term in asked.terms}
    weights = {term: math.log1p(len(shared) / (count or 0.5)) for term, count in frequency.items()}
    total = sum(weights.values())
    return {term: weight / total for term, weight in weights.items()}


def _of_turn(
    asked: Asked,
    passage: Passage,
    sentences: Sequence[Sentence],
    words: Words,
    question: Words,
    weights: Weights,
) -> Iterator[_Candidate]:
    """Yield those of the turn's sentences that say most of the question; the earlier of two that say as much."""
    found = []
    in_turn = sum(weights[term] for term in sorted(words | question)) if asked.terms else 1.0
    for at, sentence in enumerate(sentences):
        if is_small_talk(sentence) or len(set(sentence.terms)) < 2:
            continue
        shared = _shared(asked, sentence.terms)
        # What the turn names need not be named again in each sentence; the first ones answer the question before.
        around = words | question if shared else question if at < ANSWERING else frozenset()
        strength = _strength(asked, sentence) if asked.is_general else 0.0
        own = sum(weights[term] for term in sorted(shared))
        coverage = 0.5 * (own + sum(weights[term] for term in sorted(around | shared))) if asked.terms else 1.0
        found.append(_Candidate(passage, sentences, at, coverage, in_turn, was_asked=bool(question), strength=strength))
    yield from sorted(found, key=lambda one: (-one.coverage, -one.strength))[:OF_ONE_TURN]


def _compared(
    question: str, asked: Asked, candidates: Sequence[_Candidate], people: Collection[str]
) -> Iterator[Support]:
    """Yield the candidates with their likeness to the question, those of the best passages where there are many."""
    ranked = sorted(candidates, key=_first_glance)[:COMPARED]
    if not ranked:
        return
    rows = vectors.unpacked(b"".join(_meanings(ranked, asked.language)))
    likeness = vectors.likeness(rows, vectors.of_question(question))[:, 0].round(3)
    best = max(one.passage.score for one in ranked) or 1.0
    nearest = max(float(likeness.max()), WELL_MEANT)
    for one, row, like in zip(ranked, rows, likeness.tolist(), strict=True):
        before = one.sentences[one.at - 1] if one.at else None
        after = one.sentences[one.at + 1] if one.at + 1 < len(one.sentences) else None
        start, end = whole_thought(before, one.sentence, after, TUNING.answer_letters)
        fitness = _fitness(asked, one.sentence, before, was_asked=one.was_asked)
        if people and one.passage.speaker not in people:
            fitness = 0.0
        told = 0.5 * (one.coverage + max(like, 0.0) / nearest)
        found = 0.3 + 0.7 * one.passage.score / best
        if asked.is_general:
            # Who tells of a trouble need say nothing that is like the question.
            told, found = NOT_ALIKE * told + 1 - NOT_ALIKE, NOT_ALIKE * found + 1 - NOT_ALIKE
        score = fitness * told * found
        yield Support(
            one.passage,
            start,
            end,
            frozenset(one.sentence.terms),
            bool(NEGATION.search(one.sentence.text)),
            one.coverage,
            one.in_turn,
            like,
            round(score, 6),
            vectors.packed(row),
        )


def _meanings(candidates: Sequence[_Candidate], language: str) -> list[bytes]:
    """Return the candidates' meanings: as they are kept, or encoded now where an earlier version kept none."""
    found = [_kept_meaning(one, language) for one in candidates]
    missing = [one for one, kept in zip(candidates, found, strict=True) if not kept]
    encoded = iter(vectors.of_texts([spoken(one.sentence) for one in missing]))
    return [kept or vectors.packed(next(encoded)) for kept in found]


def _kept_meaning(candidate: _Candidate, language: str) -> bytes:
    """Return what is kept of the sentence; b"" where there is nothing, or the turn was read otherwise then."""
    kept = candidate.passage.meanings
    has_one = [bool(sentence.terms) for sentence in _sentences(candidate.passage.text, language)]
    if len(kept) != DIMENSIONS * sum(has_one) or not has_one[candidate.at]:
        return b""
    at = DIMENSIONS * sum(has_one[: candidate.at])
    return kept[at : at + DIMENSIONS]


def _strength(asked: Asked, sentence: Sentence) -> float:
    """Return how clearly the sentence tells of what is asked for, a pain or a need."""
    cues = weigh(sentence)
    return cues.pain if asked.wish == "pain" else cues.need


def _first_glance(candidate: _Candidate) -> tuple[float, str, int, int]:
    # Interview ids are drawn by chance and must decide nothing, so ties are ordered by title.
    passage = candidate.passage
    well = candidate.strength + passage.score * (0.3 + candidate.coverage)
    return -well, passage.interview_title, passage.turn, candidate.at


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
    strength = _strength(asked, sentence)
    if asked.wish == "pain" and rules(sentence.language).solved.search(sentence.line):
        fitness *= SOLVED
    if strength < 1.0:
        return 0.5 * fitness if was_asked else 0.0
    return fitness * (1 + 0.25 * min(strength, 4.0))
