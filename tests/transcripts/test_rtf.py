import pytest

from persona_lab.errors import UnreadableText
from persona_lab.transcripts import read_transcript
from tests.support.files import rtf_of


def read(body):
    return read_transcript(rtf_of(body), "kim.rtf")


def test_paragraphs_are_the_lines_of_the_text():
    transcript = read(r"Interviewer: Is it {\b slow}?\par Participant: Yes.\line Very.\par")
    assert transcript.text == "Interviewer: Is it slow?\nParticipant: Yes.\nVery.\n"
    assert [(turn.speaker, turn.text) for turn in transcript.turns] == [
        ("Interviewer", "Is it slow?"),
        ("Participant", "Yes.\nVery."),
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (r"\u45348?", "네"),
        (r"\uc2\u45348\'3f\'3f", "네"),
        (r"\uc0\u45348", "네"),
        (r"{\f1 \'b3\'d7}", "네"),
        (r"\u-10179?\u-8704?", "😀"),
        (r"It\'92s \'93it\'94", "It’s “it”"),
        (r"a\~b\_c\{d\}\\", "a\xa0b-c{d}\\"),
        (r"\lquote a\rquote  \emdash  b", "‘a’ — b"),
    ],
)
def test_letters_are_read_in_every_way_they_are_written(written, said):
    assert read(rf"Participant: x {written}").turns[0].text == f"x {said}"


def test_rows_of_a_table_are_lines():
    row = r"\trowd\intbl {}\cell {}\par more\cell\row "
    assert read(f"{row.format('Kim', 'Slow?')}{row.format('Lee', 'Yes.')}").text == "Kim\tSlow? more\nLee\tYes. more\n"


def test_links_keep_their_words_only():
    assert read(r'Participant: see {\field{\*\fldinst HYPERLINK "http://x.org"}{\fldrslt the page}}').text == (
        "Participant: see the page"
    )


def test_what_was_not_said_is_left_out_and_that_is_told():
    transcript = read(
        r"{\header Study}{\*\generator Word}{\info{\title A}}Participant: yes{\v  hidden}{\deleted  gone}"
        r"{\footnote note}{\shp{\*\shpinst{\shptxt box}}}"
    )
    assert transcript.text == "Participant: yes"
    assert transcript.remarks == (
        "Footnotes, endnotes or comments were left out: nobody said them.",
        "Hidden words were left out.",
        "Running headers, footers or page numbers were left out.",
        "Text boxes were left out: they stand beside the text.",
        "Words deleted with changes tracked were left out.",
    )


def test_the_code_page_of_a_korean_document_is_believed():
    raw = rb"{\rtf1\ansi\ansicpg949\deff0{\fonttbl{\f0 Batang;}}\f0 \'c2\'fc\'b0\'a1\'c0\'da: \'b3\'d7.}"
    transcript = read_transcript(raw, "kim.rtf")
    assert (transcript.text, transcript.encoding) == ("참가자: 네.", "cp949")


def test_pictures_in_the_file_are_skipped_byte_by_byte():
    assert read(r"Participant: a{\pict\bin4 }}}}} b").text == "Participant: a b"


def test_groups_without_end_are_refused():
    with pytest.raises(UnreadableText) as error:
        read_transcript(rb"{\rtf1 " + b"{" * 5_000, "kim.rtf")
    assert error.value.message == "kim.rtf: its groups are nested too deeply. Open it and save it again."


def test_text_named_rtf_is_refused():
    with pytest.raises(UnreadableText) as error:
        read_transcript(b"Interviewer: hello", "kim.rtf")
    assert error.value.message == "kim.rtf: it is damaged or no .rtf. Open it in Word and save it again."
