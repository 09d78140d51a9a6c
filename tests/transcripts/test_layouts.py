"""Every layout is read back as it was written, and what tools write around the talk stays out of it."""

import pytest

from persona_lab import samples
from persona_lab.transcripts import read_transcript
from tests.support.layouts import LAYOUTS, Said, clova_summary_txt, clova_txt, meet_docx, otter_txt, teams_docx
from tests.support.round_trip import Truth, round_trip


def truths():
    for path in samples.paths():
        transcript = read_transcript(path.read_bytes(), path.name)
        turns = [Truth(turn.role, 0, turn.text) for turn in transcript.turns if turn.role != "other"]
        yield path.name, transcript.language, turns


SAMPLES = list(truths())


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_sample_comes_back_as_it_was_written(name):
    for sample, language, turns in SAMPLES:
        result, transcript, _ = round_trip(turns, LAYOUTS[name], language=language)
        assert (sample, result.both, result.roles) == (sample, result.turns, result.turns)
        assert len(transcript.turns) == result.turns
        assert all(transcript.text[turn.start : turn.end] == turn.text for turn in transcript.turns)
        times = [turn.time for turn in transcript.turns if turn.time is not None]
        assert times == sorted(times)


@pytest.mark.parametrize("name", [name for name, layout in LAYOUTS.items() if layout.ending in (".vtt", ".srt")])
def test_captions_keep_the_time_of_each_cue(name):
    _, language, turns = SAMPLES[0]
    _, transcript, _ = round_trip(turns, LAYOUTS[name], language=language)
    for turn in transcript.turns:
        assert turn.cues[0].start == turn.start
        assert turn.cues[-1].end == turn.end
        assert turn.cues[0].time == turn.time
        assert [cue.time for cue in turn.cues] == sorted(cue.time for cue in turn.cues)


TALK = [
    Said("김민수", "언제 쓰세요?"),
    Said("박지훈", "아침에요."),
    Said("김민수", "왜요?"),
    Said("박지훈", "조용해서요."),
]


def read(raw, filename):
    return read_transcript(raw, filename)


def said(transcript):
    return [Said(turn.speaker, turn.text) for turn in transcript.turns]


def test_the_notes_of_google_meet_are_kept_apart_from_the_talk():
    transcript = read(meet_docx(TALK), "meet.docx")
    assert said(transcript) == TALK
    assert transcript.metadata["Summary"] == "김민수 and 박지훈 talked about work."
    assert "asked about it" in transcript.metadata["Details"]


def test_the_summary_of_clova_note_is_kept_apart_from_the_talk():
    transcript = read(clova_summary_txt(TALK), "clova.txt")
    assert said(transcript) == TALK
    assert "도구가 느려서" in transcript.metadata["요약"]
    assert transcript.metadata["title"] == "새로운 노트"
    assert transcript.metadata["date"].startswith("2026.03.02")


def test_a_summary_below_the_talk_of_clova_note_is_nobodys_words():
    raw = "참석자 1 00:03\n언제 쓰세요?\n\n참석자 2 00:07\n아침에요.\n\n요약\n- 참석자 2: 아침에 쓴다고 함\n"
    turns = read(raw.encode(), "clova.txt").turns
    assert [(turn.speaker, turn.role) for turn in turns] == [
        ("참석자 1", "interviewer"),
        ("참석자 2", "participant"),
        (None, "other"),
    ]


def test_minutes_run_past_sixty_and_hours_past_none():
    turns = read("참석자 1 75:03\n언제요?\n\n참석자 2 100:07\n아침에요.\n".encode(), "clova.txt").turns
    assert [turn.time for turn in turns] == [4503.0, 6007.0]


def test_a_label_without_its_time_still_counts():
    talk = [Said("참석자 1", "언제 쓰세요?"), Said("참석자 2", "아침에요.")] * 5
    transcript = read(clova_txt(talk), "clova.txt")
    assert said(transcript) == talk
    assert [turn.time is None for turn in transcript.turns].count(True) == 1


def test_otters_head_is_metadata_and_its_farewell_is_nothing():
    transcript = read(otter_txt(TALK), "otter.txt")
    assert said(transcript) == TALK
    assert transcript.metadata["SPEAKERS"] == "김민수, 박지훈"
    assert transcript.metadata["SUMMARY KEYWORDS"] == "work, tools, time"


def test_who_started_the_transcription_in_teams_says_nothing():
    transcript = read(teams_docx(TALK), "teams.docx")
    assert said(transcript) == TALK
    assert [turn.time for turn in transcript.turns] == [1.0, 2.0, 3.0, 4.0]
    assert transcript.metadata["title"] == "Interview-20260302_140000-Meeting Recording"


