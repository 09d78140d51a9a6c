"""Nothing uploaded is lost, however the server ends, and nothing is analysed twice."""

import shutil
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

import tests.support.server
from persona_lab import samples
from persona_lab.models.identity import LOCAL_COMPANY
from persona_lab.store import interviews, projects, speakers
from persona_lab.store.database import Store
from persona_lab.store.files.folder import Folder
from persona_lab.store.files.kept import Files
from tests.support.docx import docx_of
from tests.support.making import CHECKOUT, interview_text
from tests.support.server import Server
from tests.support.streams import follow
from tests.support.uploading import interviews_of, log_of, post, processed, upload

StartServer = Callable[[], Server]
# Long enough to be still under way when something happens to it.
LONG = "".join(interview_text(f"the {number}th form of the checkout") for number in range(300))


def make_project(http: httpx.Client) -> str:
    return str(http.post("/api/projects", json={"name": "Study"}).json()["id"])


def wait_for(http: httpx.Client, project_id: str, kind: str, *, interview_id: str | None = None) -> dict[str, Any]:
    """Return the first event, past or to come, of this type or state, of the project or of one interview."""
    epoch = http.get(f"/api/projects/{project_id}").json()["epoch"]
    with follow(http, project_id, after=f"{epoch}-0") as stream:
        for content in stream.contents():
            data = content.get("data", {})
            is_meant = interview_id is None or data.get("interview_id") == interview_id
            if is_meant and kind in (content["type"], data.get("status")):
                return content
    raise AssertionError(f"the stream ended without {kind}")


@pytest.fixture
def from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have servers begin as users' do, with workrooms that are their children."""
    monkeypatch.setattr(tests.support.server, "begins_with_a_fork", False)


def workroom_of(server: Server) -> psutil.Process:
    """Return the server's child process in which language is processed."""
    children = psutil.Process(server.pid).children(recursive=True)
    return next(child for child in children if "spawn_main" in " ".join(child.cmdline()))


def completions(http: httpx.Client, project_id: str) -> Counter[str]:
    """Return how often each interview was announced as completed."""
    return Counter(
        event["data"]["interview_id"] for event in log_of(http, project_id) if event["type"] == "interview:completed"
    )


def assert_whole(http: httpx.Client, project_id: str, ids: list[str]) -> None:
    """All are completed, each was announced once, and the log has no gap."""
    assert [processed(http, interview_id)["status"] for interview_id in ids] == ["completed"] * len(ids)
    assert [interview["id"] for interview in interviews_of(http, project_id)] == ids
    assert completions(http, project_id) == Counter(ids)
    log = log_of(http, project_id)
    assert [event["seq"] for event in log] == list(range(1, len(log) + 1))


def test_kill_in_the_middle_of_analyses_loses_nothing(start_server: StartServer) -> None:
    first = start_server()
    with first.client() as http:
        project_id = make_project(http)
        ids = [post(http, project_id, path.read_bytes(), path.name).json()["interview_id"] for path in samples.paths()]
        wait_for(http, project_id, "analyzing")
        first.kill()
    second = start_server()
    with second.client() as http:
        assert_whole(http, project_id, ids)
        wait_for(http, project_id, "insights:merged")
        for path, interview_id in zip(samples.paths(), ids, strict=True):
            assert http.get(f"/api/interviews/{interview_id}/file").content == path.read_bytes()


def test_a_server_that_is_ended_in_the_middle_is_finished_by_the_next(start_server: StartServer) -> None:
    first = start_server()
    with first.client() as http:
        project_id = make_project(http)
        ids = [upload(http, project_id, LONG, "long.txt"), upload(http, project_id, CHECKOUT, "short.txt")]
        wait_for(http, project_id, "analyzing")
    assert first.stop() == 0
    second = start_server()
    with second.client() as http:
        assert_whole(http, project_id, ids)


