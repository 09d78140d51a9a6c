"""What several interviews say together, and what people judge of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, computed_field

from persona_lab.models.analysis import CitedQuote, Kind
from persona_lab.models.values import Value

JudgementKind = Literal["merge", "split", "rename", "pin", "reject"]


class InsightMember(Value):
    """One finding that an insight was merged from: `finding` counts from 0 within the interview."""

    interview_id: str
    finding: int


class Contradiction(CitedQuote):
    """What a participant said that may speak against a finding: a candidate, found by a machine, for a person to judge.

    `against` is that finding; `likeness`, up to 1, says how nearly both are about the same.
    """

    against: InsightMember
    likeness: float


class Related(Value):
    """An insight that is near another one and was not merged with it; `likeness` is that of their nearest findings."""

    id: str
    text: str
    likeness: float


class Share(Value):
    """How an insight's support spreads: `support` of `participants` among those whose `by` is `value`."""

    by: str
    value: str
    support: int
    participants: int


class Merge(Value):
    """What merged findings into insights, and the run of each interview that it merged, by interview id."""

    model: str
    rules_hash: str
    runs: dict[str, str]

    def since(self, runs: Mapping[str, str], *, deleted: str = "deleted") -> tuple[str, ...]:
        """Say in sentences how the interviews have changed since.

        Args:
            runs: the run of each interview that is completed now.
            deleted: what to say of those that are gone.
        """
        said = {"added": "added", "deleted": deleted, "again": "analysed again"}
        return tuple(
            f"1 interview was {said[what]}." if n == 1 else f"{n:,} interviews were {said[what]}."
            for what, n in self.changed(runs).items()
        )

    def changed(self, runs: Mapping[str, str]) -> dict[str, int]:
        """Count the interviews that were "added", "deleted" and analysed "again" since; what none was is left out."""
        counts = {
            "added": len(runs.keys() - self.runs.keys()),
            "deleted": len(self.runs.keys() - runs.keys()),
            "again": sum(runs[key] != run for key, run in self.runs.items() if key in runs),
        }
        return {what: n for what, n in counts.items() if n}


class Insight(Value):
    """A pain, need or takeaway across interviews.

    `support` counts the participants whose words it rests on, `participants`
    all those of the project's completed interviews; `score` is its clearest finding's.
    `keywords` are in dictionary form. `survival` is the share of its interviews of which any
    one could be left out (see `engines.merging.merge`). `judgements` are the ids of what people said
    of it that holds. It is not `is_found` when only a pin keeps it; then `quotes` are the pin's.
    `merge` is what merged it, from which runs of its own interviews.
    """

    id: str
    kind: Kind
    text: str
    members: tuple[InsightMember, ...]
    score: float = 0.0
    keywords: tuple[str, ...] = ()
    survival: float = 0.0
    contradictions: tuple[Contradiction, ...] = ()
    related: tuple[Related, ...] = ()
    is_pinned: bool = False
    is_rejected: bool = False
    is_found: bool = True
    judgements: tuple[str, ...] = ()
    support: int = 0
    participants: int = 0
    spread: tuple[Share, ...] = ()
    quotes: tuple[CitedQuote, ...] = ()
    merge: Merge | None = None

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way
    @property
    def note(self) -> str:
        """What a reader must know before using it, in a sentence or two."""
        said = ["It rests on one participant."] if self.support == 1 else []
        if not self.is_found:
            said.append("It is pinned, though it is found no more.")
        return " ".join(said)


class Stale(Value):
    """A result that may no longer be true, with the reasons in sentences.

    `id` and `title` are the interview's, for insights the project's, for a portrait the persona's.
    """

    what: Literal["analysis", "insights", "portrait"]
    id: str
    title: str
    reasons: tuple[str, ...]


class Anchor(CitedQuote):
    """A place in a transcript that a judgement holds on to: evidence of a finding of that kind."""

    kind: Kind


class Judgement(Value):
    """What a person said of an insight, anchored to its evidence; `engines.merging.judging` says what it means.

    `number` counts the project's judgements: of two that contradict each other the higher one holds.
    `text` is the name given; of a pin it is what the insight was called then. `others` are those
    to merge with, or to stay apart from. `newest_interview` is the number of the newest interview
    there was.
    """

    id: str
    number: int
    kind: JudgementKind
    insight_id: str
    insight_kind: Kind
    text: str = ""
    anchors: Annotated[tuple[Anchor, ...], Field(min_length=1)]
    others: tuple[Anchor, ...] = ()
    newest_interview: int
    created_by: str
    created_at: datetime


class Keyword(Value):
    """A word in dictionary form with how many `interviews` and `participants` use it, and how often in all.

    `score` says how much more it is used than elsewhere; `engines.merging.keywords` says how that is measured.
    """

    word: str
    language: str
    count: int
    participants: int
    interviews: tuple[str, ...]
    score: float
