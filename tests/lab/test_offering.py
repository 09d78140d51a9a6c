"""What Tab offers, and what `?` says of it."""

import pytest

from persona_lab.lab.interviews.interview import Interview
from persona_lab.lab.people.personas import Persona, Personas
from persona_lab.lab.project import Project
from persona_lab.lab.session import Lab
from persona_lab.lab.talking.answer import Answer
from persona_lab.lab.talking.conversation import Conversation


def offered(kind: type) -> list[str]:
    return [name for name in dir(object.__new__(kind)) if not name.startswith("_")]


def test_tab_offers_what_an_analyst_calls_and_not_what_the_parts_say_to_each_other():
    names = offered(Project)
    assert {"ask", "board", "report", "sql", "upload", "workbench"} <= set(names)
    assert {"run", "rows", "row", "cards_now", "write_note", "api"}.isdisjoint(names)
    assert callable(Project.run)


def test_everything_tab_offers_of_a_project_stands_in_its_help():
    said = Project.__doc__.replace(",", " ").replace(";", " ").split()
    assert [name for name in offered(Project) if name not in said] == []


@pytest.mark.parametrize("kind", [Lab, Project, Interview, Persona, Personas, Answer, Conversation])
def test_everything_that_is_offered_says_what_it_is(kind):
    members = {name: getattr(kind, name) for name in offered(kind)}
    done = {name: one for name, one in members.items() if callable(one) or isinstance(one, property)}
    assert [name for name, one in done.items() if not (one.__doc__ or "").strip()] == []
    # Plain attributes stand in the docstring of their class.
    assert [name for name in members.keys() - done.keys() if f"{name}:" not in (kind.__doc__ or "")] == []
