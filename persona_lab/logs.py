"""What servers and workers write down of themselves: one line per happening, and nothing that anybody said.

A line holds ids, numbers, our own words and the places of code, so that logs may be kept where interviews may not.
Of an error its kind is told and where it was, for its message may be an interview's. Of other packages' lines the
place alone is told, for what is put into their words is not ours to know.
"""

import json
import logging
import re
import secrets
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TextIO

from persona_lab.errors import PersonaLabError

Form = Literal["json", "text"]

OURS = "persona_lab"
# Their words are about sockets and signals.
SPEAKING = ("uvicorn",)
# Hexadecimal, as nginx, load balancers and UUIDs have it: no name can be written so.
REQUEST_ID = re.compile(r"[0-9A-Fa-f-]{16,64}")

_about: ContextVar[dict[str, Any] | None] = ContextVar("about", default=None)


def set_up(form: Form | None = None, stream: TextIO | None = None) -> None:
    """Write every line to stderr from now on.

    Args:
        form: None is text for a terminal, JSON for everything else.
        stream: where to, in place of stderr.
    """
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    chosen = form or ("text" if stream.isatty() else "json")
    handler.setFormatter(Json() if chosen == "json" else Text())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(logging.INFO)
    # DBOS puts a handler of its own there while it has none, and keeps its lines from ours.
    foreign = logging.getLogger("dbos")
    foreign.handlers[:] = [handler]
    foreign.propagate = False
    logging.captureWarnings(True)


@contextmanager
def about(**ids: str | None) -> Iterator[dict[str, Any]]:
    """Tell these ids in every line that is written within; what is added to the dict yielded is told, too."""
    told = {**(_about.get() or {}), **{name: value for name, value in ids.items() if value is not None}}
    before = _about.set(told)
    try:
        yield told
    finally:
        _about.reset(before)


def note(**ids: str) -> None:
    """Add ids to the lines of what is under way."""
    told = _about.get()
    if told is not None:
        told.update(ids)


def request_id() -> str | None:
    """Return the id of the request that is being answered, if one is."""
    found: str | None = (_about.get() or {}).get("request_id")
    return found


def request_id_of(sent: str) -> str:
    """Return the id that a proxy gave the request, or a new one where it is none."""
    return sent if REQUEST_ID.fullmatch(sent) else secrets.token_hex(16)


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return what may be told of a record, in the order in which it is told."""
    told: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": _words(record),
        **(_about.get() or {}),
        **getattr(record, "told", {}),
    }
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        told["error"] = _kind(error)
        told["where"] = [
            f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)
        ]
    return told


def _words(record: logging.LogRecord) -> str:
    if not record.name.startswith((OURS, *SPEAKING)):
        return f"{record.module}:{record.lineno} {record.funcName}"
    if isinstance(record.args, tuple) and record.args:
        return record.msg % tuple(_kind(one) if isinstance(one, BaseException) else one for one in record.args)
    return record.getMessage()


def _kind(error: BaseException) -> str:
    return error.code if isinstance(error, PersonaLabError) else type(error).__name__


class Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(fields(record), ensure_ascii=False, default=str)


class Text(logging.Formatter):
    """For people: time, level and words, then the rest as name=value."""

    def format(self, record: logging.LogRecord) -> str:
        told = fields(record)
        where = told.pop("where", [])
        at, level, _, message = (told.pop(name) for name in ("at", "level", "logger", "message"))
        rest = " ".join(f"{name}={value}" for name, value in told.items())
        lines = [f"{at[11:23]} {level:7} {message} {rest}".rstrip(), *(f"    {place}" for place in where)]
        return "\n".join(lines)