@pytest.fixture
def interrupted(start_server: StartServer) -> tuple[str, str, str]:
    """A workspace whose server died after recording things and before queueing what follows from them.

    Returns the project, an upload that nobody queued, and one that was deleted besides.
    """
    first = start_server()
    with first.client() as http:
        project_id = make_project(http)
        processed(http, upload(http, project_id, interview_text("the coupon"), "coupon.txt"))
        wait_for(http, project_id, "insights:merged")
    assert first.stop() == 0
    store, files = Store(first.workspace / "persona_lab.sqlite"), Files(Folder(first.workspace / "files"))
    ids = []
    for topic in ("the basket", "the refund"):
        raw = interview_text(topic).encode()
        sha256 = files.receive(LOCAL_COMPANY, topic, BytesIO(raw)).sha256
        files.keep(LOCAL_COMPANY, topic, sha256)
        entry = interviews.Upload(topic, "talk.txt", sha256, len(raw), None, "mina")
        with store.writing() as connection:
            ids.append(interviews.add(connection, project_id, entry, allow_duplicate=False)[0].id)
    with store.writing() as connection:
        interviews.delete(connection, ids[1])
        projects.get(connection, project_id, epoch=store.epoch)
    store.close()
    return project_id, ids[0], ids[1]


def test_what_was_recorded_and_not_queued_is_picked_up(
    start_server: StartServer, interrupted: tuple[str, str, str]
) -> None:
    project_id, uploaded, deleted = interrupted
    with start_server().client() as http:
        found = processed(http, uploaded)
        assert (found["status"], found["interview"]["attempt"]) == ("completed", 1)
        assert http.post(f"/api/interviews/{deleted}/restore").status_code == 200
        assert processed(http, deleted)["status"] == "completed"
        assert completions(http, project_id)[uploaded] == 1


def test_a_deletion_that_was_not_followed_by_a_merge_is_merged(start_server: StartServer) -> None:
    """Otherwise everybody who waits for the findings would wait for ever."""
    first = start_server()
    with first.client() as http:
        project_id = make_project(http)
        interview_id = upload(http, project_id, CHECKOUT)
        processed(http, interview_id)
        wait_for(http, project_id, "insights:merged")
    first.kill()
    store = Store(first.workspace / "persona_lab.sqlite")
    with store.writing() as connection:
        interviews.delete(connection, interview_id)
        newest = projects.get(connection, project_id, epoch=store.epoch).seq
    place = f"{store.epoch}-{newest}"
    store.close()
    with start_server().client() as http, follow(http, project_id, after=place) as stream:
        content = stream.content()
    assert (content["type"], content["data"]["insights"]) == ("insights:merged", [])
    assert content["data"]["merge"]["runs"] == {}


@pytest.mark.usefixtures("from_nothing")
def test_a_workroom_killed_at_its_work_fails_that_interview_and_serves_the_next(start_server: StartServer) -> None:
    running = start_server()
    with running.client() as http:
        project_id = make_project(http)
        # What the workroom imports for its first analysis would look like work below.
        processed(http, upload(http, project_id, interview_text("the coupon"), "first.txt"))
        broken = upload(http, project_id, LONG * 3, "long.txt")
        wait_for(http, project_id, "analyzing", interview_id=broken)
        workroom = workroom_of(running)
        before = workroom.cpu_times().user
        while workroom.cpu_times().user < before + 0.1:
            pass
        workroom.suspend()
        assert interviews_of(http, project_id)[1]["status"] == "analyzing"
        workroom.kill()
        found = processed(http, broken)
        assert (found["status"], found["interview"]["error"]["code"]) == ("failed", "engine_unavailable")
        assert "ended unexpectedly" in found["interview"]["error"]["message"]
        assert processed(http, upload(http, project_id, CHECKOUT, "next.txt"))["status"] == "completed"
        assert http.post("/api/workflow/retry", json={"interview_id": broken}).status_code == 202
        again = processed(http, broken)
        assert (again["status"], again["interview"]["attempt"]) == ("completed", 2)
        assert again["result"]["provenance"]["run_id"] == f"{broken}:2"


