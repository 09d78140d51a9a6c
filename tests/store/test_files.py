import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from threading import Barrier

import pytest

from persona_lab.errors import Conflict, FilesUnavailable, InterviewNotFound, InvalidRequest
from persona_lab.models import Interview
from persona_lab.models.identity import LOCAL_COMPANY
from persona_lab.store.files.bucket import Bucket
from persona_lab.store.files.folder import Folder
from persona_lab.store.files.kept import MARK, Depot, Files
from persona_lab.transcripts import LIMIT_BYTES
from tests.support import bucket
from tests.support.making import NOON

SAID = "Mina: 결제가 불편해요.".encode()
SHA256 = hashlib.sha256(SAID).hexdigest()
KEPT = f"{SHA256[:2]}/{SHA256}"
ACME = "Acme Ltd./.."


@pytest.fixture(params=["folder", "bucket"])
def depot(request: pytest.FixtureRequest, tmp_path: Path) -> Depot:
    return Folder(tmp_path / "files") if request.param == "folder" else bucket.opened(bucket.made())


@pytest.fixture
def files(depot: Depot) -> Files:
    return Files(depot)


def interview(*, redacted: bool = False, raw: bytes = SAID) -> Interview:
    return Interview(
        id="mina", project_id="study", number=1, title="Mina", filename="mina.txt", status="processing", stage="queued",
        sha256=hashlib.sha256(raw).hexdigest(), size_bytes=len(raw), redacted=redacted, created_by="jun",
        created_at=NOON, updated_at=NOON,
    )  # fmt: skip


def keep(files: Files, name: str = "mina", company: str = LOCAL_COMPANY) -> None:
    files.keep(company, name, files.receive(company, name, BytesIO(SAID)).sha256)


def names(depot: Depot) -> list[str]:
    return sorted(stored.name for stored in depot.listed())


def test_bytes_come_back_as_they_were(files: Files) -> None:
    keep(files)
    assert files.of(LOCAL_COMPANY, interview()) == SAID


def test_what_was_received_is_known_by_its_content(files: Files) -> None:
    assert files.receive(LOCAL_COMPANY, "mina", BytesIO(SAID)) == (SHA256, len(SAID))


def test_the_same_bytes_are_kept_once(files: Files, depot: Depot) -> None:
    keep(files)
    keep(files, "mina again")
    assert names(depot) == [KEPT]


def test_nothing_half_written_is_left_beside_a_file(files: Files, depot: Depot) -> None:
    keep(files)
    assert names(depot) == [KEPT]


def test_keeping_what_was_kept_is_the_same_as_once(files: Files, depot: Depot) -> None:
    keep(files)
    files.keep(LOCAL_COMPANY, "mina", SHA256)
    assert names(depot) == [KEPT]
    assert files.of(LOCAL_COMPANY, interview()) == SAID


