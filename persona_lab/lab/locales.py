"""The languages that labels are there in."""

from typing import Final

from persona_lab.errors import InvalidRequest

LOCALES: Final = {"en": "English", "ko": "Korean"}


def checked(locale: str) -> str:
    """Return the locale.

    Raises:
        InvalidRequest: there are no labels in it; the message says in which there are.
    """
    if locale not in LOCALES:
        there = ", ".join(f'"{code}" ({name})' for code, name in LOCALES.items())
        raise InvalidRequest(f"There are no labels in “{locale}”. There are: {there}.")
    return locale
