"""Static pictures of answers and of whole conversations; see `pictures` for what they keep to.

A chip says how many participants a quote stands for; what each of them said is folded
away behind it, in HTML that opens without a script.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape
from typing import Final, Literal, NamedTuple

from persona_lab.lab.drawing.pictures import quote_html, source
from persona_lab.models import SUMMARY_AUTHOR, ChatMessage, Citation, Conversation

AnswerState = Literal["streaming", "complete", "incomplete"]

_MARK: Final = re.compile(r"\[(\d{1,3})\]")
_BLANK_LINES: Final = re.compile(r"\n\s*\n")
_FAINT: Final = "opacity:.7"
_HANGUL: Final = re.compile(r"[가-힣]")


class Told(NamedTuple):
    """What one of those who answer says; `label` is "" where nobody need be named."""

    label: str
    text: str
    citations: Sequence[Citation]


def answer_html(
    question: str,
    told: Sequence[Told],
    state: AnswerState,
    note: str | None,
    *,
    questions: Sequence[str] = (),
    key: str = "answer",
) -> str:
    """Return an answer, or several, with numbered quotes. `key` keeps the anchors of different answers apart."""
    parts = [f'<p dir="auto"><strong>{escape(question)}</strong></p>']
    for number, one in enumerate(told):
        own = escape(key if len(told) == 1 else f"{key}-{number + 1}")
        parts += _told_html(one, own, is_growing=state == "streaming" and number == len(told) - 1)
    if said := _note(state, note):
        parts.append(f"<p><em>{escape(said)}</em></p>")
    if questions:
        items = "".join(f'<li dir="auto">{escape(one)}</li>' for one in questions)
        parts.append(f'<p style="{_FAINT}">{_next(questions)}</p><ul>{items}</ul>')
    return "\n".join(parts)


def answer_text(
    question: str, told: Sequence[Told], state: AnswerState, note: str | None, *, questions: Sequence[str] = ()
) -> str:
    """Return the same as plain text."""
    said = _note(state, note)
    parts = [question]
    for one in told:
        parts += [f"{one.label}:" if one.label else "", one.text.strip()]
        if len(told) > 1:
            parts.append(_quotes_text(one.citations))
    parts.append(f"({said})" if said else "")
    if len(told) == 1:
        parts.append(_quotes_text(told[0].citations))
    parts.append("\n".join([_next(questions), *(f"- {one}" for one in questions)]) if questions else "")
    return "\n\n".join(part for part in parts if part)


def conversation_html(conversation: Conversation, messages: Sequence[ChatMessage]) -> str:
    """Return a whole conversation: questions with who asked, answers with who answers and what they cite."""
    parts = [f'<h3 dir="auto">{escape(conversation.title)}</h3>']
    # Tells it from others on the page, and is the same when a notebook is run again.
    key = f"talk-{sha256(conversation.title.encode()).hexdigest()[:8]}"
    for message in messages:
        if message.role == "user":
            asked = escape(message.content).replace("\n", "<br>")
            parts.append(
                f'<p dir="auto"><strong>{asked}</strong> <small style="{_FAINT}">{escape(message.author)}</small></p>'
            )
            continue
        parts += _told_html(_told_of(message), f"{key}-{message.number}", is_growing=False)
        if said := _ended(message):
            parts.append(f"<p><em>{escape(said)}</em></p>")
    return "\n".join(parts)


def conversation_text(conversation: Conversation, messages: Sequence[ChatMessage]) -> str:
    """Return the same as Markdown, which is plain enough to be read as it is."""
    parts = [f"# {conversation.title}"]
    for message in messages:
        if message.role == "user":
            parts.append(f"## {' '.join(message.content.split())}\n\n*{message.author}*")
            continue
        told = _told_of(message)
        parts.append(f"**{told.label}**" if told.label else "")
        parts.append(told.text.strip())
        parts.append("\n".join(f"- {line}" for line in _quotes_text(told.citations).splitlines()))
        parts.append(f"*{said}*" if (said := _ended(message)) else "")
    return "\n\n".join(part for part in parts if part) + "\n"


def participants(citation: Citation) -> int:
    """Return how many people a citation stands for."""
    return len({(quote.interview_id, quote.speaker) for quote in (citation.quote, *citation.others)})


def _told_of(message: ChatMessage) -> Told:
    return Told(
        message.author if message.persona_id or message.author == SUMMARY_AUTHOR else "",
        message.content,
        message.citations,
    )


def _ended(message: ChatMessage) -> str | None:
    return _note("complete" if message.state == "complete" else "incomplete", message.note or None)


def _told_html(told: Told, key: str, *, is_growing: bool) -> list[str]:
    cited = {citation.n: citation for citation in told.citations}
    parts = [f'<h4 dir="auto">{escape(told.label)}</h4>'] if told.label else []
    parts += _paragraphs(told.text, cited, key, is_growing=is_growing)
    if cited:
        items = "\n".join(
            _citation_html(cited[n], key, is_in_text=cited[n].quote.text in told.text) for n in sorted(cited)
        )
        parts.append(f'<ol style="padding-left:2em">\n{items}\n</ol>')
    return parts


def _paragraphs(text: str, cited: Mapping[int, Citation], key: str, *, is_growing: bool) -> list[str]:
    marks: Counter[int] = Counter()

    def chip(found: re.Match[str]) -> str:
        n = int(found[1])
        if n not in cited:
            return found[0]
        marks[n] += 1
        # The first mark of a quote is where its "back" link leads.
        anchor = f' id="{key}-mark-{n}"' if marks[n] == 1 else ""
        people = participants(cited[n])
        many = f" ×{people}" if people > 1 else ""
        title = f' title="{people} participants"' if people > 1 else ""
        return f'<sup><a href="#{key}-quote-{n}"{anchor}{title}>[{n}{many}]</a></sup>'

    body = _MARK.sub(chip, escape(text.strip()))
    if is_growing:
        body += '<span aria-hidden="true">▍</span>'
    return [_paragraph(part) for part in _BLANK_LINES.split(body)] if body else []


def _paragraph(part: str) -> str:
    lines = part.split("\n")
    if all(line.startswith("- ") for line in lines):
        items = "".join(f'<li dir="auto">{line.removeprefix("- ")}</li>' for line in lines)
        return f"<ul>{items}</ul>"
    return f'<p dir="auto">{"<br>".join(lines)}</p>'


def _next(questions: Sequence[str]) -> str:
    """Return what stands before the questions, in their language, which is the answer's."""
    return "이어서 물어볼 만한 것:" if any(map(_HANGUL.search, questions)) else "You might ask next:"