def test_a_file_is_flushed_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Files(Folder(tmp_path / "files"))
    flushed: list[tuple[str, bool]] = []
    fsync = os.fsync

    def seen(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        is_named = any(found.name == "mina" for found in (tmp_path / "files").rglob("*"))
        flushed.append(("folder" if path.is_dir() else "file", is_named))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", seen)
    files.receive(LOCAL_COMPANY, "mina", BytesIO(SAID))
    assert flushed == [("file", False), ("folder", True)]


def test_what_was_received_and_not_kept_is_that_interviews_alone(files: Files, depot: Depot) -> None:
    keep(files, "jun")
    assert files.receive(LOCAL_COMPANY, "mina", BytesIO(SAID)).sha256 == SHA256
    assert files.of(LOCAL_COMPANY, interview(redacted=True)) == SAID
    files.drop(LOCAL_COMPANY, "mina")
    files.drop(LOCAL_COMPANY, "mina")
    assert names(depot) == [KEPT]
    with pytest.raises(InterviewNotFound, match=r"missing from the (workspace|bucket)"):
        files.of(LOCAL_COMPANY, interview(redacted=True))


def test_what_is_recorded_and_not_yet_kept_can_be_read(files: Files) -> None:
    """A server may be killed in between."""
    files.receive(LOCAL_COMPANY, "mina", BytesIO(SAID))
    assert files.of(LOCAL_COMPANY, interview()) == SAID


def test_what_is_set_aside_can_be_read_until_it_is_forgotten(files: Files, depot: Depot) -> None:
    keep(files)
    aside = files.set_aside(LOCAL_COMPANY, SHA256)
    assert aside is not None
    assert files.of(LOCAL_COMPANY, interview()) == SAID
    files.put_back(LOCAL_COMPANY, aside)
    files.forget(LOCAL_COMPANY, aside)
    assert names(depot) == [KEPT]
    aside = files.set_aside(LOCAL_COMPANY, SHA256)
    assert aside is not None
    files.forget(LOCAL_COMPANY, aside)
    assert names(depot) == []
    assert files.set_aside(LOCAL_COMPANY, SHA256) is None


def test_a_file_that_is_gone_is_named_as_missing(files: Files, depot: Depot) -> None:
    keep(files)
    depot.remove(KEPT)
    with pytest.raises(InterviewNotFound, match=r"missing from the (workspace|bucket). Upload it again"):
        files.of(LOCAL_COMPANY, interview())


@pytest.mark.parametrize("other", [b"Mina: I love it.", b"", SAID + b" More.", bytes(LIMIT_BYTES)])
def test_a_file_that_was_changed_is_noticed(files: Files, depot: Depot, other: bytes) -> None:
    keep(files)
    depot.put(KEPT, BytesIO(other))
    with pytest.raises(InterviewNotFound, match=r"was changed in the (workspace|bucket). Upload it again"):
        files.opened(LOCAL_COMPANY, interview())


def test_uploading_a_changed_file_again_heals_it(files: Files, depot: Depot) -> None:
    keep(files)
    depot.put(KEPT, BytesIO(b"Mina: I love it."))
    keep(files, "mina again")
    assert files.of(LOCAL_COMPANY, interview()) == SAID


def test_what_is_read_stays_as_it_is_when_the_file_is_changed_meanwhile(files: Files, depot: Depot) -> None:
    keep(files)
    with files.opened(LOCAL_COMPANY, interview()) as opened:
        depot.put(KEPT, BytesIO(b"Mina: I love it."))
        assert opened.read() == SAID


def test_a_file_of_the_largest_size_comes_back_as_it_was(files: Files) -> None:
    raw = os.urandom(LIMIT_BYTES)
    with TemporaryFile() as upload:
        upload.write(raw)
        upload.seek(0)
        received = files.receive(LOCAL_COMPANY, "mina", upload)
    assert received == (hashlib.sha256(raw).hexdigest(), LIMIT_BYTES)
    files.keep(LOCAL_COMPANY, "mina", received.sha256)
    assert files.of(LOCAL_COMPANY, interview(raw=raw)) == raw


def test_the_same_bytes_can_be_uploaded_by_many_at_once(files: Files, depot: Depot) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: keep(files, f"mina {number}"), range(16)))
    assert names(depot) == [KEPT]
    assert files.of(LOCAL_COMPANY, interview()) == SAID


def test_companies_with_the_same_file_know_nothing_of_each_other(files: Files, depot: Depot) -> None:
    keep(files)
    with pytest.raises(InterviewNotFound):
        files.of(ACME, interview())
    keep(files, company=ACME)
    assert len(names(depot)) == 2
    assert {(held.company_id, held.state, held.name) for held in files.held()} == {
        (LOCAL_COMPANY, "kept", SHA256),
        (ACME, "kept", SHA256),
    }
    depot.remove(KEPT)
    assert files.of(ACME, interview()) == SAID


def test_a_companys_name_leads_nowhere_else(files: Files, depot: Depot) -> None:
    for company in ("..", "ab", "incoming", "ACME", "acme", "a/b"):
        keep(files, company=company)
    assert all(name.startswith("companies/") and ".." not in name for name in names(depot))
    assert {held.company_id for held in files.held()} == {"..", "ab", "incoming", "ACME", "acme", "a/b"}
    assert len({name.casefold() for name in names(depot)}) == 6


