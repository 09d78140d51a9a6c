"""What one might ask next, of the interviews that the question was put to."""

import asyncio
from collections.abc import Sequence

from persona_lab.engines.answering import suggesting
from persona_lab.engines.language import language_of
from persona_lab.engines.merging.keywords import Said, keywords
from persona_lab.models import CitedQuote, Insight, Keyword
from persona_lab.server.services import Services
from persona_lab.server.talking.asking import Asked
from persona_lab.store import insights, transcripts

KEYWORDS = 40


async def asked_next(serving: Services, asked: Asked, cited: Sequence[CitedQuote]) -> tuple[str, ...]:
    """Return up to three questions that the interviews can answer."""
    known, words = await asyncio.to_thread(_known, serving, asked)
    return await serving.workroom.run_async(
        suggesting.suggested, asked.question, cited, known, words, asked.before, language_of(asked.question, "")
    )


def _known(serving: Services, asked: Asked) -> tuple[list[Insight], list[Keyword]]:
    among = [speaker.interview_ids for speaker in asked.speakers]
    wanted = None if None in among else {one for some in among for one in some or ()}
    with serving.store.reading() as connection:
        found = insights.supported(connection, asked.project.id)
        said = [
            Said(*told, is_part=wanted is None or told.interview_id in wanted)
            for told in transcripts.told(connection, asked.project.id)
        ]
    return [
        one for one in found if wanted is None or any(member.interview_id in wanted for member in one.members)
    ], keywords(said, KEYWORDS)
