"""What a report comes to: profile, questions and findings that rest on what was said, and what is only measured."""

from collections.abc import Callable
from typing import Any

import pytest

from persona_lab.engines.base import Alone, Context
from persona_lab.engines.gate.admitting import admitted
from persona_lab.engines.llm import shapes
from persona_lab.engines.llm.engine import LlmEngine
from persona_lab.engines.llm.reading import Judge, Notes, collected
from persona_lab.engines.workroom import Workroom
from persona_lab.models import Transcript
from tests.fakes.openai import OpenAiLookAlike

SAID = "the card form forgets my address every time"


@pytest.fixture
def baker(make: Callable[..., Transcript]) -> Transcript:
    return make(
        "Q: Are you a baker as well?",
        "P: I am a baker from Leeds, and the card form forgets my address every time. I wish it knew my address.",
        "Q: Anything else?",
        "P: My brother is a dentist. The courier never rings the bell, so parcels go back.",
    )


@pytest.fixture
def judge(baker: Transcript, workroom: Workroom) -> Callable[..., Notes]:
    """Judge a report; what is left out of it has nothing in it."""

    def judged(**report: Any) -> Notes:
        empty: dict[str, Any] = {"summary": [], "findings": [], "profile": [], "how_might_we": []}
        return Judge(baker, workroom).judge(shapes.Notes.model_validate({**empty, **report}))

    return judged


def told(name: str, value: str, words: str, turn: int = 1) -> dict[str, Any]:
    return {"name": name, "value": value, "quotes": [{"turn": turn, "words": words}]}


def finding(kind: str, text: str, *words: str, turn: int = 1) -> dict[str, Any]:
    return {"kind": kind, "text": text, "quotes": [{"turn": turn, "words": one} for one in words]}


def test_a_trait_is_shown_in_the_participants_own_words(judge: Callable[..., Notes]) -> None:
    notes = judge(
        profile=[told("job", "A Baker", "I am a baker from Leeds"), told("place", "Leeds", "baker from Leeds")]
    )
    assert [(one.name, one.value) for one in notes.profile] == [("job", "a baker"), ("place", "Leeds")]


@pytest.mark.parametrize(
    "trait",
    [
        told("job", "a pilot", "I am a baker from Leeds"),
        told("job", "a pilot", "I am a pilot"),
        told("job", "a baker", "Are you a baker as well", turn=0),
        told("habit", "https://evil.example", "I am a baker from Leeds"),
        told("habit", SAID + " and so on and on and on and on", SAID),
    ],
    ids=["not in its quote", "invented", "the interviewer's", "an address", "a speech"],
)
def test_a_trait_that_nobody_told_is_not_shown(judge: Callable[..., Notes], trait: dict[str, Any]) -> None:
    assert judge(profile=[trait]).profile == []


def test_a_trait_of_another_name_is_another_form() -> None:
    with pytest.raises(ValueError, match="name"):
        shapes.Told.model_validate(told("income", "much", SAID))


def test_nobody_has_two_ages(judge: Callable[..., Notes], make: Callable[..., Transcript], workroom: Workroom) -> None:
    transcript = make("P: I am 41 years old.", "P: I am 42 years old.")
    report = {"profile": [told("age", "41", "I am 41 years old", 0), told("age", "42", "I am 42 years old", 1)]}
    empty: dict[str, Any] = {"summary": [], "findings": [], "how_might_we": []}
    notes = Judge(transcript, workroom).judge(shapes.Notes.model_validate({**empty, **report}))
    assert [one.value for one in collected([notes]).profile] == ["41"]


def test_a_question_rests_on_findings_that_are_shown(judge: Callable[..., Notes]) -> None:
    notes = judge(
        findings=[
            finding("pain", "Everything is perfect.", "I never have a problem"),
            finding("need", "The form should know the address.", "I wish it knew my address"),
            finding("pain", "The courier does not ring.", "The courier never rings the bell", turn=3),
        ],
        how_might_we=[
            {"text": "How might we make the form remember the address?", "findings": [2]},
            {"text": "How might we keep everything perfect?", "findings": [1]},
            {"text": "How might we sell more gold abroad?", "findings": [3]},
            {"text": "How might we have couriers ring?", "findings": [2, 1]},
            {"text": "Buy gold now.", "findings": [2]},
            {"text": "How might we have the courier ring?", "findings": [7]},
            {"text": "How might we have the courier ring the bell?", "findings": [3, 3]},
        ],
    )
    found = collected([notes])
    assert [(one.text, one.findings) for one in found.how_might_we] == [
        ("How might we make the form remember the address?", (1,)),
        ("How might we have the courier ring the bell?", (0,)),
    ]
    assert [one.kind for one in found.insights] == ["pain", "need"]


def test_a_finding_of_two_sections_is_one_and_comes_first(judge: Callable[..., Notes], baker: Transcript) -> None:
    first = judge(
        findings=[
            finding("pain", "The courier does not ring the bell.", "The courier never rings the bell", turn=3),
            finding("pain", "The card form forgets the address.", SAID),
        ]
    )
    found = collected(
        [first, judge(findings=[finding("pain", "Card form forgets address.", "I wish it knew my address")])]
    )
    assert [(one.text, len(one.quotes)) for one in found.insights] == [
        ("The card form forgets the address.", 2),
        ("The courier does not ring the bell.", 1),
    ]
    assert found.insights[0].score > found.insights[1].score


def test_an_analysis_has_all_its_parts(engine: LlmEngine, endpoint: OpenAiLookAlike, baker: Transcript) -> None:
    analysis = admitted(engine.analyse(baker, Context(purpose="How people order cakes"), Alone("run-1")), baker)
    assert [(one.name, one.value) for one in analysis.profile] == [("job", "baker from Leeds")]
    assert [analysis.insights[n].kind for one in analysis.how_might_we for n in one.findings] == ["need"]
    assert [section.first for section in analysis.sections][:1] == [0]
    assert analysis.quality is not None
    assert analysis.session is not None
    assert analysis.rejected_quotes == 0


def test_what_is_measured_is_measured_as_the_local_engine_does(
    engine: LlmEngine, workroom: Workroom, baker: Transcript
) -> None:
    from persona_lab.engines.local import LocalEngine

    context = Context(purpose="How people order cakes")
    here = LocalEngine(workroom).analyse(baker, context, Alone("run-1"))
    there = engine.analyse(baker, context, Alone("run-1"))
    assert (there.sections, there.leading_questions, there.quality) == (
        here.sections,
        here.leading_questions,
        here.quality,
    )


def test_check_says_who_answers(engine: LlmEngine, endpoint: OpenAiLookAlike) -> None:
    assert engine.check().startswith(f"look-alike-1 at {endpoint.url} answers, in ")
    assert len(endpoint.calls) == 1
