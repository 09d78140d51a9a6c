"""A coded study goes out as REFI-QDA and comes in again: the same codings by the same people, whatever the text."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree

from persona_lab import refi
from persona_lab.errors import InvalidRequest
from persona_lab.lab.project import Project
from persona_lab.lab.session import Lab

SCHEMA = Path(__file__).parents[2] / "refi" / "data" / "Project.xsd"
# Line endings of Windows, emoji of one and of many code points, letters beyond the first plane, Korean taken apart.
TEXT = (
    "Interviewer: 결제는 어땠나요? 😀\r\n"
    "Mina: 👩🏽\u200d💻 카드 양식이 정말 불편해요. 주소를 매번 잊어버려요 😀.\r\n"
    "Interviewer: \u1100\u1161\u11ab\u1103\u1161\u11ab하면 좋겠나요?\r\n"
    "Mina: 𝔘 배송 주소를 기억해 주면 좋겠어요.\r\n"
)


def spans(project: Project) -> set[tuple[str, str, str, str]]:
    found = project.codes(others=True)
    peoples = found[~found["coder"].isin(["engine", "file"])]
    return {(row.interview, row.code, row.coder, row.text) for row in peoples.itertuples()}


def saved(project: Project, path: Path) -> refi.words.Project:
    project.save(path)
    with zipfile.ZipFile(path) as archive:
        root = etree.parse(BytesIO(archive.read("project.qde")))
    etree.XMLSchema(etree.parse(SCHEMA)).assertValid(root)
    return refi.read_project(path)


@pytest.fixture
def coded(project: Project) -> Project:
    interview = project.upload_text(TEXT, "Mina: 1/2 “x”")
    project.wait(60)
    interview.code("불편", text="카드 양식이 정말 불편해요", turn=1, note="Twice <said>")
    interview.code("불편", turn=3, coder="jun")
    start = interview.transcript.text.index("👩")
    interview.code("emoji", start=start, end=start + len("👩🏽\u200d💻"), coder="jun")
    interview.note("Ask again\nabout this", turn=1)
    interview.date = "2026-03-02"
    return project


def test_out_and_in_and_out_again_gives_the_same(coded: Project, lab: Lab, tmp_path: Path) -> None:
    first = saved(coded, tmp_path / "first.qdpx")
    fresh = lab.project("Brought in")
    brought = fresh.import_qda(tmp_path / "first.qdpx")
    fresh.wait(60)
    assert spans(fresh) == spans(coded)
    assert [interview.title for interview in brought.interviews] == ["Mina: 1/2 “x”"]
    assert fresh.interview("Mina: 1/2 “x”").date == "2026-03-02"
    second = saved(fresh, tmp_path / "second.qdpx")

    def told(project: refi.words.Project) -> set[tuple[object, ...]]:
        return {
            (source.guid, selection.guid, selection.start, selection.end, coding.guid)
            for source in project.sources
            for selection in source.selections
            for coding in selection.codings
        }

    assert told(second) == told(first)
    assert {(note.text, note.name) for note in second.notes} == {(note.text, note.name) for note in first.notes}
    assert [source.text for source in second.sources] == [source.text for source in first.sources]


def test_people_and_engines_are_users_of_their_own(coded: Project, tmp_path: Path) -> None:
    made = saved(coded, tmp_path / "a.qdpx")
    names = {user.name: user.id for user in made.users}
    assert "jun" in names
    assert [name for name, its_id in names.items() if its_id == "persona_lab:engine"] != []
    (source,) = made.sources
    said = {source.text[one.start : one.end] for one in source.selections if source.text and one.codings}
    assert {"카드 양식이 정말 불편해요", "👩🏽\u200d💻"} <= said
    assert source.text is not None
    assert "\r" not in source.text


def test_saved_twice_it_is_the_same_file(coded: Project, tmp_path: Path) -> None:
    first = coded.save(tmp_path / "a.qdpx").read_bytes()
    assert coded.save(tmp_path / "a.qdpx").read_bytes() == first


def test_brought_in_again_nothing_is_doubled(coded: Project, tmp_path: Path) -> None:
    coded.save(tmp_path / "a.qdpx")
    before, notes = spans(coded), len(coded.notes)
    for _ in range(2):
        brought = coded.import_qda(tmp_path / "a.qdpx")
        assert (len(coded.interviews), spans(coded), len(coded.notes)) == (1, before, notes)
    assert brought.table[["codes", "new_codes", "notes"]].values.tolist() == [[3, 0, 0]]
    assert "1 interview, 3 coded places (0 new), 0 new notes." in repr(brought)
    assert "left out: interviews are analysed here anew" in repr(brought)


def test_a_project_of_another_tool_brings_its_coders(project: Project, tmp_path: Path) -> None:
    """Codes of two branches are told apart; a selection over two turns is one code in each; a memo names its writer."""
    text = "Interviewer: Do you trust it?\r\nMina: Not at all 😀, never.\r\n"
    start, end = text.index("trust"), text.index(" 😀")
    qde = (
        '<?xml version="1.0" encoding="utf-8"?><Project xmlns="urn:QDA-XML:project:1.0" name="T" origin="NVivo">'
        '<Users><User guid="{00000000-0000-0000-0000-00000000000A}" name="engine"/></Users><CodeBook><Codes>'
        '<Code guid="00000000-0000-0000-0000-0000000000c1" name="Work" isCodable="true">'
        '<Code guid="00000000-0000-0000-0000-0000000000c2" name="Other" isCodable="true"/></Code>'
        '<Code guid="00000000-0000-0000-0000-0000000000c3" name="Other" isCodable="true"/>'
        '</Codes></CodeBook><Sources><TextSource guid="00000000-0000-0000-0000-0000000000d1" name="Mina.docx" '
        'plainTextPath="internal://d1.txt">'
        f'<PlainTextSelection guid="00000000-0000-0000-0000-0000000000e1" startPosition="{start}" endPosition="{end}">'
        '<Coding guid="00000000-0000-0000-0000-0000000000f1" creatingUser="00000000-0000-0000-0000-00000000000A">'
        '<CodeRef targetGUID="00000000-0000-0000-0000-0000000000c2"/></Coding>'
        '<NoteRef targetGUID="00000000-0000-0000-0000-000000000099"/></PlainTextSelection></TextSource></Sources>'
        '<Notes><Note guid="00000000-0000-0000-0000-000000000099" creationDateTime="2026-03-02T10:00:00Z" '
        'creatingUser="00000000-0000-0000-0000-00000000000a"><PlainTextContent>Hm</PlainTextContent></Note></Notes>'
        "</Project>"
    )
    path = tmp_path / "theirs.qdpx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.qde", qde)
        archive.writestr("Sources/d1.txt", "\ufeff" + text)
    brought = project.import_qda(path)
    assert brought.codes["code"].tolist() == ["Work", "Work / Other", "Other"]
    assert spans(project) == {
        ("Mina", "Work / Other", "engine (imported)", "trust it?"),
        ("Mina", "Work / Other", "engine (imported)", "Not at all"),
    }
    assert project.notes["text"].tolist() == ["Hm\n— engine, 2026-03-02"]


def test_a_codebook_goes_out_and_is_read(coded: Project, tmp_path: Path) -> None:
    codes = coded.import_qda(coded.save(tmp_path / "codes.qdc")).codes
    assert {"불편", "emoji"} <= set(codes["code"])
    assert codes[codes["code"] == "Pains"]["is_codable"].tolist() in ([False], [])


def test_what_is_no_project_is_told_where_it_belongs(project: Project, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"a\.txt is no \.qdpx or \.qdc\. Transcripts are uploaded"):
        project.import_qda(tmp_path / "a.txt")
    with pytest.raises(InvalidRequest, match="There are no codes yet"):
        project.save(tmp_path / "codes.qdc")
    (tmp_path / "a.qdpx").write_bytes(b"PK")
    with pytest.raises(InvalidRequest, match=r"a\.qdpx is a coded project: project\.import_qda"):
        project.upload(tmp_path / "a.qdpx")
