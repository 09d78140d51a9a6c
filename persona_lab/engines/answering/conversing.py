"""What a conversation holds, question by question: each thing that was answered, and the quotes it rests on."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from persona_lab.engines.gate.citing import BULLET, statements
from persona_lab.engines.language import language_of
from persona_lab.engines.rules import Language
from persona_lab.models import ChatMessage, Citation, CitedQuote

# Who is asked stands before the question: "@P1 @P2 what stops you?".
MENTIONS = re.compile(r"^(?:@\S+[\s,]+)+")
# What stands before the last of these belongs to what was said before: a lead, or a sentence that cites nothing.
BREAK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*•–]|\d{1,2}[.)])\s)")
QUOTED = re.compile(r"[“\"](.*)[”\"]", re.DOTALL)


class Said(NamedTuple):
    """One thing an answer says.

    Attributes:
        text: as the answer has it, without marks and quotation marks.
        quotes: what it cites; the first is the one to show. Never empty.
        others: what others said to the same effect.
    """

    text: str
    question: str
    quotes: tuple[CitedQuote, ...]
    others: tuple[CitedQuote, ...] = ()

    @property
    def shown(self) -> str:
        """The text, between quotation marks where it is the quote's own."""
        return f"“{self.text}”" if self.text == " ".join(self.quotes[0].text.split()) else self.text

    @property
    def people(self) -> int:
        """How many participants say so."""
        return len({(quote.interview_id, quote.speaker) for quote in (*self.quotes, *self.others)})


class Talk(NamedTuple):
    """A conversation: its questions in order, what was answered, and the questions nobody's words answer."""

    questions: tuple[str, ...]
    said: tuple[Said, ...]
    unanswered: tuple[str, ...]

    @property
    def language(self) -> Language:
        """The language that is spoken in it: that of the questions."""
        return language_of(" ".join(self.questions), "")

    @property
    def citations(self) -> list[CitedQuote]:
        """All quotes, each once."""
        found = {place(quote): quote for one in self.said for quote in (*one.quotes, *one.others)}
        return list(found.values())


def talk_of(messages: Sequence[ChatMessage]) -> Talk:
    """Return what was asked and answered; words that are cited again say nothing new."""
    questions: dict[str, bool] = {}
    found: dict[tuple[str, int, int], Said] = {}
    asked = ""
    for message in messages:
        if message.role == "user":
            asked = question_of(message.content)
            if asked:
                questions.setdefault(asked, False)
            continue
        for one in said_in(message.content, message.citations, asked):
            if asked:
                questions[asked] = True
            found.setdefault(place(one.quotes[0]), one)
    unanswered = tuple(question for question, is_answered in questions.items() if not is_answered)
    return Talk(tuple(questions), tuple(found.values()), unanswered)


def said_in(answer: str, citations: Sequence[Citation], question: str = "") -> Iterator[Said]:
    """Yield each thing that an answer says with what it cites; what cites nothing says nothing here."""
    cited = {citation.n: citation for citation in citations}
    for stated in statements(answer):
        its = [cited[n] for n, _ in stated.places if n in cited]
        if its:
            yield Said(_bare(stated.claim), question, *_evidence(its))


def question_of(content: str) -> str:
    """Return the question on one line, without those it is put to."""
    return " ".join(MENTIONS.sub("", content.strip()).split())


def place(quote: CitedQuote) -> tuple[str, int, int]:
    """Return where the quote stands, which tells it from all others."""
    return quote.interview_id, quote.start, quote.end


def shortened(text: str, letters: int) -> str:
    """Return at most so many letters, cut between words, with "…" where something is left out."""
    if len(text) <= letters:
        return text
    cut = text[: letters - 1]
    return f"{cut.rpartition(' ')[0] or cut} …"


def _evidence(citations: Sequence[Citation]) -> tuple[tuple[CitedQuote, ...], tuple[CitedQuote, ...]]:
    quotes = tuple(dict.fromkeys(citation.quote for citation in citations))
    return quotes, tuple(other for citation in citations for other in citation.others)


def _bare(claim: str) -> str:
    text = BULLET.sub("", BREAK.split(claim)[-1]).strip()
    quoted = QUOTED.fullmatch(text)
    return " ".join((quoted[1] if quoted else text).split())
