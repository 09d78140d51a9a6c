"""Whom a study is about: axes, groups of interviews, and personas that rest on them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from persona_lab.models.analysis import CitedQuote
from persona_lab.models.values import Value

PersonaTraitKind = Literal["goal", "pain", "need", "behaviour"]

# A place on the axes: the key of a type by the key of its axis.
Place = dict[str, str]


class AxisType(Value):
    """One of the types that an axis tells apart. `key` stays when name, description or order change."""

    key: str
    name: str
    description: str = ""


class Axis(Value):
    """What participants are told apart by. `key` stays when name, description or order change."""

    key: str
    name: str
    description: str = ""
    types: tuple[AxisType, ...]


class TypicalWord(Value):
    """A word that a persona's people use more than the others do; `participants` of them use it."""

    word: str
    participants: int
    score: float


class PersonaTrait(Value):
    """Something that a persona's people say, `support` of its `participants`.

    `against` holds what others of the same persona say to the contrary: candidates, found by meaning.
    """

    kind: PersonaTraitKind
    text: str
    support: int
    participants: int
    score: float = 0.0
    quotes: tuple[CitedQuote, ...]
    against: tuple[CitedQuote, ...] = ()


class Portrait(Value):
    """What a persona's interviews say together, and what it was made from.

    Attributes:
        name: a name that is no participant's.
        title: in a few words what sets it apart.
        runs: the run of each interview's analysis that it rests on, by interview id.
        medoid: the interview nearest to all the others, None without interviews.
        spread: mean distance of its interviews from their middle, 0 (all alike) to 1.
        instead_of: the engine that was to write it, and in a sentence why it didn't.
        note: what of the engine's words isn't shown.
    """

    language: str
    name: str
    title: str
    summary: str
    summary_quotes: tuple[CitedQuote, ...] = ()
    traits: tuple[PersonaTrait, ...] = ()
    words: tuple[TypicalWord, ...] = ()
    participants: int
    medoid: str | None = None
    spread: float = 0.0
    runs: dict[str, str] = Field(default_factory=dict)
    engine: str
    model: str
    prompt_hash: str
    made_at: datetime
    instead_of: str | None = None
    note: str = ""


class Group(Value):
    """Interviews that belong together by what their participants say.

    Attributes:
        words: what sets the group apart from the others.
        quotes: sentences typical of it, most typical first.
        sureness: for each interview how surely it belongs here, -1 to 1 (silhouette); in the order of `interview_ids`.
        stability: how often the same interviews come together when some are left out, 0 to 1.
    """

    interview_ids: tuple[str, ...]
    medoid: str
    spread: float
    stability: float
    sureness: tuple[float, ...]
    words: tuple[TypicalWord, ...] = ()
    quotes: tuple[CitedQuote, ...] = ()


class Grouping(Value):
    """A proposal how interviews belong together.

    `stability` is by number of groups how alike the groupings of samples were (adjusted Rand index).
    """

    groups: tuple[Group, ...]
    stability: dict[int, float] = Field(default_factory=dict)
    model: str
    note: str = ""


class Placement(Value):
    """Where an engine would put an interview on the axes, with what it rests on.

    `score` is 0 to 1; `scores` has it for each type, by axis key and type key. An axis that nothing
    was said of is missing in `place`.
    """

    interview_id: str
    place: Place
    score: float
    scores: dict[str, dict[str, float]] = Field(default_factory=dict)
    evidence: tuple[CitedQuote, ...] = ()


class Proposal(Value):
    """A persona proposed for an interview, with its evidence and score, 0 to 1, and by what it was found."""

    persona_id: str | None
    score: float
    evidence: tuple[CitedQuote, ...] = ()
    model: str
    made_at: datetime


class Assignment(Value):
    """Which persona an interview belongs to: what was proposed, and what somebody decided.

    `persona_id` is None as long as nobody has decided, or where somebody decided for none.
    """

    interview_id: str
    persona_id: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    proposal: Proposal | None = None

    @property
    def is_decided(self) -> bool:
        return self.decided_by is not None

    @property
    def belongs_to(self) -> str | None:
        """The persona that counts: what somebody decided, or else what is proposed."""
        return self.persona_id if self.is_decided else (self.proposal.persona_id if self.proposal else None)

    @property
    def is_disputed(self) -> bool:
        """Whether another persona is proposed than somebody decided."""
        return self.is_decided and self.proposal is not None and self.proposal.persona_id != self.persona_id


class Persona(Value):
    """A persona. `id` is its identity; `label`, title and place may change and move no interview.

    Attributes:
        position: its place in lists, from 1.
        seed: what its name and its drawn picture follow from, as long as it lives: the same in every workspace where
            the same is done.
        place: which types of the axes it stands for; empty for one found without axes.
        picture: sha256 of an uploaded picture; None is the one drawn from its seed.
        portrait: what its interviews say, None before it was made.
    """

    id: str
    project_id: str
    position: int
    label: Annotated[str, Field(max_length=100)]
    title: str = ""
    description: str = ""
    place: Place = Field(default_factory=dict)
    seed: str = ""
    picture: str | None = None
    portrait: Portrait | None = None
    created_by: str
    created_at: datetime
    updated_at: datetime


class PersonaRecord(Persona):
    """A persona with the interviews that belong to it, in the order of uploading, and who says so of each.

    Attributes:
        stale: why its portrait may no longer be true, in sentences.
    """

    interview_ids: tuple[str, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    stale: tuple[str, ...] = ()

    @property
    def decided(self) -> int:
        """How many of its interviews somebody decided; of the others it is proposed."""
        return sum(one.is_decided for one in self.assignments)
