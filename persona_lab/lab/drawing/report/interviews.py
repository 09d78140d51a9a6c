"""The interviews of a report: what each is, what came of it, and the turns that quotes were cut from."""

from collections.abc import Sequence
from html import escape
from typing import Final

from persona_lab.lab.drawing import reasons
from persona_lab.lab.drawing.amounts import clock
from persona_lab.lab.drawing.pictures import section_text
from persona_lab.lab.drawing.report.parts import heading, lang_of, notes_html
from persona_lab.lab.drawing.report.told import Places, Told
from persona_lab.lab.drawing.report.words import Words, counted
from persona_lab.models import Analysis, CitedQuote, InterviewRecord, Note, Transcript, Turn

# Of the question before a quote its end is enough.
QUESTION_LENGTH: Final = 400


def interviews_html(told: Told, places: Places, words: Words) -> list[str]:
    """Return every interview with its summary and the rest of its analysis folded away."""
    empty = [] if told.interviews else [f"<p>{words['no_interviews']}</p>"]
    return [
        heading("interviews", words),
        *[_interview(record, places, told.notes, words) for record in told.interviews],
        *empty,
    ]


def places_html(told: Told, places: Places, words: Words) -> list[str]:
    """Return the turns that are quoted, each with the question before it and the quoted words marked."""
    cited: dict[tuple[str, int], list[CitedQuote]] = {}
    for quote in told.cited():
        if places.turn(quote):
            cited.setdefault((quote.interview_id, quote.turn), []).append(quote)
    if not cited:
        return []
    parts = [heading("places", words)]
    for record in told.interviews:
        transcript = told.transcripts.get(record.interview.id)
        its = sorted((turn, quotes) for (key, turn), quotes in cited.items() if key == record.interview.id)
        if transcript and its:
            parts.append(f'<h3 dir="auto">{escape(record.interview.title)}</h3>')
            parts += [_said(transcript, quotes, places, words) for _, quotes in its]
    return parts


def _said(transcript: Transcript, quotes: Sequence[CitedQuote], places: Places, words: Words) -> str:
    turns = {turn.index: turn for turn in transcript.turns}
    turn = turns[quotes[0].turn]
    before = turns.get(turn.index - 1)
    asked = ""
    if before is not None and before.role == "interviewer":
        text = before.text if len(before.text) <= QUESTION_LENGTH else f"… {before.text[-QUESTION_LENGTH:]}"
        asked = f'<p class="asked" dir="auto">{escape(text)}</p>'
    about = " · ".join(part for part in (turn.speaker, words["turn"].format(n=turn.index), clock(turn.time)) if part)
    lang = lang_of(transcript.language)
    return (
        f'<section class="said" id="{places.turn(quotes[0])}"{lang}><p class="about">{escape(about)}</p>{asked}'
        f'<p dir="auto">{_marked(turn, quotes)}</p></section>'
    )


def _marked(turn: Turn, quotes: Sequence[CitedQuote]) -> str:
    """Return the turn's text with the quoted words marked, each once, however many quotes share them."""
    inside = set()
    for quote in quotes:
        inside |= set(range(max(quote.start, turn.start), min(quote.end, turn.end)))
    parts, begin = [], 0
    for at in range(1, len(turn.text) + 1):
        is_in = turn.start + begin in inside
        if at == len(turn.text) or (turn.start + at in inside) != is_in:
            piece = "<br>".join(escape(turn.text[begin:at]).splitlines()) or escape(turn.text[begin:at])
            parts.append(f"<mark>{piece}</mark>" if is_in else piece)
            begin = at
    return "".join(parts)


def _interview(record: InterviewRecord, places: Places, notes: Sequence[Note], words: Words) -> str:
    interview = record.interview
    quality = record.result.quality if record.result else None
    facts = [
        words[interview.status] if interview.status != "completed" else "",
        interview.interview_date or "",
        words.get(interview.language or "", interview.language) or "",
        counted(words["people"], interview.participants),
        counted(words["turns"], interview.turns),
        words["quality"].format(score=quality.score) if quality else "",
    ]
    return "\n".join(
        [
            f'<section class="interview" id="{places.interview(interview.id)}">',
            f'<h3 dir="auto">{escape(interview.title)}</h3>',
            f'<p class="about">{escape(" · ".join(fact for fact in facts if fact))}</p>',
            _summary(record, words),
            *(_details(record.result, words) if record.result else []),
            *notes_html([note for note in notes if note.interview_id == interview.id], words),
            "</section>",
        ]
    )


def _summary(record: InterviewRecord, words: Words) -> str:
    if record.result:
        return f'<p dir="auto"{lang_of(record.result.language)}>{escape(record.result.summary)}</p>'
    if error := record.interview.error:
        return f'<p dir="auto">{escape(reasons.error_text(error.code, error.message, words["locale"]))}</p>'
    return f"<p>{words['no_summary']}</p>"


def _details(result: Analysis, words: Words) -> list[str]:
    """Return what else the analysis says, each part folded away: nothing where it says nothing."""
    sections = [
        (
            section_text(section.name, locale=words["locale"]),
            words["turns_of"].format(first=section.first, last=section.last),
        )
        for section in result.sections
    ]
    parts: list[tuple[str, list[tuple[str, str]]]] = [
        (words["profile"], [(trait.value, words["traits"][trait.name]) for trait in result.profile]),
        (words["sections"], sections),
        (words["questions"], [(question.text, "") for question in result.how_might_we]),
        (words["leading"], [(question.quote.text, question.why) for question in result.leading_questions]),
    ]
    reasons = [(reason.text, "") for reason in result.quality.reasons] if result.quality else []
    if result.quality:
        parts.insert(0, (words["quality"].format(score=result.quality.score), reasons))
    return [_folded(title, items, result.language) for title, items in parts if items]


def _folded(title: str, items: Sequence[tuple[str, str]], language: str) -> str:
    listed = "\n".join(
        f'<li dir="auto"{lang_of(language)}>{escape(text)}{f" <small>{escape(note)}</small>" if note else ""}</li>'
        for text, note in items
    )
    return f"<details><summary>{title}</summary>\n<ul>\n{listed}\n</ul>\n</details>"
