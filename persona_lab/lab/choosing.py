"""Who works for a project, what that costs, and what they get to see."""

from typing import TYPE_CHECKING

from persona_lab import models
from persona_lab.lab.insights import knowledge
from persona_lab.lab.interviews import redactions
from persona_lab.lab.measuring import engines
from persona_lab.models import EngineName, Estimate, Fed

if TYPE_CHECKING:
    import pandas as pd


from persona_lab.lab.study import Study


class Choosing(Study):
    """The part of a project that chooses engines."""

    @property
    def engine(self) -> EngineName | None:
        """Who analyses and answers: `"local"`, `"miso"` or `"llm"`; None is the server's own choice.

        Set it to change it. Analyses by another engine are stale then; `refresh` has them made again.

        Raises:
            EngineNotSetUp: the engine lacks settings; the message names them.
        """
        return self.run(self.api.get_project(self.id)).engine

    @engine.setter
    def engine(self, name: EngineName | None) -> None:
        self.run(self.api.change_project(self.id, engine=name))

    @property
    def fallback(self) -> bool:
        """Whether the local engine steps in where the project's can't analyse; what it made is stale. Set it so."""
        return self.run(self.api.get_project(self.id)).fallback

    @fallback.setter
    def fallback(self, is_wanted: bool) -> None:
        self.run(self.api.change_project(self.id, fallback=is_wanted))

    @property
    def budget(self) -> int | None:
        """How many tokens engines may use for this project in all; None is as many as they want. Set it so."""
        return self.run(self.api.get_project(self.id)).budget

    @budget.setter
    def budget(self, tokens: int | None) -> None:
        self.run(self.api.change_project(self.id, budget=tokens))

    @property
    def spending(self) -> "pd.DataFrame":
        """A row for each time an engine was paid for: when, what for, engine, model, calls, tokens in and out."""
        import pandas as pd

        found = self.run(self.api.spending(self.id))
        columns = ["at", "interview_id", "engine", "model", "calls", "input_tokens", "output_tokens", "run_id"]
        return pd.DataFrame([spent.model_dump() for spent in found], columns=columns)

    def estimate(self, engine: EngineName | None = None) -> Estimate:
        """Return what analysing all interviews would cost, rather too much than too little; `.cost` in US dollars.

        Args:
            engine: another one than the project's.

        Raises:
            EngineNotSetUp: the engine lacks settings.
        """
        return self.run(self.api.estimate(self.id, engine))

    def compare_engines(self) -> engines.Comparison:
        """Show what engines made of the same interviews: shared, only here, quotes that were not said, agreement.

        Raises:
            InvalidRequest: no interview has been analysed by two.
        """
        self._level()
        return engines.compare(self._replica)

    def feed_knowledge(self) -> Fed:
        """Put the project's findings with their quotes into its knowledge base in MISO, in place of those from before.

        It waits until MISO has indexed them. What `redaction` hides is hidden from it, too. The base is the one of
        PERSONA_LAB_MISO_KNOWLEDGE_BASE; without it the project has one of its own, which is made the first time.

        Raises:
            EngineNotSetUp: PERSONA_LAB_MISO_KNOWLEDGE_KEY is not set.
            Conflict: there are no findings, or they are being fed already.
            EngineError: MISO did not take or index them.
        """
        self._level()
        before = self._feed.seq
        self.run(self.api.feed_knowledge(self.id))
        return knowledge.wait_until_fed(self._feed, self._replica, before)

    @property
    def redaction(self) -> models.RedactionSetting:
        """When pseudonyms stand in for what is personal.

        `"network"`: for engines that go over it. `"storage"`: before anything of an
        interview is kept, so that its original is nowhere. `"off"`: never. Set it to
        change it, which holds for what is uploaded from then on.

        Raises:
            Conflict: `"storage"` is wanted where interviews are kept as they were uploaded.
        """
        return self.run(self.api.get_project(self.id)).redaction

    @redaction.setter
    def redaction(self, setting: models.RedactionSetting) -> None:
        self.run(self.api.change_project(self.id, redaction=setting))

    def redactions(self, *, by_interview: bool = False) -> "pd.DataFrame":
        """Return what engines that go over the network don't get to see, with what stands for it.

        A row for each person or thing in each interview that has been read: kind,
        original, pseudonym, how often, and the words around its first place. Of
        interviews that were redacted before storage it is what was replaced then, and
        what would be since. The originals are shown here alone, to whoever may read the
        transcripts.

        Args:
            by_interview: return a row for each interview instead, with how often each kind is hidden in it.
        """
        return redactions.frame(self.run(self.api.redactions(self.id)), by_interview=by_interview)
