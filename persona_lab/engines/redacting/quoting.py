"""Quotes with pseudonyms in them, and the way back to what was said."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from persona_lab.engines.gate.admitting import admitted_citation
from persona_lab.models import (
    ChatMessage,
    Citation,
    CitedQuote,
    Passage,
)
from persona_lab.transcripts.redaction import (
    Redacted,
    restore,
)

# Where a quote stands: interview, start, end.
Place = tuple[str, int, int]


class HiddenQuote(NamedTuple):
    """A quote, its words with pseudonyms, and what its speaker is called."""

    quote: CitedQuote
    text: Redacted
    speaker: str

    @property
    def seen(self) -> CitedQuote:
        words = {"text": self.text.text, "end": self.quote.start + len(self.text.text)}
        return self.quote.model_copy(update={**words, "interview_title": "", "speaker": self.speaker})

    def holds(self, quote: CitedQuote) -> bool:
        start = quote.start - self.quote.start
        if quote.interview_id != self.quote.interview_id or start < 0:
            return False
        return bool(quote.text) and self.text.text.startswith(quote.text, start)

    def led_back(self, quote: CitedQuote) -> CitedQuote:
        """Return what an engine quotes of it, in the words that were said."""
        start, end = self.text.to_raw(quote.start - self.quote.start, quote.end - self.quote.start)
        place = {"start": self.quote.start + start, "end": self.quote.start + end, "text": self.quote.text[start:end]}
        return self.quote.model_copy(update={**place, "status": quote.status})


def cited_in_own_words(
    quote: CitedQuote,
    places: Mapping[tuple[str, int], tuple[Passage, Passage, Redacted]],
    originals: Mapping[str, str],
) -> CitedQuote:
    """Return the citation with the passage's own words; one that stands in no passage is marked `rejected`."""
    found = places.get((quote.interview_id, quote.turn))
    if found is None:
        return quote.model_copy(update={"status": "rejected", "text": restore(quote.text, originals)})
    passage, shown, text = found
    checked = admitted_citation(quote, [shown])
    head = {"interview_title": passage.interview_title, "speaker": passage.speaker}
    if checked.status == "rejected":
        return quote.model_copy(update={**head, "status": "rejected", "text": restore(quote.text, originals)})
    start, end = text.to_raw(checked.start - shown.start, checked.end - shown.start)
    place = {"start": passage.start + start, "end": passage.start + end, "text": passage.text[start:end]}
    return checked.model_copy(update={**head, **place})


def quotes_of(message: ChatMessage) -> Iterator[CitedQuote]:
    for citation in message.citations:
        yield citation.quote
        yield from citation.others


def place_of(quote: CitedQuote) -> Place:
    return quote.interview_id, quote.start, quote.end


def person_of(quote: CitedQuote) -> tuple[str, str | None]:
    return quote.interview_id, quote.speaker


def seen_quotes(quotes: Iterable[CitedQuote], hidden: Mapping[Place, HiddenQuote]) -> tuple[CitedQuote, ...]:
    return tuple(hidden[place_of(quote)].seen for quote in quotes)


def seen_message(message: ChatMessage, content: str, hidden: Mapping[Place, HiddenQuote]) -> ChatMessage:
    citations = tuple(
        Citation(
            n=one.n,
            quote=hidden[place_of(one.quote)].seen,
            others=tuple(hidden[place_of(other)].seen for other in one.others),
        )
        for one in message.citations
    )
    return message.model_copy(
        update={"content": content, "citations": citations, "author": message.role, "questions": (), "note": ""}
    )
