"""Static pictures of a board of insights, for a saved notebook; see `pictures` for what may stand in one.

Bars are drawn with letters of the page's own font: they are there without style sheets, on light and dark.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any, Final, NamedTuple

from persona_lab.lab.drawing.amounts import counted
from persona_lab.lab.insights.topics import topics
from persona_lab.lab.insights.view import View
from persona_lab.lab.insights.wording import Words, support, words_of
from persona_lab.replica import Replica

ROWS_SHOWN: Final = 100
TOPICS_SHOWN: Final = 12
QUOTES_SHOWN: Final = 20
# The shapes say the same as the words, for who skims.
SHAPES: Final = {"pain": "▼", "need": "◆", "takeaway": "■"}
FILLS: Final = {"pain": "█", "need": "▓", "takeaway": "░"}
SQUARES: Final = 10
BAR: Final = 24

_FAINT: Final = "opacity:.7"
_LEFT: Final = "text-align:left"
_QUOTE: Final = "margin:.4em 0;padding-left:.8em;border-left:2px solid currentColor"


class Drawn(NamedTuple):
    """What is drawn.

    Attributes:
        rows: the first insights of the view, in its order, with the columns of `all_insights`.
        shown: how many the view has.
        total: how many there are that were not rejected.
        topics: name, in how many interviews or the title of the only one, and how many insights of each kind were
            voiced there, of the view's.
    """

    rows: Sequence[Mapping[str, Any]]
    shown: int
    total: int
    topics: Sequence[tuple[str, int | str, Counter[str]]]


COLUMNS: Final = (
    *("id", "kind", "text", "support", "participants", "quotes", "contradictions"),
    *("is_pinned", "is_rejected", "is_found"),
)


def drawn(replica: Replica, view: View) -> Drawn:
    """Read what is drawn of a view."""
    kinds: dict[str, str] = dict(replica.rows(f"SELECT id, kind FROM ({view.sql})"))  # noqa: S608 - literals are quoted
    columns = ", ".join(COLUMNS)
    rows = replica.rows(f"SELECT {columns} FROM ({view.sql}) LIMIT {ROWS_SHOWN}")  # noqa: S608 - literals are quoted
    (total,) = replica.rows("SELECT count(*) FROM insights")[0]
    found = [
        (topic.name, topic.interview or topic.interviews, counts)
        for topic in topics(replica)[0]
        if (counts := Counter(kinds[key] for key in topic.insights if key in kinds))
    ]
    return Drawn([dict(zip(COLUMNS, row, strict=True)) for row in rows], len(kinds), total, found[:TOPICS_SHOWN])


def insights_html(drawn: Drawn, *, locale: str = "en") -> str:
    """Return the insights in their groups, each with its support and its quotes folded away, and the topics above."""
    words = words_of(locale)
    if not drawn.rows:
        return f"<p>{escape(words['no_match' if drawn.total else 'none'])}</p>"
    parts = [f"<p><strong>{escape(_summary(drawn, words))}</strong></p>", *_topics_html(drawn, words)]
    for title, rows in _groups(drawn, words):
        parts += [f"<h4>{escape(title)}</h4>", "<ul>", *(_row_html(row, words) for row in rows), "</ul>"]
    if drawn.shown > len(drawn.rows):
        parts.append(f"<p>{escape(counted(words['more'], drawn.shown - len(drawn.rows)))}</p>")
    return "\n".join(parts)


def insights_text(drawn: Drawn, *, locale: str = "en") -> str:
    """Return the insights as lines of text."""
    words = words_of(locale)
    if not drawn.rows:
        return str(words["no_match" if drawn.total else "none"])
    lines = [_summary(drawn, words)]
    lines += [f"{SHAPES[row['kind']]} {row['text']} ({_about(row, words)})" for row in drawn.rows]
    if drawn.shown > len(drawn.rows):
        lines.append(counted(words["more"], drawn.shown - len(drawn.rows)))
    return "\n".join(lines)


def _summary(drawn: Drawn, words: Words) -> str:
    whole = counted(words["insight"], drawn.total)
    if drawn.rows[0]["is_rejected"]:
        return f"{counted(words['insight'], drawn.shown)}: {words['rejected']}"
    return whole if drawn.shown == drawn.total else str(words["of"].format(n=f"{drawn.shown:,}", total=whole))


def _groups(drawn: Drawn, words: Words) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """Yield the rows under what they have in common with their neighbours: pinned, or their kind."""

    def group(row: Mapping[str, Any]) -> str:
        kind = f"{SHAPES[row['kind']]} {words['kinds'][row['kind']]}"
        return f"{kind}, {words['pinned']}" if row["is_pinned"] else kind

    for title, rows in groupby(drawn.rows, key=group):
        yield title, list(rows)


def _topics_html(drawn: Drawn, words: Words) -> Iterator[str]:
    if not drawn.topics:
        return
    most = max(counts.total() for _, _, counts in drawn.topics)
    rows = []
    for name, interviews, counts in drawn.topics:
        bar = "".join(FILLS[kind] * _width(counts[kind], most) for kind in SHAPES)
        told = ", ".join(counted(words["kind"][kind], counts[kind]) for kind in SHAPES if counts[kind])
        where = interviews if isinstance(interviews, str) else counted(words["interviews"], interviews)
        rows.append(
            f'<tr><td dir="auto" style="{_LEFT}">{escape(name)} '
            f'<small style="{_FAINT}">{escape(where)}</small></td>'
            f'<td style="{_LEFT}"><span aria-hidden="true">{bar}</span></td>'
            f'<td style="{_LEFT}">{escape(told)}</td></tr>'
        )
    legend = " ".join(f"{FILLS[kind]} {words['kinds'][kind]}" for kind in SHAPES)
    yield f"<details open><summary>{escape(words['topics'])} <small>{escape(legend)}</small></summary>"
    yield "\n".join(["<table><tbody>", *rows, "</tbody></table></details>"])


def _width(n: int, most: int) -> int:
    return max(1, round(n / max(most, BAR) * BAR)) if n else 0


def _about(row: Mapping[str, Any], words: Words) -> str:
    """Return "1 of 5 participants · rests on one person"."""
    holds = {
        "pinned": row["is_pinned"],
        "rejected": row["is_rejected"],
        "alone": row["support"] == 1,
        "found_no_more": not row["is_found"],
    }
    marks = [str(words[name]) for name, does in holds.items() if does]
    return " · ".join([support(row["support"], row["participants"], words), *marks])


def _row_html(row: Mapping[str, Any], words: Words) -> str:
    filled = max(1, round(row["support"] / max(row["participants"], row["support"], 1) * SQUARES))
    bar = f'<span aria-hidden="true">{"▰" * filled}{"▱" * (SQUARES - filled)}</span>'
    about = escape(_about(row, words))
    quotes = _folded(words["quote"], row["quotes"], words) + _folded(words["against"], row["contradictions"], words)
    return (
        f'<li><span dir="auto">{escape(row["text"])}</span><br>'
        f'<small style="{_FAINT}">{bar} {about}</small>{quotes}</li>'
    )


def _folded(forms: tuple[str, str], quotes: Sequence[Mapping[str, Any]], words: Words) -> str:
    if not quotes:
        return ""
    said = "".join(map(_quote_html, quotes[:QUOTES_SHOWN]))
    more = len(quotes) - QUOTES_SHOWN
    left = f"<p><small>{escape(counted(words['more'], more))}</small></p>" if more > 0 else ""
    return f"<details><summary>{escape(counted(forms, len(quotes)))}</summary>{said}{left}</details>"


def _quote_html(quote: Mapping[str, Any]) -> str:
    source = ", ".join(part for part in (quote["speaker"], quote["title"]) if part)
    return (
        f'<blockquote dir="auto" style="{_QUOTE}">“{escape(quote["words"])}”<br>'
        f'<small style="{_FAINT}">{escape(source)}</small></blockquote>'
    )