def test_the_older_teams_documents_are_captions():
    text = (
        "0:0:0.0 --> 0:0:3.120\nJane Doe\nWhen do\n0:0:3.120 --> 0:0:5.0\nJane Doe\nyou shop?\n"
        "0:05 --> 0:07\nTom\nAt night."
    )
    transcript = read(text.encode(), "teams.txt")
    assert said(transcript) == [Said("Jane Doe", "When do you shop?"), Said("Tom", "At night.")]
    assert [(cue.time, cue.until) for cue in transcript.turns[0].cues] == [(0.0, 3.12), (3.12, 5.0)]


def test_captions_named_txt_are_read_as_captions():
    text = (
        "WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\nKim: Slow?\n\n2\n00:00:02.000 --> 00:00:03.000\nLee: Yes.\n\n" * 2
    )
    assert [turn.speaker for turn in read(text.encode(), "talk.txt").turns] == ["Kim", "Lee"] * 2


def test_times_of_the_day_are_counted_from_the_first():
    text = "[Kim] 23:59:58\nSlow?\n\n[Lee] 00:00:03\nYes.\n\n[Kim] 00:00:05\nWhy?\n\n[Lee] 00:00:06\nNo idea."
    assert [turn.time for turn in read(text.encode(), "zoom.txt").turns] == [0.0, 5.0, 7.0, 8.0]


def test_a_time_at_the_end_of_a_paragraph_is_when_the_next_one_begins():
    text = "Kim: Slow? #00:00:02-5#\nLee: Yes. #00:00:04-1#\nKim: Why? #00:00:05-0#\nLee: No idea. #00:00:06-0#"
    turns = read(text.encode(), "f4.txt").turns
    assert [(turn.text, turn.time) for turn in turns] == [
        ("Slow?", None),
        ("Yes.", 2.0),
        ("Why?", 4.0),
        ("No idea.", 5.0),
    ]
    assert [cue.until for cue in turns[1].cues] == [4.0]


@pytest.mark.parametrize("mark", ["[00:12:03]", "{00:12:03}", "#00:12:03.0#", r"\[00:12:03\]", "[00.12.03]"])
def test_a_time_within_the_words_parts_them_into_cues(mark):
    transcript = read(f"Kim: [00:10] Slow?\nLee: Yes. {mark} Very.\nKim: Why?\nLee: No idea.".encode(), "talk.txt")
    turn = transcript.turns[1]
    assert turn.text == f"Yes. {mark} Very."
    assert [(transcript.text[cue.start : cue.end], cue.time) for cue in turn.cues] == [("Very.", 723.0)]


@pytest.mark.parametrize(
    "text",
    [
        "Jane Doe\n0:03\nSlow?\n\nTom Lee\n0:05\nYes.\n\nJane Doe\n0:07\nWhy?\n\nTom Lee\n0:09\nNo idea.",
        "00:03\nJane Doe\nSlow?\n\n00:05\nTom Lee\nYes.\n\n00:07\nJane Doe\nWhy?\n\n00:09\nTom Lee\nNo idea.",
        "[0:03] Jane Doe\nSlow?\n\n[0:05] Tom Lee\nYes.\n\n[0:07] Jane Doe\nWhy?\n\n[0:09] Tom Lee\nNo idea.",
    ],
)
def test_a_name_alone_beside_a_time_is_a_label(text):
    turns = read(text.encode(), "talk.txt").turns
    assert [(turn.speaker, turn.text, turn.time) for turn in turns] == [
        ("Jane Doe", "Slow?", 3.0),
        ("Tom Lee", "Yes.", 5.0),
        ("Jane Doe", "Why?", 7.0),
        ("Tom Lee", "No idea.", 9.0),
    ]


def test_codes_of_people_are_kept_beside_the_words():
    text = "Q: Why?\nA: [Pain Point] It is slow.\nQ: And?\nA: [Needs] [Onboarding] A guide.\nQ: [laughs] So?\nA: So."
    turns = read(text.encode(), "coded.txt").turns
    assert [(turn.text, turn.codes) for turn in turns] == [
        ("Why?", ()),
        ("It is slow.", ("Pain Point",)),
        ("And?", ()),
        ("A guide.", ("Needs", "Onboarding")),
        ("[laughs] So?", ()),
        ("So.", ()),
    ]


def test_codes_further_down_in_an_answer_are_kept_and_the_words_stay():
    turns = read(b"Q: Why?\nA: [Pain Point] It is slow.\n[Needs] A guide.", "coded.txt").turns
    assert (turns[1].text, turns[1].codes) == ("It is slow.\n[Needs] A guide.", ("Pain Point", "Needs"))


def test_brackets_in_a_text_without_codes_are_words():
    turns = read(b"Q: Why?\nA: [Berlin] is far.\nQ: So?\nA: [Berlin] is big.", "talk.txt").turns
    assert (turns[1].text, turns[1].codes) == ("[Berlin] is far.", ())


def test_a_code_is_nobodys_name():
    turns = read(b"[Pain Point] Slow.\n\n[Pain Point] Dear.", "notes.txt").turns
    assert [(turn.speaker, turn.text, turn.codes) for turn in turns] == [
        (None, "Slow.", ("Pain Point",)),
        (None, "Dear.", ("Pain Point",)),
    ]
