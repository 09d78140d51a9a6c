"""A server's parts around an engine that says it is remote; prints what the engine got to see.

python -m tests.support.distant WORKSPACE SETTING
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

from persona_lab.engines.base import UNTOLD, Context, Run
from persona_lab.engines.choosing import Maker, Pace
from persona_lab.engines.workroom import Workroom
from persona_lab.models import Analysis, Delta, Message, Passage, Provenance, Transcript, Voice, identity
from persona_lab.server import services, setting_up
from persona_lab.server.forms import Question, Upload
from persona_lab.server.routes.uploads import _keep
from persona_lab.server.streaming.hub import Limits
from persona_lab.server.talking.answering import answered
from persona_lab.server.talking.asking import ask
from persona_lab.store import interviews, projects

TEXT = (
    "Interviewer: Who helped?\nMina: Sarah Chen did, on 415-555-0132. The card form is slow.\n"
    "Interviewer: And?\nMina: Slow."
)


class Remote:
    """Repeats to the screen whatever it is sent, and to the asker the first passage's speaker."""

    name, model, prompt_hash = "remote", "m", "p"
    is_remote = True

    def __init__(self, _workroom: Workroom) -> None: ...

    def analyse(self, transcript: Transcript, context: Context, run: Run) -> Analysis:
        print("SENT", transcript.model_dump_json(), context.model_dump_json())
        made = Provenance(
            engine="remote", model="m", prompt_hash="p", transcript_sha256=transcript.sha256, run_id=run.id
        )
        return Analysis(language="en", summary=f"{transcript.turns[1].speaker} finds it slow.", provenance=made)

    async def answer(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Message],
        voice: Voice | None = None,
        context: Context = UNTOLD,
    ) -> AsyncGenerator[Delta]:
        print("SENT", question, *(one.model_dump_json() for one in [*passages, *history]))
        speaker = next(str(passage.speaker) for passage in passages if passage.role == "participant")
        yield Delta(text=speaker[:3])
        yield Delta(text=speaker[3:])


async def main(workspace: Path, setting: Any) -> None:
    setting_up.makers = lambda _found, workroom: {"local": Maker(lambda: Remote(workroom), Pace(1))}
    async with services.opened(workspace, "local", Limits()) as serving:
        with serving.store.writing() as connection:
            project = projects.create(
                connection,
                epoch=serving.store.epoch,
                name="Study",
                purpose="Why did Sarah Chen leave?",
                redaction=setting,
            )
        sent = Upload(project_id=project.id, content=BytesIO(TEXT.encode()), filename="mina.txt", title="Mina, 34")
        house, serving = serving.store, replace(serving, store=serving.store.acting_as(identity.local("mina")))
        interview, _ = await asyncio.to_thread(_keep, serving, house, sent, "mina")
        while interview.status in interviews.IN_FLIGHT:
            await asyncio.sleep(0.1)
            with serving.store.reading() as connection:
                interview = interviews.get(connection, interview.id)
        with serving.store.reading() as connection:
            result = interviews.result(connection, interview.id)
        print("SUMMARY", result.summary if result else interview.error)
        question = Question(
            project_id=project.id, messages=(Message(role="user", content="What did Mina say of the slow card form?"),)
        )
        asked = await asyncio.to_thread(ask, serving, question, user="mina")
        parts = [part async for part in answered(serving, asked)]
        print("ANSWER", "".join(part.get("text", "") for part in parts), parts[-1]["type"])


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
