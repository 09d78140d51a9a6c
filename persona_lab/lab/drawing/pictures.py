"""Static pictures of interviews and findings, for a saved notebook, nbviewer and GitHub.

Plain functions from values to HTML or text. GitHub takes away `<style>`, scripts
and most inline styles, so each picture is good HTML without any of them, and
nothing here sets a colour that a dark page would hide.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any, Final

from persona_lab.lab.drawing import reasons
from persona_lab.models import CitedQuote, Insight, Kind

# A picture is stored in the notebook file, so a large study shows its beginning.
ROWS_SHOWN: Final = 100
TITLE_LENGTH: Final = 80
ERROR_LENGTH: Final = 200

# The shapes say the same as the words, for who skims.
SHAPES: Final = {"processing": "◌", "analyzing": "◐", "completed": "●", "failed": "▲"}
KINDS: Final[tuple[Kind, ...]] = ("pain", "need", "takeaway")

_ENGLISH: Final = {
    "locale": "en",
    "processing": "Processing",
    "analyzing": "Analyzing",
    "completed": "Completed",
    "failed": "Failed",
    "columns": ("Interview", "State", "Language", "Turns", "Participants", "Pains", "Needs", "Takeaways"),
    "persona": "Persona",
    "none": 'No interviews yet. project.upload("interviews/*") adds them.',
    "one": "1 interview",
    "many": "{n} interviews",
    "state": "{n} {state}",
    "section": "Section {n}",
    "more": "and {n} more",
    "read": "read as {encoding}",
    "sure": "{percent} % sure",
    "re-analysing": "analysing again",
    "outdated": "findings from an earlier run",
    "ko": "Korean",
    "en": "English",
    # Of one, and of any other number.
    "amounts": {
        "turns": ("{n} turn", "{n} turns"),
        "participants": ("{n} participant", "{n} participants"),
        "pains": ("{n} pain", "{n} pains"),
        "needs": ("{n} need", "{n} needs"),
        "takeaways": ("{n} takeaway", "{n} takeaways"),
    },
}
_KOREAN: Final = {
    "locale": "ko",
    "processing": "처리 중",
    "analyzing": "분석 중",
    "completed": "완료",
    "failed": "실패",
    "columns": ("인터뷰", "상태", "언어", "발언", "참여자", "불편", "니즈", "핵심"),
    "persona": "페르소나",
    "none": '아직 인터뷰가 없습니다. project.upload("interviews/*") 로 추가하세요.',
    "one": "인터뷰 1건",
    "many": "인터뷰 {n}건",
    "state": "{state} {n}건",
    "section": "구간 {n}",
    "more": "외 {n}건",
    "read": "{encoding}(으)로 읽음",
    "sure": "확신도 {percent}%",
    "re-analysing": "다시 분석 중",
    "outdated": "이전 실행의 결과",
    "ko": "한국어",
    "en": "영어",
    "amounts": {
        "turns": ("발언 {n}개",) * 2,
        "participants": ("참여자 {n}명",) * 2,
        "pains": ("불편 {n}",) * 2,
        "needs": ("니즈 {n}",) * 2,
        "takeaways": ("핵심 {n}",) * 2,
    },
}

_AMOUNTS: Final = ("turns", "participants", "pains", "needs", "takeaways")

_LEFT: Final = "text-align:left"
_RIGHT: Final = "text-align:right;font-variant-numeric:tabular-nums"
_FAINT: Final = "opacity:.7"
_QUOTE: Final = "margin:.4em 0;padding-left:.8em;border-left:2px solid currentColor"


def interviews_html(rows: Sequence[Mapping[str, Any]], *, locale: str = "en") -> str:
    """Return the rows of a board as a table: nothing in it changes when the notebook is run again."""
    words = _words(locale)
    if not rows:
        return f"<p>{escape(str(words['none']))}</p>"
    shown = _in_order(rows)[:ROWS_SHOWN]
    with_persona = any(row.get("persona") for row in shown)
    left, right = words["columns"][:3], words["columns"][3:]
    heads = "".join(f'<th style="{_LEFT}">{name}</th>' for name in (*left, *([words["persona"]] * with_persona)))
    heads += "".join(f'<th style="{_RIGHT}">{name}</th>' for name in right)
    more = [f"<p>{_more(words, len(rows))}</p>"] if len(rows) > ROWS_SHOWN else []
    return "\n".join(
        [
            f"<p><strong>{escape(_summary(rows, words))}</strong></p>",
            f"<table><thead><tr>{heads}</tr></thead><tbody>",
            *(_interview_html(row, words, with_persona=with_persona) for row in shown),
            "</tbody></table>",
            *more,
        ]
    )


def interviews_text(rows: Sequence[Mapping[str, Any]], *, locale: str = "en") -> str:
    """Return the rows of a board as lines of text."""
    words = _words(locale)
    if not rows:
        return str(words["none"])
    lines = [_summary(rows, words)]
    lines += [_interview_text(row, words) for row in _in_order(rows)[:ROWS_SHOWN]]
    if len(rows) > ROWS_SHOWN:
        lines.append(_more(words, len(rows)))
    return "\n".join(lines)


def state_text(row: Mapping[str, Any], *, locale: str = "en") -> str:
    """Return "completed", and what else there is to say of it: "completed, analysing again"."""
    words = _words(locale)
    state = str(words.get(row["status"], row["status"])).lower()
    return ", ".join(part for part in (state, _stage(row, words)) if part)


def reading_text(row: Mapping[str, Any], *, locale: str = "en") -> str:
    """Return how the file was read, "read as CP949, 92 % sure", as far as that is known."""
    return _reading(row, _words(locale))


def section_text(name: str, *, locale: str = "en") -> str:
    """Return what a section is called; one in which nothing told what it is about has a number for a name."""
    return str(_words(locale)["section"]).format(n=name) if name.isdigit() else name


def error_text(row: Mapping[str, Any], *, locale: str = "en") -> str:
    """Return why it failed, or has no newer findings; "" where nothing did."""
    return _error_text(row, _words(locale))


def by_kind(insights: Iterable[Insight]) -> list[tuple[Kind, list[Insight]]]:
    """Return the insights in groups: pains, needs, takeaways, each with the best supported first."""
    ordered = sorted(insights, key=lambda insight: (KINDS.index(insight.kind), -insight.support))
    return [(kind, list(found)) for kind, found in groupby(ordered, key=lambda insight: insight.kind)]


def source(quote: CitedQuote) -> str:
    """Return who said it and where: "Kim, checkout-03"."""
    return f"{quote.speaker}, {quote.interview_title}" if quote.speaker else quote.interview_title


def _words(locale: str) -> Mapping[str, Any]:
    return _KOREAN if locale == "ko" else _ENGLISH


def _in_order(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(rows, key=lambda row: row.get("order", 0))


def _summary(rows: Sequence[Mapping[str, Any]], words: Mapping[str, Any]) -> str:
    counts = Counter(row["status"] for row in rows)
    states = ", ".join(
        words["state"].format(n=counts[state], state=words[state].lower()) for state in SHAPES if counts[state]
    )
    total = words["one"] if len(rows) == 1 else words["many"].format(n=f"{len(rows):,}")
    return f"{total}: {states}"


def _more(words: Mapping[str, Any], total: int) -> str:
    return str(words["more"].format(n=f"{total - ROWS_SHOWN:,}"))


def _state_text(row: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    return f"{SHAPES.get(row['status'], '◌')}\N{NO-BREAK SPACE}{words.get(row['status'], row['status'])}"


def _error_text(row: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    error = row.get("error")
    return _cut(reasons.error_text(error["code"], error["message"], words["locale"]), ERROR_LENGTH) if error else ""


def _stage(row: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    """Return what is still to be said of a completed interview, if anything is."""
    stage = row.get("stage")
    return str(words[stage]) if row["status"] == "completed" and stage in ("re-analysing", "outdated") else ""


def _is_sure(row: Mapping[str, Any]) -> bool:
    certainty = row.get("certainty")
    return certainty is None or certainty >= 1


def _reading(row: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    if not row.get("encoding"):
        return ""
    read = str(words["read"]).format(encoding=row["encoding"].upper().removesuffix("-SIG"))
    if _is_sure(row):
        return read
    # What is not certain is never called so by rounding.
    return f"{read}, {str(words['sure']).format(percent=min(99, round(row['certainty'] * 100)))}"


def _notes(row: Mapping[str, Any], words: Mapping[str, Any]) -> list[str]:
    """Return what a reader should know of a row besides its state: its error, and doubts of how it was read."""
    said = [_stage(row, words), _error_text(row, words), "" if _is_sure(row) else _reading(row, words)]
    return [part for part in (*said, *(_cut(remark, ERROR_LENGTH) for remark in row.get("remarks", ()))) if part]


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _persona(row: Mapping[str, Any]) -> str:
    its = row.get("persona") or {"label": "", "title": ""}
    return _cut(" · ".join(part for part in (its["label"], its["title"]) if part), TITLE_LENGTH)


def _interview_html(row: Mapping[str, Any], words: Mapping[str, Any], *, with_persona: bool) -> str:
    notes = "".join(f"<br><small>{escape(note)}</small>" for note in _notes(row, words))
    title = escape(_cut(row["title"], TITLE_LENGTH)) + notes
    language = words.get(row.get("language") or "", row.get("language")) or ""
    persona = f'<td dir="auto" style="{_LEFT}">{escape(_persona(row))}</td>' if with_persona else ""
    amounts = "".join(f'<td style="{_RIGHT}">{_amount(row.get(name))}</td>' for name in _AMOUNTS)
    return (
        f'<tr><td dir="auto" style="{_LEFT}">{title}</td><td style="{_LEFT}">{escape(_state_text(row, words))}</td>'
        f'<td style="{_LEFT}">{escape(str(language))}</td>{persona}{amounts}</tr>'
    )


def _amount(value: Any) -> str:
    return "" if value is None else f"{int(value):,}"


def _interview_text(row: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    amounts = [
        words["amounts"][name][row[name] != 1].format(n=_amount(row[name]))
        for name in _AMOUNTS
        if row.get(name) is not None
    ]
    return " · ".join(
        part
        for part in (
            _state_text(row, words),
            _cut(row["title"], TITLE_LENGTH),
            _persona(row),
            *amounts,
            *_notes(row, words),
        )
        if part
    )


def support(insight: Insight) -> str:
    """Return "3 of 5 participants"."""
    return f"{insight.support} of {insight.participants} participant{'' if insight.participants == 1 else 's'}"


def quote_html(quote: CitedQuote) -> str:
    """Return a quote with who said it and where."""
    return (
        f'<blockquote dir="auto" style="{_QUOTE}">“{escape(quote.text)}”<br>'
        f'<small style="{_FAINT}">{escape(source(quote))}</small></blockquote>'
    )
