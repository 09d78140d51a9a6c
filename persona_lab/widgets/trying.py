"""Doing what a page asks for, so that what goes wrong is told there in words."""

import logging
from collections.abc import Callable

from persona_lab.errors import PersonaLabError
from persona_lab.lab.drawing import reasons

log = logging.getLogger(__name__)


def problem(work: Callable[[], object], locale: str) -> str:
    """Do it; return what went wrong in the language of labels, "" if nothing did."""
    try:
        work()
    except Exception as error:
        return told(error, locale)
    return ""


def told(error: Exception, locale: str) -> str:
    """Return what went wrong in the language of labels; what nobody expected goes to the log."""
    if not isinstance(error, PersonaLabError):
        log.error("what the page asked for failed", exc_info=error)
    return reasons.of_any(error, locale)
