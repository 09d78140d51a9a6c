import time
from collections.abc import Callable

import pytest

from persona_lab.lab.project import Project
from persona_lab.widgets.workbench import Workbench
from tests.support.making import CHECKOUT, interview_text

SECONDS = 20.0


def wait_until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def bench(project: Project) -> Workbench:
    return project.workbench()


def test_a_workbench_begins_with_the_board_alone(bench: Workbench) -> None:
    assert list(bench.children) == ["board"]
    assert bench.panes[:2] == ["board", "reader"]


def test_a_cell_that_is_run_again_shows_the_same_workbench(project: Project, bench: Workbench) -> None:
    assert project.workbench() is bench
    assert project.workbench(locale="ko").locale == "ko"


def test_every_tab_that_is_opened_has_its_widget_or_says_that_there_is_none(bench: Workbench) -> None:
    for pane in bench.panes:
        bench.tab = pane
        wait_until(lambda pane=pane: pane in bench.children or pane in bench.nothing)
    assert bench.errors == {}
    assert bench.nothing == ["reader", "mind_map"]


def test_an_interview_that_is_opened_on_the_board_is_read_beside_it(project: Project, bench: Workbench) -> None:
    first = project.upload_text(CHECKOUT, "mina")
    second = project.upload_text(interview_text("the coupon"), "jun")
    project.wait()
    for interview in (first, second):
        bench.board.receive({"kind": "open", "id": interview.id})
        wait_until(lambda wanted=interview.id: bench.reader and bench.reader.interview["id"] == wanted)
    assert bench.tab == "reader"


def test_a_quote_leads_to_its_turn(project: Project, bench: Workbench) -> None:
    interview = project.upload_text(CHECKOUT, "mina")
    project.wait()
    bench.show("chat")
    bench.chat.receive({"kind": "open", "interview_id": interview.id, "turn": 3, "start": 120})
    wait_until(lambda: bench.reader and bench.reader.at["turn"] == 3)


def test_a_conversation_that_was_answered_has_a_mind_map_that_grows_with_it(project: Project) -> None:
    project.upload_text(CHECKOUT, "mina")
    project.wait()
    talk = project.conversation("Paying")
    talk.ask("What is frustrating?")
    bench = project.workbench(conversation=talk)
    bench.show("mind_map")
    tree = bench.mind_map
    talk.ask("What would help?")
    bench.show("mind_map")
    assert bench.mind_map is tree
    assert "2 questions" in tree.mind_map["subtitle"]
