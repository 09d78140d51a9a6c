"""Sixteen interviews about AI at work that ship with the product; NOTICE.md says where each comes from.

Twelve are real and English, four are Korean and written for the samples.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
NOTICE = FOLDER / "NOTICE.md"

# The study the samples belong to, as `lab.project(**STUDY)` takes it.
STUDY = {
    "name": "AI at work",
    "purpose": "What gets in the way of people who use AI tools at work, and what do they wish for?",
    "audience": "People in many professions who use AI tools at work",
}


def paths() -> list[Path]:
    """Return the transcripts, sorted by name; the files lie in this folder."""
    return sorted(path for path in FOLDER.iterdir() if path.name.startswith(("ko-", "work-")))
