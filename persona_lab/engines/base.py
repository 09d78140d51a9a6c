"""What every engine must be able to do, whoever stands behind it."""

import hashlib
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from persona_lab.models import (
    Analysis,
    ChatMessage,
    Citation,
    Conversation,
    Delta,
    Estimate,
    Insight,
    Message,
    MindMap,
    Passage,
    Portrait,
    Project,
    Summary,
    Transcript,
    Usage,
    Value,
    Voice,
)


class Context(Value):
    """What an engine should know about the study before it reads an interview.

    `sections` and `takeaways` are names that other interviews of the study were given, so that the same thing is
    called the same; `glossary` is words of the trade, each with what it means.
    """

    purpose: str = ""
    audience: str = ""
    method: str = ""
    company: str = ""
    company_info: str = ""
    sections: tuple[str, ...] = ()
    takeaways: tuple[str, ...] = ()
    glossary: tuple[str, ...] = ()

    @property
    def hash(self) -> str:
        """Twelve digits that are the same for the same context; fields that say nothing don't count."""
        told = self.model_dump_json(exclude_defaults=True)
        return hashlib.sha256(told.encode()).hexdigest()[:12]


# What of a project every engine is told.
TOLD = ("purpose", "audience", "method", "company", "company_info", "glossary")


def context_of(project: Project) -> Context:
    """Return what the project tells an engine of itself."""
    return Context(**{name: getattr(project, name) for name in TOLD})


# Of a study of which nothing is said.
UNTOLD = Context()


class Suggested(Value):
    """What one might ask next, in the words of who answered. It comes last and is no part of the answer."""

    questions: tuple[str, ...] = ()


class Tally:
    """About what an answer would cost if it ended now. It comes before what is paid for, and is kept current.

    What it did cost is the `Usage` at the end. An answer that is stopped, or breaks off, never comes to that.

    Args:
        tokens_of: returns about how many tokens a text has.
    """

    def __init__(self, tokens_of: Callable[[str], int]) -> None:
        self._tokens_of = tokens_of
        self._calls = 0
        self._sent = ""
        self._written: list[str] = []

    def count(self, sent: str, written: str) -> None:
        """Count a piece that was written in answer to what was sent."""
        self._calls, self._sent = 1, sent
        self._written.append(written)

    @property
    def usage(self) -> Usage:
        return Usage(
            calls=self._calls,
            input_tokens=self._tokens_of(self._sent),
            output_tokens=self._tokens_of("".join(self._written)),
        )


class Run(Protocol):
    """One attempt at one interview, or at one mind map, as the engine sees it.

    An engine that pays for what it does asks for each part before it pays for it, and hands over each part as soon
    as it has it: the next attempt, after a fault or a restart, begins where this one ended.

    Attributes:
        id: what the run is called in provenance.
    """

    id: str

    def kept(self, key: str) -> str | None:
        """Return the part that an attempt has made from the same input; `key` says which, input and instructions."""

    def keep(self, key: str, part: str, usage: Usage) -> None:
        """Keep a finished part, and count what it cost."""

    def spent(self, usage: Usage) -> None:
        """Count what was paid for nothing that can be kept, such as an answer that could not be used."""

    def go_on(self) -> None:
        """Say that the next part is about to be paid for.

        Raises:
            AnalysisCancelled: somebody cancelled it.
            BudgetSpent: the project may spend no more.
        """


class Alone:
    """A run that nothing is kept of, that nobody cancels and that may cost what it wants."""

    def __init__(self, run_id: str) -> None:
        self.id = run_id

    def kept(self, key: str) -> str | None:
        return None

    def keep(self, key: str, part: str, usage: Usage) -> None:
        pass

    def spent(self, usage: Usage) -> None:
        pass

    def go_on(self) -> None:
        pass


class Portrayer(NamedTuple):
    """Who writes an engine's portraits, as it stands in each of them: one that has another is stale.

    `model` and `prompt_hash` are None where nothing is known of an engine but its name.
    """

    engine: str
    model: str | None
    prompt_hash: str | None


class Engine(Protocol):
    """Someone who reads interviews and answers questions about them.

    The first three stand in the provenance of each of its analyses just as they are here:
    one that has others is stale.

    Attributes:
        name: short name used in settings and provenance, e.g. `local`.
        model: what exactly did the work, with its version.
        prompt_hash: hash of all instructions and word lists that shape the result.
        is_remote: whether it sends what it reads over the network; see `redacting`.
        portrayer: what stands in its portraits.
    """

    name: str
    model: str
    prompt_hash: str
    is_remote: bool

    @property
    def portrayer(self) -> Portrayer: ...

    def analyse(self, transcript: Transcript, context: Context, run: Run) -> Analysis:
        """Return what the interview says. Same input, same output.

        Raises:
            EngineError: the analysis could not be done.
        """

    def estimate(self, transcripts: Iterable[Transcript], context: Context) -> Estimate:
        """Return what analysing them would cost, rather too much than too little."""

    def check(self) -> str:
        """Ask it something that costs next to nothing; return in a sentence what was found.

        Raises:
            EngineError: it can't be reached, or refuses.
        """

    def answer(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Message],
        voice: Voice | None = None,
        context: Context = UNTOLD,
    ) -> AsyncGenerator[Delta | Citation | Tally | Usage | Suggested]:
        """Answer from the passages alone, citing the words each sentence rests on; say what it cost, where it did.

        Whoever stops reading stops the engine.

        Args:
            voice: the persona that speaks, and says what it is composed from.
            context: what the study is about, and the words of its trade.

        Raises:
            EngineError: the answer could not be made.
        """

    def mind_map(self, conversation: Conversation, messages: Sequence[ChatMessage], run: Run) -> MindMap:
        """Return the conversation as a mind map, with quotes that it cites and no others.

        Raises:
            EngineError: the map could not be made.
        """

    def summarise(self, insights: Sequence[Insight], run: Run) -> Summary:
        """Return what a project's findings say together, from their quotes alone.

        Raises:
            EngineError: it could not be written.
        """

    def portray(self, portrait: Portrait, run: Run) -> Portrait:
        """Return a persona's portrait with title and summary in the engine's words, as far as its quotes bear them out.

        Args:
            portrait: as `portraits.portray` makes it; its name, traits, quotes and numbers stay as they are.

        Raises:
            EngineError: it could not be written.
        """
