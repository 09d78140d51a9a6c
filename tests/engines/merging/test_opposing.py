"""What may speak against a finding: few, the participants' own words, and the other way round."""

import pytest

from persona_lab.engines.gate.quotes import check
from persona_lab.engines.language import terms
from persona_lab.engines.meaning import vectors
from persona_lab.engines.merging import opposing
from persona_lab.engines.merging.merge import merge
from persona_lab.models import Contradiction, Finding, InsightMember, Kind, Quote, Transcript
from persona_lab.transcripts import read_transcript

PAIN = "Image and video generation especially is hard to get reliable assets from."
PRAISE = "Being able to generate high-quality images and videos that are personalized for my stories has been amazing."


def interview(*answers: str) -> Transcript:
    said = "".join(f"Interviewer: And what else?\nMina: {answer}\n" for answer in answers)
    return read_transcript(said.encode(), "mina.txt")


def found(interview_id: str, text: str, kind: Kind = "pain") -> tuple[InsightMember, Finding]:
    quote = Quote(turn=1, start=0, end=len(text), text=text)
    its = tuple(sorted(set(terms(text, "en"))))
    return InsightMember(interview_id=interview_id, finding=0), Finding(
        kind=kind, text=text, quotes=(quote,), terms=its
    )


def against(
    findings: list[tuple[InsightMember, Finding]], **interviews: Transcript
) -> dict[str, tuple[Contradiction, ...]]:
    meanings = [vectors.packed(row) for row in vectors.of_texts([finding.text for _, finding in findings])]
    praised = {key: opposing.praises(transcript) for key, transcript in interviews.items()}
    insights = opposing.with_contradictions(merge(findings, meanings), findings, meanings, praised)
    return {insight.text: insight.contradictions for insight in insights}


def test_praise_of_what_a_pain_is_about_speaks_against_it():
    transcript = interview("I paint.", PRAISE)
    (one,) = against([found("a", PAIN)], b=transcript)[PAIN]
    assert (one.text, one.interview_id, one.turn, one.against.interview_id) == (PRAISE, "b", 3, "a")
    assert 0 < one.likeness <= 1


def test_a_need_that_somebody_has_met_speaks_against_it_and_a_mere_use_against_no_pain():
    use = "I use AI to make images and videos for my stories."
    need = "I wish I had a way to make images and videos for my stories."
    (one,) = against([found("a", need, "need")], b=interview(use))[need]
    assert one.text == use
    pain = "Making images and videos for my stories is hard."
    assert against([found("a", pain)], b=interview(use))[pain] == ()


def test_what_speaks_against_passes_the_quote_gate():
    transcript = interview(PRAISE)
    (one,) = against([found("a", PAIN)], b=transcript)[PAIN]
    quote = Quote(**one.model_dump(include=set(Quote.model_fields)))
    assert check(quote, transcript) == quote
    assert transcript.text[one.start : one.end] == one.text


@pytest.mark.parametrize(
    "said",
    [
        "Generating images and videos was frustrating, and they were useless for my stories.",
        "My daughter's birthday party has been amazing.",
        "Is it not amazing to generate personalized images and videos?",
    ],
)
def test_pain_other_things_and_questions_do_not(said: str):
    assert against([found("a", PAIN)], b=interview(said))[PAIN] == ()


def test_what_the_interviewer_praises_does_not():
    said = f"Interviewer: {PRAISE} Do you think so?\nMina: I could not say.\n"
    assert against([found("a", PAIN)], b=read_transcript(said.encode(), "mina.txt"))[PAIN] == ()


def test_a_finding_that_denies_another_and_the_other_speak_against_each_other():
    trust, distrust = "I trust the assistant with whole tasks.", "I don't trust the assistant with whole tasks."
    found_against = against([found("a", trust, "takeaway"), found("b", distrust, "takeaway")])
    assert [one.text for one in found_against[trust]] == [distrust]
    assert [one.text for one in found_against[distrust]] == [trust]


def test_no_more_are_shown_than_a_person_reads_whatever_the_order():
    things = ["parking", "the lunch menu", "my landlord", "tax forms", "night trains", "the gym", "dentists", "heating"]
    others = [found(f"o{n}", f"I never liked {thing}.") for n, thing in enumerate(things)]
    praises = {f"i{n}": interview(f"{PRAISE[:-1]} {word}.") for n, word in enumerate(["now", "then", "here", "there"])}
    first = against([found("a", PAIN), *others], **praises)[PAIN]
    assert len(first) == opposing.MOST
    assert against([*others, found("a", PAIN)], **dict(reversed(praises.items())))[PAIN] == first


def test_nothing_found_and_nothing_said_is_nothing():
    assert against([]) == {}
    assert opposing.praises(interview("1 2 3.")).said == []
