"""What an engine cites and nobody said reaches no reader, whatever status it claims."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

from persona_lab.models import Citation, CitedQuote, Delta, Message, Passage
from persona_lab.server import forms
from persona_lab.server.answering import answered

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

    async def answer(
        self, question: str, passages: Sequence[Passage], history: Sequence[Message]
    ) -> AsyncIterator[Delta | Citation]:
        yield Delta(text="People can't pay [1] and can [2].")
        for n, text in enumerate(("I can't pay with my card", "I can pay with my card"), start=1):
            quote = CitedQuote(
                turn=3, start=0, end=5, text=text, interview_id="i", interview_title="", speaker="P", status="exact"
            )
            yield Citation(n=n, quote=quote)


def test_a_bent_citation_is_left_out_and_counted() -> None:
    async def evidence(*_: object, **__: object) -> list[Passage]:
        return [PASSAGE]

    async def parts() -> list[dict[str, Any]]:
        serving: Any = SimpleNamespace(
            retrieval=SimpleNamespace(evidence=evidence),
            engines=SimpleNamespace(of=lambda _project: Inventive(), name_for=lambda _project: "local"),
            store=SimpleNamespace(reading=nullcontext),
        )
        body = forms.Question(project_id="p", messages=[Message(role="user", content="Can people pay?")])
        project: Any = None
        return [part async for part in answered(serving, project, body)]

    delta, citation, done = asyncio.run(parts())
    assert delta["type"] == "delta"
    assert (citation["n"], citation["quote"]["start"], citation["quote"]["end"]) == (1, 40, 64)
    assert done["usage"]["rejected_quotes"] == 1
