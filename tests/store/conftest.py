from collections.abc import Iterator
from pathlib import Path

import pytest

from persona_lab.models import Interview, Project
from persona_lab.store import interviews, projects
from persona_lab.store.database import Store
from tests.support import making, postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a store is, for each of the databases in turn."""
    return tmp_path / "persona_lab.sqlite" if request.param == "sqlite" else postgresql.emptied()


@pytest.fixture
def store(place: Path | str) -> Iterator[Store]:
    opened = Store(place)
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> Project:
    with store.writing() as connection:
        return projects.create(
            connection, epoch=store.epoch, name="Checkout study", purpose="Why?", audience="", method=""
        )


@pytest.fixture
def project_id(project: Project) -> str:
    return project.id


@pytest.fixture
def interview(store: Store, project_id: str) -> Interview:
    with store.writing() as connection:
        return interviews.add(connection, project_id, making.upload(), allow_duplicate=False)[0]
