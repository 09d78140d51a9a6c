"""Outputs are read in every form they were seen in, and judged by what is in them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_lab.engines.miso.reading import (
    Claim,
    Stretch,
    clean,
    interview_of,
    mind_map_of,
    persona_of,
    summary_of,
    value_of,
)
from persona_lab.errors import AnswerNotUnderstood
from persona_lab.models import CitedQuote, MindMapItem

FIELDS: dict[str, Any] = {
    "cleaned_script": [
        {"id": [5, 6], "speaker": "answer", "category": "painpoint", "cleaned_sentence": "앱이 느려요."}
    ],
    "session_info": [{"session_date": "2025-03-02", "interview_topic": "충전 경험"}],
    "interviewee_profile": [
        {"profile_summary": "충전을 자주 한다.", "demographics": {"age_group": "30대", "gender": "여성"}}
    ],
    "interview_quality_assessment": [{"overall_quality": {"score": 4, "assessment": "길게 답했다."}}],
    "key_takeaways": ["빠르면 쓴다."],
    "primary_pain_points": [{"description": "느리다", "evidence": [5, 6]}],
    "primary_needs": [{"description": "빠르게", "evidence": [7]}],
    "hmw_questions": [{"hmw_questions": "어떻게 하면 빨라질까?"}],
    "script_sections": [{"sector_name": "도입", "start_line": 1, "end_line": 2, "is_main_content": False}],
    "ai_persona_match": "P2",
}
TEXT = json.dumps(FIELDS, ensure_ascii=False)


def test_the_normal_form_is_read_field_by_field() -> None:
    found = interview_of(FIELDS)
    assert found.script[0].lines == (5, 6)
    assert found.script[0].text == "앱이 느려요."
    assert found.session == {"session_date": "2025-03-02", "interview_topic": "충전 경험"}
    assert found.profile == "충전을 자주 한다."
    assert found.demographics == {"age_group": "30대", "gender": "여성"}
    assert (found.quality_score, found.quality_reason) == (4, "길게 답했다.")
    assert found.takeaways == ("빠르면 쓴다.",)
    assert found.pains == (Claim(text="느리다", lines=(5, 6)),)
    assert found.needs == (Claim(text="빠르게", lines=(7,)),)
    assert found.how_might_we == ("어떻게 하면 빨라질까?",)
    assert found.sections == (Stretch(name="도입", first=1, last=2, is_main=False),)
    assert found.persona == "P2"


@pytest.mark.parametrize(
    "outputs",
    [
        TEXT,
        f"```json\n{TEXT}\n```",
        f"```\n{TEXT}```",
        f"\ufeff  {TEXT}",
        json.dumps(TEXT),
        json.dumps(json.dumps(TEXT)),
        f"Of course [gladly]! Here it is:\n{TEXT}\nIs there anything else? {{}}",
        f"```json\n{TEXT}\n```\nHope that helps.",
        {"result": TEXT},
        {"result": json.dumps(TEXT)},
        {"text": f"```json\n{TEXT}\n```", "usage": {}},
        {"output": {"answer": FIELDS}},
        [FIELDS],
        {name: json.dumps(value) for name, value in FIELDS.items()},
        {name: json.dumps(value, ensure_ascii=False) for name, value in FIELDS.items()},
        {
            name: [json.dumps(one) for one in value] if isinstance(value, list) else value
            for name, value in FIELDS.items()
        }
        | {"key_takeaways": ["빠르면 쓴다."]},
        {**FIELDS, "session_info": FIELDS["session_info"][0], "interviewee_profile": FIELDS["interviewee_profile"][0]},
        {**FIELDS, "primary_pain_points": FIELDS["primary_pain_points"][0]},
        {**FIELDS, "hmw_questions": ["어떻게 하면 빨라질까?"], "key_takeaways": "- 빠르면 쓴다."},
        {**FIELDS, "primary_pain_points": [{"description": "느리다", "evidence": "5-6"}]},
        {**FIELDS, "primary_pain_points": [{"description": "느리다", "evidence": ["5", 6.0]}]},
        {**FIELDS, "interview_quality_assessment": {"overall_quality": {"score": "4/5", "assessment": "길게 답했다."}}},
    ],
)
def test_every_wrapping_says_the_same(outputs: Any) -> None:
    assert interview_of(outputs) == interview_of(FIELDS)


@pytest.mark.parametrize(
    "outputs",
    [
        None,
        "",
        {},
        [],
        "no JSON at all, [just] {prose}",
        dict.fromkeys(FIELDS, ""),
        {name: [] for name in FIELDS},
        dict.fromkeys(FIELDS),
        dict.fromkeys(FIELDS, 7),
        dict.fromkeys(FIELDS, True),
        {name: {"x": []} for name in FIELDS},
        TEXT[:-2],
        TEXT[: len(TEXT) // 2],
        f"Here it is: ```json\n{TEXT[:200]}",
        {"ai_persona_match": "P2", "session_info": FIELDS["session_info"]},
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
    ids=range(17),
)
def test_what_says_nothing_was_not_understood(outputs: Any) -> None:
    with pytest.raises(AnswerNotUnderstood):
        interview_of(outputs)


def test_each_field_may_be_broken_by_itself() -> None:
    for name in FIELDS:
        for broken in (None, 7, "?", [7], {"a": 1}, [[]], [None]):
            assert interview_of({**FIELDS, name: broken}).needs or name == "primary_needs"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*FIELDS, "x"]), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*FIELDS, "result"]), JSON) | JSON)
def test_nothing_that_json_can_say_raises_anything_else(outputs: Any) -> None:
    try:
        found = interview_of(outputs)
    except AnswerNotUnderstood:
        return
    found.model_dump_json().encode()


def test_a_quotation_in_a_text_is_no_wrapping() -> None:
    told = interview_of({**FIELDS, "key_takeaways": ['They said ["x"] twice, {"a": 1}.']})
    assert told.takeaways == ('They said ["x"] twice, {"a": 1}.',)


def test_escaped_quotation_marks_within_json_text_stay() -> None:
    told = {"result": json.dumps({**FIELDS, "key_takeaways": ['"빨라요"라고 했다.']}, ensure_ascii=False)}
    assert interview_of(told).takeaways == ('"빨라요"라고 했다.',)


def test_halves_of_characters_and_nuls_are_replaced() -> None:
    assert clean("a\ud83d\ude25b\ud83dc\0") == "a😥b\ufffdc\ufffd"
    assert value_of('"\\ud83d"') == "\ud83d"


def test_a_persona_is_read() -> None:
    told = {
        "persona_summary": "저는 …",
        "painpoints": "느린 결제, 카드 재입력",
        "needs": ["저장"],
        "thumbnail": '{"imageUrl": "https://x.example/a.png"}',
    }
    found = persona_of(told)
    assert found.pains == ("느린 결제", "카드 재입력")
    assert found.needs == ("저장",)
    assert found.image_url == "https://x.example/a.png"


@pytest.mark.parametrize("thumbnail", [None, "", "javascript:alert(1)", 5, "{}", {"imageUrl": None}])
def test_a_thumbnail_that_is_no_address_is_none(thumbnail: Any) -> None:
    assert persona_of({"persona_summary": "저는 …", "thumbnail": thumbnail}).image_url is None


def test_a_persona_without_a_summary_was_not_understood() -> None:
    with pytest.raises(AnswerNotUnderstood):
        persona_of({"persona_summary": "", "needs": "저장"})


SAID = CitedQuote(turn=1, start=0, end=2, text="다시", interview_id="a")


def cited(words: str) -> CitedQuote | None:
    return SAID if words == SAID.text else None


def test_a_mind_map_is_read_as_text_or_as_it_is() -> None:
    items = [{"content": "재입력", "quote": "다시", "relevance": "높음"}, "느림"]
    told = {
        "title": "결제",
        "root_node": {"text": "왜", "subtitle": "떠나나"},
        "main_topics": [{"id": "p", "title": "문제", "subtopics": [{"title": "카드", "content_items": items}]}],
    }
    found = mind_map_of({"result": f"```json\n{json.dumps(told)}\n```"}, cited)
    assert found == mind_map_of({"result": told}, cited) == mind_map_of(told, cited)
    assert found.topics[0].subtopics[0].items == (
        MindMapItem(content="재입력", quote=SAID, relevance="높음"),
        MindMapItem(content="느림"),
    )


@pytest.mark.parametrize("missing", ["title", "root_node", "main_topics"])
def test_a_mind_map_without_its_parts_was_not_understood(missing: str) -> None:
    told = {"title": "결제", "root_node": {"text": "왜"}, "main_topics": [{"title": "문제"}], missing: None}
    with pytest.raises(AnswerNotUnderstood):
        mind_map_of({"result": told}, cited)


def test_an_empty_summary_was_not_understood() -> None:
    assert summary_of({"result": " 느리다. "}) == "느리다."
    for told in (None, {}, {"result": ""}, {"result": None}):
        with pytest.raises(AnswerNotUnderstood):
            summary_of(told)
