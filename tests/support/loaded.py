"""Imported by the process whose forks are workrooms: what their first work would load is loaded then."""

import errno
import socket
from multiprocessing import reduction

from persona_lab import samples
from persona_lab.engines import indexing
from persona_lab.engines.analysing import hearing
from persona_lab.engines.analysing.analysis import analyse
from persona_lab.engines.base import Context
from persona_lab.transcripts import read_transcript
from persona_lab.transcripts.korean import kiwi

# It is only loaded: with its first text it starts a thread, which would be missing in whatever is forked.
kiwi()
(path, *_) = samples.paths("en")
transcript = read_transcript(path.read_bytes(), path.name)
indexing.turns(transcript)
analyse(transcript, Context(), run_id="loading")
# What was read is for whoever begins with it to read.
hearing.forget()

_received = reduction.recvfds


def _received_or_gone(line: socket.socket, most: int) -> list[int]:
    """Have this process outlive a server that is killed while it asks: `multiprocessing` ends with such an EOFError."""
    try:
        return _received(line, most)
    except EOFError:
        raise ConnectionAbortedError(errno.ECONNABORTED, "whoever asked is gone") from None


reduction.recvfds = _received_or_gone