@pytest.mark.usefixtures("from_nothing")
def test_a_workroom_killed_at_rest_is_no_interviews_fault(start_server: StartServer) -> None:
    """The system does that when memory is short, and picks the largest process."""
    running = start_server()
    with running.client() as http:
        project_id = make_project(http)
        processed(http, upload(http, project_id, CHECKOUT))
        workroom = workroom_of(running)
        workroom.kill()
        found = processed(http, upload(http, project_id, interview_text("the coupon"), "coupon.txt"))
        assert (found["status"], found["interview"]["attempt"]) == ("completed", 1)


@pytest.mark.usefixtures("from_nothing")
def test_a_killed_server_leaves_no_workroom_behind(start_server: StartServer) -> None:
    running = start_server()
    with running.client() as http:
        processed(http, upload(http, make_project(http), CHECKOUT))
    workroom = workroom_of(running)
    running.kill()
    assert psutil.wait_procs([workroom], timeout=10)[1] == []


def test_a_document_without_speech_fails_again_when_it_is_tried_again(http: httpx.Client, project_id: str) -> None:
    interview_id = post(http, project_id, docx_of("", " "), "cover.docx").json()["interview_id"]
    first = processed(http, interview_id)["interview"]
    answer = http.post("/api/workflow/retry", json={"interview_id": interview_id})
    assert (answer.status_code, answer.json()["interview"]["error"]) == (202, None)
    second = processed(http, interview_id)["interview"]
    assert [(one["status"], one["attempt"], one["error"]["code"]) for one in (first, second)] == [
        ("failed", 1, "no_speech"),
        ("failed", 2, "no_speech"),
    ]


def test_a_file_that_vanished_fails_its_interview_by_name(http: httpx.Client, project_id: str, server: Server) -> None:
    text = interview_text("what will be gone")
    blocking = upload(http, project_id, LONG, "long.txt")
    second = upload(http, project_id, LONG + "Mina: More.\n", "long too.txt")
    answer = post(http, project_id, text.encode(), "gone.txt").json()
    sha256 = answer["interview"]["sha256"]
    (server.workspace / "files" / sha256[:2] / sha256).unlink()
    found = processed(http, answer["interview_id"])
    assert found["interview"]["error"]["message"] == (
        "The uploaded file is missing from the workspace. Upload it again."
    )
    assert [processed(http, interview_id)["status"] for interview_id in (blocking, second)] == ["completed"] * 2


def test_results_of_the_same_text_are_the_same(http: httpx.Client, project_id: str) -> None:
    ids = [upload(http, project_id, CHECKOUT, "a.txt", allow_duplicate="true") for _ in range(2)]
    one, other = (processed(http, interview_id)["result"] for interview_id in ids)
    assert {**one, "provenance": {**one["provenance"], "run_id": ""}} == {
        **other,
        "provenance": {**other["provenance"], "run_id": ""},
    }


@pytest.fixture(scope="module")
def long_study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A workspace with one long interview, completed and merged, that no server serves any more; both ids."""
    workspace = tmp_path_factory.mktemp("long") / "workspace"
    with Server(workspace) as running, running.client() as http:
        project_id = make_project(http)
        interview_id = upload(http, project_id, LONG * 3, "long.txt")
        processed(http, interview_id)
        wait_for(http, project_id, "insights:merged")
    return workspace, project_id, interview_id


@pytest.fixture
def long_interview(
    start_server: StartServer, long_study: tuple[Path, str, str], tmp_path: Path
) -> tuple[Server, str, str]:
    """A server with that interview, in a copy of the test's own; the project's id and the interview's."""
    workspace, project_id, interview_id = long_study
    shutil.copytree(workspace, tmp_path / "workspace")
    return start_server(), project_id, interview_id


def correct_role(http: httpx.Client, interview_id: str) -> None:
    body = {"speakers": [{"speaker": "Interviewer", "role": "other"}]}
    answer = http.patch(f"/api/interviews/{interview_id}/speakers", json=body)
    assert answer.json()["stage"] == "re-analysing"