def test_a_company_is_erased_with_all_it_has(files: Files, depot: Depot) -> None:
    for company in (ACME, "acme", LOCAL_COMPANY):
        keep(files, company=company)
        files.receive(company, "jun", BytesIO(SAID))
    files.erase(ACME)
    files.erase(ACME)
    assert {held.company_id for held in files.held()} == {"acme", LOCAL_COMPANY}
    files.erase(LOCAL_COMPANY)
    assert {held.company_id for held in files.held()} == {"acme"}


def test_what_others_put_there_is_nobodys(files: Files, depot: Depot) -> None:
    keep(files)
    for name in ("notes.txt", "ab/notes.txt", "companies/acme/notes.txt", "companies/stray"):
        depot.put(name, BytesIO(b"hands off"))
    assert [held.name for held in files.held()] == [SHA256]


def test_files_belong_to_one_database(files: Files) -> None:
    files.belong_to("study", is_workspaces=False)
    files.belong_to("study", is_workspaces=False)
    for is_workspaces in (True, False):
        with pytest.raises(Conflict, match="belong to another database"):
            files.belong_to("another", is_workspaces=is_workspaces)


def test_servers_and_workers_that_start_at_the_same_moment_mark_them_alike(files: Files) -> None:
    together = Barrier(8)

    def start(_number: int) -> None:
        together.wait()
        files.belong_to("study", is_workspaces=False)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(start, range(8))) == [None] * 8
    files.belong_to("study", is_workspaces=False)


def test_a_workspaces_files_are_its_own_without_a_mark_and_nobody_elses(files: Files, depot: Depot) -> None:
    keep(files)
    with pytest.raises(Conflict, match="belong to another database"):
        files.belong_to("a team's", is_workspaces=False)
    files.belong_to("the workspace's", is_workspaces=True)
    assert names(depot) == [KEPT]


def test_empty_files_are_marked_by_the_first_database(files: Files, depot: Depot) -> None:
    files.belong_to("a team's", is_workspaces=False)
    assert names(depot) == [MARK]
    assert list(files.held()) == []


def test_a_folder_is_as_it_was_before(tmp_path: Path) -> None:
    """Workspaces of earlier versions go on working."""
    place = tmp_path / "files" / SHA256[:2] / SHA256
    place.parent.mkdir(parents=True)
    place.write_bytes(SAID)
    assert Files(Folder(tmp_path / "files")).of(LOCAL_COMPANY, interview()) == SAID


def test_a_full_disk_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = Files(Folder(tmp_path / "files"))

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FilesUnavailable, match="Make room"):
        files.receive(LOCAL_COMPANY, "mina", BytesIO(SAID))
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


def unreachable() -> Depot:
    return bucket.opened("s3://nowhere/files", "http://127.0.0.1:9")


def without_bucket() -> Depot:
    return bucket.opened("s3://never-made/files")


@pytest.mark.parametrize(
    ("opened", "why"), [(unreachable, "Try again in a few seconds"), (without_bucket, "There is no such bucket")]
)
def test_a_bucket_that_isnt_there_is_said_in_a_sentence(
    opened: Callable[[], Depot], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    files = Files(opened())
    for deed in (
        lambda: files.receive(LOCAL_COMPANY, "mina", BytesIO(SAID)),
        lambda: files.of(LOCAL_COMPANY, interview()),
        lambda: list(files.held()),
    ):
        with pytest.raises(FilesUnavailable, match=why) as told:
            deed()
        assert told.value.__suppress_context__
        ours = [record.getMessage() for record in caplog.records if record.name.startswith("persona_lab")]
        said = " ".join([told.value.message, *ours])
        assert all(part not in said for part in (*bucket.KEYS.values(), "127.0.0.1"))


@pytest.mark.parametrize(
    "url", ["", "bucket", "https://bucket/x", "s3:///x", "s3://key:secret@bucket/x", "s3://bucket/x?endpoint=y"]
)
def test_a_url_that_names_no_bucket_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(InvalidRequest, match="s3://bucket/prefix") as told:
        Bucket(url)
    assert "secret" not in told.value.message


def test_an_endpoint_must_be_an_address() -> None:
    with pytest.raises(InvalidRequest, match="PERSONA_LAB_FILES_ENDPOINT"):
        Bucket("s3://bucket", endpoint="localhost:9000")
