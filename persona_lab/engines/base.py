"""What every engine must be able to do, whoever stands behind it."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from persona_lab.models import Analysis, Citation, Delta, Message, Passage, Transcript, Value


class Context(Value):
    """What an engine should know about the study before it reads an interview.

    `sections` are names that the study's sections have already, so that the same topic is called the same.
    """

    purpose: str = ""
    audience: str = ""
    method: str = ""
    sections: tuple[str, ...] = ()


class Engine(Protocol):
    """Someone who reads interviews and answers questions about them.

    Attributes:
        name: short name used in settings and provenance, e.g. `local`.
        model: what exactly did the work, with its version.
        prompt_hash: hash of all instructions and word lists that shape the result.
        is_remote: whether it sends what it reads over the network; see `redacting`.
    """

    name: str
    model: str
    prompt_hash: str
    is_remote: bool

    def analyse(self, transcript: Transcript, context: Context, *, run_id: str) -> Analysis:
        """Return what the interview says. Same input, same output.

        Raises:
            EngineError: the analysis could not be done.
        """

    def answer(
        self, question: str, passages: Sequence[Passage], history: Sequence[Message]
    ) -> AsyncIterator[Delta | Citation]:
        """Answer from the passages alone, citing the words each sentence rests on.

        Raises:
            EngineError: the answer could not be made.
        """
