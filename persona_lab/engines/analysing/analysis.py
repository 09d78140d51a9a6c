"""What the local engine makes of one interview: every part of an `Analysis`, from sentences that are read once."""

import hashlib

from persona_lab.engines.analysing import findings, how_might_we, profile, quality, questions, sections
from persona_lab.engines.analysing.hearing import hear
from persona_lab.engines.base import Context
from persona_lab.engines.glossary import spelled
from persona_lab.engines.rules import MODEL as MODEL
from persona_lab.engines.rules import PROMPT_HASH as RULES_HASH
from persona_lab.engines.tags.model import version
from persona_lab.models import Analysis, Provenance, Transcript

# Rules and models together shape what is found.
PROMPT_HASH = hashlib.sha256(f"{RULES_HASH} {version()}".encode()).hexdigest()[:12]


def analyse(transcript: Transcript, context: Context, *, run_id: str) -> Analysis:
    """Return what the interview says; what the transcript tells by itself is added where it is admitted."""
    heard = hear(transcript)
    turns = findings.participant_turns(transcript)
    found = findings.find(transcript, context, heard)
    leading = questions.leading(transcript, heard)
    return Analysis(
        language=transcript.language,
        summary=" ".join(" ".join(quote.text.split()) for quote in found.summary),
        summary_quotes=found.summary,
        insights=found.insights,
        profile=profile.profile(transcript, heard, turns),
        sections=tuple(
            one.model_copy(update={"name": spelled(one.name, context.glossary)})
            for one in sections.sections(transcript, heard, context.sections)
        ),
        leading_questions=leading,
        quality=quality.assess(transcript, heard, turns, leading, context.purpose),
        how_might_we=tuple(
            one.model_copy(update={"text": spelled(one.text, context.glossary)})
            for one in how_might_we.questions(found.insights, transcript.language)
        ),
        provenance=Provenance(
            engine="local",
            model=MODEL,
            prompt_hash=PROMPT_HASH,
            transcript_sha256=transcript.sha256,
            run_id=run_id,
        ),
    )
