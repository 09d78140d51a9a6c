"""What reading interviews will cost, before it is paid for. Rather too much than too little."""

import json
from collections.abc import Iterable

from persona_lab.engines.base import Context
from persona_lab.engines.language import language_of
from persona_lab.engines.llm.config import LlmConfig
from persona_lab.engines.llm.instructions import told, with_study
from persona_lab.engines.llm.sections import lines_of, sections
from persona_lab.engines.llm.shapes import Notes
from persona_lab.engines.llm.tokens import CALL, tokens_in
from persona_lab.models import Estimate, Transcript

# What a model reports is about so large a part of what it reads; twenty points with their quotes from however little.
REPORTED = 0.4
LEAST_REPORTED = 1_600
# The points of all sections, to choose the summary from, and the numbers chosen.
POINTS = 150
CHOSEN = 100


def room(config: LlmConfig, instructions: str) -> int:
    """Return how many tokens of a transcript fit into one call."""
    left = config.context_tokens - config.answer_tokens - tokens_in(instructions) - _form_tokens() - CALL
    return max(100, min(config.section_tokens, left))


def estimate(transcripts: Iterable[Transcript], context: Context, config: LlmConfig) -> Estimate:
    """Return calls, tokens and cost of reading the transcripts once, each form filled in at the first attempt."""
    calls = read = written = 0
    for transcript in transcripts:
        language = language_of(transcript.text, transcript.language)
        instructions = with_study(told("analyse", language), context, language)
        most = room(config, instructions)
        found = sections(lines_of(transcript, most), most)
        for section in found:
            tokens = sum(line.tokens for line in section)
            calls += 1
            read += tokens + tokens_in(instructions) + _form_tokens() + CALL
            written += min(config.answer_tokens, max(LEAST_REPORTED, round(REPORTED * tokens)))
        if len(found) > 1:
            calls += 1
            read += tokens_in(told("summarise", language)) + POINTS * len(found) + _form_tokens() + CALL
            written += CHOSEN
    return Estimate(calls=calls, input_tokens=read, output_tokens=written, cost=cost(config, read, written))


def cost(config: LlmConfig, input_tokens: int, output_tokens: int) -> float | None:
    """Return US dollars by the settings' prices, else by the publicly known ones of the endpoint; None if unknown."""
    if config.input_price is not None and config.output_price is not None:
        return (config.input_price * input_tokens + config.output_price * output_tokens) / 1_000_000
    # Pydantic AI brings these prices along; nothing is fetched.
    import genai_prices

    try:
        found = genai_prices.calc_price(
            genai_prices.Usage(input_tokens=input_tokens, output_tokens=output_tokens),
            model_ref=config.model,
            provider_api_url=config.base_url,
        )
    except LookupError:
        return None
    return float(found.total_price)


def _form_tokens() -> int:
    return tokens_in(json.dumps(Notes.model_json_schema()))
