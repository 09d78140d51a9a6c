"""REFI-QDA out and in: valid by the standard's schemas, the same every time, and nothing lost on the way."""

import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree

from persona_lab.errors import FileTooLarge, InvalidRequest, UnreadableText
from persona_lab.refi import codebook_xml, container, read_codebook, read_project, write_project
from persona_lab.refi.words import Case, Code, Coding, Group, Note, Project, Selection, Source, User, guid

DATA = Path(__file__).parent / "data"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEXT = "Mina: 카드 양식이 😀 느려요.\nQ: why?\n"
START, END = TEXT.index("😀"), TEXT.index("느려요") + 3


def project() -> Project:
    mina, engine = (
        User(guid("user", "mina"), "mina"),
        User(guid("user", "local"), "local (rules-1)", "persona_lab:engine"),
    )
    slow = Code(guid("code", "slow"), "slow <&>", "What is slow.\nTwo lines.")
    above = Code(guid("code", "above"), "Pains", is_codable=False, children=(Code(guid("code", "form"), "The form"),))
    note = Note(guid("note"), "Note", "Ask again & again\x0b", mina.guid, NOON)
    codings = (
        Coding(guid("coding", 1), slow.guid, mina.guid, NOON, (note.guid,)),
        Coding(guid("coding", 2), above.children[0].guid, engine.guid),
    )
    selection = Selection(guid("selection"), START, END, "😀 느려요", codings=codings, notes=(note.guid,))
    source = Source(guid("source"), "Mina “1”", TEXT, (selection,), mina.guid, NOON)
    return Project(
        "Checkout & more",
        description="Why?",
        at=NOON,
        users=(mina, engine),
        codes=(slow, above),
        sources=(source,),
        notes=(note,),
        cases=(Case(guid("case"), "Mina", {"Language": "ko"}, (source.guid,)),),
        groups=(Group(guid("set"), "P1", "", (source.guid,)),),
    )


def packed(tmp_path: Path, parts: dict[str, bytes | str], name: str = "other.qdpx") -> Path:
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, said in parts.items():
            archive.writestr(part, said)
    return path


def qde(sources: str, rest: str = "", users: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><Project xmlns="urn:QDA-XML:project:1.0" name="Theirs" origin="NVivo">'
        f"{users}<CodeBook><Codes>"
        '<Code guid="{AAAAAAAA-0000-0000-0000-000000000001}" name="Trust" isCodable="true"/>'
        f"</Codes></CodeBook><Sources>{sources}</Sources>{rest}</Project>"
    )


CODING = (
    '<Coding guid="bbbbbbbb-0000-0000-0000-000000000001"><CodeRef '
    'targetGUID="aaaaaaaa-0000-0000-0000-000000000001"/></Coding>'
)
SELECTION = f'<PlainTextSelection guid="cc" startPosition="6" endPosition="11">{CODING}</PlainTextSelection>'


# Out


def test_a_project_is_valid_by_the_standards_schema() -> None:
    with zipfile.ZipFile(BytesIO(write_project(project()))) as archive:
        assert archive.namelist() == ["project.qde", f"sources/{guid('source')}.txt"]
        etree.XMLSchema(etree.parse(DATA / "Project.xsd")).assertValid(etree.fromstring(archive.read("project.qde")))


def test_a_project_without_anything_is_valid_too() -> None:
    with zipfile.ZipFile(BytesIO(write_project(Project("")))) as archive:
        root = etree.fromstring(archive.read("project.qde"))
    etree.XMLSchema(etree.parse(DATA / "Project.xsd")).assertValid(root)


def test_a_codebook_is_valid_by_the_standards_schema() -> None:
    made = codebook_xml(project().codes)
    etree.XMLSchema(etree.parse(DATA / "Codebook.xsd")).assertValid(etree.fromstring(made))
    read = read_codebook(made, "codes.qdc")
    assert [(code.name, code.description, code.is_codable) for code in read] == [
        ("slow <&>", "What is slow.\nTwo lines.", True),
        ("Pains", "", False),
    ]
    assert read[1].children[0].name == "The form"


def test_written_twice_a_project_is_the_same_to_the_byte() -> None:
    assert write_project(project()) == write_project(project())


def test_what_is_written_is_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "study.qdpx"
    path.write_bytes(write_project(project()))
    read = read_project(path)
    written = project()
    assert (read.users, read.codes, read.cases, read.groups) == (
        written.users,
        written.codes,
        written.cases,
        written.groups,
    )
    assert read.sources == written.sources
    # XML has no way to hold a vertical tab.
    assert read.notes[0].text == "Ask again & again\ufffd"
    assert read.remarks == ()


# In, from other programs


def test_a_text_within_the_xml_is_read(tmp_path: Path) -> None:
    source = (
        f'<TextSource guid="dd" name="One"><PlainTextContent>Mina: I trust</PlainTextContent>{SELECTION}</TextSource>'
    )
    (read,) = read_project(packed(tmp_path, {"project.qde": qde(source)})).sources
    (selection,) = read.selections
    assert read.text is not None
    assert read.text[selection.start : selection.end] == "I tru"
    assert selection.codings[0].code == "aaaaaaaa-0000-0000-0000-000000000001"


