import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_lab.errors import NoSpeech
from persona_lab.transcripts import read_transcript


def said(text, filename="kim.txt"):
    return [(turn.speaker, turn.text) for turn in read_transcript(text.encode(), filename).turns]


TWO = [("Kim", "Is it slow?"), ("Lee", "Yes."), ("Kim", "Why?"), ("Lee", "No idea.")]


@pytest.mark.parametrize(
    "form",
    [
        "{}: {}",
        "{}： {}",
        "{} : {}",
        "**{}:** {}",
        "**{}**: {}",
        "[{}] {}",
        "[{}]: {}",
        "【{}】 {}",
        "{} (00:12): {}",
        "{} [00:00:12]: {}",
        "00:12 {}: {}",
        "[00:00:12] {}: {}",
        "**{}** [0:12] {}",
        "{}   0:12\n{}",
        "{} – 00:00:12:\n{}",
        "- {}: {}",
        "{}\t{}",
        "0:12\t{}\t{}",
        "◯{}  {}",
        "#{}: {}",
        "@{}: {}",
        "{{{}}} {}",
        "{{{}}}: {}",
        ">> {}: {}",
        ">>{}: {}",
        r"**{}:** \[00:00:12\] {}",
        "#00:00:12-0# {}: {}",
        "{{00:00:12}} {}: {}",
        "{} (00:12 - 00:15): {}",
        "[{}] 00:00:12\n{}",
        "00:00:12 – {}: {}",
    ],
)
def test_a_label_is_found_however_it_is_written(form):
    text = "\n\n".join(form.format(*turn) for turn in TWO)
    assert said(text) == TWO


@pytest.mark.parametrize(
    ("one", "other"),
    [("김민수", "O'Neil, Mary"), ("Ζωή", "Фёдор"), ("山田 太郎", "李"), ("นภา", "عمر"), ("आरती", "Zoë Álvarez-Díaz")],
)
def test_names_are_found_in_any_script(one, other):
    assert said(f"{one}: 1a\n{other}: 2b\n{one}: 3c\n{other}: 4d") == [
        (one, "1a"), (other, "2b"), (one, "3c"), (other, "4d")
    ]  # fmt: skip


def test_names_in_small_letters_are_found_where_nearly_every_line_has_one():
    assert [speaker for speaker, _ in said("kim: slow?\nlee: yes.\nkim: why?\nlee: no idea.")] == ["kim", "lee"] * 2


def test_someone_who_speaks_once_is_found_where_the_label_is_written_like_the_others():
    talk = "**Kim:** Slow?\n\n**Lee:** Yes.\n\n**Kim:** So?\n\n**Lee:** So.\n\n**Park:** Hello."
    assert said(talk)[-1] == ("Park", "Hello.")


def test_someone_who_speaks_once_is_found_where_every_paragraph_begins_with_a_label():
    talk = "Kim: Slow?\n\nLee: Yes.\n\nKim: So?\n\nLee: So.\n\nPark: Hello."
    assert said(talk)[-1] == ("Park", "Hello.")


def test_a_title_with_a_name_in_brackets_is_one_speaker():
    talk = "The Chair (Hon. Ann Lee (North, Lib.)): Order.\nMr. Kim: Yes.\n" * 2
    assert {speaker for speaker, _ in said(talk)} == {"The Chair (Hon. Ann Lee (North, Lib.))", "Mr. Kim"}


def test_a_known_word_alone_above_the_words_is_a_label():
    assert said("Interviewer\nSlow?\n\nParticipant\nYes.") == [("Interviewer", "Slow?"), ("Participant", "Yes.")]


def test_a_break_belongs_to_nobody():
    text = "**Kim:** Slow?\n\n**Break:** \\[04:09\\]\n\n**Lee:** Yes.\n\n**Kim:** So?\n\n**Lee:** So."
    assert said(text, "kim.md")[0] == ("Kim", "Slow?")


