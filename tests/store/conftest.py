from collections.abc import Iterator
from pathlib import Path

import pytest

from persona_lab.models import Interview, Project
from persona_lab.store import interviews, projects
from persona_lab.store.database import Store
from tests.support import making


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "persona_lab.sqlite")
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
