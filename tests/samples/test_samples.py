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
        "ko-01-marketer.txt": "utf-8-sig",
        "ko-02-clinic-desk.txt": "cp949",
        "ko-03-shop-owner.srt": "utf-8",
        "ko-04-backend-developer.vtt": "utf-8",
    }


UNCHANGED = {"work-0701-chef.txt", "work-0882-lawyer.txt"}


@pytest.mark.parametrize("name", [name for name in BY_NAME if name.startswith("work-")])
def test_the_english_interviews_have_two_sides_and_no_stray_speaker(name):
    asking, answering = ({"Assistant", "AI"}, {"User"}) if name in UNCHANGED else ({"Interviewer"}, {"Participant"})
    assert {turn.speaker: turn.role for turn in read(name).turns} == {
        **dict.fromkeys(asking, "interviewer"),
        **dict.fromkeys(answering, "participant"),
    }


LAYOUTS = {
    "ko-01-marketer.txt": "\r\n참석자 1 00:01\r\n",
    "ko-04-backend-developer.vtt": "<v 인터뷰어>",
    "work-0079-psychotherapist.txt": "Interviewer  0:01  \n",
    "work-0366-accountant.txt": "Interviewer (00:01):\n",
    "work-0608-voice-artist.vtt": "<v Interviewer>",
    "work-0701-chef.txt": "Assistant: ",
    "work-0884-pub-manager.md": "**Interviewer:** ",
    "work-0955-teacher.vtt": "00:00:01.200 --> ",
}


@pytest.mark.parametrize(("name", "written"), LAYOUTS.items())
def test_the_layouts_that_people_get_from_their_tools_are_among_them(name, written):
    assert written in BY_NAME[name].read_bytes().decode("utf-8-sig")


def test_a_document_of_teams_is_among_them():
    transcript = read("work-0924-app-developer.docx")
    assert transcript.text.startswith("Interviewer   0:01\n")
    assert transcript.turns[0].time == 1.0


@pytest.mark.parametrize(
    ("name", "interviewer", "participant", "turns"),
    [
        ("ko-01-marketer.txt", "참석자 1", "참석자 2", 32),
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
