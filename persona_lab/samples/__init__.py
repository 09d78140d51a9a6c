"""Sixteen interviews about AI at work that ship with the product; NOTICE.md says where each comes from.

Twelve are real and English, four are Korean and written for the samples.
"""

from pathlib import Path
from typing import Final, Literal

FOLDER = Path(__file__).parent
NOTICE = FOLDER / "NOTICE.md"

# The study the samples belong to, as `lab.project(**STUDY)` takes it.
STUDY = {
    "name": "AI at work",
    "purpose": "What gets in the way of people who use AI tools at work, and what do they wish for?",
    "audience": "People in many professions who use AI tools at work",
}

# How the names of the transcripts in each language begin.
BEGINNINGS: Final = {"en": "work-", "ko": "ko-"}


def paths(language: Literal["en", "ko"] | None = None) -> list[Path]:
    """Return the transcripts, or those in one language, sorted by name; the files lie in this folder."""
    wanted = tuple(BEGINNINGS.values()) if language is None else BEGINNINGS[language]
    return sorted(path for path in FOLDER.iterdir() if path.name.startswith(wanted))
