import io
import zipfile

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from persona_lab.errors import NoSpeech, UnreadableText
from persona_lab.transcripts import read_transcript
from tests.support.docx import docx_of
from tests.support.files import word_of, zip_of


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


def body(xml):
    return read_transcript(word_of(xml), "kim.docx")


def run(text, properties=""):
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>"


def test_links_and_breaks_stay():
    link = f"<w:hyperlink>{run('the page')}</w:hyperlink>"
    text = body(f"<w:p>{run('Kim: see ')}{link}<w:r><w:br/><w:t>twice</w:t></w:r></w:p>").text
    assert text == "Kim: see the page\ntwice"


def test_what_was_not_said_is_left_out_and_that_is_told():
    shown = '<w:vanish w:val="0"/>'
    inside = f"<mc:Choice><w:txbxContent><w:p>{run('box')}</w:p></w:txbxContent></mc:Choice>"
    box = f"<w:r><mc:AlternateContent>{inside}</mc:AlternateContent></w:r>"
    transcript = body(
        f"<w:p>{run('Kim: a')}{run(' hidden', '<w:vanish/>')}{run('b', shown)}"
        f"<w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:r><w:footnoteReference w:id='1'/></w:r>{box}</w:p>"
    )
    assert transcript.text == "Kim: ab"
    assert transcript.remarks == (
        "Footnotes, endnotes or comments were left out: nobody said them.",
        "Hidden words were left out.",
        "Text boxes were left out: they stand beside the text.",
        "Words deleted with changes tracked were left out.",
    )


def test_a_plain_document_has_no_remarks():
    assert read(word("Interviewer: Slow?", "Participant: Yes.")).remarks == ()


def test_headers_and_footers_are_no_speech():
    document = word("Interviewer: Slow?")
    document.sections[0].header.paragraphs[0].text = "Study 7"
    document.sections[0].footer.paragraphs[0].text = "Page 1"
    assert read(document).text == "Interviewer: Slow?"


def test_a_document_of_text_boxes_only_is_read_from_them():
    box = f"<w:txbxContent><w:p>{run('Kim: a')}</w:p></w:txbxContent>"
    choice = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    assert body(f"<w:p><w:r>{choice}</w:r></w:p>").text == "Kim: a"


def test_a_row_that_was_deleted_is_left_out():
    cell = f"<w:tc><w:p>{run('Kim: a')}</w:p></w:tc>"
    deleted = f"<w:tr><w:trPr><w:del/></w:trPr>{cell}</w:tr>"
    assert body(f"<w:tbl>{deleted}<w:tr>{cell}</w:tr></w:tbl>").text == "Kim: a"


def test_a_picture_that_is_missing_does_not_matter():
    raw = docx_of("Interviewer: Slow?")
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    relations = parts["word/_rels/document.xml.rels"]
    target = b'<Relationship Id="x" Type="image" Target="NULL"/></Relationships>'
    parts["word/_rels/document.xml.rels"] = relations.replace(b"</Relationships>", target)
    assert read_transcript(zip_of(parts), "kim.docx").text == "Interviewer: Slow?"


def test_a_document_without_a_body_is_damaged():
    with pytest.raises(UnreadableText) as error:
        read_transcript(zip_of({"word/document.xml": "<a/>"}), "kim.docx")
    assert error.value.message == "kim.docx: it is damaged: it has no body. Open it in Word and save it again."


def test_a_document_that_is_cut_off_is_unreadable():
    with pytest.raises(UnreadableText) as error:
        read_transcript(docx_of("Participant: Yes.")[:-200], "kim.docx")
    assert error.value.message == ("kim.docx: it is damaged: its zip can't be opened. Open it and save it again.")
