"""Whatever engine made it: what an analysis or an answer quotes goes through the gate before anybody sees it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from persona_lab.engines.analysing.session import session
from persona_lab.engines.gate.quotes import Gate
from persona_lab.models import (
    Analysis,
    CitedQuote,
    Finding,
    HowMightWe,
    Passage,
    Quote,
    Role,
    Section,
    Transcript,
    Turn,
)

PARTICIPANT: tuple[Role, ...] = ("participant",)
INTERVIEWER: tuple[Role, ...] = ("interviewer",)


def admitted(analysis: Analysis, transcript: Transcript) -> Analysis:
    """Return the analysis with the quotes that were said, as they were said; the others are counted.

    Findings and the profile rest on what participants said, so their quotes must be theirs, as far as it is known
    who they are; questions that lead must be the interviewer's. What is left without a quote is left out. What the
    transcript tells by itself is taken from there, whatever the engine says.
    """
    gate = Gate(transcript)
    roles = quoted_roles(transcript)
    said = sifted(
        analysis,
        of_findings=lambda quote: gate.check(quote, roles=roles),
        of_summary=gate.check,
        of_questions=lambda quote: gate.check(quote, roles=INTERVIEWER if roles else None),
    )
    return said.model_copy(update={"session": session(transcript), "sections": _in_place(said.sections, transcript)})


def sifted(
    analysis: Analysis,
    *,
    of_findings: Callable[[Quote], Quote],
    of_summary: Callable[[Quote], Quote],
    of_questions: Callable[[Quote], Quote],
) -> Analysis:
    """Return the analysis with its quotes checked, without those marked `rejected`, which are counted.

    Args:
        of_findings: checks the quotes of findings and of the profile.
        of_questions: checks questions that lead.
    """
    proposed = rejected = 0

    def said(some: Sequence[Quote], check: Callable[[Quote], Quote]) -> tuple[Quote, ...]:
        nonlocal proposed, rejected
        checked = [check(quote) for quote in some]
        kept = tuple(quote for quote in checked if quote.status != "rejected")
        proposed += len(checked)
        rejected += len(checked) - len(kept)
        return kept

    findings: list[Finding] = []
    places: dict[int, int] = {}
    for number, finding in enumerate(analysis.insights):
        if kept := said(finding.quotes, of_findings):
            places[number] = len(findings)
            findings.append(finding.model_copy(update={"quotes": kept}))
    profile = [
        trait.model_copy(update={"quotes": kept})
        for trait in analysis.profile
        if (kept := said(trait.quotes, of_findings))
    ]
    leading = [
        question.model_copy(update={"quote": kept[0]})
        for question in analysis.leading_questions
        if (kept := said([question.quote], of_questions))
    ]
    summary = said(analysis.summary_quotes, of_summary)
    return analysis.model_copy(
        update={
            "insights": tuple(findings),
            "profile": tuple(profile),
            "leading_questions": tuple(leading),
            "how_might_we": tuple(_resting(analysis.how_might_we, places)),
            "summary_quotes": summary,
            # What was rejected before has been proposed as well.
            "proposed_quotes": analysis.rejected_quotes + proposed,
            "rejected_quotes": analysis.rejected_quotes + rejected,
        }
    )


def _resting(questions: Iterable[HowMightWe], places: Mapping[int, int]) -> Iterator[HowMightWe]:
    """Yield the questions of which every finding is still there, by the findings' new numbers."""
    for question in questions:
        if all(finding in places for finding in question.findings):
            yield question.model_copy(update={"findings": tuple(places[finding] for finding in question.findings)})


def _in_place(sections: Sequence[Section], transcript: Transcript) -> tuple[Section, ...]:
    """Return the sections if they hold every turn once, as they must; else none, for nobody knows which are right."""
    edges = [0, *(section.last + 1 for section in sections)]
    follows = all(section.first == edge <= section.last for section, edge in zip(sections, edges, strict=False))
    return tuple(sections) if follows and edges[-1] == len(transcript.turns) else ()


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


def passage_of(quote: CitedQuote) -> Passage:
    """Return the words of a quote as a passage, for what may only say what is quoted."""
    return Passage(
        interview_id=quote.interview_id,
        interview_title=quote.interview_title,
        turn=quote.turn,
        speaker=quote.speaker,
        role="participant",
        text=quote.text,
        start=quote.start,
        score=1.0,
    )
