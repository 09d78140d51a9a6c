"""A study's findings as Markdown, for wikis, issues and papers: the same as on the page, without its pictures."""

import re
from collections.abc import Iterable, Sequence
from html import escape

from persona_lab.lab.drawing import reasons
from persona_lab.lab.drawing.pictures import by_kind
from persona_lab.lab.drawing.report.measures import saturation_line
from persona_lab.lab.drawing.report.methods import rejected
from persona_lab.lab.drawing.report.parts import day
from persona_lab.lab.drawing.report.told import Told
from persona_lab.lab.drawing.report.words import Words, counted, words_of
from persona_lab.lab.insights.notes import threads
from persona_lab.lab.people import cards
from persona_lab.models import CitedQuote, Insight, InterviewRecord, Note

# What Markdown would take for its own; `<` and `&` are HTML's.
SIGNS = re.compile(r"([\\`*_\[\]{}|~#])")
# These mean something only where a line begins.
BEGINNING = re.compile(r"^([-+>=]|\d+[.)])")


def report_text(told: Told, *, locale: str = "en") -> str:
    """Return the study as Markdown. `locale` ("en" or "ko") is the language of its headings."""
    words = words_of(locale)
    project = told.project
    facts = [("purpose", project.purpose), ("audience", project.audience), ("method", project.method)]
    about = [f"- **{words[name]}**: {plain(value)}" for name, value in facts if value]
    parts = [
        f"# {plain(project.name)}",
        "\n".join(
            [
                *about,
                f"- **{words['interviews']}**: {len(told.interviews):,}",
                f"- **{words['participants']}**: {told.participants:,}",
            ]
        ),
        *_stale(told, words),
        *_findings(told, words),
        *_personas(told, words, locale),
        *_saturation(told, words),
        *_interviews(told, words),
        *_methods(told, words),
        "---",
        words["as_of"].format(date=day(project.updated_at), seq=project.seq),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def plain(text: str) -> str:
    """Return text as one line that Markdown shows as it stands."""
    line = SIGNS.sub(r"\\\1", escape(" ".join(text.split()), quote=False))
    return BEGINNING.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", line)


def _stale(told: Told, words: Words) -> list[str]:
    if not told.stale:
        return []
    items = "\n".join(
        f"- **{plain(one.title)}**: {plain(reasons.stale_text(one.reasons, words['locale']))}" for one in told.stale
    )
    return [f"## {words['stale']}", words["stale_text"], items]


def _findings(told: Told, words: Words) -> list[str]:
    if not told.insights:
        return [f"## {words['findings']}", words["no_findings"]]
    parts = []
    for kind, found in by_kind(told.insights):
        parts.append(f"## {words[kind]}")
        for insight in found:
            parts += _finding(insight, told.notes, words)
    return parts


def _finding(insight: Insight, notes: Sequence[Note], words: Words) -> list[str]:
    support = words["support"].format(n=insight.support, total=insight.participants)
    support += "" if insight.is_found else f" · {words['pinned']}"
    return [
        f"### {plain(insight.text)}",
        support,
        *_quotes(insight.quotes, words, said=insight.text),
        *_notes([note for note in notes if note.insight_id == insight.id], words),
    ]


def _quotes(quotes: Iterable[CitedQuote], words: Words, *, said: str) -> list[str]:
    """Return quotes with their sources; of one that says what stands above it the source alone."""
    return [
        f"{words['in_these_words']} {_source(quote, words)}"
        if quote.text == said
        else f"> “{plain(quote.text)}”\n>\n> — {_source(quote, words)}"
        for quote in quotes
    ]


def _source(quote: CitedQuote, words: Words) -> str:
    turn = words["turn"].format(n=quote.turn)
    return ", ".join(part for part in (plain(quote.speaker or ""), plain(quote.interview_title), turn) if part)


def _notes(notes: Sequence[Note], words: Words) -> list[str]:
    lines = []
    for note, depth, _ in threads(notes):
        at = words["turn"].format(n=note.turn) + ", " if note.turn is not None else ""
        by = f"{at}{note.created_by}, {day(note.created_at)}"
        lines.append(f"{'  ' * depth}- {plain(note.text)} ({plain(by)})")
    return [f"**{words['notes']}**\n\n" + "\n".join(lines)] if lines else []


def _personas(told: Told, words: Words, locale: str) -> list[str]:
    parts = [f"## {words['personas']}"] if told.personas else []
    for card in told.personas:
        persona, portrait = card.persona, card.persona.portrait
        named = " · ".join(part for part in (persona.label, cards.title_of(persona)) if part)
        parts += [f"### {plain(named)}", plain(cards.people(persona, cards.words_of(locale)))]
        parts += [plain(text) for text in (persona.description, portrait.summary if portrait else "") if text]
        lines = []
        for trait in portrait.traits if portrait else ():
            support = words["support"].format(n=trait.support, total=trait.participants)
            lines.append(f"- {words[trait.kind]}: {plain(trait.text)} ({support})")
        parts.append("\n".join(lines))
    return parts


def _saturation(told: Told, words: Words) -> list[str]:
    measured = told.saturation
    if measured is None or measured.table.empty:
        return []
    return [f"## {words['saturation']}", plain(saturation_line(measured, words))]


def _interviews(told: Told, words: Words) -> list[str]:
    parts = [f"## {words['interviews']}"]
    for record in told.interviews:
        parts += [f"### {plain(record.interview.title)}", _summary(record, words)]
        parts += _notes([note for note in told.notes if note.interview_id == record.interview.id], words)
    return parts if told.interviews else [*parts, words["no_interviews"]]


def _summary(record: InterviewRecord, words: Words) -> str:
    if record.result:
        return plain(record.result.summary)
    if error := record.interview.error:
        return plain(reasons.error_text(error.code, error.message, words["locale"]))
    return str(words["no_summary"])


def _methods(told: Told, words: Words) -> list[str]:
    parts = [f"## {words['methods']}", words["methods_text"]]
    rows = [
        f"| {plain(record.interview.title)} | {plain(made_by.engine)} | {plain(made_by.model)} "
        f"| `{made_by.prompt_hash[:12]}` | `{made_by.transcript_sha256}` |"
        for record in told.interviews
        if record.result and (made_by := record.result.provenance)
    ]
    if rows:
        heads = " | ".join(words["columns"])
        parts.append("\n".join([f"| {heads} |", "| --- | --- | --- | --- | --- |", *rows]))
    parts += [f"### {words['quotes']}", words["quotes_text"], rejected(told, words)]
    if told.participants:
        people = counted(words["people"], told.participants)
        parts += [f"### {words['limits']}", words["limits_text"].format(people=people)]
    return parts
