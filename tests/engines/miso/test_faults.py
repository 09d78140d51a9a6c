"""Everything that may go wrong at MISO ends in the right error, in time, and without a word of what was sent."""

import json
import logging
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from persona_lab.engines.base import Context
from persona_lab.engines.gate.admitting import admitted
from persona_lab.engines.miso.engine import MisoEngine
from persona_lab.engines.workroom import Workroom
from persona_lab.errors import EngineError
from persona_lab.models import Transcript
from tests.engines.miso.conftest import QUICK, Kept, settings_for
from tests.fakes.faults import BEARABLE, LASTING, Fault, of
from tests.fakes.miso import KEYS, FakeMiso

# One question for the app's inputs, one run, one look at how it ended, each as long as it may take.
LONGEST_SECONDS = QUICK.run_seconds + 2 * QUICK.question_seconds
FINAL = {"engine_refused", "engine_key_refused"}
# A blocking call gives no id to ask for the result by, so what went wrong on the way is what is said.
BLOCKING_CODES = {"stream cut": "answer_not_understood"}


@pytest.fixture(params=[True, False], ids=["streaming", "blocking"])
def streaming(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.mark.parametrize("fault", [pytest.param(one, id=one.name) for one in of("miso", LASTING)])
def test_a_lasting_fault_ends_in_its_error(
    fault: Fault,
    streaming: bool,
    miso: FakeMiso,
    workroom: Workroom,
    checkout: Transcript,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    miso.fault(fault.name)
    # Nor does what it says when it is asked for the result.
    miso.looks = 10_000
    run = Kept()
    began = time.monotonic()
    with pytest.raises(EngineError) as raised:
        MisoEngine(settings_for(miso, streaming=streaming), workroom).analyse(checkout, Context(), run)
    took = time.monotonic() - began
    expected = fault.code_for("miso")
    expected = expected if streaming else BLOCKING_CODES.get(fault.name, expected)
    assert raised.value.code == expected, raised.value.message
    assert raised.value.can_retry == (expected not in FINAL)
    assert took < LONGEST_SECONDS
    assert_discreet(raised.value, checkout, caplog)
    assert_says_what_to_do(raised.value.message)


def assert_says_what_to_do(told: str) -> None:
    assert told.endswith((".", "https://api.miso.gs"))
    assert any(word in told.lower() for word in ("check", "try again", "look at", "open it", "add them", "raise it"))


def assert_discreet(error: EngineError, transcript: Transcript, caplog: pytest.LogCaptureFixture) -> None:
    """Neither a key nor a word of the transcript, nor MISO's own words, which repeat both, may be anywhere."""
    assert error.__cause__ is None
    assert error.__context__ is None
    shown = "".join(traceback.format_exception(error)) + repr(error) + error.message + repr(vars(error))
    logged = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("uvicorn"))
    for secret in [*KEYS, "카드", *(turn.text[:20] for turn in transcript.turns)]:
        assert secret not in shown
        assert secret not in logged


@pytest.mark.parametrize("fault", [pytest.param(one, id=one.name) for one in of("miso", BEARABLE)])
def test_what_is_merely_unusual_makes_no_difference(
    fault: Fault, streaming: bool, miso: FakeMiso, workroom: Workroom, checkout_ko: Transcript
) -> None:
    engine = MisoEngine(settings_for(miso, streaming=streaming), workroom)
    usual = admitted(engine.analyse(checkout_ko, Context(), Kept()), checkout_ko)
    miso.fault(fault.name)
    run = Kept()
    found = admitted(engine.analyse(checkout_ko, Context(), run), checkout_ko)
    if fault.name == "one missing":
        usual = usual.model_copy(
            update={
                "insights": tuple(one for one in usual.insights if one.kind != "takeaway"),
                "proposed_quotes": found.proposed_quotes,
            }
        )
    # A blocking answer tells another sum of tokens than the events of a stream.
    assert found.model_copy(update={"usage": usual.usage}) == usual
    assert found.usage == run.usage
    assert found.insights
    assert run.usage.calls == 1
    assert run.usage.input_tokens in (9000, 9120)


@pytest.mark.parametrize("name", ["429 soon", "500", "502 html", "503", "reset"])
def test_a_fault_that_passes_is_waited_out(
    name: str, miso: FakeMiso, engine: MisoEngine, run: Kept, checkout: Transcript
) -> None:
    miso.fault(name, times=QUICK.attempts - 1)
    assert engine.analyse(checkout, Context(), run).insights
    assert miso.count("/workflows/run", "POST") == QUICK.attempts
    assert miso.paid == run.usage.calls == 1


@pytest.mark.parametrize("name", ["429", "500", "503"])
def test_a_fault_that_stays_is_met_a_bounded_number_of_times(
    name: str, miso: FakeMiso, engine: MisoEngine, run: Kept, checkout: Transcript
) -> None:
    miso.fault(name)
    with pytest.raises(EngineError):
        engine.analyse(checkout, Context(), run)
    assert miso.count("/workflows/run", "POST") == QUICK.attempts
    assert miso.paid == 0


@pytest.mark.parametrize("name", ["401", "403", "404", "400 invalid_param", "400 provider_quota_exceeded", "redirect"])
def test_what_would_be_refused_again_is_not_asked_again(
    name: str, miso: FakeMiso, engine: MisoEngine, run: Kept, checkout: Transcript
) -> None:
    miso.fault(name)
    with pytest.raises(EngineError):
        engine.analyse(checkout, Context(), run)
    assert miso.count("/workflows/run", "POST") == 1


@pytest.mark.parametrize("name", ["500", "502 html", "reset", "reset mid-body"])
def test_a_silent_call_that_may_have_been_counted_is_not_sent_twice(
    name: str, miso: FakeMiso, workroom: Workroom, run: Kept, checkout: Transcript
) -> None:
    miso.fault(name)
    with pytest.raises(EngineError):
        MisoEngine(settings_for(miso, streaming=False), workroom).analyse(checkout, Context(), run)
    assert miso.count("/workflows/run", "POST") == 1


def test_an_hour_is_not_waited_for_but_told(
    miso: FakeMiso, engine: MisoEngine, run: Kept, checkout: Transcript
) -> None:
    miso.fault("429 retry-after")
    with pytest.raises(EngineError) as raised:
        engine.analyse(checkout, Context(), run)
    assert raised.value.retry_seconds == 3600.0
    assert miso.count("/workflows/run", "POST") == 1


def test_a_redirect_is_not_followed_and_the_key_stays_here(
    miso: FakeMiso, engine: MisoEngine, run: Kept, checkout: Transcript
) -> None:
    with FakeMiso() as elsewhere:
        miso.fault("redirect")
        with pytest.raises(EngineError, match="PERSONA_LAB_MISO_URL"):
            engine.analyse(checkout, Context(), run)
        assert elsewhere.calls == []


@pytest.mark.parametrize("broken", ["stream cut", "reset mid-body", "stream stalls", "stream damaged", "endless"])
def test_a_run_whose_line_broke_is_asked_for_and_not_paid_twice(
    broken: str, miso: FakeMiso, engine: MisoEngine, run: Kept, checkout: Transcript
) -> None:
    miso.fault(broken)
    assert engine.analyse(checkout, Context(), run).insights
    assert miso.paid == 1
    assert run.usage.calls == 1


def test_a_run_that_outlasts_the_attempt_is_picked_up_by_the_next(
    miso: FakeMiso, engine: MisoEngine, run: Kept, checkout: Transcript
) -> None:
    miso.fault("stream cut")
    miso.looks = 10_000
    with pytest.raises(EngineError):
        engine.analyse(checkout, Context(), run)
    for ended in miso.runs.values():
        ended["looks"] = 1
    assert engine.analyse(checkout, Context(), run).insights
    assert miso.paid == run.usage.calls == 1


@pytest.mark.parametrize("name", ["status failed", "all empty", "prose", "stream error"])
def test_a_run_that_came_to_nothing_is_counted_and_then_made_anew(
    name: str, miso: FakeMiso, engine: MisoEngine, run: Kept, checkout: Transcript
) -> None:
    miso.fault(name, times=2, path="/workflows/run")
    for _ in range(2):
        with pytest.raises(EngineError):
            engine.analyse(checkout, Context(), run)
    assert engine.analyse(checkout, Context(), run).insights
    assert miso.paid == 3
    assert run.wasted.calls + run.usage.calls == 3


def test_at_an_endpoint_that_fails_a_fifth_of_all_calls_everything_ends_and_retries_bring_the_rest(
    miso: FakeMiso, engine: MisoEngine, make: Callable[..., Transcript]
) -> None:
    miso.be_unreliable(0.2, seed=6)
    interviews = [
        make(f"Q: What about step {at}?", f"P: Step {at} is slow and costs me {at} minutes.") for at in range(100)
    ]
    runs = [Kept() for _ in interviews]

    def analysed(at: int) -> str:
        try:
            return "completed" if engine.analyse(interviews[at], Context(), runs[at]).insights else "empty"
        except EngineError as error:
            return error.code

    left, rounds = list(range(100)), 0
    with ThreadPoolExecutor(4) as pool:
        while left:
            ended = list(pool.map(analysed, left))
            assert set(ended) <= {"completed", "engine_unavailable", "engine_busy", "engine_timed_out"}
            left = [at for at, state in zip(left, ended, strict=True) if state != "completed"]
            rounds += 1
            assert rounds < 10
    assert rounds > 1
    assert [run.usage.calls for run in runs] == [1] * 100
    # Only what MISO itself said had failed was paid for and made anew.
    assert miso.paid == 100 + sum(run.wasted.calls for run in runs)


def test_the_table_of_faults_has_no_name_twice() -> None:
    names = [fault.name for fault in (*LASTING, *BEARABLE)]
    assert len(names) == len(set(names))


def test_nothing_but_json_of_text_is_sent(miso: FakeMiso, engine: MisoEngine, run: Kept, checkout: Transcript) -> None:
    engine.analyse(checkout, Context(purpose="Why?", sections=("A", "B")), run)
    sent = miso.last("/workflows/run")
    assert all(isinstance(value, str) for value in sent["inputs"].values())
    assert sent["user"] == "persona-lab"
    assert sent["mode"] == sent["response_mode"] == "streaming"
    assert json.dumps(sent["inputs"])
