"""What is personal in a transcript, found once and remembered."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence

from persona_lab.engines.workroom import Workroom
from persona_lab.models import (
    Transcript,
)
from persona_lab.transcripts.redaction import (
    Scan,
    scan,
    scan_texts,
)

# Interviews whose finds are kept in memory: offsets and names only, some ten KB each.
KEPT = 512


class Scans:
    """Finds what is personal, in the workroom, and remembers it. Usable from any thread."""

    def __init__(self, workroom: Workroom) -> None:
        self._workroom = workroom
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Scan] = OrderedDict()

    def of(self, transcript: Transcript) -> Scan:
        key = _digest(transcript)
        return self._remembered(key) or self._remember(key, self._workroom.run(scan, transcript))

    async def of_async(self, transcript: Transcript) -> Scan:
        key = _digest(transcript)
        return self._remembered(key) or self._remember(key, await self._workroom.run_async(scan, transcript))

    def of_texts(self, texts: Sequence[str], names: Sequence[str]) -> list[Scan]:
        return self._workroom.run(scan_texts, texts, names)

    async def of_texts_async(self, texts: Sequence[str], names: Sequence[str]) -> list[Scan]:
        return await self._workroom.run_async(scan_texts, texts, names)

    def _remembered(self, key: str) -> Scan | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _remember(self, key: str, found: Scan) -> Scan:
        with self._lock:
            self._kept[key] = found
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found


def _digest(transcript: Transcript) -> str:
    digest = hashlib.sha256(transcript.text.encode())
    for turn in transcript.turns:
        digest.update(f"\0{turn.start}\0{turn.end}\0{turn.speaker}".encode())
    beside = (transcript.metadata, transcript.remarks, [turn.codes for turn in transcript.turns])
    digest.update(repr(beside).encode())
    return digest.hexdigest()
