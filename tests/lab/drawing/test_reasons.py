"""Reasons of failure and staleness in the language of labels."""

import pytest

from persona_lab import errors
from persona_lab.lab.drawing import reasons
from persona_lab.models import Merge


@pytest.mark.parametrize("error", list(errors.every()))
def test_every_error_has_a_sentence_in_korean(error: type[errors.PersonaLabError]) -> None:
    told = reasons.of_error(error("a.txt: what was said."), "ko")
    assert any("가" <= character <= "힣" for character in told)


def test_english_is_what_the_server_said() -> None:
    assert reasons.of_error(errors.EmptyFile("a.txt: the file is empty."), "en") == "a.txt: the file is empty."


def test_where_a_code_stands_for_many_things_the_servers_words_stay() -> None:
    told = reasons.of_error(errors.Conflict("Nothing has been answered yet."), "ko")
    assert told == "지금은 할 수 없습니다. Nothing has been answered yet."


def test_a_code_of_a_newer_server_leaves_its_words() -> None:
    assert reasons.error_text("unheard_of", "It is too warm.", "ko") == "It is too warm."


def test_what_nobody_expected_is_told_without_its_words() -> None:
    assert "log says more" in reasons.of_any(ValueError("'NoneType'"), "en")
    assert "로그" in reasons.of_any(ValueError("'NoneType'"), "ko")


def test_a_reason_of_staleness_keeps_its_parts() -> None:
    told = reasons.stale_text(
        [
            "The project's company info was empty and is “{A} → B” now.",
            "Mina was taken for an interviewer and is a participant now.",
            "3 interviews were analysed again.",
        ],
        "ko",
    )
    assert told == (
        "프로젝트의 회사 정보: 비어 있음 → “{A} → B”. Mina: 화자 역할이 진행자에서 참여자(으)로 바뀌었습니다. "
        "인터뷰 3건이 다시 분석되었습니다."
    )


def test_how_interviews_changed_since_a_merge_is_told_in_korean() -> None:
    merge = Merge(model="m", rules_hash="h", runs={"a": "1", "b": "1"})
    assert reasons.stale_text(merge.since({"a": "2", "c": "1", "d": "1"}), "ko") == (
        "인터뷰 2건이 추가되었습니다. 인터뷰 1건이 삭제되었습니다. 인터뷰 1건이 다시 분석되었습니다."
    )


def test_a_sentence_of_no_known_form_stays() -> None:
    assert reasons.stale_text(["It rained."], "ko") == "It rained."


def test_how_long_to_wait_is_said_in_korean_too() -> None:
    assert "712초 뒤에" in reasons.of_error(errors.TooManyAttempts.of(711.2), "ko")
    told = reasons.of_error(errors.TooManyUploads.of(30, 41.5), "ko")
    assert "30건" in told
    assert "42초 뒤에" in told


def test_what_may_be_tried_too_often_is_said_without_a_figure_where_there_is_none() -> None:
    assert "15분" in reasons.of_error(errors.TooManyAttempts(), "ko")
