"""Which files go and which stay, whoever uploads the same bytes meanwhile; in folders and buckets."""

import hashlib
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import IO

import pytest

from persona_lab.models import Interview, Project, now
from persona_lab.models.identity import LOCAL_COMPANY
from persona_lab.store import interviews, projects
from persona_lab.store.database import Store
from persona_lab.store.files import references, sweeping
from persona_lab.store.files.folder import Folder
from persona_lab.store.files.kept import Depot, Files, Held, Stored
from persona_lab.store.schema.tables import interviews as rows
from tests.support import bucket

SAID = "Mina: 결제가 불편해요.".encode()
SHA256 = hashlib.sha256(SAID).hexdigest()
AT_ONCE = timedelta(0)
SEED = 20260314


@pytest.fixture(params=["folder", "bucket"])
def depot(request: pytest.FixtureRequest, tmp_path: Path) -> Depot:
    return Folder(tmp_path / "files") if request.param == "folder" else bucket.opened(bucket.made())


@pytest.fixture
def files(depot: Depot) -> Files:
    return Files(depot)


def record(store: Store, project_id: str, interview_id: str, *, redacted: bool = False) -> Interview:
    upload = interviews.Upload("Mina", "mina.txt", SHA256, len(SAID), None, "jun", redacted=redacted)
    with store.writing() as connection:
        return interviews.add(connection, project_id, upload, allow_duplicate=True, interview_id=interview_id)[0]


def upload(store: Store, files: Files, project_id: str, company_id: str = LOCAL_COMPANY) -> Interview:
    """Do as a server does: receive, record, keep."""
    interview_id = interviews.new_id()
    files.receive(company_id, interview_id, BytesIO(SAID))
    found = record(store, project_id, interview_id)
    files.keep(company_id, interview_id, SHA256)
    return found


def expunge(store: Store, interview: Interview) -> None:
    """Take the row itself away, with what refers to it."""
    with store.writing() as connection:
        connection.execute(rows.delete().where(rows.c.id == interview.id))


def held(files: Files) -> list[tuple[str, str]]:
    return sorted((one.state, one.name) for one in files.held())


def test_a_file_whose_interview_was_never_recorded_goes(store: Store, files: Files) -> None:
    files.receive(LOCAL_COMPANY, "lost", BytesIO(SAID))
    assert sweeping.sweep(store, files, age=AT_ONCE) == (1, 0)
    assert held(files) == []


def test_what_is_moved_is_new_under_its_name(tmp_path: Path) -> None:
    """Otherwise a sweep would take what somebody just set aside for what was left there long ago."""
    files = Files(Folder(tmp_path / "files"))
    files.receive(LOCAL_COMPANY, "mina", BytesIO(SAID))
    os.utime(tmp_path / "files" / "incoming" / "mina", (0, 0))
    files.keep(LOCAL_COMPANY, "mina", SHA256)
    [kept] = files.held()
    assert kept.at > now() - timedelta(hours=1)


def test_nothing_goes_before_it_is_a_day_old(store: Store, files: Files) -> None:
    files.receive(LOCAL_COMPANY, "under way", BytesIO(SAID))
    files.receive(LOCAL_COMPANY, "also", BytesIO(SAID))
    files.keep(LOCAL_COMPANY, "also", SHA256)
    before = held(files)
    assert sweeping.sweep(store, files) == (0, 0)
    assert held(files) == before


def test_a_file_that_was_recorded_and_not_kept_is_kept(store: Store, files: Files, project_id: str) -> None:
    files.receive(LOCAL_COMPANY, "mina", BytesIO(SAID))
    found = record(store, project_id, "mina")
    assert sweeping.sweep(store, files, age=AT_ONCE) == (0, 1)
    assert held(files) == [("kept", SHA256)]
    assert files.of(LOCAL_COMPANY, found) == SAID


def test_what_is_to_be_redacted_stays_under_its_own_name(store: Store, files: Files, project_id: str) -> None:
    files.receive(LOCAL_COMPANY, "mina", BytesIO(SAID))
    record(store, project_id, "mina", redacted=True)
    assert sweeping.sweep(store, files, age=AT_ONCE) == (0, 0)
    assert held(files) == [("received", "mina")]


