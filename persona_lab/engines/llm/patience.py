"""Trying again: the one place that does, as the client's own hidden attempts are switched off."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from persona_lab.engines.llm.config import LlmConfig
from persona_lab.engines.llm.faults import Fault, fault_of, timed_out
from persona_lab.errors import EngineError, EngineTimedOut

Result = TypeVar("Result")
# A call that took its whole time is made once more, not as often as one that failed at once.
TIMED_OUT = 1


class Patience:
    """How long one interview, or one answer, is tried for."""

    def __init__(self, config: LlmConfig) -> None:
        self._config = config
        self._until = asyncio.get_running_loop().time() + config.run_seconds

    async def call(self, attempt: Callable[[], Awaitable[Result]]) -> Result:
        """Return what `attempt` returns, made again after passing faults, with longer and longer pauses.

        Raises:
            EngineError: it failed for good.
            TooLong, FormRefused, SettingRefused: it has to be asked differently.
        """
        timeouts = 0
        for tried in range(self._config.retries + 1):
            came = await self._try(attempt)
            if not isinstance(came, Fault):
                return came
            fault = came
            timeouts += isinstance(fault.error, EngineTimedOut)
            pause = self._pause(tried, fault)
            is_last = tried == self._config.retries or timeouts > TIMED_OUT
            if not fault.is_passing or is_last or not self._has(pause):
                break
            await asyncio.sleep(pause)
        # Outside of any except clause, so that what the endpoint said is not dragged along.
        raise fault.error

    async def _try(self, attempt: Callable[[], Awaitable[Result]]) -> Result | Fault:
        left = self._until - asyncio.get_running_loop().time()
        if left <= 0:
            return Fault(out_of_time(self._config))
        try:
            async with asyncio.timeout(min(left, self._config.call_seconds)):
                return await attempt()
        except TimeoutError:
            return Fault(timed_out(self._config), is_passing=True)
        except Exception as error:
            fault = fault_of(error, self._config)
            if fault is None:
                raise
            return fault

    def _pause(self, tried: int, fault: Fault) -> float:
        """Return how long to wait: as long as the endpoint asks, else a random part of a growing time."""
        # Not the same for everybody who was turned away at once.
        chance = random.random()  # noqa: S311 - nothing secret about it
        if fault.wait_seconds is not None:
            return fault.wait_seconds + chance * self._config.retry_seconds
        longest: float = min(self._config.longest_wait_seconds, self._config.retry_seconds * 2**tried)
        return longest * (0.5 + 0.5 * chance)

    def _has(self, pause: float) -> bool:
        """Say whether so long a pause is worth waiting for here; the board can wait longer."""
        left = self._until - asyncio.get_running_loop().time()
        return pause <= min(self._config.longest_wait_seconds + self._config.retry_seconds, left)


def out_of_time(config: LlmConfig) -> EngineError:
    return EngineTimedOut(
        f"The language model did not get through this interview within {config.run_seconds / 60:.0f} minutes. "
        "Retry goes on where it ended."
    )
