"""Whatever engine made it: what an analysis or an answer quotes goes through the gate before anybody sees it."""

from collections.abc import Callable, Collection, Sequence

from persona_lab.engines.quotes import Gate
from persona_lab.models import Analysis, CitedQuote, Finding, Passage, Quote, Role, Transcript, Turn

PARTICIPANT: tuple[Role, ...] = ("participant",)


def admitted(analysis: Analysis, transcript: Transcript) -> Analysis:
    """Return the analysis with the quotes that were said, as they were said; the others are counted.

    A finding rests on what participants said, so its quotes must be theirs, as far as it is known who they are;
    a finding without a quote is left out.
    """
    gate = Gate(transcript)
    roles = quoted_roles(transcript)
    return sifted(
        analysis,
        of_findings=lambda quote: gate.check(quote, roles=roles),
        of_summary=gate.check,
    )


def sifted(
    analysis: Analysis, *, of_findings: Callable[[Quote], Quote], of_summary: Callable[[Quote], Quote]
) -> Analysis:
    """Return the analysis with its quotes checked, without those marked `rejected`, which are counted."""
    proposed = rejected = 0

    def said(some: Sequence[Quote], check: Callable[[Quote], Quote]) -> tuple[Quote, ...]:
        nonlocal proposed, rejected
        checked = [check(quote) for quote in some]
        kept = tuple(quote for quote in checked if quote.status != "rejected")
        proposed += len(checked)
        rejected += len(checked) - len(kept)
        return kept

    findings: list[Finding] = []
    for finding in analysis.insights:
        if kept := said(finding.quotes, of_findings):
            findings.append(finding.model_copy(update={"quotes": kept}))
    summary = said(analysis.summary_quotes, of_summary)
    return analysis.model_copy(
        update={
            "insights": tuple(findings),
            "summary_quotes": summary,
            # What was rejected before has been proposed as well.
            "proposed_quotes": analysis.rejected_quotes + proposed,
            "rejected_quotes": analysis.rejected_quotes + rejected,
        }
    )


def quoted_roles(transcript: Transcript) -> Collection[Role] | None:
    """Return whose words findings may rest on; None is everybody's, where nobody's part is known."""
    known = {turn.role for turn in transcript.turns}
    return PARTICIPANT if known & {"participant", "interviewer"} else None


def admitted_citation(quote: CitedQuote, passages: Sequence[Passage]) -> CitedQuote:
    """Return the citation with the words of the passage it stands in, or marked `rejected`.

    The claimed turn comes first, then the interview's other passages; a claimed speaker binds.
    """
    if quote.status != "rejected":
        here = [passage for passage in passages if passage.interview_id == quote.interview_id]
        for passage in sorted(here, key=lambda one: (one.turn != quote.turn, one.turn)):
            found = _within(passage, quote)
            if found.status != "rejected":
                return found
    return quote.model_copy(update={"status": "rejected"})


def _within(passage: Passage, quote: CitedQuote) -> CitedQuote:
    """Check a citation against one passage, whose text is all of its interview that is at hand."""
    turn = Turn(
        index=passage.turn,
        speaker=passage.speaker,
        role=passage.role,
        text=passage.text,
        start=0,
        end=len(passage.text),
    )
    alone = Transcript(text=passage.text, sha256="", format="", encoding="", language="", turns=(turn,))
    checked = Gate(alone).check(_moved(quote, -passage.start), speaker=quote.speaker)
    head = {"interview_title": passage.interview_title, "speaker": passage.speaker}
    return quote.model_copy(
        update={**_moved(checked, passage.start).model_dump(include=set(Quote.model_fields)), **head}
    )


def _moved(quote: Quote, by: int) -> Quote:
    return quote.model_copy(update={"start": quote.start + by, "end": quote.end + by})