def test_a_deleted_interview_keeps_its_file(store: Store, files: Files, project_id: str) -> None:
    found = upload(store, files, project_id)
    with store.writing() as connection:
        interviews.delete(connection, found.id)
    assert sweeping.sweep(store, files, age=AT_ONCE) == (0, 0)
    assert not sweeping.purge(store, files, LOCAL_COMPANY, found.id, SHA256)
    assert files.of(LOCAL_COMPANY, found) == SAID


def test_a_purged_interviews_file_goes_with_the_last_that_needs_it(store: Store, files: Files, project_id: str) -> None:
    one, other = upload(store, files, project_id), upload(store, files, project_id)
    expunge(store, one)
    assert not sweeping.purge(store, files, LOCAL_COMPANY, one.id, SHA256)
    assert files.of(LOCAL_COMPANY, other) == SAID
    expunge(store, other)
    assert sweeping.purge(store, files, LOCAL_COMPANY, other.id, SHA256)
    assert held(files) == []
    assert sweeping.purge(store, files, LOCAL_COMPANY, other.id, SHA256)


def test_a_purged_interview_leaves_nothing_that_was_only_received(store: Store, files: Files, project_id: str) -> None:
    files.receive(LOCAL_COMPANY, "mina", BytesIO(SAID))
    expunge(store, record(store, project_id, "mina", redacted=True))
    assert sweeping.purge(store, files, LOCAL_COMPANY, "mina", SHA256)
    assert held(files) == []


def test_another_companys_interview_keeps_no_file_of_ours(store: Store, files: Files) -> None:
    with store.writing() as connection:
        theirs = projects.create(connection, epoch=store.epoch, name="Theirs", company_id="acme")
    upload(store, files, theirs.id, "acme")
    files.receive(LOCAL_COMPANY, "ours", BytesIO(SAID))
    files.keep(LOCAL_COMPANY, "ours", SHA256)
    with store.reading() as connection:
        assert references.unreferenced(connection, LOCAL_COMPANY, SHA256)
        assert not references.unreferenced(connection, "acme", SHA256)
    assert sweeping.sweep(store, files, age=AT_ONCE) == (1, 0)
    assert {one.company_id for one in files.held()} == {"acme"}


def test_a_purge_that_was_cut_off_is_finished_by_the_sweep(store: Store, files: Files, project_id: str) -> None:
    found = upload(store, files, project_id)
    files.set_aside(LOCAL_COMPANY, SHA256)
    assert sweeping.sweep(store, files) == (0, 0)
    assert [state for state, _ in held(files)] == ["aside"]
    assert sweeping.sweep(store, files, age=AT_ONCE) == (0, 0)
    assert held(files) == [("kept", SHA256)]
    expunge(store, found)
    files.set_aside(LOCAL_COMPANY, SHA256)
    assert sweeping.sweep(store, files, age=AT_ONCE) == (1, 0)
    assert held(files) == []


def test_one_of_several_processes_sweeps_and_once_a_day(store: Store) -> None:
    at = now()

    def claimed(after: timedelta) -> bool:
        with store.writing() as connection:
            return references.claim_sweep(connection, at + after, sweeping.EVERY)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(claimed, [AT_ONCE] * 4)) == [False, False, False, True]
    assert not claimed(timedelta(hours=23))
    assert claimed(timedelta(hours=24))


def test_a_sweeper_settles_what_was_left_before_it_returns(store: Store, files: Files, project_id: str) -> None:
    for name in ("lost", "mina", "cut off.part"):
        files.receive(LOCAL_COMPANY, name, BytesIO(SAID))
    record(store, project_id, "mina")
    sweeper = sweeping.Sweeper(store, files, is_alone=True)
    sweeper.start()
    assert held(files) == [("kept", SHA256)]
    sweeper.close()


