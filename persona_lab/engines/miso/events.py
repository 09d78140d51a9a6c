"""A stream of events as MISO sends it, put together from pieces that break anywhere.

A frame is a line of JSON behind `data:`; its kind is the field `event`. A ping
has no data.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any

from persona_lab.errors import AnswerNotUnderstood

Event = dict[str, Any]


class Frames:
    """Bytes in, events out. Lines may end by LF, CR LF or CR, wherever the pieces are cut."""

    def __init__(self) -> None:
        # What is whole lines is taken out; a letter cut in two waits here for its rest.
        self._rest = bytearray()
        self._data: list[str] = []
        self._kind = ""

    def take(self, piece: bytes) -> Iterator[Event]:
        """Yield the events that are complete with this piece; a ping is an event without more than its kind.

        Raises:
            AnswerNotUnderstood: a frame is damaged.
        """
        begin = len(self._rest)
        self._rest += piece
        if b"\n" not in self._rest[begin:] and b"\r" not in self._rest[max(0, begin - 1) :]:
            return
        # Behind a last CR there may be the LF that belongs to it.
        held = b"\r" if self._rest.endswith(b"\r") else b""
        *lines, rest = _lines(bytes(self._rest[: len(self._rest) - len(held)]))
        self._rest = bytearray(rest + held)
        for line in lines:
            yield from self._line(line)

    def end(self) -> Iterator[Event]:
        """Yield what is complete although no blank line followed it; what is not was cut and is left."""
        for line in _lines(bytes(self._rest)):
            try:
                yield from self._line(line)
            except AnswerNotUnderstood:
                return

    def _line(self, line: bytes) -> Iterator[Event]:
        text = line.decode("utf-8", "replace").removeprefix("\ufeff")
        # Who was asked for a stream and answers with plain JSON has said all in one event.
        text = f"data:{text}" if text.startswith("{") else text
        field, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._kind = value.strip()
        elif field == "data":
            self._data.append(value)
            # One line is one frame nearly always, so its end isn't waited for.
            if value.rstrip().endswith("}") and (event := _event("\n".join(self._data), self._kind)):
                self._data.clear()
                yield event
        elif not line:
            kind, self._kind = self._kind, ""
            data, self._data = "\n".join(self._data), []
            if data.lstrip().startswith("{"):
                raise AnswerNotUnderstood("MISO's answer is damaged. Try again.")
            if kind == "ping":
                yield {"event": "ping"}


async def events(pieces: AsyncIterator[bytes]) -> AsyncGenerator[Event]:
    """Yield the events of a stream to its end.

    Raises:
        AnswerNotUnderstood: a frame is damaged.
        EngineError: the line broke.
    """
    frames = Frames()
    async for piece in pieces:
        for event in frames.take(piece):
            yield event
    for event in frames.end():
        yield event


def _lines(text: bytes) -> list[bytes]:
    """Split at line ends; neither CR nor LF is part of a longer UTF-8 character."""
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")


def _event(data: str, kind: str) -> Event | None:
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    if not isinstance(told.get("event"), str):
        told["event"] = kind
    return told
