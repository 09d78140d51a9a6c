from collections.abc import Callable

import pytest

from persona_lab.errors import InvalidRequest
from persona_lab.lab.project import Project


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


def test_a_file_that_is_no_file_is_refused_in_words(project: Project) -> None:
    with pytest.raises(InvalidRequest, match="Give the file to write"):
        project.conversation().export(5)