def test_names_of_parts_differ_and_are_found(tmp_path: Path) -> None:
    """ATLAS.ti names the description after the project, and folders are written in capitals or not."""
    source = f'<TextSource guid="dd" name="One" plainTextPath="internal://ABC.TXT">{SELECTION}</TextSource>'
    path = packed(tmp_path, {"Trial.qde": qde(source), "Sources/abc.txt": "\ufeffMina: I trust"})
    (read,) = read_project(path).sources
    assert read.text == "Mina: I trust"


def test_a_pdf_is_read_by_its_plain_representation(tmp_path: Path) -> None:
    inner = f'<Representation guid="ee" plainTextPath="internal://a.txt">{SELECTION}</Representation>'
    source = f'<PDFSource guid="dd" name="Paper.pdf" path="internal://a.pdf">{inner}</PDFSource>'
    (read,) = read_project(packed(tmp_path, {"project.qde": qde(source), "sources/a.txt": "Mina: I trust"})).sources
    assert (read.name, len(read.selections)) == ("Paper.pdf", 1)


def test_a_recording_is_read_by_its_transcript(tmp_path: Path) -> None:
    inner = (
        '<Transcript guid="ee" plainTextPath="internal://a.txt"><SyncPoint guid="f1" timeStamp="0" position="6"/>'
        '<SyncPoint guid="f2" timeStamp="900" position="13"/>'
        f'<TranscriptSelection guid="g1" fromSyncPoint="f1" toSyncPoint="f2">{CODING}</TranscriptSelection>'
        "</Transcript>"
    )
    source = f'<AudioSource guid="dd" name="Call" path="internal://a.mp3">{inner}</AudioSource>'
    (read,) = read_project(packed(tmp_path, {"project.qde": qde(source), "sources/a.txt": "Mina: I trust"})).sources
    assert [(one.start, one.end) for one in read.selections] == [(6, 13)]


def test_what_is_no_text_is_left_out_and_said(tmp_path: Path) -> None:
    sources = (
        '<PictureSource guid="1" name="Photo"/><PictureSource guid="2"/><AudioSource guid="3"/>'
        '<TextSource guid="4" name="Away" plainTextPath="relative:///../../etc/passwd"/>'
        f'<TextSource guid="5" name="Whole"><PlainTextContent>Mina: I trust</PlainTextContent>{CODING}</TextSource>'
        '<TextSource guid="6" name="Out"><PlainTextContent>Mi</PlainTextContent>'
        '<PlainTextSelection guid="cc" startPosition="1" endPosition="99"/></TextSource>'
    )
    read = read_project(packed(tmp_path, {"project.qde": qde(sources)}))
    assert [source.name for source in read.sources] == ["Whole", "Out"]
    assert read.remarks == (
        "2 pictures left out: there is no text in it.",
        "1 recording left out: there is no text in it.",
        "Away: left out, its text is not in the file.",
        "Whole: codes of the whole document are left out, for they have no place in it.",
        "Out: 1 selection lies outside of its text and is left out.",
    )


# In, from somebody who means harm


def test_a_zip_that_leads_out_is_refused(tmp_path: Path) -> None:
    for name in ("../evil.txt", "/etc/evil", "sources\\..\\..\\evil", "C:/evil"):
        path = packed(tmp_path, {"project.qde": qde(""), name: "x"})
        with pytest.raises(UnreadableText, match="would lead out of it"):
            read_project(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused(tmp_path: Path, encoding: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden")
    xml = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE Project [<!ENTITY e SYSTEM "file://{secret}">]>'
        '<Project name="&e;"/>'
    )
    with pytest.raises(UnreadableText, match="declares entities"):
        read_project(packed(tmp_path, {"project.qde": xml.encode(encoding)}))


def test_a_part_that_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "LIMIT_TEXT_BYTES", 3 * 1024 * 1024)
    source = '<TextSource guid="dd" name="One" plainTextPath="internal://a.txt"/>'
    path = packed(tmp_path, {"project.qde": qde(source), "sources/a.txt": b"a" * (5 * 1024 * 1024)})
    with pytest.raises(FileTooLarge, match=r"sources/a\.txt unpacks to more than 3 MB"):
        read_project(path)


def test_a_large_picture_is_not_even_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "LIMIT_ALL_BYTES", 1024 * 1024)
    path = packed(tmp_path, {"project.qde": qde('<PictureSource guid="1"/>'), "sources/a.png": bytes(5 * 1024 * 1024)})
    assert read_project(path).sources == ()


def test_what_is_no_project_says_so(tmp_path: Path) -> None:
    broken = tmp_path / "broken.qdpx"
    broken.write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(UnreadableText, match=r"broken\.qdpx: it is damaged, or no REFI-QDA project"):
        read_project(broken)
    with pytest.raises(UnreadableText, match=r"there is no project\.qde in it"):
        read_project(packed(tmp_path, {"a.txt": "x"}))
    with pytest.raises(UnreadableText, match="its XML is no REFI-QDA project"):
        read_project(packed(tmp_path, {"project.qde": "<Other/>"}))
    with pytest.raises(UnreadableText, match="its XML is damaged"):
        read_project(packed(tmp_path, {"project.qde": "<Project"}))
    with pytest.raises(InvalidRequest, match="can't be read"):
        read_project(tmp_path / "nothing.qdpx")
    with pytest.raises(UnreadableText, match="there is no codebook in it"):
        read_codebook(b"<CodeBook/>", "codes.qdc")
