"""What a transcript tells of the talk, without anybody's judgement."""

from persona_lab.engines.analysing.session import session
from persona_lab.transcripts import read_transcript

FILE = """Date: 2026-03-02
Place: Leeds library
Interviewee: Mina

[00:00:05] Interviewer: How was it?
[00:00:09] Participant: The card form is slow.
[00:01:35] Interviewer: And then?
[00:01:40] Participant: I left.
"""


def test_a_header_tells_date_and_place_and_stays_as_it_is_written():
    found = session(read_transcript(FILE.encode(), "a.txt"))
    assert (found.date, found.place) == ("2026-03-02", "Leeds library")
    assert found.facts["Interviewee"] == "Mina"


def test_a_korean_header_is_understood():
    text = "일시: 2026년 3월 2일\n장소: 강남역 카페\n\n면담자: 어떠셨어요?\n참여자: 결제가 느려요.\n"
    found = session(read_transcript(text.encode(), "a.txt"))
    assert (found.date, found.place) == ("2026년 3월 2일", "강남역 카페")


def test_the_duration_is_from_the_first_time_to_the_last():
    assert session(read_transcript(FILE.encode(), "a.txt")).duration_seconds == 95


def test_a_file_without_times_has_no_duration(checkout):
    assert session(checkout).duration_seconds is None


def test_talk_is_shared_out_by_words(make):
    found = session(make("Q: How was it?", "P: Slow, slow, slow, slow, slow, slow, slow."))
    assert (found.turns, found.words, found.participants) == (2, 10, 1)
    assert [(talk.role, talk.turns, talk.words, talk.share) for talk in found.talk] == [
        ("interviewer", 1, 3, 0.3),
        ("participant", 1, 7, 0.7),
    ]
