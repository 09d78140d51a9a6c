"""Who and what is found in transcripts, and whom a mention means."""

import unicodedata
from collections.abc import Callable

import pytest

from persona_lab.models import Transcript
from persona_lab.transcripts import read_transcript
from persona_lab.transcripts.redaction import scan, scan_texts
from tests.benchmarks.bench_redaction import labelled, scores


def read(text: str) -> Transcript:
    return read_transcript(text.encode(), "interview.txt")


def keys(transcript: Transcript) -> dict[str, set[str]]:
    """Return by key in which ways the text writes it."""
    found: dict[str, set[str]] = {}
    for find in scan(transcript).finds:
        found.setdefault(find.key, set()).add(transcript.text[find.start : find.end])
    return found


KOREAN = (
    "인터뷰어: 자기소개 부탁드려요.\n"
    "박서준: 저는 박서준입니다. 김민지 대리랑 같이 일해요.\n"
    "인터뷰어: 민지 씨는 어떤 일을 하세요?\n"
    "박서준: 민지가 결제를 맡고 있고, 김 대리한테 물어보면 다 알아요. 번호는 010-1234-5678이에요.\n"
    "인터뷰어: 01012345678 맞나요?\n"
)


def test_one_person_is_one_however_she_is_called() -> None:
    found = keys(read(KOREAN))
    assert found["김민지"] == {"김민지", "민지", "김"}
    assert found["박서준"] == {"박서준"}


def test_one_number_is_one_however_it_is_written() -> None:
    assert keys(read(KOREAN))["+821012345678"] == {"010-1234-5678", "01012345678"}


def test_two_people_of_one_given_name_are_not_taken_for_each_other() -> None:
    text = KOREAN + "박서준: 아, 최민지 과장은 다른 사람이에요.\n인터뷰어: 민지 씨가 둘이군요.\n"
    found = keys(read(text))
    assert "민지" in found
    assert {"김민지", "최민지"} <= set(found)


def test_speakers_are_found_in_their_labels_and_in_what_others_say() -> None:
    transcript = read(
        "Interviewer: Hi Zanthe, how are you?\nZanthe: Fine.\nInterviewer: Zanthe, go on.\nZanthe: Sure.\n"
    )
    places = [find.start for find in scan(transcript).finds if find.key == "zanthe"]
    assert len(places) == 4
    assert [find.key for find in scan(transcript).beside["Zanthe"]] == ["zanthe"]
    assert scan(transcript).beside["Interviewer"] == ()


def test_a_label_that_is_a_word_is_hidden_where_it_is_the_label() -> None:
    transcript = read("Interviewer: Why?\nWill: Will it ever work? I asked.\nInterviewer: So?\nWill: No.\n")
    found = [(find.start, find.key) for find in scan(transcript).finds]
    at = transcript.text.index("Will it")
    assert [key for _, key in found] == ["will", "will"]
    assert at not in [start for start, _ in found]


@pytest.mark.parametrize("label", ["Interviewer", "Speaker 1", "P3", "참가자 2", "진행자", "Moderator", "Q", "화자 1"])
def test_a_role_is_nobodys_name(label: str) -> None:
    transcript = read(f"{label}: 결제가 어땠나요?\nB: 좋았어요.\n{label}: 네.\nB: 그래요.\n")
    assert scan(transcript).finds == ()


def test_facts_in_the_header_are_found_too() -> None:
    transcript = read(
        "면담자: 홍길동\n연락처: 010-9999-8888\n\n"
        "인터뷰어: 어떠셨어요?\n홍길동: 좋았어요.\n인터뷰어: 왜요?\n홍길동: 그냥요.\n"
    )
    texts = {transcript.text[find.start : find.end] for find in scan(transcript).finds}
    assert {"홍길동", "010-9999-8888"} <= texts
    assert sum(find.key == "홍길동" for find in scan(transcript).finds) == transcript.text.count("홍길동")


def test_decomposed_hangul_and_wide_digits_are_read_as_what_they_are() -> None:
    text = unicodedata.normalize("NFD", "어제 김민지 씨가 전화했어요.") + " 번호는 ０１０－１２３４－５６７８이에요."
    (found,) = scan_texts([text])
    said = [unicodedata.normalize("NFC", text[find.start : find.end]) for find in found.finds]
    assert said == ["김민지", "０１０－１２３４－５６７８"]


def test_no_find_reaches_over_a_turns_end() -> None:
    transcript = read("Q: What about Sarah\nA: Chen was late.\nQ: Oh.\nA: Yes.\n")
    for find in scan(transcript).finds:
        assert any(turn.start <= find.start and find.end <= turn.end for turn in transcript.turns)


@pytest.mark.parametrize("name", ["ko", "en"])
def test_the_sentences_the_finders_were_made_with_are_read_rightly(name: str) -> None:
    by_kind = scores(labelled(name))
    assert {kind: score for kind, score in by_kind.items() if score.wrong or score.missed} == {}


@pytest.mark.parametrize("name", ["ko-held", "en-held"])
def test_most_of_what_is_personal_in_other_sentences_is_found(name: str) -> None:
    by_kind = scores(labelled(name)).values()
    right, wrong, missed = (sum(column) for column in zip(*by_kind, strict=True))
    assert right / (right + missed) >= 0.75
    assert right / (right + wrong) >= 0.9


def test_a_long_turn_takes_no_longer_than_its_length(make_long: Callable[[int], str]) -> None:
    import time

    def seconds(text: str) -> float:
        started = time.process_time()
        scan_texts([text])
        return time.process_time() - started

    scan_texts(["김민지 씨"])
    short, long = seconds(make_long(200)), seconds(make_long(1600))
    assert long < 8 * short * 3 + 0.5


@pytest.fixture
def make_long() -> Callable[[int], str]:
    return lambda times: "결제하다가 김민지 씨한테 010-1234-5678로 전화했더니 I asked Sarah Chen about it. " * times


def test_a_number_is_hidden_again_where_nothing_says_what_it_is() -> None:
    transcript = read(
        "Q: 계좌번호가 뭐였죠?\nA: 국민은행 123456-01-234567이요.\nQ: 123456-01-234567 맞아요?\nA: 네, 맞아요.\n"
    )
    assert [find.kind for find in scan(transcript).finds] == ["account", "account"]
