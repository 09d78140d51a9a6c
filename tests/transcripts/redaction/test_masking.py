"""Somebody is taken out of a transcript, and nothing else in it moves."""

import pytest

from persona_lab.models import Masked, Transcript
from persona_lab.transcripts import read_transcript
from persona_lab.transcripts.redaction import scan
from persona_lab.transcripts.redaction.masking import mask, masked, mentions, names_in, without_names

ENGLISH = """Date: 2026-03-02
Participant 1: Sarah Chen, nurse
Participants: Sarah Chen, Jun

Interviewer: What bothers you?
Sarah Chen: The form is slow.
It forgets my address.
Jun: Sarah is right, the form is slow. I will wait.
Interviewer: Anything else?
Sarah Chen: No.
Jun: No, thank you.
"""
KOREAN = """진행자: 무엇이 불편하세요?
김민지: 화면이 느려요.
박서준: 김민지 님 말처럼 느려요. 민지 씨가 맞아요.
진행자: 또 있나요?
김민지: 없어요.
박서준: 없습니다. 감사합니다.
"""


def without(text: str, label: str, called: str | None = None) -> tuple[Transcript, Masked]:
    raw = read_transcript(text.encode(), "talk.txt")
    return raw, masked(raw, {label}, {called} if called else set(), scan(raw))


@pytest.mark.parametrize(("text", "label"), [(ENGLISH, "Sarah Chen"), (KOREAN, "김민지")])
def test_every_other_turn_stands_where_it_stood(text: str, label: str) -> None:
    raw, found = without(text, label)
    rest = found.transcript
    assert len(rest.text) == len(raw.text)
    for before, after in zip(raw.turns, rest.turns, strict=True):
        assert (after.index, after.start, after.end, after.time) == (
            before.index,
            before.start,
            before.end,
            before.time,
        )
        assert rest.text[after.start : after.end] == after.text
        if after.index not in found.turns | found.named:
            assert after == before


def test_whoever_is_masked_speaks_no_more_and_is_named_no_more() -> None:
    _, found = without(ENGLISH, "Sarah Chen")
    for theirs in (turn for turn in found.transcript.turns if turn.index in found.turns):
        assert (theirs.speaker, theirs.role) == ("Participant withdrawn", "other")
        assert set(theirs.text) <= {"█", " "}
    assert "Sarah" not in found.transcript.model_dump_json()
    assert "Jun: █████ is right, the form is slow. I will wait." in found.transcript.text


def test_a_line_that_introduces_them_alone_goes_whole_and_one_of_several_keeps_the_others() -> None:
    _, found = without(ENGLISH, "Sarah Chen")
    assert "nurse" not in found.transcript.text
    assert "Participants: ███████ ██, Jun\n" in found.transcript.text
    assert "nurse" not in str(found.transcript.metadata)
    assert "2026-03-02" in found.transcript.text


def test_a_korean_name_is_masked_whole_and_by_its_given_name() -> None:
    raw, found = without(KOREAN, "김민지")
    assert "민지" not in found.transcript.text
    assert found.transcript.turns[min(found.turns)].speaker == "철회한 참여자"
    assert "느려요. " in found.transcript.turns[2].text
    assert found.said[1] == raw.turns[1].text


def test_names_that_people_gave_are_masked_like_those_of_the_file() -> None:
    text = ENGLISH.replace("Sarah Chen", "P1").replace("Sarah is right", "Sarah Chen is right")
    _, found = without(text, "P1", "Sarah Chen")
    assert "Sarah" not in found.transcript.text
    assert "P1" not in found.transcript.text


def test_the_remark_says_how_much_is_masked() -> None:
    _, found = without(ENGLISH, "Sarah Chen")
    assert found.transcript.remarks[-1] == "A participant was erased from this interview: 2 turns are masked."


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 40])
def test_a_mask_is_as_long_as_what_it_stands_for_and_can_be_broken_into_lines(length: int) -> None:
    made = mask(length)
    assert len(made) == length
    assert made == made.strip()
    assert all(len(part) <= 8 for part in made.split())


def test_a_label_that_says_only_what_somebody_is_names_nobody() -> None:
    assert names_in(["Speaker 1", "참여자", "P2"]) == ()
    assert names_in(["Mina (P3)", "Mina Kim"]) == ("Mina Kim", "Mina")
    assert mentions("The participants agree", names_in(["참여자"])) == []


def test_a_name_that_is_a_word_is_one_where_somebody_is_meant() -> None:
    assert mentions("Will you wait?", ["Will"]) == []
    assert mentions("I asked Will about it", ["Will"]) == [(8, 12)]
    assert mentions("[Name3] said so", ["[Name3]"]) == [(0, 7)]


def test_titles_lose_the_name_however_it_is_written() -> None:
    assert without_names("mina_and_jun.txt", ["Mina"]) == "…_and_jun.txt"
    assert without_names("김민지님 인터뷰", ["김민지"]) == "…님 인터뷰"
    assert without_names("Minari recipes", ["Mina"]) == "Minari recipes"
