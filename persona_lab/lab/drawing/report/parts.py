"""What all parts of a report's page are made of: quotes, notes, languages, days."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Final

from persona_lab.lab.drawing.report.told import Places
from persona_lab.lab.drawing.report.words import Words
from persona_lab.lab.insights.notes import threads
from persona_lab.models import CitedQuote, Note

# Up to here each participant is a square of its own; beyond, the bar is one piece.
SQUARES: Final = 24


def heading(key: str, words: Words) -> str:
    """Return the heading of a part, with the name that the contents lead to."""
    return f'<h2 id="{key}">{escape(words[key])}</h2>'


def quotes_html(quotes: Sequence[CitedQuote], places: Places, words: Words, *, said: str = "") -> str:
    """Return the first quote, and the others folded away beneath it.

    Args:
        said: what stands above them; a quote that says the same is only named with its source.
    """
    figures = [quote_html(quote, places, words, is_said=quote.text == said) for quote in quotes]
    if len(figures) < 3:
        return "\n".join(figures)
    label = words["more_quotes"].format(n=len(figures) - 1)
    folded = "\n".join(figures[1:])
    return f"{figures[0]}\n<details><summary>{label}</summary>\n{folded}\n</details>"


def quote_html(quote: CitedQuote, places: Places, words: Words, *, is_said: bool = False) -> str:
    """Return the words, who said them in which interview, and the way to where they stand."""
    title = escape(quote.interview_title)
    place = places.interview(quote.interview_id)
    source = f'<a href="#{place}">{title}</a>' if place else title
    if turn := places.turn(quote):
        source += f', <a href="#{turn}">{words["turn"].format(n=quote.turn)}</a>'
    speaker = f"{escape(quote.speaker)}, " if quote.speaker else ""
    lang = lang_of(places.languages.get(quote.interview_id))
    if is_said:
        return f'<p class="source" dir="auto">{words["in_these_words"]} {speaker}{source}</p>'
    return (
        f'<figure><blockquote dir="auto"{lang}>“{escape(quote.text)}”</blockquote>'
        f'<figcaption dir="auto">{speaker}{source}</figcaption></figure>'
    )


def notes_html(notes: Sequence[Note], words: Words) -> list[str]:
    """Return what people wrote there, replies beneath what they answer; nothing where nobody did."""
    items = []
    for note, depth, _ in threads(notes):
        at = words["turn"].format(n=note.turn) + " · " if note.turn is not None else ""
        by = f"{at}{note.created_by} · {day(note.created_at)}"
        said = "<br>".join(escape(note.text).splitlines())
        items.append(f'<li dir="auto">{"↳ " * depth}{said} <small>{escape(by)}</small></li>')
    listed = "\n".join(items)
    return [f"<details open><summary>{words['notes']}</summary>\n<ul>\n{listed}\n</ul>\n</details>"] if items else []


def bar(support: int, participants: int) -> str:
    """Return "n of N" as squares, one for each participant, or as one bar where they would be too many."""
    if participants < 1:
        return ""
    if participants > SQUARES:
        width = round(240 * min(support, participants) / participants)
        drawn = f'<rect width="240" height="10" rx="2"/><rect class="on" width="{width}" height="10" rx="2"/>'
        return f'<svg viewBox="0 0 240 10" aria-hidden="true">{drawn}</svg>'
    squares = "".join(
        f'<rect class="{"on" if n < support else "off"}" x="{n * 13}" width="10" height="10" rx="2"/>'
        for n in range(participants)
    )
    return f'<svg viewBox="0 0 {participants * 13 - 3} 10" aria-hidden="true">{squares}</svg>'


def lang_of(code: str | None) -> str:
    return f' lang="{escape(code)}"' if code else ""


def day(at: datetime) -> str:
    return at.date().isoformat()
