import io
import zipfile

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from persona_lab.errors import NoSpeech, UnreadableText
from persona_lab.transcripts import read_transcript


def word(*paragraphs):
    document = Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    return document


def read(document):
    file = io.BytesIO()
    document.save(file)
    return read_transcript(file.getvalue(), "kim.docx")


def test_paragraphs_are_the_lines_of_the_text():
    transcript = read(word("Interviewer: Slow?", "Participant: Yes.", "Very."))
    assert transcript.text == "Interviewer: Slow?\nParticipant: Yes.\nVery."
    assert [(turn.speaker, turn.text) for turn in transcript.turns] == [
        ("Interviewer", "Slow?"),
        ("Participant", "Yes.\nVery."),
    ]


def test_rows_of_a_table_are_lines_with_the_label_in_the_first_cell():
    document = word()
    table = document.add_table(rows=2, cols=2)
    for row, cells in zip(table.rows, [("Interviewer", "Slow?"), ("Participant", "Yes.")], strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    transcript = read(document)
    assert transcript.text == "Interviewer\tSlow?\nParticipant\tYes."
    assert [turn.role for turn in transcript.turns] == ["interviewer", "participant"]


def test_paragraphs_and_tables_keep_their_order():
    document = word("Interviewer: Slow?")
    document.add_table(rows=1, cols=1).rows[0].cells[0].text = "Participant: Yes."
    document.add_paragraph("Interviewer: Why?")
    assert [turn.text for turn in read(document).turns] == ["Slow?", "Yes.", "Why?"]


def test_words_inserted_with_changes_tracked_are_read_and_deleted_ones_are_not():
    document = word("Participant: ")
    document.paragraphs[0]._p.append(
        parse_xml(
            f"<w:p {nsdecls('w')}><w:ins><w:r><w:t>new</w:t></w:r></w:ins>"
            "<w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>"
        )[0]
    )
    assert read(document).turns[0].text == "new"


def test_words_in_a_content_control_are_read():
    document = word("Interviewer: Slow?")
    document.element.body.insert(
        1,
        parse_xml(
            f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>Participant: Yes.</w:t></w:r></w:p>"
            "</w:sdtContent></w:sdt>"
        ),
    )
    assert [turn.text for turn in read(document).turns] == ["Slow?", "Yes."]


def test_a_cell_that_claims_a_billion_columns_is_one_cell():
    document = word("Interviewer: Slow?")
    document.add_table(rows=1, cols=1).rows[0].cells[0].text = "Participant: Yes."
    document.tables[0].rows[0].cells[0]._tc.get_or_add_tcPr().append(
        parse_xml(f'<w:gridSpan {nsdecls("w")} w:val="1000000000"/>')
    )
    assert read(document).text == "Interviewer: Slow?\nParticipant: Yes."


def test_a_document_without_words_holds_no_speech():
    with pytest.raises(NoSpeech, match=r"kim.docx: it holds no speech."):
        read(word("", ""))


def test_a_document_with_broken_xml_is_unreadable():
    file = io.BytesIO()
    word("Participant: Yes.").save(file)
    broken = io.BytesIO()
    with zipfile.ZipFile(file) as good, zipfile.ZipFile(broken, "w") as bad:
        for part in good.infolist():
            bad.writestr(part, b"<w:document" if part.filename == "word/document.xml" else good.read(part))
    with pytest.raises(UnreadableText, match=r"kim.docx: it is damaged"):
        read_transcript(broken.getvalue(), "kim.docx")


def test_a_document_that_is_cut_off_is_unreadable():
    file = io.BytesIO()
    word("Participant: Yes.").save(file)
    with pytest.raises(UnreadableText, match=r"kim.docx: it is damaged"):
        read_transcript(file.getvalue()[:-200], "kim.docx")