def test_korean_labels_are_found_with_both_colons():
    text = "인터뷰어: 언제 쓰세요?\n참가자：아침에요."
    assert said(text) == [("인터뷰어", "언제 쓰세요?"), ("참가자", "아침에요.")]


def test_q_and_a_are_found():
    assert said("Q. When?\nA. In the morning.") == [("Q", "When?"), ("A", "In the morning.")]


def test_a_turn_keeps_its_paragraphs_and_line_breaks():
    text = "Interviewer: Hello.\r\n\r\nHow are you?\r\n\r\nParticipant: Fine.\r\n"
    assert said(text) == [("Interviewer", "Hello.\r\n\r\nHow are you?"), ("Participant", "Fine.")]


def test_the_text_is_the_decoded_file_untouched():
    text = "  Interviewer: Hello.\r\n\r\n\r\nParticipant: Fine. \r\n\t"
    assert read_transcript(text.encode(), "kim.txt").text == text


def test_times_are_seconds():
    transcript = read_transcript(b"Kim (01:02:03): Slow?\nLee (1:05): Yes.\nKim: So?\nLee: So.", "kim.txt")
    assert [turn.time for turn in transcript.turns] == [3723.0, 65.0, None, None]


def test_a_line_that_holds_only_a_time_gives_it_to_the_next_speaker():
    transcript = read_transcript(b"Interviewer: Slow?\n[00:30]\nParticipant: Yes.", "kim.txt")
    assert [(turn.text, turn.time) for turn in transcript.turns] == [("Slow?", None), ("Yes.", 30.0)]


@pytest.mark.parametrize(
    "text",
    [
        "Note: I was tired.\n\nNote: it rained.",
        "Summary: short.\n\nConclusion: shorter.\n\nSummary: again.",
        "결론: 좋았어요.\n\n참고: 비가 왔어요.\n\n결론: 다시요.",
        "https://example.org was down.\n\nhttps://example.org was up.",
        "12:30 we met.\n\n12:40 we left.",
        "Meet at 12:30 today.\n\nMeet at 12:30 tomorrow.",
        "C:\\notes is gone.\n\nC:\\notes is back.",
        "For my final question: what next?\n\nFor my final question: who?",
        "The thing that I remember best: rain.\n\nThe thing that I remember best: sun.",
        "Rain: I like it.\n\nAnd then it was over.",
        "[laughter] Right.\n\n[Laughter] Right.",
        "{cough} Right.\n\n{cough} Right.",
        "[here](https://example.org) it is.\n\n[here](https://example.org) again.",
    ],
)
def test_words_before_a_colon_are_not_taken_for_speakers(text):
    assert said(text) == [(None, paragraph) for paragraph in text.split("\n\n")]


def test_a_list_inside_an_answer_does_not_become_a_speaker():
    text = (
        "AI: And?\n\nUser: Two things.\nSatisfied: when it works.\nFrustrated: when not.\n\nAI: Thanks.\n\nUser: Bye."
    )
    assert [speaker for speaker, _ in said(text)] == ["AI", "User", "AI", "User"]


def test_text_without_speakers_becomes_one_turn_a_paragraph():
    assert said("I left.\nIt was slow.\n\nThen I came back.") == [
        (None, "I left.\nIt was slow."),
        (None, "Then I came back."),
    ]


def test_text_without_speakers_or_blank_lines_becomes_one_turn_a_line():
    assert said("I left.\nThen I came back.") == [(None, "I left."), (None, "Then I came back.")]


def test_facts_at_the_top_are_not_turns():
    text = "일시: 2026-03-02\n면담자: 홍길동\n피면담자: 가게 주인\n\n면담자: 언제 여세요?\n\n피면담자: 아홉 시요.\n"
    assert said(text) == [("면담자", "언제 여세요?"), ("피면담자", "아홉 시요.")]