def statuses(http: httpx.Client, project_id: str) -> list[str]:
    """Return the states that the interview was said to be in, from its first completion on."""
    told = [event["data"].get("interview", {}).get("status") for event in log_of(http, project_id)]
    return [status for status in told[told.index("completed") :] if status is not None]


def test_a_kill_while_a_role_is_worked_in_loses_neither_result_nor_correction(
    start_server: StartServer, long_interview: tuple[Server, str, str]
) -> None:
    first, project_id, interview_id = long_interview
    with first.client() as http:
        correct_role(http, interview_id)
        found = http.get(f"/api/interviews/{interview_id}").json()
        assert (found["status"], found["result"]["provenance"]["run_id"]) == ("completed", f"{interview_id}:1")
    first.kill()
    with start_server().client() as http:
        found = processed(http, interview_id)
        assert (found["status"], found["interview"]["stage"]) == ("completed", "completed")
        assert found["result"]["provenance"]["run_id"] == f"{interview_id}:2"
        assert completions(http, project_id)[interview_id] == 2
        assert set(statuses(http, project_id)) == {"completed"}
        speakers = http.get(f"/api/interviews/{interview_id}/speakers").json()
        assert {one["speaker"]: one["role"] for one in speakers}["Interviewer"] == "other"


def test_a_correction_that_was_recorded_and_not_queued_is_picked_up(
    start_server: StartServer, long_interview: tuple[Server, str, str]
) -> None:
    first, project_id, interview_id = long_interview
    assert first.stop() == 0
    store = Store(first.workspace / "persona_lab.sqlite")
    with store.writing() as connection:
        _, is_to_be_analysed = speakers.correct(connection, interview_id, [{"speaker": "Interviewer", "role": "other"}])
    assert is_to_be_analysed
    store.close()
    with start_server().client() as http:
        assert processed(http, interview_id)["result"]["provenance"]["run_id"] == f"{interview_id}:2"
        assert set(statuses(http, project_id)) == {"completed"}


def test_a_server_ended_while_a_role_is_worked_in_finishes_it_the_next_time(
    start_server: StartServer, long_interview: tuple[Server, str, str]
) -> None:
    first, project_id, interview_id = long_interview
    with first.client() as http:
        correct_role(http, interview_id)
    assert first.stop() == 0
    with start_server().client() as http:
        found = processed(http, interview_id)
        assert (found["status"], found["interview"]["stage"]) == ("completed", "completed")
        assert found["result"]["provenance"]["run_id"] != f"{interview_id}:1"
        assert completions(http, project_id)[interview_id] == 2
        assert set(statuses(http, project_id)) == {"completed"}


@pytest.mark.usefixtures("from_nothing")
def test_an_analysis_that_fails_the_second_time_keeps_the_first_result(
    long_interview: tuple[Server, str, str],
) -> None:
    running, project_id, interview_id = long_interview
    with running.client() as http:
        # What the workroom imports for its first analysis would look like work below.
        processed(http, upload(http, make_project(http), CHECKOUT))
        workroom = workroom_of(running)
        before = workroom.cpu_times().user
        correct_role(http, interview_id)
        while workroom.cpu_times().user < before + 0.1:
            pass
        workroom.kill()
        found = processed(http, interview_id)
        assert (found["status"], found["interview"]["stage"]) == ("completed", "outdated")
        assert found["interview"]["error"]["code"] == "engine_unavailable"
        assert found["result"]["provenance"]["run_id"] == f"{interview_id}:1"
        assert set(statuses(http, project_id)) == {"completed"}
        assert http.post("/api/workflow/retry", json={"interview_id": interview_id}).status_code == 202
        again = processed(http, interview_id)
        assert (again["interview"]["stage"], again["interview"]["error"]) == ("completed", None)
        assert again["result"]["provenance"]["run_id"] == f"{interview_id}:3"
