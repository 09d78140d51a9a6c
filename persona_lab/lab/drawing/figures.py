"""The figures of a stream as a static picture, for a saved notebook; see `pictures` for what may stand in one."""

from collections.abc import Mapping
from html import escape
from typing import Any, Final

_ENGLISH: Final = {
    "live": "Live",
    "reconnecting": "Reconnecting",
    "offline": "Offline",
    "line": "Connection",
    "seq": "Newest event",
    "rate": "Events per second, last minute",
    "received": "Sent → received, p50 / p95",
    "applied": "Received → applied, p50 / p95",
    "reconnects": "Reconnects",
    "resets": "Resets",
    "type": "Event",
    "count": "Received",
}
_KOREAN: Final = {
    "live": "실시간",
    "reconnecting": "다시 연결 중",
    "offline": "오프라인",
    "line": "연결",
    "seq": "최신 이벤트",
    "rate": "초당 이벤트, 최근 1분",
    "received": "전송 → 수신, p50 / p95",
    "applied": "수신 → 반영, p50 / p95",
    "reconnects": "재연결",
    "resets": "초기화",
    "type": "이벤트",
    "count": "수신",
}

_LEFT: Final = "text-align:left"
_RIGHT: Final = "text-align:right;font-variant-numeric:tabular-nums"


def figures_html(name: str, figures: Mapping[str, Any], *, locale: str = "en") -> str:
    """Return the figures of a monitor as two tables: the line, and the events by type."""
    words = _words(locale)
    rows = [_row(head, value) for head, value in _lines(figures, words)]
    types = [_row(kind, f"{n:,}") for kind, n in figures["types"].items()]
    parts = [f'<p dir="auto"><strong>{escape(name)}</strong></p>', f"<table><tbody>{''.join(rows)}</tbody></table>"]
    if types:
        heads = f'<th style="{_LEFT}">{words["type"]}</th><th style="{_RIGHT}">{words["count"]}</th>'
        parts.append(f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(types)}</tbody></table>")
    return "\n".join(parts)


def figures_text(name: str, figures: Mapping[str, Any], *, locale: str = "en") -> str:
    """Return the same as lines of text."""
    lines = [f"{head}: {value}" for head, value in _lines(figures, _words(locale))]
    return "\n".join([name, *lines, *(f"{kind}: {n:,}" for kind, n in figures["types"].items())])


def _words(locale: str) -> Mapping[str, str]:
    return _KOREAN if locale == "ko" else _ENGLISH


def _lines(figures: Mapping[str, Any], words: Mapping[str, str]) -> list[tuple[str, str]]:
    line = words.get(figures["state"], figures["state"])
    return [
        (words["line"], f"{line} ({figures['reason']})" if figures["reason"] else line),
        (words["seq"], f"{figures['seq']:,}"),
        (words["rate"], f"{sum(figures['per_second']) / len(figures['per_second']):.1f}"),
        (words["received"], _latency(figures["received"])),
        (words["applied"], _latency(figures["applied"])),
        (words["reconnects"], f"{figures['reconnects']:,}"),
        (words["resets"], f"{figures['resets']:,}"),
    ]


def _latency(latency: Mapping[str, Any]) -> str:
    return "–" if latency["p50"] is None else f"{duration_text(latency['p50'])} / {duration_text(latency['p95'])}"


def duration_text(milliseconds: float) -> str:
    """Return "4.2 ms", or "1.2 s" from a second on."""
    if abs(milliseconds) >= 1000:
        return f"{milliseconds / 1000:,.1f} s"
    return f"{round(milliseconds, 1):g} ms" if abs(milliseconds) < 10 else f"{milliseconds:.0f} ms"


def _row(head: str, value: str) -> str:
    return f'<tr><th scope="row" style="{_LEFT}">{escape(head)}</th><td style="{_RIGHT}">{escape(value)}</td></tr>'
