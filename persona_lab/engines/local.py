"""The default engine: no network, no key, the same result each time."""

from collections.abc import AsyncGenerator, Iterable, Sequence

from persona_lab.engines.analysing import analysis
from persona_lab.engines.answering import answers, mind_maps, summing_up
from persona_lab.engines.answering.conversing import talk_of
from persona_lab.engines.base import UNTOLD, Context, Portrayer, Run, Suggested, Tally
from persona_lab.engines.personas import portraits
from persona_lab.engines.workroom import Workroom
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
    Summary,
    Transcript,
    Usage,
    Voice,
)


class LocalEngine:
    """Finds what participants said by the language itself; see `analysis` and `answers`."""

    name = "local"
    model = analysis.MODEL
    prompt_hash = analysis.PROMPT_HASH
    is_remote = False
    portrayer = Portrayer("local", portraits.MODEL, portraits.PROMPT_HASH)

    def __init__(self, workroom: Workroom) -> None:
        self._workroom = workroom

    def analyse(self, transcript: Transcript, context: Context, run: Run) -> Analysis:
        return self._workroom.run(analysis.analyse, transcript, context, run_id=run.id)

    def estimate(self, transcripts: Iterable[Transcript], context: Context) -> Estimate:
        return Estimate(cost=0.0)

    def check(self) -> str:
        return "It works here, without a network and without a key."

    async def answer(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Message],
        voice: Voice | None = None,
        context: Context = UNTOLD,
    ) -> AsyncGenerator[Delta | Citation | Tally | Usage | Suggested]:
        parts = await self._workroom.run_async(answers.compose, question, passages, history, voice, context.glossary)
        for part in parts:
            yield part

    def mind_map(self, conversation: Conversation, messages: Sequence[ChatMessage], run: Run) -> MindMap:
        return self._workroom.run(mind_maps.mind_map, conversation, messages, talk_of(messages).language)

    def summarise(self, insights: Sequence[Insight], run: Run) -> Summary:
        text, citations = summing_up.compose(insights)
        return Summary(text=text, citations=citations, findings=len(insights), engine=self.name, model=self.model)

    def portray(self, portrait: Portrait, run: Run) -> Portrait:
        """Return it as it is: its words are the participants' already."""
        return portrait
