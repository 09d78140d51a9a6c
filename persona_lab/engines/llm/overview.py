"""What the findings of a study say together, as a language model puts it and their quotes bear it out."""

import contextlib
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import ValidationError

from persona_lab.engines.answering.summing_up import ranked, spoken, supported, whole
from persona_lab.engines.base import Run
from persona_lab.engines.gate.admitting import passage_of
from persona_lab.engines.gate.citing import Citing
from persona_lab.engines.llm import instructions
from persona_lab.engines.llm.asking import Meter
from persona_lab.engines.workroom import Workroom
from persona_lab.errors import AnswerNotUnderstood
from persona_lab.models import Citation, Delta, Insight, Passage, Summary

if TYPE_CHECKING:
    from persona_lab.engines.llm.endpoint import Endpoint

# Of so many findings, the best supported, each with so many of its quotes.
FINDINGS = 40
QUOTES = 2


def passages_of(insights: Sequence[Insight]) -> list[Passage]:
    """Return the quotes that findings rest on, each once, as passages of participants."""
    quotes = dict.fromkeys(quote for one in insights for quote in one.quotes[:QUOTES])
    return [passage_of(quote) for quote in quotes]


async def summary(
    insights: Sequence[Insight],
    passages: Sequence[Passage],
    run: Run,
    *,
    model: str,
    endpoint: "Endpoint",
    meter: Meter,
    workroom: Workroom,
) -> Summary:
    """Return what the model writes, as far as the passages bear it out; what was paid for before is taken.

    Args:
        passages: those of `passages_of` that the model can read at once.

    Raises:
        AnswerNotUnderstood: nothing of it is borne out.
    """
    language = spoken(insights)
    told, data = instructions.told("overview", language), _data(insights, passages)
    key = hashlib.sha256("\0".join(("overview", model, told, data)).encode()).hexdigest()
    if kept := run.kept(key):
        with contextlib.suppress(ValidationError):
            return Summary.model_validate_json(kept)
    text, citations = "", list[Citation]()
    async with (
        contextlib.aclosing(endpoint.write(told, data, meter)) as written,
        contextlib.aclosing(Citing(passages, language, workroom).cited(written)) as parts,
    ):
        async for part in parts:
            if isinstance(part, Delta):
                text += part.text
            elif part.quote.status != "rejected":
                citations.append(part)
    if not citations:
        raise AnswerNotUnderstood("The language model wrote nothing that the findings' quotes bear out. Try again.")
    made = Summary(
        text=text, citations=tuple(whole(citations, insights)), findings=len(insights), engine="llm", model=model
    )
    run.keep(key, made.model_dump_json(), meter.take())
    return made


def _data(insights: Sequence[Insight], passages: Sequence[Passage]) -> str:
    numbers = {(one.interview_id, one.start, one.text): n for n, one in enumerate(passages, start=1)}
    language = spoken(insights)
    lines = []
    for one in ranked(insights)[:FINDINGS]:
        places = [numbers.get((quote.interview_id, quote.start, quote.text)) for quote in one.quotes[:QUOTES]]
        known = ", ".join(str(n) for n in places if n)
        if known:
            lines.append(f"{one.kind} | {supported(one, language)} | {instructions.one_line(one.text)} | {known}")
    said = (f"{n} | participant | {instructions.one_line(one.text)}" for n, one in enumerate(passages, start=1))
    return f"{instructions.fenced(said, 'PASSAGES')}\n\n{instructions.fenced(lines, 'FINDINGS')}"
