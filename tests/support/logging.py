"""Loggers as they were, after a test that set up the log of a whole process."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

UVICORNS = ("uvicorn", "uvicorn.error")


@contextmanager
def unchanged() -> Iterator[None]:
    touched = [logging.getLogger(name) for name in (None, "persona_lab", "dbos", *UVICORNS)]
    before = [(one.handlers[:], one.level, one.propagate) for one in touched]
    for name in UVICORNS:
        # A server within this process may have set them up for itself.
        logging.getLogger(name).handlers[:], logging.getLogger(name).propagate = [], True
    try:
        yield
    finally:
        logging.captureWarnings(False)
        for one, (handlers, level, propagate) in zip(touched, before, strict=True):
            one.handlers[:], one.propagate = handlers, propagate
            one.setLevel(level)
