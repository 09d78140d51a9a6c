from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from persona_lab.errors import InvalidRequest
from persona_lab.lab.project import Project
from persona_lab.lab.talking.answer import Answer
from tests.support.making import CHECKOUT


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """A real IPython, as in a terminal, with the extension loaded."""
    running = InteractiveShell(user_ns={})
    running.history_manager.enabled = False
    running.run_line_magic("load_ext", "persona_lab")
    yield running
    InteractiveShell.clear_instance()


@pytest.fixture
def study(project: Project) -> Project:
    project.upload_text(CHECKOUT, "mina")
    project.wait(60)
    return project


def test_a_line_asks_the_only_project(shell: InteractiveShell, study: Project) -> None:
    shell.user_ns["project"] = study
    answer = shell.run_line_magic("ask", "What is frustrating about the card form?")
    assert isinstance(answer, Answer)
    assert answer.citations


def test_a_cell_may_name_its_project(shell: InteractiveShell, study: Project) -> None:
    shell.user_ns.update(first=study, second=study)
    answer = shell.run_cell_magic("ask", "second", "What is frustrating\nabout the card form?\n")
    assert answer.question == "What is frustrating\nabout the card form?"


def test_a_cell_without_a_project_says_what_to_do(shell: InteractiveShell) -> None:
    with pytest.raises(InvalidRequest, match="Name the variable that holds the project: %%ask project"):
        shell.run_cell_magic("ask", "", "Why?")


def test_a_name_that_is_no_project_says_how_to_make_one(shell: InteractiveShell) -> None:
    shell.user_ns["project"] = 5
    with pytest.raises(InvalidRequest, match=r"project is not a project\. Make one: project = lab\.project"):
        shell.run_cell_magic("ask", "project", "Why?")


def test_an_error_is_shown_as_one_sentence(shell: InteractiveShell, study: Project) -> None:
    shell.user_ns["project"] = study
    with capture_output() as shown:
        shell.run_cell("project.sql('SELECT * FROM intervews')")
    said = shown.stdout + shown.stderr
    assert "QueryError: " in said
    assert "Traceback" not in said
    assert "replica.py" not in said
