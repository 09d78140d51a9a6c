"""Hangul documents, old (.hwp) and new (.hwpx)."""

import struct

import pytest

from persona_lab.errors import FileTooLarge, UnreadableText
from persona_lab.transcripts import read_transcript
from persona_lab.transcripts.formats import hwp
from tests.support.files import HWP, hwp_of, hwp_paragraph, hwp_record, hwpx_of


def hwpx(*sections, **parts):
    return read_transcript(hwpx_of(*sections, **parts), "kim.hwpx")


def paragraph(content):
    return f"<hp:p><hp:run>{content}</hp:run></hp:p>"


def hwp_text(raw):
    return read_transcript(raw, "kim.hwp").text


def cell(row, *lines):
    head = hwp_record(72, 2, struct.pack("<IIHH", 1, 0, 0, row))
    return head + b"".join(hwp_paragraph(line, level=2) for line in lines)


def test_a_real_document_is_read_with_its_table():
    assert hwp_text(HWP.read_bytes()) == "첫 문단...\n이것은 원본 HWP 파일의 내용입니다. \n\n\n\nABC\t123\n"


def test_paragraphs_are_the_lines_of_the_text():
    transcript = read_transcript(hwp_of("면담자: 느린가요?", "참가자: 네, 😀 밤에요."), "kim.hwp")
    assert transcript.text == "면담자: 느린가요?\n참가자: 네, 😀 밤에요."
    assert [(turn.speaker, turn.text) for turn in transcript.turns] == [
        ("면담자", "느린가요?"),
        ("참가자", "네, 😀 밤에요."),
    ]


def test_controls_in_a_paragraph_are_no_words():
    control = struct.pack("<8H", 11, 0x6C20, 0x7462, 0, 0, 0, 0, 11).decode("utf-16-le")
    tab = struct.pack("<8H", 9, 1, 2, 3, 4, 5, 6, 9).decode("utf-16-le")
    assert hwp_text(hwp_of(f"Kim: a{control}b{tab}c\nd\x18e\x1ef")) == "Kim: ab\tc\nd-e f"


def test_cells_of_a_row_stand_on_one_line():
    table = hwp_record(71, 1, b" lbt") + cell(0, "Kim") + cell(0, "Slow?", "Or dull?") + cell(1, "Lee") + cell(1, "Yes")
    section = hwp_record(66, 0, b"") + table
    assert hwp_text(hwp_of(section=section)) == "Kim\tSlow? Or dull?\nLee\tYes"


def test_headers_and_notes_are_left_out_and_that_is_told():
    header = hwp_record(71, 1, b"daeh") + hwp_paragraph("Study", level=2)
    note = hwp_record(71, 1, b"  nf") + hwp_paragraph("A note", level=2)
    transcript = read_transcript(hwp_of(section=hwp_paragraph("Kim: a") + header + note), "kim.hwp")
    assert transcript.text == "Kim: a"
    assert transcript.remarks == (
        "Footnotes, endnotes or comments were left out: nobody said them.",
        "Running headers, footers or page numbers were left out.",
    )


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (0b11, "it has a password. Open it in Hangul, remove the password and save it again."),
        (
            0b101,
            "it is a document for distribution (배포용 문서), which is locked. Ask for the original, or copy the text "
            "to a new document.",
        ),
        (0b10001, "it is locked by a rights system (DRM). Ask for a copy without it."),
    ],
)
def test_a_locked_document_is_told_what_locks_it(flags, sentence):
    with pytest.raises(UnreadableText) as error:
        hwp_text(hwp_of("Kim: a", flags=flags))
    assert error.value.message == f"kim.hwp: {sentence}"


def test_levels_without_end_are_refused():
    section = b"".join(hwp_record(66, level, b"") for level in range(102))
    with pytest.raises(UnreadableText) as error:
        hwp_text(hwp_of(section=section))
    assert error.value.message == "kim.hwp: it is nested too deeply. Open it in Hangul and save it again."


def test_a_section_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(hwp, "LIMIT_BYTES", 256 * 1024)
    with pytest.raises(FileTooLarge) as error:
        hwp_text(hwp_of(section=b" " * 300_000))
    assert error.value.message == "kim.hwp: it unpacks to more than 0.25 MB. Save it as .txt."


def test_a_file_of_the_nineties_is_told_to_be_one():
    with pytest.raises(UnreadableText) as error:
        hwp_text(b"HWP Document File V3.00 \x1a\1\2\3\4\5" + bytes(200))
    assert error.value.message == (
        "kim.hwp: the content is a Hangul document of the nineties, not .hwp. Save the transcript as .txt or .docx."
    )


def test_paragraphs_of_all_sections_are_lines_in_order():
    sections = [paragraph(f"<hp:t>Kim: {number}<hp:lineBreak/>more</hp:t>") for number in range(11)]
    assert hwpx(*sections).text.startswith("Kim: 0\nmore\nKim: 1\nmore\nKim: 2")


def test_rows_of_a_new_documents_table_are_lines():
    cells = "".join(f"<hp:tc><hp:subList>{paragraph(f'<hp:t>{text}</hp:t>')}</hp:subList></hp:tc>" for text in "ab")
    assert hwpx(
        paragraph(f"<hp:tbl><hp:tr>{cells}</hp:tr></hp:tbl><hp:t/>") + paragraph("<hp:t>Kim: c</hp:t>")
    ).text == ("a\tb\nKim: c")


def test_deleted_words_notes_headers_and_boxes_are_left_out_and_that_is_told():
    inside = f"<hp:subList>{paragraph('<hp:t>not said</hp:t>')}</hp:subList>"
    transcript = hwpx(
        paragraph(
            f"<hp:ctrl><hp:header>{inside}</hp:header></hp:ctrl><hp:t>Kim: a<hp:deleteBegin/> gone</hp:t>"
            f"<hp:t>gone too<hp:deleteEnd/><hp:insertBegin/>b<hp:insertEnd/></hp:t>"
            f"<hp:ctrl><hp:footNote>{inside}</hp:footNote></hp:ctrl><hp:rect><hp:drawText>{inside}</hp:drawText></hp:rect>"
        )
    )
    assert transcript.text == "Kim: ab"
    assert transcript.remarks == (
        "Footnotes, endnotes or comments were left out: nobody said them.",
        "Running headers, footers or page numbers were left out.",
        "Text boxes were left out: they stand beside the text.",
        "Words deleted with changes tracked were left out.",
    )


def test_a_new_document_with_a_password_is_told_so():
    with pytest.raises(UnreadableText) as error:
        hwpx(paragraph("<hp:t>x</hp:t>"), **{"META-INF/manifest.xml": "<odf:encryption-data/>"})
    assert error.value.message == (
        "kim.hwpx: it has a password. Open it in Hangul, remove the password and save it again."
    )


def test_a_new_document_without_sections_is_damaged():
    with pytest.raises(UnreadableText) as error:
        hwpx()
    assert error.value.message == (
        "kim.hwpx: it is damaged: it has no text inside. Open it in Hangul and save it again."
    )
