from collections.abc import Callable
from pathlib import Path

import pytest

from persona_lab.errors import InvalidRequest
from persona_lab.lab.project import Project
from persona_lab.lab.session import Lab


@pytest.mark.parametrize(
    "shown",
    [Project.board, Project.monitor, Project.chat, Project.personas],
    ids=["board", "monitor", "chat", "personas"],
)
def test_labels_that_are_not_there_are_refused_with_those_that_are(
    project: Project, shown: Callable[..., object]
) -> None:
    with pytest.raises(InvalidRequest, match=r'no labels in “xx”. There are: "en" \(English\), "ko" \(Korean\)'):
        shown(project, locale="xx")


def test_labels_are_in_the_labs_language_unless_a_call_names_another(lab: Lab) -> None:
    lab.locale = "ko"
    project = lab.project("Language")
    assert (project.board().locale, project.monitor().locale, project.chat().locale) == ("ko", "ko", "ko")
    assert project.board(locale="en").locale == "en"
    lab.locale = "en"
    assert project.board().locale == "en"


def test_a_report_is_in_the_labs_language_too(lab: Lab, tmp_path: Path) -> None:
    lab.locale = "ko"
    project = lab.project("A report's language")
    assert 'lang="ko"' in project.report(tmp_path / "ko.html").read_text(encoding="utf-8")[:200]
    assert 'lang="en"' in project.report(tmp_path / "en.html", locale="en").read_text(encoding="utf-8")[:200]
    lab.locale = "en"


def test_a_lab_has_no_language_without_labels(lab: Lab) -> None:
    with pytest.raises(InvalidRequest, match="no labels in “xx”"):
        lab.locale = "xx"
    assert lab.locale == "en"


def test_a_file_that_is_no_file_is_refused_in_words(project: Project) -> None:
    with pytest.raises(InvalidRequest, match="Give the file to write"):
        project.conversation().export(5)
