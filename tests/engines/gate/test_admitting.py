"""What an engine made passes the gate before anybody sees it, whichever engine it was."""

from persona_lab.engines.gate.admitting import admitted, admitted_citation
from persona_lab.models import (
    Analysis,
    CitedQuote,
    Finding,
    HowMightWe,
    LeadingQuestion,
    Provenance,
    Quote,
    QuoteStatus,
    Section,
    Session,
    Trait,
)

MADE_BY = Provenance(engine="e", model="m", prompt_hash="p", transcript_sha256="t", run_id="r")


def proposed(text: str, turn: int = 0) -> Quote:
    return Quote(turn=turn, start=0, end=0, text=text)


def cited(text: str, *, turn: int = 1, speaker: str | None = "P", status: QuoteStatus = "exact") -> CitedQuote:
    head = {"interview_id": "i", "interview_title": "claimed", "speaker": speaker}
    return CitedQuote(turn=turn, start=0, end=0, text=text, status=status, **head)


def test_an_analysis_keeps_what_was_said_and_counts_what_was_not(make):
    transcript = make("Q: Is the form slow?", "P: The form is really slow. I can't pay.")
    findings = (
        Finding(kind="pain", text="a", quotes=(proposed("The form is slow"), proposed("I can pay"))),
        Finding(kind="pain", text="b", quotes=(proposed("Is the form slow?"),)),
    )
    made = Analysis(
        language="en", summary="s", summary_quotes=(proposed("i cannot pay"),), insights=findings, provenance=MADE_BY
    )
    passed = admitted(made, transcript)
    assert [finding.text for finding in passed.insights] == ["a"]
    assert [(quote.turn, quote.text) for quote in passed.insights[0].quotes] == [(1, "The form is really slow")]
    assert [quote.text for quote in passed.summary_quotes] == ["I can't pay"]
    assert (passed.proposed_quotes, passed.rejected_quotes, passed.rejected_share) == (4, 2, 0.5)


def test_a_trait_needs_the_participants_words_and_a_leading_question_the_interviewers(make):
    transcript = make("Q: I am a doctor. It was slow, wasn't it?", "P: I am a nurse, it was slow, wasn't it?")
    made = Analysis(
        language="en",
        summary="",
        profile=(
            Trait(name="job", value="a nurse", quotes=(proposed("I am a nurse"),)),
            Trait(name="job", value="a doctor", quotes=(proposed("I am a doctor"),)),
        ),
        leading_questions=(
            LeadingQuestion(kind="tag", why="w", quote=proposed("It was slow, wasn't it?")),
            LeadingQuestion(kind="tag", why="w", quote=proposed("I am a nurse")),
        ),
        provenance=MADE_BY,
    )
    passed = admitted(made, transcript)
    assert [trait.value for trait in passed.profile] == ["a nurse"]
    assert [(one.quote.turn, one.quote.text) for one in passed.leading_questions] == [(0, "It was slow, wasn't it?")]
    assert (passed.proposed_quotes, passed.rejected_quotes) == (4, 2)


def test_a_question_goes_with_the_finding_it_rests_on_and_counts_anew(make):
    transcript = make("P: The form is really slow. I can't pay.")
    findings = (
        Finding(kind="pain", text="a", quotes=(proposed("nobody said this"),)),
        Finding(kind="pain", text="b", quotes=(proposed("The form is really slow."),)),
    )
    asked = (HowMightWe(text="gone", findings=(0, 1)), HowMightWe(text="stays", findings=(1,)))
    made = Analysis(language="en", summary="", insights=findings, how_might_we=asked, provenance=MADE_BY)
    assert admitted(made, transcript).how_might_we == (HowMightWe(text="stays", findings=(0,)),)


def test_sections_that_leave_out_a_turn_are_none(make):
    transcript = make("Q: So?", "P: The form is slow.", "P: It is.")
    for spans, kept in (((0, 1), (2, 2)), 2), (((0, 0), (2, 2)), 0), (((0, 1),), 0), (((0, 1), (1, 2)), 0):
        sections = tuple(Section(name="s", first=first, last=last) for first, last in spans)
        made = Analysis(language="en", summary="", sections=sections, provenance=MADE_BY)
        assert len(admitted(made, transcript).sections) == kept


def test_what_the_transcript_tells_is_taken_from_it_whatever_the_engine_says(make):
    transcript = make("Q: How was it?", "P: The form is slow.")
    made = Analysis(language="en", summary="", session=Session(place="Mars", words=9_999), provenance=MADE_BY)
    session = admitted(made, transcript).session
    assert session is not None
    assert (session.place, session.words) == (None, 7)


def test_passing_twice_is_passing_once(make):
    transcript = make("P: The form is really slow.")
    finding = Finding(kind="pain", text="a", quotes=(proposed("The form is slow"), proposed("It is fast")))
    once = admitted(Analysis(language="en", summary="", insights=(finding,), provenance=MADE_BY), transcript)
    assert admitted(once, transcript) == once
    assert once.insights[0].quotes[0].status == "repaired"


def test_everybody_may_be_quoted_where_nobodys_part_is_known(make):
    transcript = make("O: The form is slow.", speaker=False)
    finding = Finding(kind="pain", text="a", quotes=(proposed("The form is slow."),))
    assert admitted(Analysis(language="en", summary="", insights=(finding,), provenance=MADE_BY), transcript).insights[
        0
    ].quotes == (Quote(turn=0, start=3, end=20, text="The form is slow."),)


def test_a_citation_has_the_words_and_place_of_its_passage(make, passages):
    transcript = make("Q: Is it slow?", "P: No, the form is quick.", "P: The price isn't right.")
    shown = passages(transcript, "i")
    found = admitted_citation(cited("THE FORM is quick", turn=2), shown)
    assert (found.turn, found.status, found.text) == (1, "normalised", "the form is quick")
    assert transcript.text[found.start : found.end] == found.text
    assert found.interview_title == "Interview i"


def test_a_citation_nobody_said_or_somebody_else_said_is_rejected(make, passages):
    shown = passages(make("Q: Is it slow?", "P: No, the form is quick."), "i")
    for quote in (cited("the form is slow"), cited("Is it slow?"), cited("the form is quick", status="rejected")):
        assert admitted_citation(quote, shown).status == "rejected"
    assert admitted_citation(cited("the form is quick"), []).status == "rejected"