def test_a_line_that_introduces_a_speaker_is_not_a_turn():
    text = "Interviewer: Jane\nParticipant: Tom\n\nJane: Slow?\nTom: Yes.\nJane: Why?\nTom: No idea."
    assert said(text)[0] == ("Jane", "Slow?")


def test_a_conversation_right_below_the_date_is_kept():
    text = "Date: 2026-03-02\nInterviewer: Hello there\nParticipant: Hi\nInterviewer: Slow?\nParticipant: Yes"
    assert said(text)[0] == ("Interviewer", "Hello there")


def test_facts_above_text_without_speakers_are_not_turns():
    assert said("Date: 2026-03-02\nPlace: Seoul\n\nI left.") == [(None, "I left.")]


def test_a_summary_below_the_talk_is_nobodys_words():
    text = "Interviewer: Slow?\n\nParticipant: Yes.\n\nSummary: she finds it slow."
    turns = read_transcript(text.encode(), "kim.txt").turns
    assert [(turn.speaker, turn.role) for turn in turns] == [
        ("Interviewer", "interviewer"),
        ("Participant", "participant"),
        (None, "other"),
    ]


def test_headings_rules_and_front_matter_of_markdown_are_not_turns():
    first = "---\ntitle: A talk\n---\n# A talk\n\n**Kim:** Slow?\n\n**Lee:** Yes."
    text = f"{first}\n\n## Later\n\n**Kim:** So?\n\n---\n\n**Lee:** So."
    assert said(text, "kim.md") == [("Kim", "Slow?"), ("Lee", "Yes."), ("Kim", "So?"), ("Lee", "So.")]


@pytest.mark.parametrize("text", ["Interviewer:\n\nParticipant:\n", "---\n\n***", "1234 5678"])
def test_a_file_without_words_holds_no_speech(text):
    with pytest.raises(NoSpeech, match=r"kim.txt: it holds no speech. Check that it is the transcript"):
        said(text)


def test_offsets_count_code_points_beyond_the_first_plane():
    text = "Interviewer: 👩‍👩‍👧 ok?\r\nParticipant: 좋아요 🎉\r\n"
    turns = read_transcript(text.encode(), "kim.txt").turns
    assert (turns[1].start, turns[1].end) == (37, 42)
    assert text[37:42] == "좋아요 🎉"


@pytest.mark.parametrize(("text", "expected"), [("User: 네, 좋아요 OK", "ko"), ("참가자: Yes, it is good", "en")])
def test_the_language_is_that_of_the_words_not_of_the_labels(text, expected):
    assert read_transcript(text.encode(), "kim.txt").language == expected


PIECES = [*"ab한글: .?[]*#👩\u200d\u0301e-\t\n\r각", "\r\n"]
WORDS = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
LABELS = st.sampled_from(["Interviewer: ", "참가자：", "**Kim:** ", "[00:12] Lee: ", "Note: ", "Date: ", "", "\n\n"])


@given(st.lists(st.tuples(LABELS, WORDS), min_size=1, max_size=12), st.sampled_from([".txt", ".md"]))
def test_every_turn_is_a_slice_of_the_text(turns, ending):
    text = "Participant: We begin.\n" + "\r\n".join(label + words for label, words in turns)
    transcript = read_transcript(text.encode(), f"kim{ending}")
    assert transcript.text == text
    assert all(transcript.text[turn.start : turn.end] == turn.text for turn in transcript.turns)
    assert all(turn.text == turn.text.strip() != "" for turn in transcript.turns)
    assert all(one.end <= other.start for one, other in zip(transcript.turns, transcript.turns[1:], strict=False))
    assert [turn.index for turn in transcript.turns] == list(range(len(transcript.turns)))


def test_decomposed_hangul_is_kept_as_it_is_written():
    text = unicodedata.normalize("NFD", "참가자: 좋아요.\n")
    transcript = read_transcript(f"User: hm\n{text}".encode(), "kim.txt")
    assert transcript.text.endswith(text)
