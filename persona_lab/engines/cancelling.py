"""Ending work that nobody waits for any more, also in the middle of a long call."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from persona_lab.engines.base import Run
from persona_lab.errors import AnalysisCancelled, BudgetSpent

Result = TypeVar("Result")
# Between two looks whether somebody cancelled.
LOOK_SECONDS = 2.0


async def unless_cancelled(work: Coroutine[Any, Any, Result], run: Run, *, seconds: float = LOOK_SECONDS) -> Result:
    """Return what comes of the work, which ends when somebody cancels the run.

    Raises:
        AnalysisCancelled: somebody did.
    """
    doing = asyncio.ensure_future(work)
    while not (await asyncio.wait({doing}, timeout=seconds))[0]:
        try:
            # What is under way has been paid for already, whatever the budget is.
            with suppress(BudgetSpent):
                run.go_on()
        except AnalysisCancelled:
            doing.cancel()
            await asyncio.wait({doing})
            raise
    return doing.result()
