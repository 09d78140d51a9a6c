"""A persona made by MISO from its interviews, one folded in after the other, and what of it may be shown."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from persona_lab.engines.answering.mind_maps import cited_words
from persona_lab.engines.base import Portrayer
from persona_lab.engines.miso.reading import Synthesis
from persona_lab.engines.miso.supporting import rests_on, supports
from persona_lab.engines.personas import wording
from persona_lab.models import CitedQuote, PersonaTraitKind, Portrait

# Each interview is a run of the workflow, up to a minute long, so only those that tell most are folded in.
FOLDED = 5
# What the app is told, and by which key; what it says of topics and keywords is nothing that is known here.
KEYS: dict[PersonaTraitKind, str] = {
    "goal": "goal",
    "pain": "painpoint",
    "need": "need",
    "behaviour": "behaviour",
}
TYPICAL = "insight_quote"
# A quote comes in marks, with the situation behind it.
QUOTED = re.compile(r"[“\"「『]([^”\"」』]+)[”\"」』]")


def interviewees(portrait: Portrait, most: int) -> list[str]:
    """Return what each of the persona's interviews says as JSON text of up to so many characters.

    First the one that is nearest to all others, then those with most quotes; at most `FOLDED`.
    """
    known = set(wording.quotes_of(portrait))
    told = [(KEYS[trait.kind], quote) for trait in portrait.traits for quote in trait.quotes]
    told += [(TYPICAL, quote) for quote in portrait.summary_quotes]
    said: dict[str, dict[str, list[str]]] = {}
    for key, quote in told:
        if quote in known:
            words = said.setdefault(quote.interview_id, {}).setdefault(key, [])
            words += {" ".join(quote.text.split())} - set(words)
    order = sorted(said, key=lambda one: (one != portrait.medoid, -sum(map(len, said[one].values())), one))
    return [_fitting({"interviewee_detail": [said[one]]}, list(said[one].values()), most) for one in order[:FOLDED]]


def as_persona(made: Synthesis, most: int) -> str:
    """Return what the app has made so far as it takes it, of up to so many characters; "" before the first time."""
    if not made.summary:
        return ""
    pains, needs = list(made.pains), list(made.needs)
    told = {
        "persona_summary": made.summary[: most // 8],
        "persona_style": made.style[: most // 16],
        "painpoints": pains,
        "needs": needs,
        "insight": made.insight[: most // 16],
        "insight_quote": made.insight_quote[: most // 16],
    }
    return _fitting(told, [pains, needs], most)


def portrait_of(portrait: Portrait, made: Synthesis, by: Portrayer) -> Portrait | None:
    """Return the portrait in MISO's words, as far as they are borne out; None where nothing is.

    What it says of itself in the first person rests on no line, so each sentence takes the quote that is nearest
    in meaning. Pains and needs that are none of the portrait's are left out and counted. Runs in the workroom.
    """
    language = wording.language_in(portrait)
    quotes = wording.quotes_of(portrait)
    quoted = _quoted(made, quotes)
    texts = [text for one in (made.summary, made.style, made.insight) for text in wording.sentences_in(one, language)]
    nearest = supports(texts, [one.text for one in quotes], language)
    claims = [
        wording.Claim(text, [quotes[near.text]] if near else []) for text, near in zip(texts, nearest, strict=True)
    ]
    words = wording.borne_out(claims, "", language)
    if not words.sentences:
        return None
    invented = bool(made.insight_quote) and quoted is None
    found = wording.worded(portrait, words, by, left_out=_unknown(made, portrait) + invented)
    own = dict.fromkeys([*found.summary_quotes, *([quoted] if quoted else [])])
    return found.model_copy(update={"summary_quotes": tuple(own)})


def _quoted(made: Synthesis, quotes: Sequence[CitedQuote]) -> CitedQuote | None:
    """Return the quote that the app gives, if it was said."""
    found = QUOTED.search(made.insight_quote)
    return cited_words(found[1] if found else made.insight_quote, quotes)


def _unknown(made: Synthesis, portrait: Portrait) -> int:
    """Return how many of the pains and needs that the app names nobody has."""
    count = 0
    named: tuple[tuple[PersonaTraitKind, Sequence[str]], ...] = (("pain", made.pains), ("need", made.needs))
    for kind, claims in named:
        traits = [
            f"{one.text} {one.quotes[0].text if one.quotes else ''}" for one in portrait.traits if one.kind == kind
        ]
        count += sum(found is None for found in rests_on(claims, traits))
    return count


def _fitting(told: Mapping[str, Any], lists: Sequence[list[str]], most: int) -> str:
    """Return it as JSON text; where that is too long, the longest of the lists in it is cut until it isn't."""
    while len(text := json.dumps(told, ensure_ascii=False)) > most and any(lists):
        max(lists, key=lambda one: sum(map(len, one))).pop()
    return text
