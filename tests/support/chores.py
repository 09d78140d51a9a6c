"""What is given to a workroom in tests; its child process must be able to import it."""

import os
import signal
import threading
import time

from persona_lab.engines.language import Sentence, read
from persona_lab.engines.meaning.encoder import encode
from persona_lab.errors import NoSpeech


def double(number: int) -> int:
    return 2 * number


def process_id() -> int:
    return os.getpid()


def say_no_speech() -> None:
    raise NoSpeech("a.txt: it holds no speech.")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def take_for_ever() -> None:
    while True:
        time.sleep(1)


def hoard(size: int) -> int:
    return len(b"x" * size)


def rest(seconds: float) -> None:
    time.sleep(seconds)


def count_for(seconds: float) -> int:
    """Hold the interpreter as an analysis does."""
    until = time.monotonic() + seconds
    counted = 0
    while time.monotonic() < until:
        counted += 1
    return counted


def look_up(word: str) -> int:
    known: dict[str, int] = {}
    return known[word]


def raise_what_cannot_be_packed() -> None:
    raise LookupError(threading.Lock())


def read_and_encode(texts: list[str], language: str) -> list[tuple[list[Sentence], bytes]]:
    return [(read(text, language), encode([text]).tobytes()) for text in texts]
