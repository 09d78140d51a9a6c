"""The words that some interviews' participants use and the others' don't, and the things they speak of."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from persona_lab.engines.analysing.naming import WORD, nouns
from persona_lab.engines.language import cased, english_term, weak_terms
from persona_lab.engines.merging.keywords import EVERYDAY, Said, keywords
from persona_lab.engines.personas.told import Told
from persona_lab.engines.rules import Language, rules
from persona_lab.models import TypicalWord

WORDS = 10
# A word of one participant alone is that person's; with so few participants there is no saying.
LEAST_PEOPLE = 2
# A thing that sets interviews apart is spoken of in so many of them, and so many times as widely as in the others.
LEAST_SHARE = 1 / 3
TIMES = 2.0
# What stands behind an article so often is no accident; what ends so rather says what a thing is like.
SURELY = 2
LIKE_WHAT = ("ive", "ful", "ous", "able", "ible", "less", "ical", "ional")


class Things(NamedTuple):
    """Things that are spoken of, as people write them, the most telling first.

    Attributes:
        is_apart: whether the others speak of them clearly less; not so where there are no others.
    """

    words: tuple[str, ...]
    is_apart: bool


def typical_words(members: Sequence[Told], others: Sequence[Told], k: int = WORDS) -> tuple[TypicalWord, ...]:
    """Return the `k` words that set the members apart, the clearest first; their most used ones without others."""
    said = [*_said(members, is_part=True), *_said(others, is_part=False)]
    people = len({person for one in members for person in one.people})
    found = [one for one in keywords(said, 4 * k) if one.participants >= min(LEAST_PEOPLE, people)][:k]
    texts = [turn.text for one in members for turn in one.turns]
    return tuple(
        TypicalWord(word=cased(one.word, texts), participants=one.participants, score=one.score) for one in found
    )


def things(members: Sequence[Told], others: Sequence[Told], k: int, language: Language) -> Things:
    """Return up to `k` things that the members speak of clearly more widely than the others; none if there are none.

    Without others they are those that most of the members speak of. English people and Korean ones don't share their
    words: in English are those that the English ones write.
    """
    shown = _named(members, others)
    if language == "en":
        shown = {term: word for term, word in shown.items() if word.isascii()}
    here, there = _users(members, shown), _users(others, shown)
    least = max(min(LEAST_PEOPLE, len(members)), LEAST_SHARE * len(members))
    lead = {
        term: here[term] / len(members) - there[term] / max(1, len(others))
        for term in here
        if here[term] >= least and here[term] * len(others) >= TIMES * there[term] * len(members)
    }
    often = Counter(term for one in members for turn in one.turns for term in turn.terms if term in lead)
    best = sorted(lead, key=lambda term: (-round(lead[term], 6), -often[term], term))[:k]
    texts = [turn.text for one in members for turn in one.turns]
    return Things(tuple(cased(shown[term], texts) for term in best), is_apart=bool(others) and bool(best))


def _named(members: Sequence[Told], others: Sequence[Told]) -> dict[str, str]:
    """Return the members' terms that name a thing, each as they write it most."""
    lines = [turn.text.lower() for one in (*members, *others) if one.language == "en" for turn in one.turns]
    known = {word for word in nouns(lines, least=SURELY) - rules("en").weak if not word.endswith(LIKE_WHAT)}
    forms: dict[str, Counter[str]] = {}
    for one in members:
        for turn in one.turns:
            if one.language == "en":
                for word in WORD.findall(turn.text.lower()):
                    if (word in known or word.removesuffix("s") in known) and (term := english_term(word)):
                        forms.setdefault(term, Counter())[word] += 1
            else:
                for term in turn.terms:
                    # Korean verbs and single syllables say too little by themselves.
                    if len(term) > 1 and not term.endswith("다") and term not in rules("ko").weak:
                        forms.setdefault(term, Counter())[term] += 1
    weak = weak_terms("en")
    return {
        term: min(its, key=lambda form: (-its[form], form))
        for term, its in forms.items()
        if term not in EVERYDAY and term not in weak and not term.isdigit()
    }


def _users(interviews: Sequence[Told], terms: Iterable[str]) -> Counter[str]:
    wanted = set(terms)
    return Counter(term for one in interviews for term in wanted & {term for turn in one.turns for term in turn.terms})


def _said(interviews: Sequence[Told], *, is_part: bool) -> Iterable[Said]:
    for one in interviews:
        for turn in one.turns:
            yield Said(one.interview_id, turn.speaker or "", one.language, turn.terms, turn.text, is_part)
