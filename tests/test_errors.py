import re
from collections import Counter

import pytest

from persona_lab import errors

ALL = list(errors.every())


def test_each_error_has_a_code_of_its_own() -> None:
    assert [code for code, times in Counter(error.code for error in ALL).items() if times > 1] == []


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = re.findall(r"^( *)[*x+-] (\w+)", errors.__doc__ or "", re.M)
    above: list[str] = []
    tree = []
    for indent, name in drawn:
        above = above[: len(indent) // 2]
        tree.append((name, above[-1] if above else "Exception"))
        above.append(name)
    assert sorted(tree) == sorted((error.__name__, error.__bases__[0].__name__) for error in ALL)


@pytest.mark.parametrize("error", ALL)
def test_a_code_becomes_its_class_again(error: type[errors.PersonaLabError]) -> None:
    again = errors.from_code(error.code, "what happened")
    assert (type(again), again.message) == (error, "what happened")


def test_an_unknown_code_is_still_an_error_of_ours() -> None:
    again = errors.from_code("of a newer server", "what happened")
    assert (type(again), again.message) == (errors.PersonaLabError, "what happened")


@pytest.mark.parametrize("error", ALL)
def test_each_error_says_something_without_being_told_what(error: type[errors.PersonaLabError]) -> None:
    assert str(error()).endswith(".")


def test_a_notebook_shows_the_sentence_alone() -> None:
    shown = errors.EmptyFile("a.txt: the file is empty.")._render_traceback_()
    assert shown == ["EmptyFile: a.txt: the file is empty."]


def test_a_notebook_in_another_language_shows_what_was_said_of_this_one_too() -> None:
    error = errors.EmptyFile("a.txt: the file is empty.")
    error.local = "파일이 비어 있습니다."
    assert error._render_traceback_() == ["EmptyFile: 파일이 비어 있습니다.", "a.txt: the file is empty."]
