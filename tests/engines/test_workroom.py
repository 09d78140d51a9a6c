import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from persona_lab.engines.workroom import Workroom
from persona_lab.errors import EngineRefused, EngineUnavailable, NoSpeech
from tests.support import chores


@pytest.fixture(scope="module")
def workroom() -> Iterator[Workroom]:
    opened = Workroom(limit_seconds=30)
    yield opened
    opened.close()


def test_a_result_comes_back(workroom: Workroom) -> None:
    assert workroom.run(chores.double, 21) == 42


def test_work_is_done_in_one_child_process(workroom: Workroom) -> None:
    with ThreadPoolExecutor(4) as pool:
        children = set(pool.map(lambda _: workroom.run(chores.process_id), range(8)))
    assert len(children) == 1
    assert children != {os.getpid()}


def test_an_error_comes_back_as_itself(workroom: Workroom) -> None:
    with pytest.raises(NoSpeech, match=r"^a\.txt: it holds no speech\.$"):
        workroom.run(chores.say_no_speech)


def test_a_call_whose_process_dies_is_worth_another_try(workroom: Workroom) -> None:
    with pytest.raises(EngineUnavailable, match=r"ended unexpectedly.*Try again"):
        workroom.run(chores.die)
    assert workroom.run(chores.double, 1) == 2


def test_a_process_that_dies_at_rest_is_replaced_unseen(workroom: Workroom) -> None:
    for _ in range(3):
        child = workroom.run(chores.process_id)
        os.kill(child, signal.SIGKILL)
        # Its end is waited for, and left for the pool to find, which may have found it already.
        with contextlib.suppress(ChildProcessError):
            os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        assert workroom.run(chores.double, 3) == 6


def test_a_call_that_takes_too_long_is_ended_and_the_next_one_served() -> None:
    workroom = Workroom(limit_seconds=1)
    try:
        with pytest.raises(EngineRefused, match=r"longer than 1 seconds and was ended. Split the transcript"):
            workroom.run(chores.take_for_ever)
        assert workroom.run(chores.double, 4) == 8
    finally:
        workroom.close()


def test_a_closed_workroom_begins_nothing_new() -> None:
    workroom = Workroom()
    workroom.run(chores.double, 1)
    workroom.close()
    with pytest.raises(EngineUnavailable, match="server is ending"):
        workroom.run(chores.double, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems don't hold a process to a limit")
def test_a_call_that_claims_too_much_memory_is_ended_and_the_next_one_served() -> None:
    workroom = Workroom(limit_seconds=30, limit_bytes=2**29)
    try:
        with pytest.raises(EngineRefused, match=r"^This needs more than 0\.5 GB of memory\. Split the transcript\.$"):
            workroom.run(chores.hoard, 2**30)
        assert workroom.run(chores.hoard, 2**20) == 2**20
    finally:
        workroom.close()
