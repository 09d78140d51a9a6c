"""The page of a report, put together from its parts.

It holds no script and loads nothing: it reads the same in ten years and tells nobody that it was opened. The same
project gives the same page, byte for byte, so its only date is the project's own.
"""

from collections import Counter
from collections.abc import Sequence
from html import escape

from persona_lab.lab.drawing.pictures import SHAPES, by_kind
from persona_lab.lab.drawing.report.findings import brief_html, findings_html, stale_html
from persona_lab.lab.drawing.report.interviews import interviews_html, places_html
from persona_lab.lab.drawing.report.measures import agreement_html, saturation_html
from persona_lab.lab.drawing.report.methods import methods_html
from persona_lab.lab.drawing.report.parts import day
from persona_lab.lab.drawing.report.people import personas_html
from persona_lab.lab.drawing.report.style import POLICY, STYLE
from persona_lab.lab.drawing.report.told import Places, Told
from persona_lab.lab.drawing.report.words import Words, words_of
from persona_lab.models import InterviewRecord, Project


def report_html(told: Told, *, locale: str = "en") -> str:
    """Return the study as one HTML page. `locale` ("en" or "ko") is the language of its headings."""
    words = words_of(locale)
    places = Places(told)
    findings = findings_html(told, places, words)
    personas = personas_html(told, places, words, locale)
    saturation, agreement = saturation_html(told, words), agreement_html(told, words)
    appendix = places_html(told, places, words)
    shown = [
        *((kind, len(found)) for kind, found in by_kind(told.insights)),
        *([("personas", len(told.personas))] if personas else []),
        *([("saturation", 0)] if saturation else []),
        *([("agreement", 0)] if agreement else []),
        *([("interviews", len(told.interviews))] if told.interviews else []),
        ("methods", 0),
        *([("places", 0)] if appendix else []),
    ]
    parts = [
        "<header>",
        f'<p class="kicker">{words["kicker"]}</p>',
        f'<h1 dir="auto">{escape(told.project.name)}</h1>',
        _about_project(told.project, words),
        _counts(told, words),
        stale_html(told.stale, places, words),
        brief_html(told.insights, places, words),
        _contents(shown, words) if told.interviews else "",
        "</header>",
        "<main>",
        *findings,
        *personas,
        *saturation,
        *agreement,
        *interviews_html(told, places, words),
        methods_html(told, places, words),
        *appendix,
        "</main>",
        f"<footer>{words['as_of'].format(date=day(told.project.updated_at), seq=told.project.seq)}</footer>",
    ]
    return _page(escape(told.project.name), "\n".join(part for part in parts if part), "ko" if locale == "ko" else "en")


def _page(title: str, body: str, language: str) -> str:
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{language}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{title}</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            body,
            "</body>",
            "</html>",
            "",
        ]
    )


def _contents(shown: Sequence[tuple[str, int]], words: Words) -> str:
    items = "\n".join(
        f'<li><a href="#{key}">{escape(words[key])}</a>{f"<span>{n:,}</span>" if n else ""}</li>' for key, n in shown
    )
    return f'<nav aria-labelledby="contents"><h2 id="contents">{words["contents"]}</h2>\n<ol>\n{items}\n</ol></nav>'


def _about_project(project: Project, words: Words) -> str:
    facts = [("purpose", project.purpose), ("audience", project.audience), ("method", project.method)]
    items = [f'<dt>{words[name]}</dt><dd dir="auto">{escape(value)}</dd>' for name, value in facts if value]
    return f"<dl>{''.join(items)}</dl>" if items else ""


def _counts(told: Told, words: Words) -> str:
    states: Counter[str] = Counter(record.interview.status for record in told.interviews)
    waiting = ", ".join(f"{states[s]} {words[s].lower()}" for s in SHAPES if s != "completed" and states[s])
    counts = [
        (f"{len(told.interviews):,}", words["interviews"] + (f" ({waiting})" if waiting else "")),
        (f"{told.participants:,}", words["participants"]),
        (f"{len(told.insights):,}", words["findings"]),
        (_languages(told.interviews, words), words["languages"]),
    ]
    items = "".join(f"<li><b>{number}</b><span>{escape(name)}</span></li>" for number, name in counts if number)
    return f'<ul class="counts plain">{items}</ul>'


def _languages(interviews: Sequence[InterviewRecord], words: Words) -> str:
    spoken = Counter(record.interview.language for record in interviews if record.interview.language)
    return escape(", ".join(words.get(code, code) for code, _ in spoken.most_common()))
