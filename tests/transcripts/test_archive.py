"""Zips and XML that were made to do harm, in every kind of file that is a zip."""

import io
import zipfile

import pytest

from persona_lab.errors import FileTooLarge, TranscriptError, UnreadableText
from persona_lab.transcripts import check, read_transcript
from persona_lab.transcripts.archive import Archive
from tests.support.files import hwpx_of, odt_of, word_of, xlsx_of, zip_of

BODY = {".docx": "word/document.xml", ".odt": "content.xml", ".hwpx": "Contents/section0.xml"}
VALID = {
    ".docx": word_of("<w:p><w:r><w:t>Kim: a</w:t></w:r></w:p>"),
    ".odt": odt_of("<text:p>Kim: a</text:p>"),
    ".hwpx": hwpx_of("<hp:p><hp:run><hp:t>Kim: a</hp:t></hp:run></hp:p>"),
    ".xlsx": xlsx_of([("speaker", "text"), ("Kim", "a")]),
}
ENTITIES = '<!DOCTYPE a [<!ENTITY b "boom"><!ENTITY c SYSTEM "file:///etc/passwd">]>'


def with_parts(ending, parts):
    with zipfile.ZipFile(io.BytesIO(VALID[ending])) as archive:
        return zip_of({name: archive.read(name) for name in archive.namelist()} | parts)


def refusal(raw, ending):
    with pytest.raises(TranscriptError) as error:
        read_transcript(raw, f"kim{ending}")
    return error.value


@pytest.mark.parametrize("ending", VALID)
def test_a_gigabyte_of_spaces_is_refused_without_being_unpacked(ending):
    bomb = io.BytesIO(VALID[ending])
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("x.xml", "w") as part:
        for _ in range(1024):
            part.write(b" " * 1024 * 1024)
    assert len(bomb.getvalue()) < 1_100_000
    with pytest.raises(FileTooLarge) as error:
        check(bomb.getvalue(), f"kim{ending}")
    assert error.value.message == f"kim{ending}: it unpacks to 1,024 MB. Save the transcript as .txt."


def test_megabytes_of_one_character_are_refused():
    error = refusal(with_parts(".docx", {"media/a.bin": b" " * 20 * 1024 * 1024}), ".docx")
    assert error.message == "kim.docx: it unpacks to 20 MB. Save the transcript as .txt."


def test_a_zip_of_too_many_parts_is_refused():
    error = refusal(with_parts(".docx", {f"{number}.bin": b"" for number in range(10_001)}), ".docx")
    assert isinstance(error, FileTooLarge)
    assert error.message == "kim.docx: it is made of 10,004 parts. Save the transcript as .txt."


@pytest.mark.parametrize("ending", VALID)
def test_a_zip_with_a_password_is_told_so(ending):
    raw = bytearray(VALID[ending])
    # The flags of each entry in the list of contents.
    at = raw.find(b"PK\x01\x02")
    raw[at + 8] |= 1
    error = refusal(bytes(raw), ending)
    assert error.message == f"kim{ending}: it has a password. Open it, remove the password and save it again."


@pytest.mark.parametrize("ending", BODY)
def test_entities_are_refused_and_never_fetched(ending):
    with zipfile.ZipFile(io.BytesIO(VALID[ending])) as archive:
        body = archive.read(BODY[ending]).decode()
    error = refusal(with_parts(ending, {BODY[ending]: ENTITIES + body.replace("Kim: a", "Kim: &b; &c;")}), ending)
    assert isinstance(error, UnreadableText)
    assert error.message == (
        f"kim{ending}: its XML declares entities (<!DOCTYPE>), as no text program does and attacks do. "
        "Open it and save it again."
    )


@pytest.mark.parametrize("ending", BODY)
def test_entities_in_another_encoding_are_refused_too(ending):
    hidden = f'<?xml version="1.0" encoding="UTF-16"?>{ENTITIES}<a>&b;</a>'.encode("utf-16")
    assert "declares entities" in refusal(with_parts(ending, {BODY[ending]: hidden}), ending).message


@pytest.mark.parametrize("ending", BODY)
def test_xml_nested_without_end_is_refused(ending):
    error = refusal(with_parts(ending, {BODY[ending]: "<a>" * 5_000}), ending)
    assert error.message == f"kim{ending}: its XML is nested too deeply. Open it and save it again."


@pytest.mark.parametrize("ending", BODY)
def test_broken_xml_is_told_without_the_name_of_an_exception(ending):
    error = refusal(with_parts(ending, {BODY[ending]: "<a><b></a>"}), ending)
    assert error.message == f"kim{ending}: its XML is damaged. Open it and save it again."


@pytest.mark.parametrize("ending", VALID)
def test_names_with_folders_in_them_do_nothing(ending):
    raw = with_parts(ending, {"../../etc/passwd": "x", "/root/x": "y", "C:\\windows\\x": "z"})
    assert read_transcript(raw, f"kim{ending}").text.strip() == "Kim: a"


def test_a_macro_is_ignored():
    raw = with_parts(".docx", {"word/vbaProject.bin": b"\xd0\xcf\x11\xe0 Sub AutoOpen()"})
    assert read_transcript(raw, "kim.docx").text == "Kim: a"


def test_a_part_that_is_missing_is_named():
    with pytest.raises(UnreadableText) as error:
        Archive(zip_of({"a": "b"})).read("word/document.xml")
    assert error.value.message == ("it is damaged: its part word/document.xml is missing. Open it and save it again.")


def test_a_part_that_cannot_be_unpacked_is_named():
    raw = zip_of({"a": "b" * 100}).replace(b"\x4b\x4a", b"\xff\xff", 1)
    with pytest.raises(UnreadableText) as error:
        Archive(raw).read("a")
    assert error.value.message == "it is damaged: its part a can't be unpacked. Open it and save it again."


def test_a_part_that_claims_to_be_small_is_not_unpacked_beyond_that():
    raw = bytearray(zip_of({"a": " " * 1_000_000}))
    at = raw.find(b"PK\x01\x02")
    raw[at + 24 : at + 28] = (10).to_bytes(4, "little")
    with pytest.raises(UnreadableText) as error:
        Archive(bytes(raw)).read("a")
    assert error.value.message == "it is damaged: its part a can't be unpacked. Open it and save it again."
