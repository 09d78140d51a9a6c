"""The words that participants use, in dictionary form: how widely, and where more than elsewhere.

Of a whole project the score says how widely a word is used: log(1 + count), added
up over the interviews, so that nobody who talks much decides it. Of a part of it
the score is the log-odds of the word there against all the rest, with all that was
said, scaled to the part's size, as the prior, in standard deviations (Monroe, Colaresi & Quinn 2008,
doi 10.1093/pan/mpn018, their formulas 15, 19 and 22).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from persona_lab.engines.glossary import together, words
from persona_lab.engines.language import generic_terms, written
from persona_lab.models import Keyword

EVERYDAY = generic_terms("en") | generic_terms("ko")
# Of a part: a word is no keyword of it unless it is this much (in standard deviations) more at home there.
CLEARLY = 1.0
# How a word is written shows in so many passages.
ENOUGH_SAID = 2_000


class Said(NamedTuple):
    """A passage by a participant with its content words; `is_part` where it belongs to the part that is asked for."""

    interview_id: str
    speaker: str
    language: str
    terms: Sequence[str]
    text: str
    is_part: bool = True


def keywords(said: Sequence[Said], k: int, glossary: Sequence[str] = ()) -> list[Keyword]:
    """Return the `k` words with the highest score of what `is_part`, against what is not where there is any.

    Words of the glossary are each one word, and written as they are there.
    """
    if glossary:
        said = [one._replace(terms=together(one.text, one.terms, glossary)) for one in said]
    part = [one for one in said if one.is_part]
    score = _log_odds(said) if len(part) < len(said) else _widely(part)
    best = sorted(score, key=lambda term: (-round(score[term], 6), term))[:k]
    chosen = set(best)
    holding = [one for one in part if chosen.intersection(one.terms)]
    shown = {**written(best, [one.text for one in holding[:ENOUGH_SAID]]), **words(glossary)}
    return [_keyword(term, shown[term], holding, score[term]) for term in best if term in shown]


def _keyword(term: str, word: str, holding: Sequence[Said], score: float) -> Keyword:
    its = [one for one in holding if term in one.terms]
    languages = Counter(one.language for one in its)
    return Keyword(
        word=word,
        language=min(languages, key=lambda code: (-languages[code], code)),
        count=sum(one.terms.count(term) for one in its),
        participants=len({(one.interview_id, one.speaker) for one in its}),
        interviews=tuple(sorted({one.interview_id for one in its})),
        score=round(score, 3),
    )


def _counts(said: Sequence[Said]) -> Counter[str]:
    return Counter(term for one in said for term in one.terms if term not in EVERYDAY and not term.isdigit())


def _widely(said: Sequence[Said]) -> dict[str, float]:
    by_interview: dict[str, list[Said]] = defaultdict(list)
    for one in said:
        by_interview[one.interview_id].append(one)
    counts = [_counts(its) for its in by_interview.values()]
    terms = {term for its in counts for term in its}
    return {term: math.fsum(math.log1p(its[term]) for its in counts if term in its) for term in terms}


def _log_odds(said: Sequence[Said]) -> dict[str, float]:
    part, rest = _counts([one for one in said if one.is_part]), _counts([one for one in said if not one.is_part])
    whole = part + rest
    size, total = part.total(), whole.total()
    score = {}
    for term, count in part.items():
        prior = size * whole[term] / total
        here, there = count + prior, rest[term] + prior
        odds = math.log(here / (2 * size - here)) - math.log(there / (total - there))
        deviations = odds / math.sqrt(1 / here + 1 / there)
        if deviations >= CLEARLY:
            score[term] = deviations
    return score
