"""What is given to a workroom in tests; its child process must be able to import it."""

import os
import signal
import time

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
