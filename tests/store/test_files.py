import hashlib
import os
from pathlib import Path

import pytest

from persona_lab.errors import InterviewNotFound
from persona_lab.store.files import Files

SAID = "Mina: 결제가 불편해요.".encode()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "files")


def kept(tmp_path: Path) -> list[Path]:
    return sorted(path for path in (tmp_path / "files").rglob("*") if path.is_file())


def test_bytes_come_back_as_they_were(files: Files) -> None:
    sha256 = files.put(SAID)
    assert sha256 == hashlib.sha256(SAID).hexdigest()
    assert files.get(sha256) == SAID


def test_the_same_bytes_are_kept_once(files: Files, tmp_path: Path) -> None:
    files.put(SAID)
    written = kept(tmp_path)[0].stat().st_mtime_ns
    files.put(SAID)
    assert len(kept(tmp_path)) == 1
    assert kept(tmp_path)[0].stat().st_mtime_ns == written


def test_nothing_half_written_is_left_beside_a_file(files: Files, tmp_path: Path) -> None:
    sha256 = files.put(SAID)
    assert [path.name for path in kept(tmp_path)] == [sha256]


def test_a_file_is_flushed_before_it_has_its_name(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[tuple[str, bool]] = []
    fsync = os.fsync

    def seen(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        is_named = any(found.name == hashlib.sha256(SAID).hexdigest() for found in kept(tmp_path))
        flushed.append(("folder" if path.is_dir() else "file", is_named))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", seen)
    files.put(SAID)
    assert flushed == [("file", False), ("folder", True)]


def test_a_file_that_is_gone_is_named_as_missing(files: Files, tmp_path: Path) -> None:
    sha256 = files.put(SAID)
    kept(tmp_path)[0].unlink()
    with pytest.raises(InterviewNotFound, match=r"missing from the workspace. Upload it again"):
        files.get(sha256)


def test_a_file_that_was_changed_is_noticed(files: Files, tmp_path: Path) -> None:
    sha256 = files.put(SAID)
    kept(tmp_path)[0].write_bytes(b"Mina: I love it.")
    with pytest.raises(InterviewNotFound, match=r"was changed in the workspace. Upload it again"):
        files.get(sha256)
