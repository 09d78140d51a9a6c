"""What is measured rather than judged, and alike whatever engine reads: sections, leading questions, quality."""

from typing import NamedTuple

from persona_lab.engines.analysing import findings, quality, questions, sections
from persona_lab.engines.analysing.hearing import hear
from persona_lab.engines.base import Context
from persona_lab.models import LeadingQuestion, Quality, Section, Transcript


class Measured(NamedTuple):
    """The parts of an analysis that need no model's opinion."""

    sections: tuple[Section, ...]
    leading_questions: tuple[LeadingQuestion, ...]
    quality: Quality | None


def measured(transcript: Transcript, context: Context) -> Measured:
    """Return what the transcript's language tells by itself; needs the language models, so call it in the workroom."""
    heard = hear(transcript)
    turns = findings.participant_turns(transcript)
    leading = questions.leading(transcript, heard)
    return Measured(
        sections.sections(transcript, heard, context.sections),
        leading,
        quality.assess(transcript, heard, turns, leading, context.purpose),
    )
