"""A workflow app: inputs in, outputs out, paid for once.

The id of a run is kept as soon as it is known. Where the line breaks, or the
server dies, its result is asked for before anything is paid for again.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from contextlib import aclosing, suppress
from typing import Any, NamedTuple, TypeVar

from persona_lab.engines.base import Run
from persona_lab.engines.cancelling import unless_cancelled
from persona_lab.engines.miso.events import Event, events
from persona_lab.engines.miso.reading import value_of
from persona_lab.engines.miso.wire import Wire
from persona_lab.errors import (
    AnalysisCancelled,
    AnswerNotUnderstood,
    BudgetSpent,
    EngineError,
    EngineUnavailable,
)
from persona_lab.models import Usage

T = TypeVar("T")
NOTHING = Usage()
STOPPED = "Somebody stopped the run in MISO. Try again."
FAILED = "MISO's workflow failed. Try again; if it fails again, look at its log in MISO."
CUT = "MISO's answer ended before it was complete. Try again in a minute."
# What a run's status may be, once it is over.
SUCCEEDED = ("succeeded", "partial-succeeded")
UNDER_WAY = ("running", "")


class Ended(NamedTuple):
    """A run that is over, with what it put out, or the error it ended with, and what it cost."""

    status: str
    outputs: Any
    usage: Usage


class _Begun:
    """What is known of a run while it goes on."""

    def __init__(self) -> None:
        self.run_id = ""
        self.task_id = ""
        # By node, for an event may come twice.
        self._nodes: dict[str, Usage] = {}

    @property
    def usage(self) -> Usage:
        return sum(self._nodes.values(), Usage(calls=bool(self.run_id)))

    def take(self, event: Event) -> None:
        data = _mapping(event.get("data"))
        self.task_id = self.task_id or _id(event.get("task_id"))
        if event["event"] == "workflow_started":
            self.run_id = self.run_id or _id(event.get("workflow_run_id")) or _id(data.get("id"))
        elif event["event"] == "node_finished":
            self._nodes[_id(data.get("id"))] = _node_usage(data)


async def outputs(wire: Wire, inputs: Mapping[str, str], run: Run, *, read: Callable[[Any], T]) -> tuple[T, Usage]:
    """Run the workflow and return what `read` makes of its outputs, and what they cost.

    A result that an earlier attempt has paid for is taken; one that is under way is waited for.

    Args:
        read: raises AnswerNotUnderstood for outputs that can't be used.

    Raises:
        EngineError: the run failed, was cut off or took too long, or its outputs can't be used.
        AnalysisCancelled: somebody cancelled it; MISO was told to stop.
    """
    told = json.dumps(["miso workflow", inputs], sort_keys=True, ensure_ascii=False)
    kept = _Kept(run, hashlib.sha256(told.encode("utf-8", "replace")).hexdigest())
    if (known := run.kept(kept.key)) is not None:
        part = json.loads(known)
        return read(part["outputs"]), Usage.model_validate(part["usage"])
    until = time.monotonic() + wire.limits.run_seconds
    ended = await _earlier(wire, kept, until)
    if ended is None:
        run.go_on()
        ended = await _new(wire, inputs, kept, until)
    return _judged(ended, kept, read), ended.usage


class _Kept:
    """What the attempts at one input leave to each other: the ids of the runs they began, and which led nowhere."""

    def __init__(self, run: Run, key: str) -> None:
        self.run = run
        self.key = key
        # A key is kept once, so runs are numbered.
        self._number = 0
        while run.kept(self._begun) is not None and run.kept(self._over) is not None:
            self._number += 1

    @property
    def _begun(self) -> str:
        return f"{self.key}:run:{self._number}"

    @property
    def _over(self) -> str:
        return f"{self.key}:over:{self._number}"

    @property
    def begun_id(self) -> str | None:
        """The run that an earlier attempt began and nobody knows the end of."""
        return self.run.kept(self._begun)

    def begin(self, run_id: str) -> None:
        self.run.keep(self._begun, run_id, NOTHING)

    def give_up(self, usage: Usage) -> None:
        """Say that the newest run led nowhere, and count what it cost."""
        self.run.spent(usage)
        if self.begun_id is not None:
            self.run.keep(self._over, "yes", NOTHING)
            self._number += 1


def _judged(ended: Ended, kept: _Kept, read: Callable[[Any], T]) -> T:
    """Keep what can be used; count what can't."""
    try:
        if isinstance(ended.outputs, EngineError):
            raise ended.outputs
        if ended.status not in SUCCEEDED:
            raise EngineUnavailable(STOPPED if ended.status == "stopped" else FAILED)
        result = read(ended.outputs)
    except EngineError:
        kept.give_up(ended.usage)
        raise
    part = {"outputs": ended.outputs, "usage": ended.usage.model_dump()}
    kept.run.keep(kept.key, json.dumps(part), ended.usage)
    return result


async def _earlier(wire: Wire, kept: _Kept, until: float) -> Ended | None:
    """Return the result of a run that an earlier attempt began and could not wait for, if it succeeded."""
    if (run_id := kept.begun_id) is None:
        return None
    ended = await _result(wire, run_id, kept.run, until)
    if ended and ended.status in SUCCEEDED:
        return ended
    kept.give_up(ended.usage if ended else NOTHING)
    return None


