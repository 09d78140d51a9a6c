"""The findings of a report: in brief, and each with its support, its quotes and what people wrote beside it."""

from collections.abc import Sequence
from html import escape
from typing import Final

from persona_lab.lab.drawing import reasons
from persona_lab.lab.drawing.pictures import by_kind
from persona_lab.lab.drawing.report.parts import bar, heading, notes_html, quotes_html
from persona_lab.lab.drawing.report.told import Places, Told
from persona_lab.lab.drawing.report.words import Words
from persona_lab.models import Insight, Note, Stale

# How many of each kind stand in brief, and how many participants make one worth it.
BRIEF: Final = 2
LEAST_SUPPORT: Final = 2
# So many findings of a kind that rest on one participant stand open; more are folded away, and left out on paper.
ALONE: Final = 5


def stale_html(stale: Sequence[Stale], places: Places, words: Words) -> str:
    """Return what is no longer as it would be made now, with the reasons."""
    if not stale:
        return ""
    items = [
        f'<li dir="auto"><strong>{_stale_title(one, places, words)}</strong>'
        f": {escape(reasons.stale_text(one.reasons, words['locale']))}</li>"
        for one in stale
    ]
    return f"<h2>{words['stale']}</h2>\n<p>{words['stale_text']}</p>\n<ul>\n" + "\n".join(items) + "\n</ul>"


def brief_html(insights: Sequence[Insight], places: Places, words: Words) -> str:
    """Return the best supported findings of each kind in a line each; nothing where none is shared."""
    shared = [insight for insight in insights if insight.support >= LEAST_SUPPORT]
    items = [_brief(insight, insights, places, words) for _, found in by_kind(shared) for insight in found[:BRIEF]]
    if not items:
        return ""
    listed = "\n".join(items)
    return f'<section class="brief"><h2>{words["brief"]}</h2>\n<ol>\n{listed}\n</ol></section>'


def findings_html(told: Told, places: Places, words: Words) -> list[str]:
    """Return all findings by kind."""
    if not told.insights:
        return [f"<h2>{words['findings']}</h2>", f"<p>{words['no_findings']}</p>"]
    parts = []
    for kind, found in by_kind(told.insights):
        parts.append(heading(kind, words))
        made = [_finding(insight, told.insights, places, told.notes, words) for insight in found]
        shared = sum(insight.support >= LEAST_SUPPORT for insight in found)
        parts += made[: shared + ALONE]
        if folded := made[shared + ALONE :]:
            label = words["alone"].format(n=f"{len(folded):,}")
            parts.append(f'<details class="alone"><summary>{label}</summary>\n' + "\n".join(folded) + "\n</details>")
    return parts


def _brief(insight: Insight, insights: Sequence[Insight], places: Places, words: Words) -> str:
    support = words["support"].format(n=insight.support, total=insight.participants)
    text = escape(insight.text)
    lang = _lang(insight, places)
    link = f'<a href="#{_place(insight, insights)}"{lang}>{text}</a>'
    return f'<li dir="auto">{link} <small>{words[insight.kind]} · {support}</small></li>'


def _finding(insight: Insight, insights: Sequence[Insight], places: Places, notes: Sequence[Note], words: Words) -> str:
    support = words["support"].format(n=insight.support, total=insight.participants)
    support += "" if insight.is_found else f" · {words['pinned']}"
    return "\n".join(
        [
            f'<section class="finding" id="{_place(insight, insights)}">',
            f'<h3 dir="auto"{_lang(insight, places)}>{escape(insight.text)}</h3>',
            f'<p class="support">{bar(insight.support, insight.participants)}{support}</p>',
            quotes_html(insight.quotes, places, words, said=insight.text),
            *notes_html([note for note in notes if note.insight_id == insight.id], words),
            "</section>",
        ]
    )


def _place(insight: Insight, insights: Sequence[Insight]) -> str:
    return f"finding-{next(n for n, one in enumerate(insights, start=1) if one is insight)}"


def _lang(insight: Insight, places: Places) -> str:
    """Return the language of the text: that of its quotes, where these are all in one."""
    spoken = {places.languages.get(quote.interview_id) for quote in insight.quotes}
    found = spoken.pop() if len(spoken) == 1 else None
    return f' lang="{escape(found)}"' if found else ""


def _stale_title(one: Stale, places: Places, words: Words) -> str:
    if one.what == "insights":
        return str(words["findings"])
    place = places.interview(one.id)
    return f'<a href="#{place}">{escape(one.title)}</a>' if place else escape(one.title)
