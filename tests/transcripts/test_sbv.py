import pytest

from persona_lab.errors import UnreadableText
from persona_lab.transcripts import read_transcript


def read(text):
    return read_transcript(text.encode(), "kim.sbv")


def test_cues_of_one_speaker_are_one_turn():
    transcript = read(
        "0:00:01.000,0:00:02.000\nInterviewer: Is it\n\n0:00:02.000,0:00:03.000\nslow, 1,2?\n\n"
        "1:00:03.500,1:00:04.000\nParticipant: Yes.\n"
    )
    assert [(turn.speaker, turn.text, turn.time) for turn in transcript.turns] == [
        ("Interviewer", "Is it slow, 1,2?", 1.0),
        ("Participant", "Yes.", 3603.5),
    ]


def test_words_under_a_damaged_time_are_kept():
    assert read("0:00:01.000,0:00:02.000\nOne\n\n0:00:1f.000,0:00:03.000\ntwo.\n").text == "One two.\n"


def test_a_file_without_times_is_no_caption_file():
    with pytest.raises(UnreadableText) as error:
        read("Kim: a")
    assert error.value.message == (
        "kim.sbv: it has no times (0:00:01.000,0:00:02.000), so it is no caption file. Name it .txt."
    )
