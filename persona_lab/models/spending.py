"""Which engines there are, and what they cost."""

from datetime import datetime
from typing import Literal

from persona_lab.models.values import Value

EngineName = Literal["local", "miso", "llm"]

ENGINES: tuple[EngineName, ...] = ("local", "miso", "llm")


class Usage(Value):
    """What work at an engine cost: calls that were answered, and tokens as the engine counts them."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
        )


class Estimate(Usage):
    """What work at an engine will cost, rather too much than too little; `cost` in US dollars, None where unknown."""

    cost: float | None = None


class Spent(Usage):
    """What was paid for at once, for an interview or, without one, for an answer."""

    at: datetime
    interview_id: str | None = None
    run_id: str | None = None
    engine: EngineName
    model: str
