"""Agreement as a static picture: the figures, and the disagreements to go through one by one."""

import hashlib
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Final

from persona_lab.lab.drawing.amounts import coefficient, percent

if TYPE_CHECKING:
    from persona_lab.lab.measuring.agreement import Disagreement, Figures, PairFigures

# A picture is stored in the notebook file; the tables have all.
SHOWN: Final = 100
# Of what was said before a turn, its end: there stands the question.
BEFORE_LENGTH: Final = 200

_LEFT: Final = "text-align:left"
_RIGHT: Final = "text-align:right;font-variant-numeric:tabular-nums"
_QUOTE: Final = "margin:.4em 0;padding-left:.8em;border-left:2px solid currentColor"


def agreement_html(
    name: str,
    reading: str,
    figures: "Sequence[Figures]",
    pairs: "Sequence[PairFigures]",
    disagreements: "Sequence[Disagreement]",
) -> str:
    """Return the figures by code, each leading to its first disagreement, and the disagreements."""
    key = hashlib.sha256(f"{name}\n{reading}".encode()).hexdigest()[:8]
    parts = [f"<p><strong>{escape(reading)}</strong></p>"]
    if figures:
        parts.append(_codes_html(key, figures, disagreements[:SHOWN]))
    if len({(pair.coder, pair.other) for pair in pairs}) > 1:
        parts.append(f"<details><summary>Pair by pair</summary>{_pairs_html(pairs)}</details>")
    if disagreements:
        items = "\n".join(_disagreement_html(key, n, one) for n, one in enumerate(disagreements[:SHOWN], start=1))
        more = len(disagreements) - SHOWN
        rest = f"<p>and {more:,} more in <code>.disagreements</code></p>" if more > 0 else ""
        parts.append(f"<ol>\n{items}\n</ol>{rest}")
    return "\n".join(parts)


def _codes_html(key: str, figures: "Sequence[Figures]", shown: "Sequence[Disagreement]") -> str:
    first: dict[str, int] = {}
    for n, one in enumerate(shown, start=1):
        first.setdefault(one.code, n)
    rows = []
    for row in figures:
        code = escape(row.code)
        if row.code in first:
            code = f'<a href="#{key}-{first[row.code]}">{code}</a>'
        if row.remark:
            code += f"<br><small>{escape(row.remark)}</small>"
        shares = (f"{row.turns:,}", percent(row.agreement), percent(row.prevalence))
        rows.append(_row([code], [*shares, coefficient(row.kappa), coefficient(row.alpha)]))
    return f'<div id="{key}">' + _table(("Code",), ("Turns", "Agreement", "Prevalence", "κ", "α"), rows) + "</div>"


def _pairs_html(pairs: "Sequence[PairFigures]") -> str:
    rows = []
    for row in pairs:
        words = [escape(row.coder), escape(row.other), escape(row.code)]
        shares = [percent(row.agreement), percent(row.prevalence), percent(row.other_prevalence)]
        rows.append(_row(words, [f"{row.turns:,}", *shares, coefficient(row.kappa)]))
    heads = ("Turns", "Agreement", "Prevalence", "The other's", "κ")
    return _table(("Coder", "Other", "Code"), heads, rows)


def _disagreement_html(key: str, n: int, one: "Disagreement") -> str:
    place = ", ".join(part for part in (one.speaker, one.interview, f"turn {one.turn}") if part)
    asked = one.before or ""
    asked = asked if len(asked) <= BEFORE_LENGTH else "…" + asked[-BEFORE_LENGTH:].lstrip()
    before = f'<small style="opacity:.7">{escape(asked)}</small><br>' if asked else ""
    return (
        f'<li id="{key}-{n}" dir="auto"><strong>{escape(one.code)}</strong>: {escape(one.coded_by)}; '
        f'not: {escape(one.not_coded_by)} <a href="#{key}" aria-label="Back to the figures">↩</a>'
        f'<blockquote dir="auto" style="{_QUOTE}">{before}{escape(one.text)}<br>'
        f'<small style="opacity:.7">{escape(place)}</small></blockquote></li>'
    )


def _row(words: Sequence[str], amounts: Sequence[str]) -> str:
    cells = "".join(f'<td dir="auto" style="{_LEFT}">{word}</td>' for word in words)
    return f"<tr>{cells}" + "".join(f'<td style="{_RIGHT}">{amount}</td>' for amount in amounts) + "</tr>"


def _table(words: Sequence[str], amounts: Sequence[str], rows: Sequence[str]) -> str:
    heads = "".join(f'<th style="{_LEFT}">{word}</th>' for word in words)
    heads += "".join(f'<th style="{_RIGHT}">{amount}</th>' for amount in amounts)
    body = "\n".join(rows)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>\n{body}\n</tbody></table>"
