"""What the server tells of its streams."""

import httpx

from tests.support.server import Server
from tests.support.streams import follow


def test_the_monitor_counts_streams_reconnects_and_events(server: Server, http: httpx.Client, project_id: str) -> None:
    epoch = http.get(f"/api/projects/{project_id}").json()["epoch"]
    before = http.get("/api/monitor").json()
    with server.client() as lines, follow(lines, project_id, after=f"{epoch}-0") as stream:
        assert stream.content()["type"] == "project:created"
        http.patch(f"/api/projects/{project_id}", json={"description": "changed"})
        assert stream.content()["type"] == "project:updated"
        told = http.get("/api/monitor", params={"project_id": project_id}).json()
    assert told["streams"]["here"] == 1
    assert told["streams"]["total"] >= 1
    assert told["reconnects"] == before["reconnects"] + 1
    assert told["replayed"] == before["replayed"] + 1
    assert told["events_per_second"]["project:updated"] > 0
    assert 0 <= told["commit_to_send_ms"]["p50"] <= told["commit_to_send_ms"]["p95"]


def test_who_comes_with_the_place_of_a_snapshot_has_not_come_back(http: httpx.Client, project_id: str) -> None:
    epoch = http.get(f"/api/projects/{project_id}").json()["epoch"]
    before = http.get("/api/monitor").json()
    url = f"/api/sse/projects/{project_id}"
    with http.stream("GET", url, params={"last_event_id": f"{epoch}-0"}) as answer:
        next(answer.iter_lines())
        assert http.get("/api/monitor").json()["reconnects"] == before["reconnects"]


def test_prometheus_reads_the_same(http: httpx.Client, project_id: str) -> None:
    with follow(http, project_id) as stream:
        stream.frame()
    text = http.get("/metrics").text
    assert "# TYPE persona_lab_streams gauge" in text
    assert 'persona_lab_streams_opened_total{how="new"}' in text
    assert "persona_lab_commit_to_send_seconds_bucket" in text


def test_the_figures_are_for_those_who_may_come_in(server: Server) -> None:
    assert httpx.get(f"{server.url}/metrics").status_code == 401
    assert httpx.get(f"{server.url}/api/monitor").status_code == 401
