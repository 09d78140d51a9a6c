import pytest

from persona_lab.errors import ProjectNotFound
from persona_lab.models import Project, identity
from persona_lab.store import events, projects
from persona_lab.store.database import Store

ME = identity.local("mina")


def make(store: Store, name: str) -> Project:
    with store.writing() as connection:
        return projects.create(connection, epoch=store.epoch, name=name, purpose="", audience="", method="")


def newest(store: Store, project: Project) -> tuple[int, str | None]:
    with store.reading() as connection:
        return events.newest(connection, project.id), events.newest_type(connection, project.id)


def test_making_a_project_is_its_first_event(store: Store, project: Project) -> None:
    assert project.seq == 1
    assert newest(store, project) == (1, "project:created")


def test_a_project_says_which_log_it_belongs_to(store: Store, project: Project) -> None:
    assert project.epoch == store.epoch


def test_a_change_is_announced_with_the_whole_project(store: Store, project: Project) -> None:
    with store.writing() as connection:
        changed = projects.change(connection, project.id, {"audience": "Monthly shoppers"}, epoch=store.epoch)
        event = events.after(connection, project.id, 1, 1)[0]
    assert (changed.name, changed.audience, changed.seq) == ("Checkout study", "Monthly shoppers", 2)
    assert event.type == "project:updated"
    assert event.data["project"] == changed.model_dump(mode="json", exclude={"seq"})


def test_a_change_to_what_is_there_is_not_announced(store: Store, project: Project) -> None:
    with store.writing() as connection:
        projects.change(connection, project.id, {"name": "Checkout study", "purpose": "Why?"}, epoch=store.epoch)
    assert newest(store, project) == (1, "project:created")


def test_a_deleted_project_is_found_by_nobody(store: Store, project: Project) -> None:
    with store.writing() as connection:
        projects.delete(connection, project.id, epoch=store.epoch)
    with store.reading() as connection:
        assert projects.every(connection, epoch=store.epoch, seen_by=ME) == []
        assert projects.named(connection, "Checkout study", epoch=store.epoch, seen_by=ME) is None
        with pytest.raises(ProjectNotFound):
            projects.get(connection, project.id, epoch=store.epoch)


def test_deleting_is_the_last_event(store: Store, project: Project) -> None:
    with store.writing() as connection:
        projects.delete(connection, project.id, epoch=store.epoch)
    assert newest(store, project) == (2, "project:deleted")


def test_of_two_projects_with_one_name_the_older_is_meant(store: Store, project: Project) -> None:
    make(store, "Checkout study")
    with store.reading() as connection:
        assert projects.named(connection, "Checkout study", epoch=store.epoch, seen_by=ME) == project


def test_projects_are_listed_oldest_first(store: Store, project: Project) -> None:
    make(store, "An earlier name")
    with store.reading() as connection:
        listed = projects.every(connection, epoch=store.epoch, seen_by=ME)
    assert [found.name for found in listed] == ["Checkout study", "An earlier name"]
