"""What makes this test run quick must not make it fail: workrooms that begin as forks."""

import socket
from pathlib import Path

from tests.support import workrooms
from tests.support.making import CHECKOUT
from tests.support.server import Server
from tests.support.uploading import processed, upload


def test_whoever_is_killed_while_it_asks_for_a_workroom_takes_it_from_nobody_else(tmp_path: Path) -> None:
    address = str(workrooms.address()["_forkserver_address"])
    with Server(tmp_path / "workspace") as server, server.client() as http:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(address)
        project_id = http.post("/api/projects", json={"name": "Study"}).json()["id"]
        assert processed(http, upload(http, project_id, CHECKOUT))["status"] == "completed"
