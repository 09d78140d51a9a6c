"""What stands above the talk is metadata, never something somebody said."""

import pytest

from persona_lab.transcripts import read_transcript


def read(text, filename="kim.txt"):
    return read_transcript(text.encode(), filename)


def said(transcript):
    return [(turn.speaker, turn.text) for turn in transcript.turns]


def test_facts_are_kept_as_metadata():
    transcript = read(
        "일시: 2026-03-02\n장소: 서울\n면담자: 홍길동\n\n면담자: 언제 여세요?\n피면담자: 아홉 시요.\n면담자: 네."
    )
    assert transcript.metadata == {"일시": "2026-03-02", "장소": "서울", "면담자": "홍길동"}


def test_a_name_in_the_header_does_not_speak_the_text_below():
    transcript = read("면담자: 홍길동\n\n가게를 연 지 십 년이 되었다.\n\n손님이 줄었다.")
    assert said(transcript) == [(None, "가게를 연 지 십 년이 되었다."), (None, "손님이 줄었다.")]
    assert transcript.metadata == {"면담자": "홍길동"}


def test_a_name_above_the_same_speakers_first_words_is_a_header():
    transcript = read("면담자: 홍길동\n\n면담자: 언제 여세요?\n참여자: 아홉 시요.\n면담자: 네.\n참여자: 네.")
    assert said(transcript)[0] == ("면담자", "언제 여세요?")
    assert transcript.metadata == {"면담자": "홍길동"}


def test_a_single_answer_is_not_a_header():
    assert said(read("Participant: Yes")) == [("Participant", "Yes")]


def test_front_matter_is_metadata():
    head = "---\ntitle: 'A talk'\nspeakers:\n  - Kim\n  - Lee\ndate: 2026-03-02\nempty:\n---\n"
    transcript = read(f"{head}**Kim:** Slow?\n\n**Lee:** Yes.\n\n**Kim:** So?\n\n**Lee:** So.", "kim.md")
    assert transcript.metadata == {"title": "A talk", "speakers": "Kim, Lee", "date": "2026-03-02"}


def test_prose_above_the_first_speaker_is_left_out_and_said_so():
    transcript = read(
        f"# Talk\n\n{'Welcome everybody. ' * 20}\n\n**Kim:** Slow?\n\n**Lee:** Yes.\n\n**Kim:** So?\n\n**Lee:** So.",
        "kim.md",
    )
    assert transcript.remarks == (
        "379 characters above the first speaker's name were left out: the file doesn't say whose they are.",
    )


def test_a_part_with_a_heading_and_no_label_is_not_the_last_speakers():
    talk = "**Kim:** Slow?\n\n**Lee:** Yes.\n\n**Kim:** So?\n\n**Lee:** So."
    turns = read(f"{talk}\n\n## Raw transcript\n\nslow yes so so", "kim.md").turns
    assert (turns[-1].speaker, turns[-1].role, turns[-1].text) == (None, "other", "slow yes so so")


def test_the_summary_of_a_text_without_speakers_is_set_apart():
    turns = read("# Visit\n\n## Summary\n\nIt is slow.\n\n## Talk\n\nI left because it was slow.", "kim.md").turns
    assert [(turn.text, turn.role) for turn in turns] == [
        ("It is slow.", "other"),
        ("I left because it was slow.", "participant"),
    ]


@pytest.mark.parametrize("count", [1, 40])
def test_a_long_header_is_cut(count):
    head = "\n".join(f"Date {chr(97 + n % 26)}{n}: {'x' * 300}" for n in range(count))
    metadata = read(f"{head}\n\nKim: Slow?\nLee: Yes.\nKim: So?\nLee: So.").metadata
    assert len(metadata) <= 30
    assert all(len(value) <= 200 for value in metadata.values())
