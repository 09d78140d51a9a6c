"""A persona's portrait as the model puts it: it points at quotes by number and can invent none."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pydantic import ValidationError

from persona_lab.engines.answering.summing_up import SUPPORT
from persona_lab.engines.base import Portrayer, Run
from persona_lab.engines.llm import instructions
from persona_lab.engines.llm.asking import Meter
from persona_lab.engines.llm.config import LlmConfig
from persona_lab.engines.llm.estimating import room
from persona_lab.engines.llm.parts import Part
from persona_lab.engines.llm.shapes import Portrayed
from persona_lab.engines.llm.tokens import tokens_in
from persona_lab.engines.personas import wording
from persona_lab.engines.rules import Language
from persona_lab.engines.workroom import Workroom
from persona_lab.errors import AnswerNotUnderstood
from persona_lab.models import CitedQuote, Portrait

if TYPE_CHECKING:
    from persona_lab.engines.llm.endpoint import Endpoint

# Of each trait so many quotes, each up to so many characters.
QUOTES = 2
CHARACTERS = 600
NOTHING = (
    "Nothing that the language model wrote of this persona rests on what its people said. Try again, or use a more "
    "capable model."
)


async def portrait_of(
    portrait: Portrait,
    run: Run,
    *,
    by: Portrayer,
    config: LlmConfig,
    endpoint: "Endpoint",
    meter: Meter,
    workroom: Workroom,
) -> Portrait:
    """Return the portrait in the model's words; what was paid for before is taken.

    Raises:
        EngineError: it could not be had.
        AnswerNotUnderstood: nothing of it rests on the quotes.
    """
    language = wording.language_in(portrait)
    told = instructions.told(instructions.PORTRAY, language)
    quotes, lines = _fitting(_numbered(portrait, language), room(config, told))
    data = instructions.fenced(lines, "QUOTES")
    form = json.dumps(Portrayed.model_json_schema(), sort_keys=True)
    key = hashlib.sha256("\0".join((config.model, form, told, data)).encode()).hexdigest()
    reported = _kept(run, key)
    is_new = reported is None
    if reported is None:
        reported = await endpoint.fill_in(Portrayed, told, data, meter)
    claims = [
        wording.Claim(one.text, [quotes[n - 1] for n in dict.fromkeys(one.numbers) if 1 <= n <= len(quotes)])
        for one in reported.summary
    ]
    words = await workroom.run_async(wording.borne_out, claims, reported.title, language)
    # What is of no use is no use to another attempt either.
    if not words.sentences:
        raise AnswerNotUnderstood(NOTHING)
    if is_new:
        usage = meter.take()
        run.keep(key, Part(report=reported.model_dump_json(), usage=usage).model_dump_json(), usage)
    return wording.worded(portrait, words, by)


def _kept(run: Run, key: str) -> Portrayed | None:
    if (kept := run.kept(key)) is None:
        return None
    try:
        return Portrayed.model_validate_json(Part.model_validate_json(kept).report)
    except ValidationError:
        return None


def _numbered(portrait: Portrait, language: Language) -> Iterator[tuple[CitedQuote, str]]:
    """Yield each quote with what it is told of it: what it tells, and how many say so."""
    known = set(wording.quotes_of(portrait))
    for trait in portrait.traits:
        support = SUPPORT[language].format(n=trait.support, total=trait.participants)
        for quote in trait.quotes[:QUOTES]:
            if quote in known:
                known.remove(quote)
                yield quote, f"{trait.kind}, {support}"
    for quote in portrait.summary_quotes:
        if quote in known:
            known.remove(quote)
            yield quote, "typical"


def _fitting(numbered: Iterator[tuple[CitedQuote, str]], most: int) -> tuple[Sequence[CitedQuote], Sequence[str]]:
    """Return as many quotes as the model can read at once, and their lines; one at least."""
    quotes: list[CitedQuote] = []
    lines: list[str] = []
    for n, (quote, told) in enumerate(numbered, start=1):
        line = f"{n} | {told} | {instructions.one_line(quote.text)[:CHARACTERS]}"
        most -= tokens_in(line)
        if most < 0 and lines:
            break
        quotes.append(quote)
        lines.append(line)
    return quotes, lines
