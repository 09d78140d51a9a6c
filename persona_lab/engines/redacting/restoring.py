"""What an engine made from pseudonyms, in the transcript's own words."""

from collections.abc import Mapping, Sequence

from persona_lab.engines.gate.admitting import sifted
from persona_lab.engines.gate.quotes import Gate
from persona_lab.engines.redacting.quoting import HiddenQuote, Place
from persona_lab.models import (
    Analysis,
    MindMap,
    MindMapItem,
    Quote,
    Transcript,
)
from persona_lab.transcripts.redaction import (
    Redacted,
    restore,
)


def led_back(
    analysis: Analysis, seen: Transcript, hidden: Redacted, transcript: Transcript, originals: Mapping[str, str]
) -> Analysis:
    """Return the analysis in the transcript's own words; what nobody said is left out and counted."""
    restored = analysis.model_copy(
        update={
            **_in_own_words(analysis, originals),
            # It is the transcript's, never an engine's; see `admitting`.
            "session": None,
            "provenance": analysis.provenance.model_copy(update={"transcript_sha256": transcript.sha256}),
        }
    )
    before, behind = Gate(seen), Gate(transcript)

    def quoted(quote: Quote) -> Quote:
        checked = before.check(quote)
        if checked.status == "rejected":
            return checked
        start, end = hidden.to_raw(checked.start, checked.end)
        text = transcript.text[start:end]
        return behind.check(checked.model_copy(update={"start": start, "end": end, "text": text}))

    return sifted(restored, of_findings=quoted, of_summary=quoted, of_questions=quoted)


def _in_own_words(analysis: Analysis, originals: Mapping[str, str]) -> dict[str, object]:
    """Return everything that is text in an analysis, besides its quotes, with the originals."""

    def text(words: str) -> str:
        return restore(words, originals)

    def terms(known: Sequence[str]) -> tuple[str, ...]:
        return tuple(_term(term, originals) for term in known)

    quality = analysis.quality
    return {
        "summary": text(analysis.summary),
        "insights": tuple(
            one.model_copy(update={"text": text(one.text), "terms": terms(one.terms)}) for one in analysis.insights
        ),
        "profile": tuple(one.model_copy(update={"value": text(one.value)}) for one in analysis.profile),
        "sections": tuple(
            one.model_copy(update={"name": text(one.name), "terms": terms(one.terms)}) for one in analysis.sections
        ),
        "leading_questions": tuple(one.model_copy(update={"why": text(one.why)}) for one in analysis.leading_questions),
        "quality": quality
        and quality.model_copy(
            update={"reasons": tuple(one.model_copy(update={"text": text(one.text)}) for one in quality.reasons)}
        ),
        "how_might_we": tuple(one.model_copy(update={"text": text(one.text)}) for one in analysis.how_might_we),
    }


def _term(term: str, originals: Mapping[str, str]) -> str:
    """Return a term with its original: word lists leave the brackets off and write it small."""
    bare = {pseudonym.strip("[]").casefold(): original.casefold() for pseudonym, original in originals.items()}
    return bare.get(term.strip("[]").casefold(), restore(term, originals))


def map_in_own_words(made: MindMap, hidden: Mapping[Place, HiddenQuote], originals: Mapping[str, str]) -> MindMap:
    """Return the map with the originals; an item whose quote is nobody's stays without one."""

    def text(words: str) -> str:
        return restore(words, originals)

    def item(one: MindMapItem) -> MindMapItem:
        quote = one.quote
        found = next((its for its in hidden.values() if quote and its.holds(quote)), None)
        return MindMapItem(
            content=text(one.content),
            quote=found.led_back(quote) if found and quote else None,
            relevance=text(one.relevance),
        )

    topics = tuple(
        topic.model_copy(
            update={
                "title": text(topic.title),
                "subtopics": tuple(
                    part.model_copy(update={"title": text(part.title), "items": tuple(map(item, part.items))})
                    for part in topic.subtopics
                ),
            }
        )
        for topic in made.topics
    )
    own = {name: text(getattr(made, name)) for name in ("title", "summary", "root", "subtitle")}
    return made.model_copy(update={**own, "topics": topics})
