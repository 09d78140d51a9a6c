"""What a report tells, and where on its page what is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from persona_lab.models import CitedQuote, Insight, InterviewRecord, Note, Project, Stale, Transcript

if TYPE_CHECKING:
    from persona_lab.lab.measuring.agreement import Agreement
    from persona_lab.lab.measuring.saturation import Saturation
    from persona_lab.lab.people.cards import Card


@dataclass(frozen=True)
class Told:
    """A study as it is at one moment.

    Attributes:
        stale: what would be made otherwise now; said before all findings.
        notes: what people wrote beside turns and insights.
        transcripts: by interview id, for the places of quotes; a quote of any other is shown without its place.
        personas: with their pictures.
        judged: how many of the insights people merged, split, renamed, pinned.
    """

    project: Project
    interviews: Sequence[InterviewRecord] = ()
    insights: Sequence[Insight] = ()
    stale: Sequence[Stale] = ()
    notes: Sequence[Note] = ()
    transcripts: Mapping[str, Transcript] = field(default_factory=dict)
    personas: "Sequence[Card]" = ()
    saturation: "Saturation | None" = None
    agreement: "Agreement | None" = None

    @property
    def judged(self) -> int:
        return sum(bool(insight.judgements) for insight in self.insights)

    @property
    def participants(self) -> int:
        completed = (one.interview for one in self.interviews if one.interview.status == "completed")
        return sum(interview.participants or 0 for interview in completed)

    def cited(self) -> list[CitedQuote]:
        """Return every quote that the report shows."""
        found = [quote for insight in self.insights for quote in insight.quotes]
        for card in self.personas:
            if portrait := card.persona.portrait:
                found += portrait.summary_quotes
                found += [quote for trait in portrait.traits for quote in (*trait.quotes, *trait.against)]
        return found


class Places:
    """Where interviews and cited turns are on the page, as the names of links."""

    def __init__(self, told: Told) -> None:
        self._interviews = {one.interview.id: f"interview-{n}" for n, one in enumerate(told.interviews, start=1)}
        self._turns = {key: {turn.index for turn in one.turns} for key, one in told.transcripts.items()}
        self.languages = {one.interview.id: one.interview.language or "" for one in told.interviews}

    def interview(self, interview_id: str) -> str | None:
        return self._interviews.get(interview_id)

    def turn(self, quote: CitedQuote) -> str | None:
        """Return the place of the turn that a quote is cut from, None where the report doesn't show it."""
        place = self._interviews.get(quote.interview_id)
        has_turn = quote.turn in self._turns.get(quote.interview_id, ())
        return f"{place}-turn-{quote.turn}" if place and has_turn else None
