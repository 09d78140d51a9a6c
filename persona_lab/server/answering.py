"""Answering a question from what was said: evidence, engine, gate, and what it cost."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

from persona_lab.discretion import described
from persona_lab.engines.admitting import admitted_citation
from persona_lab.engines.base import Engine
from persona_lab.errors import PersonaLabError, ServerError
from persona_lab.models import Broken, Citation, Delta, Done, Project, Usage
from persona_lab.paying import check_budget
from persona_lab.server import forms
from persona_lab.server.services import Services
from persona_lab.store import spending

log = logging.getLogger(__name__)


async def answered(serving: Services, project: Project, body: forms.Question) -> AsyncGenerator[dict[str, Any]]:
    """Yield the parts of an answer as clients get them, ended by one `done` or `error`."""
    question = body.messages[-1].content
    words = rejected = 0
    used = Usage()
    try:
        among = None if body.interview_id is None else [body.interview_id]
        passages = await serving.retrieval.evidence(body.project_id, question, body.messages[:-1], interview_ids=among)
        await asyncio.to_thread(_check_budget, serving, project)
        engine = serving.engines.of(project)
        async for part in engine.answer(question, passages, body.messages[:-1]):
            if isinstance(part, Usage):
                await asyncio.to_thread(_spend, serving, project, engine, part)
                used += part
                continue
            if isinstance(part, Delta):
                words += len(part.text.split())
            else:
                # A mark in the text whose citation was rejected stays a mark without a quote.
                part = Citation(n=part.n, quote=admitted_citation(part.quote, passages))
                if part.quote.status == "rejected":
                    rejected += 1
                    continue
            yield part.model_dump(mode="json")
    except PersonaLabError as error:
        yield Broken(code=error.code, message=error.message).model_dump()
        return
    except Exception as error:
        log.error("an answer failed: %s", described(error))
        yield Broken(code=ServerError.code, message=ServerError().message).model_dump()
        return
    done = Done(
        message_id=str(uuid4()),
        conversation_id=body.conversation_id or str(uuid4()),
        usage={"passages": len(passages), "words": words, "rejected_quotes": rejected, **used.model_dump()},
    )
    yield done.model_dump()


def _check_budget(serving: Services, project: Project) -> None:
    with serving.store.reading() as connection:
        if serving.engines.name_for(project) != "local":
            check_budget(connection, project.id)


def _spend(serving: Services, project: Project, engine: Engine, usage: Usage) -> None:
    with serving.store.writing() as connection:
        spending.add(connection, project.id, engine=engine.name, model=engine.model, usage=usage)
