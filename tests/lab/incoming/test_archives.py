"""What comes out of a zip, and what is refused in it."""

import io
import stat
import zipfile
from pathlib import Path

import pytest

from persona_lab.errors import FileTooLarge, InvalidRequest, PersonaLabError, UnreadableText
from persona_lab.lab.incoming import archives
from persona_lab.lab.incoming.files import File

MEGABYTE = 1024 * 1024


def zipped(**files: str) -> bytes:
    return of_names({name.replace("__", "."): text.encode() for name, text in files.items()})


def of_names(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of files by their names."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", compression) as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return written.getvalue()


def named(raw_name: bytes, *, text: bytes = b"Mina: Hello.") -> bytes:
    """Return a zip of one file whose name is these bytes, not said to be UTF-8: as Korean Windows makes it."""
    placeholder = "x" * len(raw_name)
    return of_names({placeholder: text}).replace(placeholder.encode(), raw_name)


def with_flag(archive: bytes, flag: int, name: str) -> bytes:
    """Return the zip with a flag set on one of its files."""
    changed = bytearray(archive)
    for signature, flags_at, name_at in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        at = 0
        while (at := archive.find(signature, at)) >= 0:
            if archive[at + name_at :].startswith(name.encode()):
                changed[at + flags_at] |= flag
            at += 4
    return bytes(changed)


def refusal(file: File) -> PersonaLabError:
    with pytest.raises(PersonaLabError) as refused:
        file.read()
    return refused.value


def test_transcripts_come_out_as_they_went_in() -> None:
    found = archives.members(zipped(b__txt="Mina: Hello.", a__md="# Hi"), "study.zip")
    assert [(file.name, file.title, file.read()) for file in found] == [
        ("b.txt", "b", b"Mina: Hello."),
        ("a.md", "a", b"# Hi"),
    ]


def test_folders_in_it_are_looked_through() -> None:
    found = archives.members(of_names({"P01/notes/talk.txt": b"1", "P02/talk.txt": b"2"}), "study.zip")
    assert [(file.name, file.folder) for file in found] == [("talk.txt", "notes"), ("talk.txt", "P02")]


def test_what_systems_leave_in_archives_is_passed_over() -> None:
    names = ["__MACOSX/._a.txt", "a.txt", ".DS_Store", "P01/Thumbs.db", "P01/~$b.docx", ".git/config", "P01/"]
    found = archives.members(of_names(dict.fromkeys(names, b"x")), "study.zip")
    assert [file.name for file in found] == ["a.txt"]


@pytest.mark.parametrize(
    "name", ["../../etc/talk.txt", "/etc/talk.txt", "C:\\Users\\mina\\talk.txt", "a/./b/../talk.txt"]
)
def test_of_a_path_only_the_name_counts(name: str) -> None:
    (found,) = archives.members(of_names({name: b"x"}), "study.zip")
    assert (found.name, found.title) == ("talk.txt", "talk")


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("인터뷰_김민지.txt".encode("cp949"), "인터뷰_김민지.txt"),
        ("면담/뷁.txt".encode("cp949"), "뷁.txt"),
        ("인터뷰.txt".encode(), "인터뷰.txt"),
        ("Gespräch Müller.txt".encode("cp437"), "Gespräch Müller.txt"),
        ("café.txt".encode("cp437"), "café.txt"),
        (b"talk.txt", "talk.txt"),
    ],
)
def test_names_are_those_that_were_written_where_it_was_made(raw: bytes, name: str) -> None:
    (found,) = archives.members(named(raw), "study.zip")
    assert (found.name, found.read()) == (name, b"Mina: Hello.")


def test_syllables_that_macos_took_apart_are_put_together_in_the_title() -> None:
    import unicodedata

    (found,) = archives.members(of_names({unicodedata.normalize("NFD", "민지.txt"): b"x"}), "study.zip")
    assert found.title == "민지"


def test_a_file_with_a_password_is_refused_and_the_others_are_not() -> None:
    locked = with_flag(zipped(a__txt="1", b__txt="2"), archives.HAS_PASSWORD, "a.txt")
    first, second = archives.members(locked, "study.zip")
    error = refusal(first)
    assert isinstance(error, UnreadableText)
    assert str(error) == "a.txt: it has a password in study.zip. Unpack it and upload it by itself."
    assert second.read() == b"2"


