"""What has been in the trash for so many days is removed for good."""

import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from persona_lab.models import now
from persona_lab.store.database import Store
from persona_lab.store.schema.tables import interviews as table
from tests.support import uploading
from tests.support.making import CHECKOUT, interview_text
from tests.support.server import Server


def test_a_server_purges_what_is_old_and_leaves_what_is_not(tmp_path: Path) -> None:
    with Server(tmp_path / "workspace") as server, server.client() as http:
        project_id = http.post("/api/projects", json={"name": "Study"}).json()["id"]
        old, new = (uploading.upload(http, project_id, text) for text in (CHECKOUT, interview_text("search")))
        for one in (old, new):
            uploading.processed(http, one)
            http.delete(f"/api/interviews/{one}")
    store = Store(tmp_path / "workspace" / "persona_lab.sqlite")
    long_ago = (now() - timedelta(days=31)).isoformat()
    with store.writing() as connection:
        connection.execute(update(table).where(table.c.id == old).values(deleted_at=long_ago))
    store.close()
    with Server(tmp_path / "workspace", trash_days="30") as server, server.client() as http:
        until = time.monotonic() + 60
        while len(http.get(f"/api/projects/{project_id}/trash").json()) > 1 and time.monotonic() < until:
            time.sleep(0.2)
        assert [one["id"] for one in http.get(f"/api/projects/{project_id}/trash").json()] == [new]
        assert http.post(f"/api/interviews/{old}/restore").status_code == 404
        deeds = http.get(f"/api/projects/{project_id}/history", params={"kind": "trash"}).json()["deeds"]
        assert [(deed["type"], deed["actor"]) for deed in deeds] == [("trash:purged", None)]
