import io
import subprocess
import sys
import zipfile

import pytest

from persona_lab.errors import EmptyFile, FileTooLarge, UnknownFormat, UnreadableText
from persona_lab.transcripts import FORMATS, LIMIT_BYTES, check


def zipped(**parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize("ending", [".txt", ".md", ".vtt", ".srt", ".TXT"])
def test_text_passes_under_every_text_ending(ending):
    assert check(b"User: hello", f"kim{ending}") == ending[1:].lower()


def test_every_format_has_a_reader():
    assert list(FORMATS) == [".txt", ".md", ".docx", ".vtt", ".srt"]


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
        ("kim.pdf", "kim.pdf: PDF is not read. Save the document it was made from as .txt, .md, .docx, .vtt or .srt."),
        ("kim.xlsx", "kim.xlsx: tables are not read. Copy the transcript to a file as .txt, .md, .docx, .vtt or .srt."),
        ("kim.png", "kim.png: it is a picture. Type the transcript out and save it as .txt, .md, .docx, .vtt or .srt."),
        ("kim.m4a", "kim.m4a: it is a recording. Upload its transcript as .txt, .md, .docx, .vtt or .srt."),
        ("kim.xyz", "kim.xyz: .xyz is not read. Save the transcript as .txt, .md, .docx, .vtt or .srt."),
        ("kim", "kim: the name has no ending that says what it is. Name it .txt, .md, .docx, .vtt or .srt."),
    ],
)
def test_an_unknown_kind_of_file_is_told_what_to_do(filename, sentence):
    with pytest.raises(UnknownFormat) as error:
        check(b"anything", filename)
    assert error.value.message == sentence


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"%PDF-1.7 ...", "the content is a PDF, not text."),
        (b"PK\x03\x04\x14\0", "the content is a zip or Office file, not text."),
        (b"\x89PNG\r\n\x1a\n\0\0", "the content is a PNG picture, not text."),
        (b"hello \0 there", "the content is binary, not text."),
        (b"\x01\x02\x03\x05 hello", "the content is binary, not text."),
    ],
)
def test_binary_under_a_text_ending_is_refused(raw, sentence):
    with pytest.raises(UnreadableText) as error:
        check(raw, "kim.txt")
    assert error.value.message.startswith(f"kim.txt: {sentence}")


def test_text_that_begins_like_a_signature_passes():
    assert check(b"RIFF raff, said the User.", "kim.txt") == "txt"


def test_utf_16_with_its_mark_passes():
    assert check("참가자: 네".encode("utf-16"), "kim.txt") == "txt"


def test_a_docx_that_is_no_zip_is_refused():
    with pytest.raises(UnreadableText, match=r"kim.docx: it is damaged or no Word file."):
        check(b"Interviewer: hello", "kim.docx")


def test_a_docx_with_a_password_is_told_so():
    with pytest.raises(UnreadableText, match=r"kim.docx: it has a password"):
        check(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "kim.docx")


def test_a_zip_that_is_no_word_file_is_refused():
    with pytest.raises(UnreadableText, match=r"kim.docx: it is a zip file but no Word file."):
        check(zipped(**{"notes.txt": "hello"}), "kim.docx")


def test_a_zip_bomb_is_refused_without_being_unpacked():
    bomb = zipped(**{"[Content_Types].xml": "<Types/>", "word/document.xml": b" " * 70 * 1024 * 1024})
    assert len(bomb) < 100_000
    with pytest.raises(FileTooLarge, match=r"kim.docx: it unpacks to 70 MB. Save the transcript as .txt."):
        check(bomb, "kim.docx")


def test_a_message_shows_no_folder_and_no_control_characters():
    with pytest.raises(UnknownFormat) as error:
        check(b"x", "C:\\users\\kim\\bad\x1b[31mname.pdf")
    assert error.value.message.startswith("bad[31mname.pdf: ")


def test_checking_loads_no_reader_library():
    program = (
        "import sys; from persona_lab.transcripts import check; check(b'User: hello', 'a.txt');"
        "print({'docx', 'lxml', 'webvtt', 'charset_normalizer'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "set()"