def test_a_sweeper_among_others_leaves_what_may_be_under_way(store: Store, files: Files) -> None:
    files.receive(LOCAL_COMPANY, "under way", BytesIO(SAID))
    sweeper = sweeping.Sweeper(store, files, is_alone=False)
    sweeper.start()
    sweeper.close()
    assert held(files) == [("received", "under way")]


class Halting:
    """A depot that does something else first, once, before it moves what is kept aside or as soon as it has."""

    def __init__(self, depot: Depot) -> None:
        self._depot = depot
        self.place = depot.place
        self.before: Callable[[], object] = lambda: None
        self.after: Callable[[], object] = lambda: None

    def move(self, name: str, to: str) -> None:
        if not to.startswith("aside/"):
            self._depot.move(name, to)
            return
        before, self.before = self.before, lambda: None
        before()
        self._depot.move(name, to)
        after, self.after = self.after, lambda: None
        after()

    def put(self, name: str, content: IO[bytes]) -> None:
        self._depot.put(name, content)

    def pieces(self, name: str) -> Iterator[bytes]:
        return self._depot.pieces(name)

    def remove(self, name: str) -> None:
        self._depot.remove(name)

    def listed(self, under: str = "") -> Iterator[Stored]:
        return self._depot.listed(under)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_upload_of_what_is_being_swept_has_its_file(
    store: Store, depot: Depot, project_id: str, moment: str
) -> None:
    halting = Halting(depot)
    files = Files(halting)
    expunge(store, upload(store, files, project_id))
    uploaded: list[Interview] = []
    setattr(halting, moment, lambda: uploaded.append(upload(store, Files(depot), project_id)))
    sweeping.sweep(store, files, age=AT_ONCE)
    assert files.of(LOCAL_COMPANY, uploaded[0]) == SAID
    assert held(files) == [("kept", SHA256)]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_upload_that_is_recorded_while_it_is_swept_and_kept_later_has_its_file(
    store: Store, depot: Depot, project_id: str, moment: str
) -> None:
    halting = Halting(depot)
    files = Files(halting)
    expunge(store, upload(store, files, project_id))
    files.receive(LOCAL_COMPANY, "mina", BytesIO(SAID))
    recorded: list[Interview] = []
    setattr(halting, moment, lambda: recorded.append(record(store, project_id, "mina")))
    sweeping.purge(store, files, LOCAL_COMPANY, "gone", SHA256)
    assert files.of(LOCAL_COMPANY, recorded[0]) == SAID
    files.keep(LOCAL_COMPANY, "mina", SHA256)
    assert files.of(LOCAL_COMPANY, recorded[0]) == SAID


class Old(Files):
    """Files whose kept ones have long been there, by what they say."""

    def held(self) -> Iterator[Held]:
        for one in super().held():
            yield one._replace(at=one.at - 2 * sweeping.AGE) if one.state == "kept" else one


def test_uploads_purges_and_sweeps_of_the_same_bytes_at_once_lose_nothing(
    store: Store, depot: Depot, project: Project
) -> None:
    """Two who sweep, two who upload and purge at random; whatever has a row can be read at every moment."""
    files = Old(depot)
    ends_at = time.monotonic() + 4
    stop = threading.Event()

    def sweep() -> None:
        while not stop.is_set():
            sweeping.sweep(store, files)

    def live(seed: int) -> int:
        chance = random.Random(seed)  # noqa: S311 - the same choices each time
        uploads = 0
        while time.monotonic() < ends_at:
            found = upload(store, files, project.id)
            uploads += 1
            time.sleep(chance.uniform(0, 0.02))
            assert files.of(LOCAL_COMPANY, found) == SAID
            expunge(store, found)
            sweeping.purge(store, files, LOCAL_COMPANY, found.id, SHA256)
        return uploads

    with ThreadPoolExecutor(4) as pool:
        sweepers = [pool.submit(sweep) for _ in range(2)]
        try:
            lives = [pool.submit(live, SEED + number) for number in range(2)]
            assert all(done.result(60) > 2 for done in lives)
        finally:
            stop.set()
        for done in sweepers:
            done.result(60)
    last = upload(store, files, project.id)
    assert files.of(LOCAL_COMPANY, last) == SAID