async def _new(wire: Wire, inputs: Mapping[str, str], kept: _Kept, until: float) -> Ended:
    body = {"inputs": dict(inputs), "user": wire.user}
    if not wire.miso.streaming:
        body |= {"mode": "blocking", "response_mode": "blocking"}
        left = max(0.1, until - time.monotonic())
        asked = wire.ask("POST", "/workflows/run", body=body, seconds=left, is_paid=True)
        return _ended(await unless_cancelled(asked, kept.run, seconds=wire.limits.cancel_seconds))
    body |= {"mode": "streaming", "response_mode": "streaming"}
    begun = _Begun()
    broke: EngineError
    try:
        # Pings say nothing, so a stream may have nothing to show for minutes.
        followed = _streamed(wire, body, begun, kept, until)
        ended = await unless_cancelled(followed, kept.run, seconds=wire.limits.cancel_seconds)
        if ended is None:
            raise EngineUnavailable(CUT)
        return ended
    except EngineError as error:
        broke = error
    if not isinstance(broke, AnalysisCancelled) and begun.run_id and time.monotonic() < until:
        # The line broke, and perhaps not the run.
        try:
            if found := await _result(wire, begun.run_id, kept.run, until):
                return found
        except AnalysisCancelled as error:
            broke = error
        except EngineError:
            pass
    if isinstance(broke, AnalysisCancelled):
        await _stop(wire, begun)
        kept.give_up(begun.usage)
    raise broke


async def _streamed(wire: Wire, body: Mapping[str, Any], begun: _Begun, kept: _Kept, until: float) -> Ended | None:
    """Follow the run to its end; None where the stream ends before it."""
    async with wire.stream("/workflows/run", body) as pieces, aclosing(events(pieces)) as happening:
        while event := await wire.next_of(happening, until, wire.limits.run_seconds):
            known = begun.run_id
            begun.take(event)
            if begun.run_id != known:
                kept.begin(begun.run_id)
            if event["event"] == "workflow_finished" or (not event["event"] and {"data", "outputs"} & event.keys()):
                return _ended(event, begun.usage)
            if event["event"] == "error":
                return Ended("error", wire.fault_of({**_mapping(event.get("data")), **event}), begun.usage)
    return None


def _look_whether_cancelled(run: Run) -> None:
    # This part has been paid for already, whatever the budget is.
    with suppress(BudgetSpent):
        run.go_on()


async def _result(wire: Wire, run_id: str, run: Run, until: float) -> Ended | None:
    """Return a run's result once it is over; None where MISO doesn't know the run.

    Raises:
        EngineError: it isn't over in time.
    """
    for seconds in wire.limits.looks():
        told = await wire.ask("GET", f"/workflows/run/{run_id}", query={"user": wire.user}, may_be_missing=True)
        if not isinstance(told, dict):
            return None
        ended = _ended(told)
        if ended.status not in UNDER_WAY:
            return ended
        _look_whether_cancelled(run)
        if time.monotonic() + seconds > until:
            break
        await asyncio.sleep(seconds)
    raise wire.too_slow(wire.limits.run_seconds)


async def _stop(wire: Wire, begun: _Begun) -> None:
    """Tell MISO to stop a run that nobody waits for; that it can't be told is no further fault."""
    if not begun.task_id:
        return
    with suppress(EngineError):
        await wire.ask("POST", f"/workflows/tasks/{begun.task_id}/stop", body={"user": wire.user}, seconds=5.0)


def _ended(told: Any, known: Usage = NOTHING) -> Ended:
    """Read a run's end, nested under `data` or flat.

    Raises:
        AnswerNotUnderstood: it is no such thing.
    """
    if not isinstance(told, dict):
        raise AnswerNotUnderstood("MISO's answer is no result of a workflow. Try again.")
    data = told["data"] if isinstance(told.get("data"), dict) else told
    if "outputs" not in data and "status" not in data:
        raise AnswerNotUnderstood("MISO's answer is no result of a workflow. Try again.")
    found = data.get("outputs", told.get("outputs"))
    # A blocking answer without status has succeeded, or its outputs say otherwise.
    status = data.get("status", "succeeded")
    usage = known if known.input_tokens or known.output_tokens else _sum(data.get("total_tokens"))
    return Ended(
        status if isinstance(status, str) else "failed", value_of(found), usage.model_copy(update={"calls": 1})
    )


def _sum(tokens: Any) -> Usage:
    """A run tells one sum of tokens; most of them are read, so they count as such."""
    return Usage(input_tokens=_count(tokens))


def _node_usage(data: Mapping[str, Any]) -> Usage:
    """Return what a node of the workflow tells of its model's use, if it tells anything."""
    for place in ("process_data", "outputs"):
        usage = _mapping(_mapping(data.get(place)).get("usage"))
        found = Usage(
            input_tokens=_count(usage.get("prompt_tokens")), output_tokens=_count(usage.get("completion_tokens"))
        )
        if found != NOTHING:
            return found
    return NOTHING


def _mapping(told: Any) -> Mapping[str, Any]:
    return told if isinstance(told, dict) else {}


def _count(told: Any) -> int:
    return told if isinstance(told, int) and not isinstance(told, bool) and told > 0 else 0


def _id(told: Any) -> str:
    """Return an id; what could lead a path elsewhere is none."""
    return told if isinstance(told, str) and told.replace("-", "").isalnum() and told.isascii() else ""