def _note(state: AnswerState, note: str | None) -> str | None:
    if state == "complete":
        return note
    if state == "streaming":
        return note or "Answering …"
    return f"The answer ended early. {note}" if note else "The answer ended early."


def _citation_html(citation: Citation, key: str, *, is_in_text: bool) -> str:
    n, quote = citation.n, citation.quote
    back = f'<a href="#{key}-mark-{n}" aria-label="Back to the answer">↩</a>'
    # Words that stand in the answer itself are not said twice.
    words = "" if is_in_text else f"“{escape(quote.text)}”<br>"
    others = "".join(map(quote_html, citation.others))
    people = participants(citation)
    label = f"{people} participants" if people > 1 else f"{len(citation.others) + 1} places"
    folded = f"<details><summary>{label}</summary>{quote_html(quote)}{others}</details>" if others else ""
    return (
        f'<li id="{key}-quote-{n}" value="{n}" dir="auto" style="margin:.4em 0">{words}'
        f'<small style="{_FAINT}">{escape(source(quote))} {back}</small>{folded}</li>'
    )


def _quotes_text(citations: Sequence[Citation]) -> str:
    return "\n".join(
        f"[{citation.n}] “{citation.quote.text}” ({source(citation.quote)}{_and_others(citation)})"
        for citation in sorted(citations, key=lambda one: one.n)
    )


def _and_others(citation: Citation) -> str:
    people = participants(citation)
    return f"; {people} participants" if people > 1 else ""
