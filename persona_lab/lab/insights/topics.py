"""What a study's interviews went through: their sections, put together where they are called the same.

A section is named after its interview's own words ("Document, questions"), and takes over a name that the study has
already where that fits. So a topic is what two interviews or more have in common in the names of their sections, the
whole name or a part of it; a section that shares its name with none stands for itself.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final, NamedTuple

from persona_lab.lab.insights.view import BY_NAME, BY_PLACE
from persona_lab.replica import Replica

# More than anybody reads through; how many were left out is said.
MOST_TOPICS: Final = 60

# The id of an interview and the number of its section.
Place = tuple[str, int]

SECTIONS = """
SELECT s.interview_id, s.section, s.name, lower(s.name), i.title
FROM sections s JOIN interviews i ON i.id = s.interview_id WHERE i.status = 'completed'
ORDER BY i.number, s.section
"""
SAID_THERE = """
SELECT DISTINCT s.interview_id, s.section, w.insight_id
FROM insight_words w
JOIN sections s ON s.interview_id = w.interview_id AND w.turn BETWEEN s.first AND s.last
"""


class Topic(NamedTuple):
    """A topic: its key in a `View`, its name, in how many interviews, and the insights that somebody voiced at it.

    `interview` is the title of the only one.
    """

    key: str
    name: str
    interviews: int
    interview: str
    insights: frozenset[str]


def topics(replica: Replica) -> tuple[list[Topic], int]:
    """Return the topics, those of the most interviews first, and how many are left out."""
    said: dict[Place, set[str]] = defaultdict(set)
    for interview_id, section, insight_id in replica.rows(SAID_THERE):
        said[interview_id, section].add(insight_id)
    names: dict[str, str] = {}
    places: dict[str, set[Place]] = defaultdict(set)
    single: dict[Place, tuple[str, str]] = {}
    for interview_id, section, name, lower, title in replica.rows(SECTIONS):
        single[interview_id, section] = (name, title)
        # A number names a section of which nothing told what it is about.
        if name.isdigit():
            continue
        # Taken apart as SQL takes them apart, so that a key finds the same.
        parts = zip([lower, *lower.split(", ")], [name, *name.split(", ")], strict=False)
        for key, spelled in parts:
            names.setdefault(key, spelled[:1].upper() + spelled[1:])
            places[key].add((interview_id, section))
    shared = _shared(places)
    found = [
        Topic(
            BY_NAME + key,
            names[key],
            _interviews(places[key]),
            "",
            frozenset().union(*(said[at] for at in places[key])),
        )
        for key in shared
    ]
    covered = set().union(*(places[key] for key in shared))
    alone = [
        Topic(f"{BY_PLACE}{at[0]}:{at[1]}", name, 1, title, frozenset(said[at]))
        for at, (name, title) in single.items()
        if at not in covered and said[at]
    ]
    alone.sort(key=lambda topic: -len(topic.insights))
    every = [topic for topic in found if topic.insights] + alone
    return every[:MOST_TOPICS], len(every[MOST_TOPICS:])


def _interviews(places: set[Place]) -> int:
    return len({interview_id for interview_id, _ in places})


def _shared(places: Mapping[str, set[Place]]) -> list[str]:
    """Return the names that two interviews or more have; of those that mean the same sections, the longest."""
    ranked = sorted(
        (key for key, its in places.items() if _interviews(its) > 1),
        key=lambda key: (-_interviews(places[key]), -len(places[key]), -len(key), key),
    )
    first: dict[frozenset[Place], str] = {}
    for key in ranked:
        first.setdefault(frozenset(places[key]), key)
    return list(first.values())
