import pytest

from persona_lab.errors import UnreadableText
from persona_lab.transcripts import read_transcript

VTT = """WEBVTT

NOTE nobody says this

STYLE
::cue { color: red; }

intro
00:01.500 --> 00:03.000
<v Kim>Is it <i>slow</i>?

00:03.000 --> 00:04.000
<v.loud Kim>Tell me &amp; us.</v>

01:00:05.000 --> 01:00:06.000 align:start
<v Lee>Yes.</v> <v Kim>Why?</v>
"""


def vtt(text):
    return read_transcript(text.encode(), "talk.vtt")


def srt(text):
    return read_transcript(text.encode(), "talk.srt")


def test_voices_become_turns_and_cues_of_one_speaker_are_joined():
    assert [(turn.speaker, turn.text) for turn in vtt(VTT).turns] == [
        ("Kim", "Is it slow? Tell me & us."),
        ("Lee", "Yes."),
        ("Kim", "Why?"),
    ]


def test_a_turns_time_is_that_of_its_first_cue():
    assert [turn.time for turn in vtt(VTT).turns] == [1.5, 3605.0, 3605.0]


def test_the_text_is_a_rendering_that_the_turns_are_slices_of():
    transcript = vtt(VTT)
    assert transcript.text == "Kim: Is it slow? Tell me & us.\nLee: Yes.\nKim: Why?\n"
    assert all(transcript.text[turn.start : turn.end] == turn.text for turn in transcript.turns)


def test_labels_in_subtitles_hold_until_the_next_one():
    transcript = srt(
        "1\r\n00:00:01,000 --> 00:00:02,000\r\nInterviewer: When do\r\nyou shop?\r\n\r\n"
        "2\r\n00:00:02,000 --> 00:00:03,000\r\nParticipant: At night,\r\n\r\n"
        "3\r\n00:00:03,000 --> 00:00:04,000\r\nwhen it is quiet.\r\n"
    )
    assert [(turn.speaker, turn.text, turn.time) for turn in transcript.turns] == [
        ("Interviewer", "When do you shop?", 1.0),
        ("Participant", "At night, when it is quiet.", 2.0),
    ]


def test_captions_without_speakers_end_a_turn_at_a_silence():
    transcript = srt("1\n00:00:01,000 --> 00:00:02,000\nOne\n\n2\n00:00:02,000 --> 00:00:03,000\ntwo.\n\n"
                     "3\n00:00:09,000 --> 00:00:10,000\nThree.\n")  # fmt: skip
    assert [(turn.speaker, turn.text) for turn in transcript.turns] == [(None, "One two."), (None, "Three.")]


def test_captions_without_speakers_end_a_long_turn_with_a_sentence():
    cues = "\n\n".join(f"00:{n:02}.000 --> 00:{n + 1:02}.000\n{'word ' * 11}end." for n in range(8))
    assert [len(turn.text) for turn in vtt(f"WEBVTT\n\n{cues}").turns] == [239, 239]


def test_words_under_a_damaged_time_are_kept():
    assert vtt("WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n\n00:02.000 --> 00:1x.000\ntwo.\n").text == "One two.\n"


def test_words_of_a_subtitle_without_a_time_are_kept():
    assert srt("1\n00:00:01,000 --> 00:00:02,000\nOne\n\n2\ntwo\n\n3\n00:00:03,000 --> 00:00:04,000\nthree\n").text == (
        "One two three\n"
    )


def test_numbers_that_are_said_are_kept():
    assert srt("1\n00:00:01,000 --> 00:00:02,000\nIn\n2024\nI left.\n").text == "In 2024 I left.\n"


def test_growing_live_captions_are_said_once():
    transcript = vtt(
        "WEBVTT\n\n00:01.000 --> 00:02.000\nyeah\nwhat<00:01.500><c> will</c>\n\n"
        "00:02.000 --> 00:02.010\nwhat will\n\n00:02.010 --> 00:03.000\nwhat will\nhappen<00:02.500><c> now</c>\n"
    )
    assert transcript.text == "yeah what will happen now\n"


def test_a_repeated_answer_is_kept_in_ordinary_captions():
    assert srt("1\n00:00:01,000 --> 00:00:02,000\n네\n\n2\n00:00:02,000 --> 00:00:03,000\n네\n").text == "네 네\n"


def test_a_missing_first_line_does_not_matter():
    assert vtt("00:01.000 --> 00:02.000\n<v Kim>Hello").turns[0].speaker == "Kim"


def test_a_smaller_sign_is_not_a_tag():
    assert vtt("WEBVTT\n\n00:01.000 --> 00:02.000\nI <3 it, 1 < 2 > 0").text == "I <3 it, 1 < 2 > 0\n"


def test_a_file_without_any_time_is_no_caption_file():
    with pytest.raises(UnreadableText, match=r"talk.srt: it has no times .* Name it .txt."):
        srt("1\nsome text")


def test_each_cue_of_a_turn_keeps_its_place_and_time():
    transcript = vtt(VTT)
    first = transcript.turns[0]
    assert [(transcript.text[cue.start : cue.end], cue.time, cue.until) for cue in first.cues] == [
        ("Is it slow?", 1.5, 3.0),
        ("Tell me & us.", 3.0, 4.0),
    ]


def test_damaged_captions_are_counted():
    transcript = vtt(
        "WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n\n00:02.000 --> 00:1x.000\ntwo.\n\nlost\n\n"
        "00:03.000 --> 00:04.000\nThree."
    )
    assert transcript.remarks == (
        "Captions with a damaged time or none: 1. Their words were kept, without a time.",
        "Captions without a time that were skipped: 1.",
    )


def test_notes_styles_and_regions_between_captions_are_not_counted():
    cue = "00:01.000 --> 00:02.000\nOne\n\n"
    assert vtt(f"WEBVTT\n\nREGION\nid:a\n\n{cue}NOTE later\n\nSTYLE\n::cue {{}}\n\n{cue}").remarks == ()


@pytest.mark.parametrize("time", ["999:00:00.000", "99999999999:00:00.000", "9" * 400 + ":00.000"])
def test_an_absurd_time_is_no_time(time):
    turns = vtt(f"WEBVTT\n\n{time} --> {time}\nOne.\n\n00:01.000 --> 00:02.000\nTwo.").turns
    assert [cue.time for turn in turns for cue in turn.cues] == [1.0]


def test_a_caption_that_ends_before_it_begins_has_no_end():
    assert vtt("WEBVTT\n\n00:09.000 --> 00:02.000\nOne.").turns[0].cues[0].until is None


def test_an_arrow_in_the_words_is_said():
    assert vtt("WEBVTT\n\n00:01.000 --> 00:02.000\nhome --> work").text == "home --> work\n"


def test_somebody_else_without_a_name_is_another_turn():
    transcript = srt("1\n00:00:01,000 --> 00:00:02,000\n>> KIM: Slow?\n\n2\n00:00:02,000 --> 00:00:03,000\n>> Yes.\n\n"
                     "3\n00:00:03,000 --> 00:00:04,000\n>> KIM: Why?\n")  # fmt: skip
    assert [(turn.speaker, turn.text) for turn in transcript.turns] == [
        ("KIM", "Slow?"),
        (None, "Yes."),
        ("KIM", "Why?"),
    ]


def test_a_caption_file_without_captions_says_so():
    with pytest.raises(UnreadableText, match=r"talk.vtt: it holds no captions, .* Export it again."):
        vtt("WEBVTT\n\nNOTE empty\n")
