"""A persona's portrait in an engine's words: what they say rests on the portrait's quotes, or isn't shown.

`portraits` makes the portrait first: name, traits, quotes, and how many say so. An engine may
give it another title and another summary, and nothing else.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from persona_lab.engines.base import Portrayer
from persona_lab.engines.gate.presenting import Point, holds_order, judged, presentable
from persona_lab.engines.language import sentences
from persona_lab.engines.names import named
from persona_lab.engines.rules import Language
from persona_lab.models import CitedQuote, Portrait
from persona_lab.transcripts.vocabulary import NEUTRAL, PAIRS, ROLES

# A summary of more sentences is a list, and a longer title is a sentence.
SENTENCES = 6
TITLE = 60
# A persona is nobody: neither a pseudonym nor a citation's number stands in its words.
MARK = re.compile(r"\[[^\]\s]{1,30}\]")
NUMBER = re.compile(r"\d+")
NO_NAMES = frozenset().union(*ROLES.values(), NEUTRAL, *PAIRS)
LEFT_OUT: Final[dict[Language, str]] = {
    "en": "Of what the engine wrote, {n} aren't shown: nothing that was said bears them out.",
    "ko": "엔진이 쓴 것 가운데 {n}개는 참여자의 말이 뒷받침하지 않아 보이지 않습니다.",
}
LEFT_OUT_ONE: Final[dict[Language, str]] = {
    "en": "Of what the engine wrote, one sentence isn't shown: nothing that was said bears it out.",
    "ko": LEFT_OUT["ko"].format(n=1),
}


class Claim(NamedTuple):
    """Something that an engine writes, and the quotes that it is to rest on."""

    text: str
    quotes: Sequence[CitedQuote]


class Worded(NamedTuple):
    """What of an engine's words may be shown: sentences, each with its quotes, a title, and how many may not."""

    sentences: Sequence[Claim]
    title: str
    left_out: int


def language_in(portrait: Portrait) -> Language:
    return "ko" if portrait.language == "ko" else "en"


def quotes_of(portrait: Portrait) -> list[CitedQuote]:
    """Return what the portrait rests on, each quote once; who gives orders to a model there testifies to nothing."""
    quotes = [*(one for trait in portrait.traits for one in trait.quotes), *portrait.summary_quotes]
    return [one for one in dict.fromkeys(quotes) if not holds_order(one.text)]


def borne_out(claims: Sequence[Claim], title: str, language: Language) -> Worded:
    """Return what may be shown; needs the language models, so call it in the workroom."""
    wanted = [Claim(text, claim.quotes) for claim in claims for text in sentences_in(claim.text, language)]
    kept = _kept(wanted, language)
    quotes = [quote for one in kept for quote in one.quotes]
    titles = _kept([Claim(title, quotes)] if len(title) <= TITLE else [], language)
    once = {one.text: one for one in reversed(kept)}
    return Worded(list(once.values())[::-1][:SENTENCES], titles[0].text if titles else "", len(wanted) - len(kept))


def worded(portrait: Portrait, words: Worded, by: Portrayer, *, left_out: int = 0) -> Portrait:
    """Return the portrait in these words.

    Args:
        left_out: how much more of what the engine wrote isn't shown.
    """
    left_out += words.left_out
    language = language_in(portrait)
    note = (LEFT_OUT if left_out > 1 else LEFT_OUT_ONE)[language].format(n=left_out) if left_out else ""
    return written_by(portrait, by).model_copy(
        update={
            "title": words.title or portrait.title,
            "summary": " ".join(one.text for one in words.sentences),
            "summary_quotes": tuple(dict.fromkeys(quote for one in words.sentences for quote in one.quotes)),
            "note": note,
        }
    )


def written_by(portrait: Portrait, by: Portrayer) -> Portrait:
    """Return the portrait as one of this engine's."""
    made_by = {"engine": by.engine, "model": by.model or "", "prompt_hash": by.prompt_hash or ""}
    return portrait.model_copy(update={**made_by, "instead_of": None})


def admitted(made: Portrait, portrait: Portrait) -> Portrait:
    """Return the portrait with what an engine may say of it; quotes that it doesn't have itself are left out."""
    own = [*quotes_of(portrait)]
    words = {name: getattr(made, name) for name in ("title", "summary", "engine", "model", "prompt_hash", "note")}
    quotes = tuple(quote for quote in made.summary_quotes if any(_holds(one, quote) for one in own))
    return portrait.model_copy(update={**words, "summary_quotes": quotes, "instead_of": None})


def _holds(quote: CitedQuote, part: CitedQuote) -> bool:
    start, end = part.start - quote.start, part.end - quote.start
    same = (part.interview_id, part.turn, part.speaker) == (quote.interview_id, quote.turn, quote.speaker)
    return same and start >= 0 and quote.text[start:end] == part.text


def sentences_in(text: str, language: Language) -> Iterator[str]:
    """Yield the sentences of a text that have a letter in them."""
    for start, end in sentences(text, language):
        if any(letter.isalnum() for letter in text[start:end]):
            yield text[start:end].strip()


def _kept(claims: Sequence[Claim], language: Language) -> list[Claim]:
    """Return those that may be shown."""
    shown = [Claim(text, one.quotes) for one in claims if (text := _plain(one)) is not None]
    found = judged([Point(one.text, _said(one.quotes)) for one in shown], language)
    return [one for one, its in zip(shown, found, strict=True) if its.is_borne_out]


def _plain(claim: Claim) -> str | None:
    """Return the sentence in one line; None if it may not be shown, names somebody, or counts what nobody counted."""
    shown = presentable(claim.text)
    if shown is None or not claim.quotes or MARK.search(shown) or _names(shown, claim.quotes):
        return None
    said = set(NUMBER.findall(_said(claim.quotes)))
    return shown if said.issuperset(NUMBER.findall(shown)) else None


def _names(text: str, quotes: Sequence[CitedQuote]) -> bool:
    # "P", "Speaker 2" and "참여자" are no names, and a sentence may well hold them.
    labels = {one.speaker for one in quotes if one.speaker and len(one.speaker) > 1}
    return bool(named(text, {one for one in labels if one.strip(" 0123456789").lower() not in NO_NAMES}))


def _said(quotes: Sequence[CitedQuote]) -> str:
    return " ".join(one.text for one in quotes)
