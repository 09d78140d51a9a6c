"""What every engine must be able to do, whoever stands behind it."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from persona_lab.models import Analysis, Citation, Delta, Message, Passage, Project, Transcript, Value


class Context(Value):
    """What an engine should know about the study before it reads an interview."""

    purpose: str = ""
    audience: str = ""
    method: str = ""

    @property
    def hash(self) -> str:
        """Twelve digits that are the same for the same context; fields that say nothing don't count."""
        told = self.model_dump_json(exclude_defaults=True)
        return hashlib.sha256(told.encode()).hexdigest()[:12]


def context_of(project: Project) -> Context:
    """Return what the project tells an engine of itself."""
    return Context(purpose=project.purpose, audience=project.audience, method=project.method)


class Engine(Protocol):
    """Someone who reads interviews and answers questions about them.

    The first three stand in the provenance of each of its analyses just as they are here:
    one that has others is stale.

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
