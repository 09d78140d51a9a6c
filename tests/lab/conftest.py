from collections.abc import Iterator

import pytest

from persona_lab.lab.project import Project
from persona_lab.lab.session import Lab, connect
from tests.support.server import Server


@pytest.fixture(scope="module")
def lab(server: Server) -> Iterator[Lab]:
    """A connection to the server that all tests share, found as an analyst's would be."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PERSONA_LAB_HOME", str(server.workspace))
        connected = connect()
        yield connected
        connected.close()


@pytest.fixture
def project(lab: Lab, request: pytest.FixtureRequest) -> Project:
    return lab.project(request.node.name[:150])