def test_an_archive_that_is_locked_as_a_whole_is_refused_once() -> None:
    locked = zipped(a__txt="1", b__txt="2")
    for name in ("a.txt", "b.txt"):
        locked = with_flag(locked, archives.HAS_PASSWORD, name)
    (only,) = archives.members(locked, "study.zip")
    assert str(refusal(only)) == "study.zip: it has a password. Unpack it and upload the transcripts."


def test_a_file_that_unpacks_to_a_gigabyte_is_cut_off_at_the_limit() -> None:
    bomb = of_names({"bomb.txt": b" " * 60 * MEGABYTE, "a.txt": b"1"})
    assert len(bomb) < MEGABYTE
    first, second = archives.members(bomb, "study.zip")
    error = refusal(first)
    assert isinstance(error, FileTooLarge)
    assert str(error) == (
        "bomb.txt: it unpacks to more than 50 MB in study.zip. Upload the transcript as text, or split it."
    )
    assert second.read() == b"1"


def test_a_size_that_is_a_lie_is_not_believed() -> None:
    lie = bytearray(of_names({"bomb.txt": b" " * 60 * MEGABYTE}))
    at = lie.find(b"PK\x01\x02")
    lie[at + 24 : at + 28] = (10).to_bytes(4, "little")
    (only,) = archives.members(bytes(lie), "study.zip")
    assert isinstance(refusal(only), FileTooLarge | UnreadableText)


def test_many_files_together_may_not_unpack_to_more_than_an_archive_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "LIMIT_UNPACKED_BYTES", 2 * MEGABYTE)
    found = archives.members(of_names({f"{n}.txt": b"x" * MEGABYTE for n in range(3)}), "study.zip")
    assert [len(file.read()) for file in found[:2]] == [MEGABYTE] * 2
    assert str(refusal(found[2])) == "2.txt: study.zip unpacks to more than 2 MB. Upload it in parts."


def test_too_many_files_are_refused_at_once() -> None:
    (only,) = archives.members(of_names({f"{n}.txt": b"x" for n in range(1001)}), "study.zip")
    assert str(refusal(only)) == "study.zip: 1,001 files are more than 1,000. Upload it in parts."


def test_an_archive_that_is_too_large_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "LIMIT_ARCHIVE_BYTES", 100)
    (only,) = archives.members(zipped(a__txt="x"), "study.zip")
    assert "is more than the 0 MB an archive may have. Unpack it and upload the folder." in str(refusal(only))


def test_an_archive_in_an_archive_is_refused() -> None:
    (only,) = archives.members(of_names({"inner.zip": zipped(a__txt="x")}), "study.zip")
    error = refusal(only)
    assert isinstance(error, InvalidRequest)
    assert str(error) == "inner.zip: it is an archive inside of study.zip. Unpack it and upload it by itself."


def test_a_link_in_an_archive_leads_nowhere() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        link = zipfile.ZipInfo("talk.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    (only,) = archives.members(written.getvalue(), "study.zip")
    assert str(refusal(only)) == "talk.txt: it is a link in study.zip and no file. Upload the file it leads to."


def test_a_damaged_file_is_refused_and_the_others_are_not() -> None:
    whole = of_names({"a.txt": b"Mina: Hello. " * 50, "b.txt": b"2"}, zipfile.ZIP_STORED)
    first, second = archives.members(whole.replace(b"Mina: Hello. Mina", b"Mina: Hallo. Mina"), "study.zip")
    assert str(refusal(first)) == (
        "a.txt: it is damaged, or packed in a way that is not read, in study.zip. Unpack it and upload it by itself."
    )
    assert second.read() == b"2"


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", b"Mina: Hello."])
def test_what_is_no_zip_is_refused(raw: bytes) -> None:
    (only,) = archives.members(raw, "study.zip")
    assert str(refusal(only)) == "study.zip: it is damaged or no zip. Make it again, or upload the transcripts."


def test_every_way_to_cut_a_zip_short_is_refused_in_a_sentence() -> None:
    whole = of_names({"a.txt": b"Mina: Hello. " * 20, "b.txt": b"2"})
    for length in range(len(whole)):
        for file in archives.members(whole[:length], "study.zip"):
            assert "study.zip" in str(refusal(file))


def test_an_empty_archive_is_refused() -> None:
    (only,) = archives.members(of_names({}), "study.zip")
    assert str(refusal(only)) == ("study.zip: there is no file in it. Choose the archive that holds the transcripts.")


def test_an_archive_that_went_away_is_refused(tmp_path: Path) -> None:
    (only,) = archives.members(tmp_path / "study.zip", "study.zip")
    assert str(refusal(only)).startswith("study.zip: can't be read (")
