import pytest

from persona_lab import samples
from persona_lab.transcripts import read_transcript

BY_NAME = {path.name: path for path in samples.paths()}


def read(name):
    return read_transcript(BY_NAME[name].read_bytes(), name)


def test_there_are_twelve_english_and_four_korean_interviews():
    languages = [read(name).language for name in BY_NAME]
    assert (languages.count("en"), languages.count("ko")) == (12, 4)


def test_every_format_is_among_them():
    assert {path.suffix for path in samples.paths()} == {".txt", ".md", ".docx", ".vtt", ".srt"}


def test_they_come_sorted_and_without_the_notice():
    assert samples.paths() == sorted(samples.paths())
    assert samples.NOTICE not in samples.paths()


def test_the_encodings_are_known():
    assert {name: read(name).encoding for name in BY_NAME if name.startswith("ko-")} == {
        "ko-01-marketer.txt": "utf-8",
        "ko-02-clinic-desk.txt": "cp949",
        "ko-03-shop-owner.srt": "utf-8",
        "ko-04-backend-developer.vtt": "utf-8",
    }


SPEAKERS = {
    ".txt": {"Assistant": "interviewer", "AI": "interviewer", "User": "participant"},
    ".md": {"Interviewer": "interviewer", "Participant": "participant"},
    ".docx": {"Interviewer": "interviewer", "Participant": "participant"},
}


@pytest.mark.parametrize("name", [name for name in BY_NAME if name.startswith("work-")])
def test_the_english_interviews_have_two_sides_and_no_stray_speaker(name):
    assert {turn.speaker: turn.role for turn in read(name).turns} == SPEAKERS[BY_NAME[name].suffix]


@pytest.mark.parametrize(
    ("name", "interviewer", "participant", "turns"),
    [
        ("ko-01-marketer.txt", "인터뷰어", "참가자", 32),
        ("ko-02-clinic-desk.txt", "진행자", "참여자", 40),
        ("ko-03-shop-owner.srt", "연구원", "참가자", 38),
        ("ko-04-backend-developer.vtt", "인터뷰어", "참가자", 36),
    ],
)
def test_the_korean_interviews_go_back_and_forth(name, interviewer, participant, turns):
    said = read(name).turns
    assert [(turn.speaker, turn.role) for turn in said] == [
        (interviewer, "interviewer"),
        (participant, "participant"),
    ] * (turns // 2)


def test_the_captions_have_times_that_only_grow():
    for name in ("ko-03-shop-owner.srt", "ko-04-backend-developer.vtt"):
        times = [turn.time for turn in read(name).turns]
        assert times == sorted(times)
        assert times[0] == 1.2


def test_the_written_ones_say_that_no_real_person_speaks():
    for name in ("ko-01-marketer.txt", "ko-02-clinic-desk.txt"):
        assert read(name).text.startswith("안내: 예시로 쓰려고 지어낸 인터뷰입니다. 실제 인물의 말이 아닙니다.")
    assert "NOTE\n예시로 쓰려고 지어낸" in BY_NAME["ko-04-backend-developer.vtt"].read_text(encoding="utf-8")
    assert "ko-03-shop-owner.srt" in samples.NOTICE.read_text(encoding="utf-8")


def test_they_are_small_enough_to_ship():
    assert sum(path.stat().st_size for path in samples.FOLDER.iterdir() if path.is_file()) < 300_000


def test_the_study_has_what_a_project_needs():
    assert set(samples.STUDY) == {"name", "purpose", "audience"}
