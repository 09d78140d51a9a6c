"""Curves over a study's interviews as one static SVG, for a saved notebook; see `pictures` for what may stand in one.

All ink is the page's own text colour, so it reads on light and dark alike.
"""

import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 300
LEFT: Final = 48
RIGHT: Final = 96
TOP: Final = 16
BOTTOM: Final = 44
# The newest curve is drawn whole, those before it broken: colour is never the only sign.
DASHES: Final = ("6 4", "2 3")
TICKS: Final = 5


def curves_svg(
    title: str,
    description: str,
    curves: Mapping[str, Sequence[float]],
    *,
    band: tuple[Sequence[float], Sequence[float]] | None = None,
    mark: int | None = None,
    labels: Sequence[str] | None = None,
    axis: str = "interviews",
    marked: str = "saturated",
    shuffled: str = "9 in 10 shuffled orders",
) -> str:
    """Return curves with a point for each interview, or whatever else `axis` names, the last curve the heaviest.

    Args:
        curves: by their names; all of one length, at least 1.
        band: lower and upper edge of an area behind them.
        mark: an upright line at this interview, counted from 1.
        labels: what stands below each point; without them its number.
        axis: what the points are.
        marked: what the upright line says.
        shuffled: what the area is.
    """
    count = len(next(iter(curves.values())))
    top = max(1.0, *(max(values) for values in curves.values()), *(band[1] if band else ()))
    key = hashlib.sha256(f"{title}\n{description}".encode()).hexdigest()[:8]
    plot = _Plot(count, top)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" '
        f'aria-labelledby="{key}-title {key}-about" style="max-width:100%;height:auto" '
        'font-family="system-ui,sans-serif" font-size="12" fill="currentColor" stroke="none">',
        f'<title id="{key}-title">{escape(title)}</title>',
        f'<desc id="{key}-about">{escape(description)}</desc>',
        *_axes(plot, labels, axis),
        _area(plot, *band, shuffled) if band else "",
        _upright(plot, mark, marked) if mark else "",
        *_lines(plot, curves),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part)


class _Plot:
    """Where interviews and amounts stand in the picture."""

    def __init__(self, count: int, top: float) -> None:
        self.count = count
        self.step = _step(top / TICKS)
        self.top = self.step * -(-top // self.step)

    def x(self, interview: float) -> float:
        share = (interview - 1) / (self.count - 1) if self.count > 1 else 0.5
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, amount: float) -> float:
        return round(HEIGHT - BOTTOM - amount / self.top * (HEIGHT - TOP - BOTTOM), 1)

    def points(self, values: Sequence[float], *, backwards: bool = False) -> str:
        placed = [f"{self.x(n)},{self.y(value)}" for n, value in enumerate(values, start=1)]
        return " ".join(reversed(placed) if backwards else placed)


def _step(least: float) -> int:
    """Return the smallest of 1, 2, 5, 10, 20 … that is no less."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power >= least:
                return factor * power
        power *= 10


def _axes(plot: _Plot, labels: Sequence[str] | None, axis: str) -> list[str]:
    floor = plot.y(0)
    parts = [f'<path d="M{LEFT} {TOP}V{floor}H{WIDTH - RIGHT}" fill="none" stroke="currentColor" opacity=".5"/>']
    amounts = range(0, int(plot.top) + 1, plot.step)
    parts += [f'<text x="{LEFT - 8}" y="{plot.y(n) + 4}" text-anchor="end">{n:,}</text>' for n in amounts]
    every = _step(plot.count / (6 if labels else 12))
    shown = [n for n in range(1, plot.count + 1) if n == 1 or n % every == 0]
    parts += [f'<text x="{plot.x(n)}" y="{floor + 18}" text-anchor="middle">{_label(labels, n)}</text>' for n in shown]
    parts.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2:g}" y="{HEIGHT - 8}" text-anchor="middle">{escape(axis)}</text>'
    )
    return parts


def _label(labels: Sequence[str] | None, n: int) -> str:
    return escape(labels[n - 1]) if labels else str(n)


def _area(plot: _Plot, low: Sequence[float], high: Sequence[float], name: str) -> str:
    around = f"{plot.points(low)} {plot.points(high, backwards=True)}"
    return f'<polygon points="{around}" opacity=".12"><title>{escape(name)}</title></polygon>'


def _upright(plot: _Plot, at: int, name: str) -> str:
    x = plot.x(at)
    return (
        f'<path d="M{x} {TOP}V{plot.y(0)}" fill="none" stroke="currentColor" stroke-dasharray="1 3"/>'
        f'<text x="{x + 5}" y="{TOP + 10}">{escape(name)}</text>'
    )


def _lines(plot: _Plot, curves: Mapping[str, Sequence[float]]) -> list[str]:
    parts = []
    taken: list[float] = []
    for n, (name, values) in enumerate(reversed(list(curves.items()))):
        style = 'stroke-width="2.5"' if n == 0 else f'stroke-width="1.5" stroke-dasharray="{DASHES[(n - 1) % 2]}"'
        parts.append(f'<polyline points="{plot.points(values)}" fill="none" stroke="currentColor" {style}/>')
        y = plot.y(values[-1]) + 4
        # Two ends that meet would write their names over each other.
        y -= sum(14 for other in taken if abs(other - y) < 14)
        taken.append(y)
        parts.append(f'<text x="{plot.x(plot.count) + 8}" y="{y:g}">{escape(name)}</text>')
    return parts
