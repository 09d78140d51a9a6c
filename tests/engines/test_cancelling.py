import asyncio

import pytest

from persona_lab.engines.base import Alone
from persona_lab.engines.cancelling import unless_cancelled
from persona_lab.errors import AnalysisCancelled, BudgetSpent


class Ending(Alone):
    """A run that says no at its second look."""

    def __init__(self, error: type[Exception]) -> None:
        super().__init__("run-1")
        self.looks = 0
        self._error = error

    def go_on(self) -> None:
        self.looks += 1
        if self.looks > 1:
            raise self._error


async def hanging(ended: list[str]) -> str:
    try:
        await asyncio.sleep(60)
    finally:
        ended.append("cleaned up")
    return "never"


async def slow() -> str:
    await asyncio.sleep(0.1)
    return "done"


def test_work_that_somebody_cancels_ends_in_the_middle_of_a_call() -> None:
    ended: list[str] = []
    with pytest.raises(AnalysisCancelled):
        asyncio.run(unless_cancelled(hanging(ended), Ending(AnalysisCancelled), seconds=0.01))
    assert ended == ["cleaned up"]


def test_what_is_paid_for_already_is_waited_for_when_the_budget_is_spent() -> None:
    run = Ending(BudgetSpent)
    assert asyncio.run(unless_cancelled(slow(), run, seconds=0.01)) == "done"
    assert run.looks > 1


def test_an_error_of_the_work_is_the_error() -> None:
    async def failing() -> None:
        raise ValueError("so")

    with pytest.raises(ValueError, match="so"):
        asyncio.run(unless_cancelled(failing(), Alone("run-1")))
