"""What a report says of how far its findings can be relied on: enough interviews, and others' eyes."""

import re
from html import escape
from typing import TYPE_CHECKING

from persona_lab.lab.drawing import amounts
from persona_lab.lab.drawing.curves import curves_svg
from persona_lab.lab.drawing.report.parts import heading
from persona_lab.lab.drawing.report.told import Told
from persona_lab.lab.drawing.report.words import Words

if TYPE_CHECKING:
    from persona_lab.lab.measuring.saturation import Saturation

# The page allows no styles but its own sheet's, which says the same of every chart.
OWN_STYLE = re.compile(r' style="[^"]*"')
LEAST_INTERVIEWS = 2
LEAST_CODERS = 2


def saturation_html(told: Told, words: Words) -> list[str]:
    """Return the curve and what it says; nothing of less than two interviews."""
    measured = told.saturation
    if measured is None or len(measured.table) < LEAST_INTERVIEWS:
        return []
    settings = measured.settings
    about = words["saturation_text"].format(
        base=settings.base, run=settings.run, threshold=_percent(settings.threshold, words)
    )
    return [
        heading("saturation", words),
        f"<p><strong>{escape(saturation_line(measured, words))}</strong></p>",
        _curve(measured, words),
        f"<p>{escape(about)}</p>",
    ]


def saturation_line(measured: "Saturation", words: Words) -> str:
    """Return what the figures say in a sentence."""
    settings, table = measured.settings, measured.table
    threshold = _percent(settings.threshold, words)
    if table.empty:
        return str(words["sat_none"])
    if len(table) < settings.base + settings.run:
        return str(words["sat_few"].format(needed=settings.base + settings.run, n=len(table)))
    if not table["heard"].iloc[settings.base - 1]:
        return str(words["sat_nothing"].format(base=settings.base))
    if measured.after is not None:
        return str(words["sat_after"].format(after=measured.after, threshold=threshold))
    share = _percent(float(table["new_information"].iloc[-1]), words)
    return str(words["sat_not"].format(run=settings.run, share=share, threshold=threshold))


def agreement_html(told: Told, words: Words) -> list[str]:
    """Return how far coders agree; nothing where fewer than two judged the same."""
    measured = told.agreement
    if measured is None or measured.table.empty:
        return []
    # Cohen's κ is of two coders.
    has_kappa = len(measured.coders) == LEAST_CODERS
    names = [name for name in words["agreement_columns"] if has_kappa or name != "κ"]
    heads = "".join(f"<th{' class=number' if n else ''}>{escape(name)}</th>" for n, name in enumerate(names))
    rows = []
    for row in measured.figures:
        values = (row.kappa, row.alpha) if has_kappa else (row.alpha,)
        cells = [f"{row.turns:,}", _percent(row.agreement, words)]
        cells += [_said(amounts.coefficient(value), words) for value in values]
        numbers = "".join(f'<td class="number">{escape(cell)}</td>' for cell in cells)
        rows.append(f'<tr><td dir="auto">{escape(words.get(str(row.code), str(row.code)))}</td>{numbers}</tr>')
    listed = "\n".join(rows)
    coders = escape(", ".join(measured.coders))
    return [
        heading("agreement", words),
        f"<p>{words['agreement_text'].format(coders=coders)}</p>",
        f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>\n{listed}\n</tbody></table></div>',
    ]


def _curve(measured: "Saturation", words: Words) -> str:
    rows = measured.table
    band = None if rows["low"].isna().any() else (rows["low"].tolist(), rows["high"].tolist())
    drawn = curves_svg(
        words["curve"],
        saturation_line(measured, words),
        {words["as_found"]: rows["raw_heard"].tolist(), words["merged_curve"]: rows["heard"].tolist()},
        band=band,
        mark=measured.after,
        axis=words["interviews"],
        marked=words["saturated"],
        shuffled=words["band"],
    )
    return (
        OWN_STYLE.sub("", drawn)
        .replace("<svg ", '<svg class="chart" ', 1)
        .replace(' xmlns="http://www.w3.org/2000/svg"', "")
    )


def _percent(share: float, words: Words) -> str:
    return _said(amounts.percent(share), words).replace(" %", words["percent"])


def _said(figure: str, words: Words) -> str:
    return str(words.get(figure, figure))
