import pytest

from persona_lab.errors import UnreadableText
from persona_lab.transcripts import read_transcript
from tests.support.files import ODF_NAMESPACES, odt_of, zip_of


def read(body, **parts):
    return read_transcript(odt_of(body, **parts), "kim.odt")


def test_paragraphs_and_headings_are_the_lines_of_the_text():
    transcript = read(
        "<text:h>Talk</text:h><text:p>Interviewer: Is it\n  <text:span>slow</text:span>?</text:p>"
        '<text:list><text:list-item><text:p>Participant: a<text:s text:c="2"/>b<text:tab/>c<text:line-break/>d'
        "</text:p></text:list-item></text:list>"
    )
    assert transcript.text == "Talk\nInterviewer: Is it slow?\nParticipant: a  b\tc\nd"


def test_rows_of_a_table_are_lines_and_a_frame_of_one_cell_is_none():
    cell = "<table:table-cell>{}</table:table-cell>"
    row = "<table:table-row>{}</table:table-row>"
    two = row.format(cell.format("<text:p>Kim</text:p>") + cell.format("<text:p>a</text:p><text:p>b</text:p>"))
    one = row.format(cell.format("<text:p>Lee: c</text:p><text:p>Kim: d</text:p>"))
    assert read(f"<table:table>{two}{one}</table:table>").text == "Kim\ta b\nLee: c\nKim: d"


def test_links_stay_and_what_was_not_said_is_left_out():
    transcript = read(
        "<text:tracked-changes><text:p>gone</text:p></text:tracked-changes>"
        '<text:p>Participant: <text:a xlink:href="http://x.org">yes</text:a>'
        "<text:note><text:note-body><text:p>note</text:p></text:note-body></text:note>"
        "<draw:text-box><text:p>box</text:p></draw:text-box></text:p>"
    )
    assert transcript.text == "Participant: yes"
    assert transcript.remarks == (
        "Footnotes, endnotes or comments were left out: nobody said them.",
        "Text boxes were left out: they stand beside the text.",
        "Words deleted with changes tracked were left out.",
    )


def test_a_document_of_text_boxes_only_is_read_from_them():
    assert read("<text:p><draw:text-box><text:p>Kim: a</text:p></draw:text-box></text:p>").text == "Kim: a"


def test_a_billion_spaces_are_a_few():
    assert len(read('<text:p>Kim: a<text:s text:c="1000000000"/>b</text:p>').text) < 60


def test_a_document_with_a_password_is_told_so():
    manifest = "<manifest:encryption-data/>"
    with pytest.raises(UnreadableText) as error:
        read("<text:p>Kim: a</text:p>", **{"META-INF/manifest.xml": manifest})
    assert error.value.message == (
        "kim.odt: it has a password. Open it in LibreOffice, remove the password and save it again."
    )


def test_an_opendocument_that_is_no_text_is_refused():
    content = f"<office:document-content {ODF_NAMESPACES}/>"
    raw = zip_of({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})
    with pytest.raises(UnreadableText) as error:
        read_transcript(raw, "kim.odt")
    assert error.value.message == (
        "kim.odt: it is an OpenDocument file but no text. Save the transcript as .odt or .txt."
    )
