import asyncio
import contextlib
import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
import pytest

from persona_lab.discretion import described
from persona_lab.engines.workroom import Workroom
from persona_lab.errors import EngineRefused, EngineUnavailable, NoSpeech
from persona_lab.samples import paths
from persona_lab.transcripts.reading import read_transcript
from tests.support import chores

ROOT = Path(__file__).parents[2]
SAID = "what Mina said"


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


def test_a_child_gives_back_what_its_language_model_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MIMALLOC_PURGE_DELAY", raising=False)
    workroom = Workroom(limit_seconds=30)
    try:
        assert workroom.run(os.getenv, "MIMALLOC_PURGE_DELAY") == "0"
    finally:
        workroom.close()


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


def test_a_child_killed_at_any_moment_holds_up_nobody() -> None:
    """A child that is killed takes no lock along; whoever waited for one would be told of the limit, not of a death."""
    workroom = Workroom(limit_seconds=30)
    try:
        for number in range(12):
            kill = threading.Timer(number * 0.0008, os.kill, [workroom.run(chores.process_id), signal.SIGKILL])
            kill.start()
            while kill.is_alive():
                with contextlib.suppress(EngineUnavailable):
                    assert workroom.run(chores.double, 3) == 6
                    assert asyncio.run(workroom.run_async(chores.double, 4)) == 8
            assert workroom.run(chores.double, 5) == 10
    finally:
        workroom.close()


def test_what_a_whole_session_is_told_ends_no_work(workroom: Workroom) -> None:
    """A terminal and a service manager signal every process; the child ends with its server, which waits for work."""
    child = workroom.run(chores.process_id)
    with ThreadPoolExecutor(1) as pool:
        counting = pool.submit(workroom.run, chores.count_for, 0.5)
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(child, number)
        assert counting.result() > 0
    assert workroom.run(chores.process_id) == child


def test_a_program_ends_though_nobody_closed_its_workroom(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "from persona_lab.engines.workroom import Workroom\n"
        "from tests.support import chores\n"
        "if __name__ == '__main__':\n"
        "    print(Workroom().run(chores.process_id))\n"
    )
    ended = subprocess.run(
        [sys.executable, program],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert not psutil.pid_exists(int(ended.stdout))


def test_a_system_that_lets_no_process_begin_is_told_of_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    workroom = Workroom()
    try:
        with monkeypatch.context() as change:
            change.setattr(BaseProcess, "start", refuse)
            with pytest.raises(EngineUnavailable, match=r"^The analysis process ended unexpectedly\. Try again\.$"):
                workroom.run(chores.double, 1)
        assert workroom.run(chores.double, 1) == 2
    finally:
        workroom.close()


def refuse(_: BaseProcess) -> None:
    raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))


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


def test_what_somebody_waits_for_goes_past_what_takes_long(workroom: Workroom) -> None:
    workroom.run(chores.double, 1)
    with ThreadPoolExecutor(3) as pool:
        long = [pool.submit(workroom.run, chores.count_for, 2.0) for _ in range(3)]
        time.sleep(0.2)
        assert asyncio.run(workroom.run_async(chores.double, 21)) == 42
        assert not any(one.done() for one in long)
        assert all(one.result(20) > 0 for one in long)


def test_what_is_waited_for_is_done_by_the_same_child(workroom: Workroom) -> None:
    assert asyncio.run(workroom.run_async(chores.process_id)) == workroom.run(chores.process_id)


def test_one_who_waits_does_not_wait_for_another(workroom: Workroom) -> None:
    async def both() -> int:
        resting = asyncio.create_task(workroom.run_async(chores.rest, 5.0))
        found = await asyncio.wait_for(workroom.run_async(chores.double, 2), timeout=4)
        assert not resting.done()
        await resting
        return found

    assert asyncio.run(both()) == 4


def test_an_error_comes_back_to_one_who_waits(workroom: Workroom) -> None:
    with pytest.raises(NoSpeech, match=r"^a\.txt: it holds no speech\.$"):
        asyncio.run(workroom.run_async(chores.say_no_speech))
    with pytest.raises(RuntimeError, match="LookupError"):
        asyncio.run(workroom.run_async(chores.raise_what_cannot_be_packed))


def test_what_nobody_expected_is_described_by_its_place_in_the_child_and_not_by_its_words(workroom: Workroom) -> None:
    with pytest.raises(KeyError) as unexpected:
        workroom.run(chores.look_up, SAID)
    told = described(unexpected.value)
    assert "chores.py" in told
    assert "in look_up" in told
    assert "Mina" not in told


def test_one_who_waits_learns_that_the_child_died_and_is_served_by_the_next(workroom: Workroom) -> None:
    with pytest.raises(EngineUnavailable, match=r"ended unexpectedly.*Try again"):
        asyncio.run(workroom.run_async(chores.die))
    assert asyncio.run(workroom.run_async(chores.double, 5)) == 10


def test_a_call_that_somebody_waits_for_too_long_is_ended_with_its_child() -> None:
    workroom = Workroom(limit_seconds=1)
    try:
        with pytest.raises(EngineRefused, match=r"longer than 1 seconds and was ended"):
            asyncio.run(workroom.run_async(chores.take_for_ever))
        assert asyncio.run(workroom.run_async(chores.double, 4)) == 8
    finally:
        workroom.close()


def test_a_closed_workroom_serves_nobody_who_waits() -> None:
    workroom = Workroom()
    assert asyncio.run(workroom.run_async(chores.double, 1)) == 2
    workroom.close()
    with pytest.raises(EngineUnavailable, match="server is ending"):
        asyncio.run(workroom.run_async(chores.double, 1))


@pytest.mark.parametrize("language", ["en", "ko"])
def test_two_threads_read_and_encode_as_one_does(workroom: Workroom, language: str) -> None:
    transcripts = [read_transcript(path.read_bytes(), path.name) for path in paths()]
    texts = [turn.text for one in transcripts if one.language == language for turn in one.turns][:60]
    alone = workroom.run(chores.read_and_encode, texts, language)

    async def beside() -> list[object]:
        return await asyncio.gather(
            *(workroom.run_async(chores.read_and_encode, texts, language) for _ in range(3)),
            asyncio.to_thread(workroom.run, chores.read_and_encode, texts, language),
        )

    assert asyncio.run(beside()) == [alone] * 4
