"""A cell that is interrupted keeps what came, and the model that was writing ends."""

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from persona_lab.lab.project import Project
from persona_lab.lab.session import connect
from persona_lab.models import AnswerPart
from tests.fakes.models import at_length
from tests.fakes.openai import KEY, MODEL, OpenAiLookAlike
from tests.support.making import CHECKOUT
from tests.support.server import Server

QUESTION = "What is frustrating about the card form?"


@pytest.fixture
def llm() -> Iterator[OpenAiLookAlike]:
    with OpenAiLookAlike() as running:
        running.writer = at_length
        yield running


@pytest.fixture
def study(llm: OpenAiLookAlike, tmp_path: Path) -> Iterator[Project]:
    """A project that a slow model answers for."""
    settings = {"llm_base_url": llm.url, "llm_model": MODEL, "llm_api_key": KEY}
    with Server(tmp_path, **settings), pytest.MonkeyPatch.context() as patch:
        patch.setenv("PERSONA_LAB_HOME", str(tmp_path))
        lab = connect()
        project = lab.project("Slow")
        project.upload_text(CHECKOUT, "mina")
        project.wait(60)
        project.run(project.api.change_project(project.id, engine="llm"))
        llm.always("slowly")
        yield project
        llm.always(None)
        lab.close()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Has an interrupt do what it does in a kernel, whatever was left behind by what ran before in this process."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_cell_keeps_what_came_and_the_model_ends(study: Project, llm: OpenAiLookAlike) -> None:
    cell, at = threading.get_ident(), []

    def interrupt(part: AnswerPart) -> None:
        if part.type == "delta" and not at:
            at.append(time.monotonic())
            signal.pthread_kill(cell, signal.SIGINT)

    answer = study.ask(QUESTION, on_part=interrupt)
    assert (answer.is_complete, answer.note) == (False, "You interrupted it.")
    assert answer.text
    assert "You interrupted it." in answer.html()
    deadline = time.monotonic() + 10
    while not llm.left or len(study.conversation(answer.conversation_id).messages) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert llm.left[0] - at[0] < 1.0
    kept = study.conversation(answer.conversation_id).messages.iloc[-1]
    assert (kept["state"], kept["note"]) == ("stopped", "It was stopped.")
    assert kept["content"].startswith(answer.text)


def test_an_answer_that_somebody_else_stopped_says_so(study: Project) -> None:
    def stop(part: AnswerPart) -> None:
        if part.type == "started":
            threading.Timer(0.5, lambda: study.run(study.api.stop(part.message_id))).start()

    answer = study.ask(QUESTION, on_part=stop)
    assert (answer.is_complete, answer.note) == (False, "It was stopped.")
