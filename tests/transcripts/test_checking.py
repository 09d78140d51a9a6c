import subprocess
import sys

import pytest

from persona_lab.errors import EmptyFile, FileTooLarge, UnknownFormat, UnreadableText
from persona_lab.transcripts import FORMATS, LIMIT_BYTES, check, read_transcript
from persona_lab.transcripts.kinds import OLE
from tests.support.files import of_every_kind, zip_of

CONTENT = {
    ".docx": "a Word document",
    ".pdf": "a PDF",
    ".rtf": "rich text (RTF)",
    ".odt": "an OpenDocument text",
    ".hwp": "a Hangul document",
    ".hwpx": "a Hangul document (hwpx)",
    ".xlsx": "an Excel workbook",
}


@pytest.mark.parametrize("ending", [".txt", ".md", ".vtt", ".srt", ".TXT"])
def test_text_passes_under_every_text_ending(ending):
    assert check(b"User: hello", f"kim{ending}") == ending[1:].lower()


def test_every_format_has_a_reader():
    assert set(of_every_kind()) == set(FORMATS)


@pytest.mark.parametrize(("ending", "raw"), of_every_kind().items())
def test_a_file_of_every_kind_passes_and_is_read(ending, raw):
    assert check(raw, f"kim{ending}") == ending[1:]
    transcript = read_transcript(raw, f"kim{ending}")
    assert {turn.speaker for turn in transcript.turns} in ({"Interviewer", "Participant"}, {"Kim", "Lee"})
    assert all(transcript.text[turn.start : turn.end] == turn.text for turn in transcript.turns)


@pytest.mark.parametrize("ending", [ending for ending in FORMATS if ending != ".htm"])
def test_a_file_with_a_name_that_lies_is_told_its_right_one(ending):
    """But for text under the name of other text, which no one can tell apart."""
    raw = of_every_kind()[ending]
    wrong = ".pdf" if ending != ".pdf" else ".txt"
    with pytest.raises(UnreadableText) as error:
        check(raw, f"kim{wrong}")
    assert error.value.message in (
        f"kim{wrong}: the content is {CONTENT.get(ending)}, not {wrong}. Name it {ending}.",
        "kim.pdf: it is damaged or no .pdf. Open it in the program it was made with and save it again.",
    )


@pytest.mark.parametrize("raw", [b"", b" \r\n\t "])
def test_an_empty_file_is_refused(raw):
    with pytest.raises(EmptyFile, match=r"kim.txt: the file is empty. Choose the file that holds the transcript."):
        check(raw, "kim.txt")


def test_a_file_over_the_limit_is_refused():
    with pytest.raises(FileTooLarge, match=r"kim.txt: 50 MB is more than the 50 MB a transcript may have."):
        check(b"a" * (LIMIT_BYTES + 1), "kim.txt")


@pytest.mark.parametrize(
    ("filename", "sentence"),
    [
        ("kim.ods", "kim.ods: this kind of table is not read. Save it as .xlsx or .csv."),
        ("kim.doc", "kim.doc: this kind of document is not read. Save it as .docx."),
        ("kim.zip", "kim.zip: it is an archive. Unpack it and upload the transcripts."),
        ("kim.png", "kim.png: it is a picture. Type the transcript out and save it as .txt or .docx."),
        ("kim.m4a", "kim.m4a: it is a recording. Upload its transcript."),
        (
            "kim.xyz",
            "kim.xyz: .xyz is not read. Save the transcript as .txt or .docx. Read are .txt, .md, .docx, .pdf, .rtf, "
            ".odt, .hwp, .hwpx, .html, .htm, .xlsx, .csv, .tsv, .json, .vtt, .srt or .sbv.",
        ),
        (
            "kim",
            "kim: the name has no ending that says what it is. Name it .txt, .md, .docx, .pdf, .rtf, .odt, .hwp, "
            ".hwpx, .html, .htm, .xlsx, .csv, .tsv, .json, .vtt, .srt or .sbv.",
        ),
    ],
)
def test_an_unknown_kind_of_file_is_told_what_to_do(filename, sentence):
    with pytest.raises(UnknownFormat) as error:
        check(b"anything", filename)
    assert error.value.message == sentence


@pytest.mark.parametrize(
    ("filename", "sentence"),
    [
        ("kim.doc", "kim.doc: .doc is not read, but its content is .rtf. Name it .rtf."),
        ("kim", "kim: a name without an ending is not read, but its content is .rtf. Name it .rtf."),
    ],
)
def test_an_unknown_name_of_a_known_content_is_told_the_right_one(filename, sentence):
    with pytest.raises(UnknownFormat) as error:
        check(rb"{\rtf1 Kim: a}", filename)
    assert error.value.message == sentence


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"%PDF-1.7 ...", "the content is a PDF, not .txt. Name it .pdf."),
        (b"\x89PNG\r\n\x1a\n\0\0", "the content is a PNG picture, not .txt. Save the transcript as .txt or .docx."),
        (b"hello \0 there", "the content is binary, not text. Save the transcript as .txt or .docx."),
        (b"\x01\x02\x03\x05 hello", "the content is binary, not text. Save the transcript as .txt or .docx."),
        (b"PK\x03\x04\x14\0", "it is damaged: its zip can't be opened. Open it and save it again."),
        (
            OLE + bytes(600) + "WordDocument".encode("utf-16-le"),
            "the content is an old Word document (.doc), not .txt. Save the transcript as .txt or .docx.",
        ),
        (
            OLE + bytes(600),
            "the content is an old Office or Hangul file, not .txt. Save the transcript as .txt or .docx.",
        ),
    ],
)
def test_binary_under_a_text_ending_is_refused(raw, sentence):
    with pytest.raises(UnreadableText) as error:
        check(raw, "kim.txt")
    assert error.value.message == f"kim.txt: {sentence}"


def test_text_that_begins_like_a_signature_passes():
    assert check(b"RIFF raff, said the User.", "kim.txt") == "txt"


def test_utf_16_with_its_mark_passes():
    assert check("참가자: 네".encode("utf-16"), "kim.txt") == "txt"


def test_a_docx_that_is_no_zip_is_refused():
    with pytest.raises(UnreadableText) as error:
        check(b"Interviewer: hello", "kim.docx")
    assert error.value.message == "kim.docx: it is damaged or no .docx. Open it in Word and save it again."


@pytest.mark.parametrize("ending", [".docx", ".xlsx"])
def test_an_office_file_with_a_password_is_told_so(ending):
    raw = OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(UnreadableText) as error:
        check(raw, f"kim{ending}")
    assert error.value.message == f"kim{ending}: it has a password. Open it, remove the password and save it again."


def test_a_zip_that_is_no_document_is_refused():
    with pytest.raises(UnreadableText) as error:
        check(zip_of({"notes.txt": "hello"}), "kim.docx")
    assert error.value.message == (
        "kim.docx: the content is a zip archive, not .docx. Save the transcript as .txt or .docx."
    )


def test_a_message_shows_no_folder_and_no_control_characters():
    with pytest.raises(UnknownFormat) as error:
        check(b"x", "C:\\users\\kim\\bad\x1b[31mname.xyz")
    assert error.value.message.startswith("bad[31mname.xyz: ")


def test_checking_loads_no_reader_library():
    program = (
        "import sys; from persona_lab.transcripts import check; check(b'User: hello', 'a.txt');"
        "print({'lxml', 'pypdf', 'openpyxl', 'olefile', 'cryptography'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "set()"
