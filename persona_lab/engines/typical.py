"""The words that some interviews' participants use and the others' don't."""

from collections.abc import Iterable, Sequence

from persona_lab.engines.keywords import Said, keywords
from persona_lab.engines.told import Told
from persona_lab.models import TypicalWord

WORDS = 10
# A word of one participant alone is that person's; with so few participants there is no saying.
LEAST_PEOPLE = 2


def typical_words(members: Sequence[Told], others: Sequence[Told], k: int = WORDS) -> tuple[TypicalWord, ...]:
    """Return the `k` words that set the members apart, the clearest first; their most used ones without others."""
    said = [*_said(members, is_part=True), *_said(others, is_part=False)]
    people = len({person for one in members for person in one.people})
    found = [one for one in keywords(said, 4 * k) if one.participants >= min(LEAST_PEOPLE, people)]
    return tuple(TypicalWord(word=one.word, participants=one.participants, score=one.score) for one in found[:k])


def _said(interviews: Sequence[Told], *, is_part: bool) -> Iterable[Said]:
    for one in interviews:
        for turn in one.turns:
            yield Said(one.interview_id, turn.speaker or "", one.language, turn.terms, turn.text, is_part)
