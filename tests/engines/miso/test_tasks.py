"""Whatever MISO's workflow is asked for, each fault ends in its error, in time, and tells nobody what was said."""

import logging
import time
import traceback
from collections.abc import Callable

import pytest

from persona_lab.engines.miso.engine import MisoEngine
from persona_lab.errors import EngineError
from tests.engines.answering.test_summing_up import insight
from tests.engines.miso.conftest import QUICK, Kept
from tests.fakes.faults import BEARABLE, LASTING, Fault, of
from tests.fakes.miso import KEYS, FakeMiso
from tests.support import talking
from tests.support.portraying import CARD, portrait

SECRETS = (*KEYS, CARD, "forgets my address")
# One question for the app's inputs, one run, one look at how it ended.
SECONDS = QUICK.run_seconds + 2 * QUICK.question_seconds
TALK = talking.talk(("왜?", "- “카드를 다시 입력해야 해요.” [1]"))
# A summary is text, and these are.
IS_TEXT = {"prose", "truncated output"}


def mapped(engine: MisoEngine) -> None:
    assert engine.mind_map(*TALK, Kept()).engine == "miso"


def portrayed(engine: MisoEngine) -> None:
    assert engine.portray(portrait(), Kept()).traits == portrait().traits


def summed_up(engine: MisoEngine) -> None:
    assert engine.summarise([insight("Slow", CARD)], Kept()).text


@pytest.mark.parametrize("task", [mapped, portrayed, summed_up], ids=lambda task: task.__name__)
@pytest.mark.parametrize("fault", [pytest.param(one, id=one.name) for one in of("miso", LASTING + BEARABLE)])
def test_a_run_that_goes_wrong(
    task: Callable[[MisoEngine], None],
    fault: Fault,
    miso: FakeMiso,
    engine: MisoEngine,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    miso.fault(fault.name, path="/workflows/run")
    miso.looks = 10_000
    told: EngineError | None = None
    began = time.monotonic()
    try:
        task(engine)
    except EngineError as error:
        told = error
    expected = None if task is summed_up and fault.name in IS_TEXT else fault.code_for("miso")
    assert (told.code if told else None) == expected
    assert time.monotonic() - began < SECONDS
    shown = "".join(traceback.format_exception(told)) + repr(vars(told)) if told else ""
    assert [secret for secret in SECRETS if secret in shown + caplog.text] == []
    assert told is None or told.__context__ is None
