import pytest

from tests.support import uploading
from tests.support.making import CHECKOUT
from tests.support.server import Server


@pytest.fixture(scope="module")
def analysed(server: Server, request: pytest.FixtureRequest) -> dict[str, str]:
    """A project with one completed interview, for tests that only read; its id and the interview's."""
    with server.client() as http:
        project_id = str(http.post("/api/projects", json={"name": request.node.name}).json()["id"])
        interview_id = uploading.upload(http, project_id, CHECKOUT, "mina.txt")
        assert uploading.processed(http, interview_id)["status"] == "completed"
    return {"project_id": project_id, "interview_id": interview_id}
