"""An analysis in the original's form, key by key."""

import json
from datetime import UTC, datetime

from persona_lab.models import (
    Analysis,
    Finding,
    HowMightWe,
    Interview,
    Provenance,
    Quality,
    QualityReason,
    Quote,
    Section,
    Session,
    Trait,
)
from persona_lab.original import cleaned_text, output
from persona_lab.transcripts import read_transcript
from tests.support import making

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MADE_BY = Provenance(engine="e", model="m", prompt_hash="p", transcript_sha256="t", run_id="r")
SAID = Quote(turn=1, start=18, end=40, text="The card form is slow.")


def interview() -> Interview:
    about = {"project_id": "p", "number": 1, "title": "Mina", "filename": "a.txt", "sha256": "0", "size_bytes": 1}
    state = {"status": "completed", "stage": "completed", "created_by": "mina", "created_at": NOON, "updated_at": NOON}
    return Interview(id="i", **about, **state)


def analysis(**parts) -> Analysis:
    return Analysis(language="en", summary="", provenance=MADE_BY, **parts)


def test_every_field_of_the_original_is_there():
    made = analysis(
        insights=(
            Finding(kind="pain", text="The form is slow", quotes=(SAID, SAID)),
            Finding(kind="need", text="A quick form", quotes=(SAID,)),
            Finding(kind="takeaway", text="Pays by card", quotes=(SAID,)),
        ),
        profile=(Trait(name="age", value="34", quotes=(SAID,)), Trait(name="job", value="a nurse", quotes=(SAID,))),
        session=Session(date="2026-03-02"),
        sections=(Section(name="Card form", first=0, last=1),),
        quality=Quality(score=4, reasons=(QualityReason(measure="answers", value=1, level=1, text="Long answers."),)),
        how_might_we=(HowMightWe(text="How might we make it quick?", findings=(0,)),),
    )
    assert output(interview(), made, making.transcript(), topic="Why do people leave?") == {
        "cleaned_script": [
            {"id": [1], "speaker": "question", "category": None, "cleaned_sentence": "How was it?"},
            {"id": [2], "speaker": "answer", "category": "painpoint", "cleaned_sentence": "The card form is slow."},
        ],
        "session_info": [{"session_date": "2026-03-02", "interview_topic": "Why do people leave?"}],
        "interviewee_profile": [
            {
                "profile_summary": "34, a nurse",
                "demographics": {"age_group": "34", "gender": None, "occupation_context": "a nurse"},
            }
        ],
        "interview_quality_assessment": [{"overall_quality": {"score": 4, "assessment": "Long answers."}}],
        "key_takeaways": ["Pays by card"],
        "primary_pain_points": [{"description": "The form is slow", "evidence": [2]}],
        "primary_needs": [{"description": "A quick form", "evidence": [2]}],
        "hmw_questions": [{"hmw_questions": "How might we make it quick?"}],
        "script_sections": [{"sector_name": "Card form", "start_line": 1, "end_line": 2, "is_main_content": True}],
        "ai_persona_match": None,
    }


def test_what_an_older_result_did_not_say_is_null():
    found = output(interview(), analysis(), making.transcript())
    assert found["interviewee_profile"][0]["profile_summary"] is None
    assert found["interview_quality_assessment"] == [{"overall_quality": None}]
    assert found["session_info"] == [{"session_date": None, "interview_topic": "Mina"}]
    assert json.loads(json.dumps(found)) == found


def test_a_header_says_the_topic_before_the_study_does():
    made = analysis(session=Session(facts={"주제": "결제 경험"}))
    assert (
        output(interview(), made, making.transcript(), topic="?")["session_info"][0]["interview_topic"] == "결제 경험"
    )


def test_the_cleaned_text_is_a_turn_a_line_with_times_and_speakers_and_nothing_else():
    raw = (
        "Study: Checkout\r\nDate: 2026-03-02\r\n\r\n[00:00:05] Interviewer: How  was it?\r\n"
        "[01:02:03] Mina: The card form\r\nis slow. 😀\r\n"
    ).encode()
    transcript = read_transcript(raw, "mina.txt")
    text = cleaned_text(transcript)
    assert text == "[00:00:05] Interviewer: How was it?\n[01:02:03] Mina: The card form is slow. 😀\n"
    again = read_transcript(text.encode(), "again.txt")
    assert [(turn.speaker, turn.role, turn.time) for turn in again.turns] == [
        (turn.speaker, turn.role, turn.time) for turn in transcript.turns
    ]
    assert cleaned_text(again) == text
