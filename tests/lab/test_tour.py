"""The tour names what there is."""

import ast

import pytest

import persona_lab
from persona_lab.lab.interviews.interview import Interview
from persona_lab.lab.people.personas import Persona
from persona_lab.lab.project import Project
from persona_lab.lab.session import Lab
from persona_lab.lab.tour import STEPS

LINES = [step.line for steps in STEPS.values() for step in steps if not step.line.startswith("%")]
KINDS = (Lab, Project, Interview, Persona)


@pytest.mark.parametrize("line", LINES)
def test_each_line_calls_what_exists(line):
    called = [node.func.attr for node in ast.walk(ast.parse(line)) if isinstance(node, ast.Call)]
    assert called
    assert [name for name in called if not any(hasattr(kind, name) for kind in (*KINDS, persona_lab))] == []


def test_a_terminal_and_a_notebook_show_the_same_steps():
    shown = persona_lab.tour()
    html = shown._repr_html_()
    for steps in STEPS.values():
        for step in steps:
            assert step.line in repr(shown)
            assert step.line.replace('"', "&quot;") in html
