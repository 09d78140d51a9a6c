import hashlib
import os
from pathlib import Path

import pytest

from persona_lab.errors import InterviewNotFound
from persona_lab.models import Interview
from persona_lab.store.files import Files
from tests.support.making import NOON

SAID = "Mina: 결제가 불편해요.".encode()
SHA256 = hashlib.sha256(SAID).hexdigest()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "files")


def interview(*, redacted: bool = False) -> Interview:
    return Interview(
        id="mina", project_id="study", number=1, title="Mina", filename="mina.txt", status="processing", stage="queued",
        sha256=SHA256, size_bytes=len(SAID), redacted=redacted, created_by="jun", created_at=NOON, updated_at=NOON,
    )  # fmt: skip


def keep(files: Files, name: str = "mina") -> None:
    files.keep(name, files.receive(name, SAID))


def kept(tmp_path: Path) -> list[Path]:
    return sorted(path for path in (tmp_path / "files").rglob("*") if path.is_file())


def test_bytes_come_back_as_they_were(files: Files) -> None:
    keep(files)
    assert files.of(interview()) == SAID


def test_the_same_bytes_are_kept_once(files: Files, tmp_path: Path) -> None:
    keep(files)
    written = kept(tmp_path)[0].stat().st_mtime_ns
    keep(files, "mina again")
    assert len(kept(tmp_path)) == 1
    assert kept(tmp_path)[0].stat().st_mtime_ns == written


def test_nothing_half_written_is_left_beside_a_file(files: Files, tmp_path: Path) -> None:
    keep(files)
    assert [path.name for path in kept(tmp_path)] == [SHA256]


def test_a_file_is_flushed_before_it_has_its_name(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[tuple[str, bool]] = []
    fsync = os.fsync

    def seen(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        is_named = any(found.name == "mina" for found in kept(tmp_path))
        flushed.append(("folder" if path.is_dir() else "file", is_named))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", seen)
    files.receive("mina", SAID)
    assert flushed == [("file", False), ("folder", True)]


def test_what_was_received_and_not_kept_is_that_interviews_alone(files: Files, tmp_path: Path) -> None:
    keep(files, "jun")
    assert files.receive("mina", SAID) == SHA256
    assert files.of(interview(redacted=True)) == SAID
    files.drop("mina")
    files.drop("mina")
    assert [path.name for path in kept(tmp_path)] == [SHA256]
    with pytest.raises(InterviewNotFound, match="missing from the workspace"):
        files.of(interview(redacted=True))


def test_what_nobody_needs_of_the_received_goes_and_what_is_kept_stays(files: Files, tmp_path: Path) -> None:
    keep(files)
    for name in ("needed", "read", "cut off.part"):
        files.receive(name, SAID)
    files.drop_all_but({"needed"})
    assert {path.name for path in kept(tmp_path)} == {SHA256, "needed"}


def test_a_file_that_is_gone_is_named_as_missing(files: Files, tmp_path: Path) -> None:
    keep(files)
    kept(tmp_path)[0].unlink()
    with pytest.raises(InterviewNotFound, match=r"missing from the workspace. Upload it again"):
        files.of(interview())


def test_a_file_that_was_changed_is_noticed(files: Files, tmp_path: Path) -> None:
    keep(files)
    kept(tmp_path)[0].write_bytes(b"Mina: I love it.")
    with pytest.raises(InterviewNotFound, match=r"was changed in the workspace. Upload it again"):
        files.of(interview())
