"""What an engine made passes the gate before anybody sees it, whichever engine it was."""

from persona_lab.engines.admitting import admitted, admitted_citation
from persona_lab.models import Analysis, CitedQuote, Finding, Provenance, Quote, QuoteStatus

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
