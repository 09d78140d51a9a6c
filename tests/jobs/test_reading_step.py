"""The job's first step, where the file must be redacted before storage: it may end anywhere and is run again."""

import logging
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from persona_lab.engines.local import LocalEngine
from persona_lab.engines.redacting.scans import Scans
from persona_lab.errors import ServerError
from persona_lab.jobs.durable import Jobs
from persona_lab.models import Transcript
from persona_lab.models.identity import LOCAL_COMPANY
from persona_lab.store import interviews, projects, transcripts
from persona_lab.store.database import Store
from persona_lab.store.files.folder import Folder
from persona_lab.store.files.kept import Files
from tests.support.hiding import Direct

SAID = "Interviewer: Who?\nSarah Chen: I am Sarah Chen, on 415-555-0132.\nInterviewer: And?\nSarah Chen: It is slow.\n"


class Parts(NamedTuple):
    """A server's parts, without the server."""

    jobs: Jobs
    store: Store
    files: Files
    incoming: Path


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """Made once: DBOS knows its instances by name, one of each in a process."""
    folder = tmp_path_factory.mktemp("workspace")
    store, files, workroom = Store(folder / "s.sqlite"), Files(Folder(folder / "files")), Direct()
    jobs = Jobs(store, files, lambda _project: LocalEngine(workroom), Scans(workroom), workroom)
    yield Parts(jobs, store, files, folder / "files" / "incoming")
    store.close()


class Work:
    """A redacted interview that waits for its reading."""

    def __init__(self, parts: Parts) -> None:
        self.id = interviews.new_id()
        self.files, self.incoming, self._parts = parts.files, parts.incoming / self.id, parts
        sha256 = parts.files.receive(LOCAL_COMPANY, self.id, BytesIO(SAID.encode())).sha256
        upload = interviews.Upload("Mina", "mina.txt", sha256, len(SAID), None, "jun", redacted=True)
        with parts.store.writing() as connection:
            project = projects.create(connection, epoch=parts.store.epoch, name="Study", redaction="storage")
            interviews.add(connection, project.id, upload, allow_duplicate=False, interview_id=self.id)

    def read(self) -> None:
        self._parts.jobs.read(self.id)

    def transcript(self) -> Transcript | None:
        with self._parts.store.reading() as connection:
            return transcripts.get(connection, self.id) if transcripts.is_read(connection, self.id) else None


@pytest.fixture
def work(parts: Parts) -> Work:
    return Work(parts)


def raising(error: Exception) -> Callable[..., Any]:
    def raised(*_: object, **__: object) -> None:
        raise error

    return raised


def test_the_step_twice_is_the_same_as_once(work: Work) -> None:
    work.read()
    once = work.transcript()
    work.read()
    assert work.transcript() == once
    assert once is not None
    assert "Sarah" not in once.model_dump_json()
    assert not work.incoming.exists()


def test_cut_off_before_the_removal_it_is_finished_by_the_next_run(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(work.files, "drop", raising(OSError("cut off")))
        with pytest.raises(ServerError):
            work.read()
    once = work.transcript()
    assert once is not None
    assert work.incoming.exists()
    work.read()
    assert not work.incoming.exists()
    assert work.transcript() == once


def test_cut_off_before_the_transcript_is_kept_the_file_is_still_there(
    work: Work, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And what the error says of the text goes no further."""
    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(transcripts, "save", raising(ValueError(SAID)))
        with pytest.raises(ServerError, match="Something unexpected happened") as caught:
            work.read()
    assert f"step “read” of {work.id} failed: ValueError" in caplog.text
    assert "Sarah" not in caplog.text + repr(caught.value)
    assert caught.value.__suppress_context__
    assert work.transcript() is None
    assert work.incoming.read_bytes() == SAID.encode()
    work.read()
    assert work.transcript() is not None
    assert not work.incoming.exists()
