"""A conversation grouped by the model into a mind map: it points at what was said by number and can invent no quote."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pydantic import ValidationError

from persona_lab.engines.answering import mind_maps
from persona_lab.engines.answering.conversing import Said, Talk, talk_of
from persona_lab.engines.base import Run
from persona_lab.engines.gate import presenting
from persona_lab.engines.llm import instructions
from persona_lab.engines.llm.asking import Meter
from persona_lab.engines.llm.config import LlmConfig
from persona_lab.engines.llm.estimating import room
from persona_lab.engines.llm.parts import Part
from persona_lab.engines.llm.shapes import MapPart, Mapped
from persona_lab.engines.llm.tokens import tokens_in
from persona_lab.engines.rules import Language
from persona_lab.engines.workroom import Workroom
from persona_lab.errors import AnswerNotUnderstood
from persona_lab.models import ChatMessage, Conversation, MainTopic, MindMap, MindMapItem, Subtopic

if TYPE_CHECKING:
    from persona_lab.engines.llm.endpoint import Endpoint

NOTHING = "Nothing in the language model's mind map rests on what was said. Try again, or use a more capable model."


class Mapping:
    """One conversation being mapped."""

    def __init__(self, run: Run, *, config: LlmConfig, endpoint: "Endpoint", meter: Meter, workroom: Workroom) -> None:
        self._run = run
        self._config = config
        self._endpoint = endpoint
        self._meter = meter
        self._workroom = workroom

    async def mind_map(self, conversation: Conversation, messages: Sequence[ChatMessage]) -> MindMap:
        """Return the map of the newest messages, as many as the model can read at once.

        Raises:
            EngineError: it could not be made.
            AnswerNotUnderstood: nothing of it rests on what was said.
        """
        language = talk_of(messages).language
        told = instructions.told("map", language)
        left_out, talk = _fitting(messages, room(self._config, told))
        reported = await self._reported(told, instructions.fenced(_lines(talk), "CONVERSATION"))
        topics = await self._topics(reported, talk.said, language)
        if not topics:
            raise AnswerNotUnderstood(NOTHING)
        return mind_maps.framed(
            conversation,
            messages,
            talk,
            topics,
            language,
            engine="llm",
            model=self._config.model,
            left_out=left_out,
        )

    async def _reported(self, told: str, data: str) -> Mapped:
        form = json.dumps(Mapped.model_json_schema(), sort_keys=True)
        key = hashlib.sha256("\0".join((self._config.model, form, told, data)).encode()).hexdigest()
        if kept := self._run.kept(key):
            try:
                return Mapped.model_validate_json(Part.model_validate_json(kept).report)
            except ValidationError:
                pass
        reported = await self._endpoint.fill_in(Mapped, told, data, self._meter)
        usage = self._meter.take()
        self._run.keep(key, Part(report=reported.model_dump_json(), usage=usage).model_dump_json(), usage)
        return reported

    async def _topics(self, reported: Mapped, said: Sequence[Said], language: Language) -> list[MainTopic]:
        """Return what may be shown: topics with items, each borne out by the words it points at."""
        points = [
            presenting.Point(item.text, _evidence(said[item.number - 1]))
            for topic in reported.topics
            for part in topic.parts
            for item in part.items
            if 1 <= item.number <= len(said)
        ]
        judged = await self._workroom.run_async(presenting.judged, points, language)
        borne_out = {point for point, its in zip(points, judged, strict=True) if its.is_borne_out}
        return mind_maps.presented(
            [
                MainTopic(
                    id="",
                    title=topic.title,
                    subtopics=tuple(_shown(part, said, borne_out, language) for part in topic.parts),
                )
                for topic in reported.topics
            ]
        )


def _fitting(messages: Sequence[ChatMessage], most: int) -> tuple[int, Talk]:
    """Return what the newest messages hold whose lines take no more than `most` tokens, and how many are older.

    It begins with a question; the last one is always in it.
    """
    starts = [at for at, message in enumerate(messages) if message.role == "user"] or [0]
    for start in starts:
        talk = talk_of(messages[start:])
        if sum(map(tokens_in, _lines(talk))) <= most or start == starts[-1]:
            break
    return start, talk


def _lines(talk: Talk) -> Iterator[str]:
    question = ""
    for number, said in enumerate(talk.said, start=1):
        if said.question != question:
            question = said.question
            yield f"asked | {instructions.one_line(question)}"
        yield f"{number} | {_evidence(said)}"


def _evidence(said: Said) -> str:
    """Return what was said, and the first quote where it says more."""
    words = instructions.one_line(said.quotes[0].text)
    return words if words == said.text else f"{said.text} “{words}”"


def _shown(part: MapPart, said: Sequence[Said], borne_out: set[presenting.Point], language: Language) -> Subtopic:
    items = []
    for item in part.items:
        its = said[item.number - 1] if 1 <= item.number <= len(said) else None
        if its and presenting.Point(item.text, _evidence(its)) in borne_out:
            relevance = mind_maps.relevance(its, language)
            items.append(MindMapItem(content=item.text, quote=its.quotes[0], relevance=relevance))
    return Subtopic(title=part.title, items=tuple(items))
