"""What an engine cites and nobody said reaches no reader, whatever status it claims."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

from persona_lab.engines.base import UNTOLD, Context
from persona_lab.models import Citation, CitedQuote, Delta, Message, Passage, Voice
from persona_lab.server import forms
from persona_lab.server.talking.answering import answered
from persona_lab.server.talking.asking import ask
from persona_lab.store import conversations, projects
from persona_lab.store.database import Store
from tests.support.answering import server

PASSAGE = Passage(
    interview_id="i",
    interview_title="Mina",
    turn=3,
    speaker="P",
    role="participant",
    text="I can't pay with my card.",
    start=40,
    score=1.0,
)


class Inventive:
    """Cites one thing that was said and one that was bent."""

    name, model = "inventive", "1"

    async def answer(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Message],
        voice: Voice | None = None,
        context: Context = UNTOLD,
    ) -> AsyncGenerator[Delta | Citation]:
        yield Delta(text="People can't pay [1] and can [2].")
        for n, text in enumerate(("I can't pay with my card", "I can pay with my card"), start=1):
            quote = CitedQuote(
                turn=3, start=0, end=5, text=text, interview_id="i", interview_title="", speaker="P", status="exact"
            )
            yield Citation(n=n, quote=quote)


def test_a_bent_citation_is_left_out_and_counted(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite")

    async def parts() -> list[dict[str, Any]]:
        with store.writing() as connection:
            project = projects.create(connection, epoch=store.epoch, name="Study")
        body = forms.Question(project_id=project.id, messages=[Message(role="user", content="Can people pay?")])
        with server(store, Inventive(), PASSAGE) as serving:
            return [part async for part in answered(serving, ask(serving, body, user="mina"))]

    started, delta, citation, done = asyncio.run(parts())
    assert (started["type"], delta["type"]) == ("started", "delta")
    assert (citation["n"], citation["quote"]["start"], citation["quote"]["end"]) == (1, 40, 64)
    assert done["usage"]["rejected_quotes"] == 1
    with store.reading() as connection:
        question, answer = conversations.messages(connection, done["conversation_id"])
    store.close()
    assert question.content == "Can people pay?"
    assert [one.quote.text for one in answer.citations] == ["I can't pay with my card"]
