import pytest

from persona_lab.errors import FileTooLarge, NoSpeech, UnreadableText
from persona_lab.transcripts import read_transcript
from persona_lab.transcripts.formats import pdf
from persona_lab.transcripts.formats.pages import Piece, lines_of, text_of, without_line_numbers
from tests.support.files import pdf_of

LONG = [f"{'Interviewer' if number % 2 else 'Participant'}: sentence number {number}." for number in range(12)]


def read(raw):
    return read_transcript(raw, "kim.pdf")


def piece(x, y, text):
    return Piece(x, x + 6 * len(text), y, 12, text)


def lines(*pieces):
    return [line.text for line in lines_of(pieces)]


def test_lines_of_a_page_are_lines_of_the_text():
    transcript = read(pdf_of(["Interviewer: Is it", "slow?", "Participant: Yes."]))
    assert transcript.text == "Interviewer: Is it\nslow?\nParticipant: Yes."
    assert [(turn.speaker, turn.text) for turn in transcript.turns] == [
        ("Interviewer", "Is it\nslow?"),
        ("Participant", "Yes."),
    ]


def test_running_headers_and_page_numbers_are_left_out_and_that_is_said():
    transcript = read(pdf_of(LONG[:6], LONG[6:], header="Checkout study, 2024", numbers=True))
    assert transcript.text == "\n".join(LONG)
    assert transcript.remarks == ("Running headers, footers or page numbers were left out.",)


def test_a_number_that_is_said_stays():
    assert read(pdf_of(["Interviewer: How many?", "Participant: I think", "12", "or so."])).turns[1].text == (
        "I think\n12\nor so."
    )


def test_a_speaker_at_the_top_of_every_page_is_no_running_header():
    page = ["Participant:", "I do.", "Interviewer:", "Why?", "Participant:", "For fun.", "Really."]
    assert read(pdf_of(page, page[::1])).text.count("Participant:") == 4


def test_a_word_hyphenated_at_the_end_of_a_line_is_whole_again():
    assert read(pdf_of(["Participant: I was dis-", "appointed by it, semi-", "Automatic."])).text == (
        "Participant: I was disappointed by it, semi-\nAutomatic."
    )


def test_a_gap_parts_paragraphs_where_nobody_is_named():
    transcript = read(pdf_of(["It was slow", "and dull.", "", "", "I left", "at once."]))
    assert [turn.text for turn in transcript.turns] == ["It was slow\nand dull.", "I left\nat once."]


def test_names_in_the_margin_stand_before_the_words_beside_them():
    names = [piece(60, 700, "Kim:"), piece(60, 660, "Lee:")]
    words = [piece(140, 700, "Is it slow?"), piece(140, 680, "Or dull?"), piece(140, 660, "Yes.")]
    assert lines(*names, *words) == ["Kim: Is it slow?", "Or dull?", "Lee: Yes."]


def test_a_page_in_columns_is_read_column_by_column():
    left = [piece(60, 700 - 20 * row, f"left column, long line {row}") for row in range(4)]
    right = [piece(320, 700 - 20 * row, f"right column, long line {row}") for row in range(4)]
    assert lines(*left, *right) == [one.text for one in (*left, *right)]


def test_numbers_beside_the_lines_are_not_words():
    page = [piece(20, 700 - 20 * row, str(row + 1)) for row in range(4)]
    page += [piece(60, 700 - 20 * row, f"line {row}") for row in range(4)]
    (kept,) = without_line_numbers([page])
    assert text_of([lines_of(kept)]) == ("line 0\nline 1\nline 2\nline 3", False)


def test_a_pdf_that_is_locked_against_changes_only_is_read():
    assert read(pdf_of(["Participant: Yes."], password="")).turns[0].text == "Yes."


def test_a_pdf_with_a_password_is_told_so():
    with pytest.raises(UnreadableText) as error:
        read(pdf_of(["Participant: Yes."], password="secret"))
    assert error.value.message == "kim.pdf: it has a password. Open it, remove the password and save it again."


def test_a_pdf_without_text_is_told_to_be_scanned():
    with pytest.raises(NoSpeech) as error:
        read(pdf_of([""]))
    assert error.value.message == (
        "kim.pdf: it is scanned: its pages are pictures without text. Run text recognition (OCR) on it, or type the "
        "transcript out."
    )


def test_a_pdf_that_is_cut_to_pieces_is_damaged():
    with pytest.raises(UnreadableText) as error:
        read(b"%PDF-1.4\n" + b"1 0 obj " * 100)
    assert error.value.message == (
        "kim.pdf: it is damaged and can't be read as a PDF. Open it, print it to a new PDF, or save the transcript as "
        ".txt."
    )


def test_a_pdf_of_numbers_holds_no_speech():
    with pytest.raises(NoSpeech) as error:
        pdf._check("12 34", [lines_of([piece(1, 1, "12 34")])], b"")
    assert error.value.message == "it holds no speech. Check that it is the transcript and not a cover page."


def test_a_pdf_whose_fonts_hide_the_letters_is_told_so():
    with pytest.raises(UnreadableText) as error:
        pdf._check("\ue001\ue002 a", [lines_of([piece(1, 1, "a")])], b"")
    assert error.value.message == (
        "its fonts don't say which letters they show. Save the document it was made from as .docx or .txt."
    )


@pytest.mark.parametrize(
    ("limit", "value", "sentence"),
    [
        ("LIMIT_PAGES", 1, "kim.pdf: it has 2 pages; 1 are the most. Split it."),
        ("LIMIT_OPERATIONS", 3, "kim.pdf: its pages draw without end. Save the transcript as .txt."),
        ("LIMIT_CONTENT_BYTES", 9, "kim.pdf: its pages hold more than text. Save the transcript as .txt."),
        ("LIMIT_CHARACTERS", 9, "kim.pdf: it holds more text than an interview. Split it."),
    ],
)
def test_a_pdf_beyond_a_limit_is_refused(monkeypatch, limit, value, sentence):
    monkeypatch.setattr(pdf, limit, value)
    with pytest.raises(FileTooLarge) as error:
        read(pdf_of(["Participant: Yes, it was."], ["Interviewer: Why?"]))
    assert error.value.message == sentence
