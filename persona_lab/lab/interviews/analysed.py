"""What an interview's analysis says besides its findings, as a cell shows it: tables with words of their own.

Static HTML without a style sheet, like `pictures`: it reads the same on a light page, on a dark one and on GitHub.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final

from persona_lab.models import Analysis, Quote, Transcript
from persona_lab.replica import Replica

if TYPE_CHECKING:
    import pandas as pd

Cell = str | int | float | None

_LEFT: Final = "text-align:left;vertical-align:top"


class Part:
    """One part of an analysis: `table` holds its rows; it is drawn as a table, and said in lines of text.

    Attributes:
        title: what it is, for people.
        columns: the names of its columns.
        rows: its rows, in order.
    """

    def __init__(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], none: str) -> None:
        self.title = title
        self.columns = tuple(columns)
        self.rows = [tuple(row) for row in rows]
        self._none = none

    @property
    def table(self) -> "pd.DataFrame":
        """The rows as a DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.rows, columns=list(self.columns))

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __repr__(self) -> str:
        lines = [" · ".join(_text(cell) for cell in row if _text(cell)) for row in self.rows]
        return "\n  ".join([self.title, *(lines or [self._none])])

    def _repr_html_(self) -> str:
        head = f'<p dir="auto"><strong>{escape(self.title)}</strong></p>'
        if not self.rows:
            return f"{head}\n<p>{escape(self._none)}</p>"
        heads = "".join(f'<th style="{_LEFT}">{escape(name.replace("_", " "))}</th>' for name in self.columns)
        rows = "\n".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in self.rows)
        return f"{head}\n<table><thead><tr>{heads}</tr></thead><tbody>\n{rows}\n</tbody></table>"


def profile(result: Analysis) -> Part:
    rows = [(trait.name, trait.value, _words(trait.quotes), trait.quotes[0].turn) for trait in result.profile]
    return Part("Profile", ("trait", "value", "quote", "turn"), rows, "Participants say nothing of themselves.")


def session(result: Analysis) -> Part:
    """Return what the transcript tells of the talk; the header's own entries come last, as they are written there."""
    told = result.session
    if told is None:
        return Part("Session", ("what", "value"), [], "Analysed by an older version, which did not say.")
    rows: list[tuple[str, Cell]] = [
        ("date", told.date),
        ("place", told.place),
        ("duration", duration(told.duration_seconds)),
        ("participants", told.participants),
        ("turns", told.turns),
        ("words", told.words),
        ("language", result.language),
        *(
            (f"share of {talk.role}s" if talk.role != "other" else "share of others", f"{talk.share:.0%}")
            for talk in told.talk
        ),
        *((f"header: {name}", value) for name, value in told.facts.items()),
    ]
    return Part("Session", ("what", "value"), [row for row in rows if row[1] is not None], "")


def sections(result: Analysis, transcript: Transcript | None = None) -> Part:
    """Return the sections; with the transcript, the first words of each."""
    rows = [
        (
            section.name,
            section.first,
            section.last,
            "" if section.is_main else "greetings",
            _beginning(transcript, section.first) if transcript else "",
        )
        for section in result.sections
    ]
    return Part("Sections", ("section", "first_turn", "last_turn", "note", "begins"), rows, "No sections are known.")


def quality(result: Analysis) -> Part:
    found = result.quality
    if found is None:
        return Part("Quality", ("measure", "level", "reason"), [], "Not assessed.")
    rows = [(reason.measure.replace("_", "-"), reason.level, reason.text) for reason in found.reasons]
    return Part(f"Quality: {found.score} of 5", ("measure", "level", "reason"), rows, "")


def how_might_we(result: Analysis) -> Part:
    """Return the questions with the findings they rest on, in words."""
    rows = [
        (question.text, " / ".join(result.insights[number].text for number in question.findings))
        for question in result.how_might_we
    ]
    return Part("How might we …?", ("question", "rests_on"), rows, "No need was said so that it makes a question.")


def leading_questions(result: Analysis) -> Part:
    rows = [(one.quote.text, one.kind, one.why, one.quote.turn) for one in result.leading_questions]
    return Part("Questions that lead", ("question", "kind", "why", "turn"), rows, "No question leads.")


def known(replica: Replica, interview_id: str) -> tuple[int | None, int]:
    """Return an interview's score, None where it has none, and how many sections it has."""
    ((score, count),) = replica.rows(
        """
        SELECT (SELECT max(score) FROM quality WHERE interview_id = $1),
               (SELECT count(*) FROM sections WHERE interview_id = $1)
        """,
        [interview_id],
    )
    return score, count


def details(replica: Replica, interview_id: str) -> dict[str, Any]:
    """Return what a board tells of an interview that somebody looks at closely: file, summary, quality, sections.

    Returns:
        `{filename, size_bytes, date, summary, quality, reasons: [str], sections: [{name, first, last}]}`; None or
        empty is what isn't known, all of it for an interview that is not there.
    """
    file = replica.rows("SELECT filename, size_bytes, interview_date FROM interviews WHERE id = $1", [interview_id])
    summary = replica.rows("SELECT summary FROM analyses WHERE interview_id = $1", [interview_id])
    quality = replica.rows("SELECT score, reason FROM quality WHERE interview_id = $1 ORDER BY rowid", [interview_id])
    found = replica.rows(
        "SELECT name, first, last FROM sections WHERE interview_id = $1 ORDER BY section", [interview_id]
    )
    filename, size_bytes, date = file[0] if file else (None, None, None)
    return {
        "filename": filename,
        "size_bytes": size_bytes,
        "date": date,
        "summary": summary[0][0] if summary else None,
        "quality": quality[0][0] if quality else None,
        "reasons": [reason for _, reason in quality],
        "sections": [dict(zip(("name", "first", "last"), section, strict=True)) for section in found],
    }


def in_brief(score: int | None, sections: int) -> str:
    """Return "quality 4 of 5, 3 sections", as far as there is something to say."""
    counted = f"{sections} section{'' if sections == 1 else 's'}" if sections else ""
    return ", ".join(part for part in (f"quality {score} of 5" if score else "", counted) if part)


def duration(seconds: float | None) -> str | None:
    """Return "1:02:03" or "12:05"."""
    if seconds is None:
        return None
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _words(quotes: Sequence[Quote]) -> str:
    return " … ".join(" ".join(quote.text.split()) for quote in quotes)


def _beginning(transcript: Transcript, turn: int) -> str:
    words = " ".join(transcript.turns[turn].text.split())
    return words if len(words) <= 80 else f"{words[:79].rstrip()}…"


def _text(cell: Cell) -> str:
    return "" if cell is None else f"{cell:g}" if isinstance(cell, float) else str(cell)


def _cell(cell: Cell) -> str:
    return f'<td dir="auto" style="{_LEFT}">{escape(_text(cell))}</td>'
