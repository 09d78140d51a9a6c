"""What findings come to, in the participants' words: the best supported first, each with how many say so."""

from collections.abc import Iterator, Sequence
from typing import Final

from persona_lab.engines.language import language_of
from persona_lab.engines.rules import Language
from persona_lab.models import Citation, CitedQuote, Insight, Kind

# A summary of more findings is a list.
FINDINGS = 7
KINDS: Final[dict[Language, dict[Kind, str]]] = {
    "en": {"pain": "Pain", "need": "Need", "takeaway": "Takeaway"},
    "ko": {"pain": "불편", "need": "니즈", "takeaway": "핵심 내용"},
}
SUPPORT: Final[dict[Language, str]] = {
    "en": "{n} of {total} participants",
    "ko": "참여자 {total}명 중 {n}명",
}


def compose(insights: Sequence[Insight]) -> tuple[str, tuple[Citation, ...]]:
    """Return a line for each of the best supported findings, with its first quote as citation."""
    language = spoken(insights)
    chosen = ranked(insights)[:FINDINGS]
    lines = [_line(one, n, language) for n, one in enumerate(chosen, start=1)]
    return "\n".join(lines), tuple(Citation(n=n, quote=one.quotes[0]) for n, one in enumerate(chosen, start=1))


def ranked(insights: Sequence[Insight]) -> list[Insight]:
    """Return the findings that have a quote, those that most participants stand behind first."""
    return sorted((one for one in insights if one.quotes), key=lambda one: (-one.support, -one.score, one.text))


def spoken(insights: Sequence[Insight]) -> Language:
    """Return the language in which most of the findings are."""
    return language_of("\n".join(one.text for one in insights), "")


def supported(insight: Insight, language: Language) -> str:
    """Return "3 of 9 participants"."""
    return SUPPORT[language].format(n=insight.support, total=insight.participants)


def whole(citations: Sequence[Citation], insights: Sequence[Insight]) -> Iterator[Citation]:
    """Yield the citations with the quotes of the findings that they are part of."""
    known = [quote for one in insights for quote in one.quotes]
    for citation in citations:
        found = next((quote for quote in known if _holds(quote, citation.quote)), None)
        if found is not None:
            yield citation.model_copy(update={"quote": found})


def _holds(quote: CitedQuote, part: CitedQuote) -> bool:
    is_within = quote.start <= part.start and part.end <= quote.end
    # Where pseudonyms stand, one quote's place may reach into the next one's.
    return is_within and quote.interview_id == part.interview_id and part.text in quote.text


def _line(insight: Insight, n: int, language: Language) -> str:
    said = insight.quotes[0].text
    head = f"- {KINDS[language][insight.kind]}, {supported(insight, language)}: "
    # A finding is often a participant's own sentence.
    text = "" if _plain(insight.text) in _plain(said) else f"{insight.text} "
    return f"{head}{text}“{said}” [{n}]"


def _plain(text: str) -> str:
    return " ".join(text.split()).strip(" .!?。…").casefold()
