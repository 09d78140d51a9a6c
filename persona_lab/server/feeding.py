"""Feeding a project's findings to its knowledge base in MISO, which indexes them for some minutes.

Whoever asked does not wait; what came of it is an event, `knowledge:fed` or `knowledge:failed`. Where the server
is killed meanwhile, another says so, or the next.
"""

import asyncio
import logging
from collections.abc import Sequence

from persona_lab.discretion import described
from persona_lab.engines.redacting.engine import Redacting
from persona_lab.errors import Conflict, EngineUnavailable, PersonaLabError, ServerError
from persona_lab.models import Fed, Insight, Project
from persona_lab.server.services import Services
from persona_lab.store import insights, knowledge, projects

log = logging.getLogger(__name__)


async def begin(serving: Services, project_id: str) -> int:
    """Begin to feed, and return how many findings there are.

    Raises:
        ProjectNotFound: there is no such project.
        EngineNotSetUp: the key of the knowledge base is missing; the message names the setting.
        Conflict: there is nothing to feed, or it is being fed already, by this server or another.
    """
    project, found = await asyncio.to_thread(_found, serving, project_id)
    if not found:
        raise Conflict(
            f"“{project.name}” has no findings yet. Analyse interviews first: project.wait() waits for them."
        )
    # Before anybody is told that it has begun.
    serving.knowing()
    await asyncio.to_thread(_announce, serving, project, len(found))
    serving.feeding[project_id] = asyncio.create_task(_feed(serving, project, found))
    return len(found)


def _found(serving: Services, project_id: str) -> tuple[Project, list[Insight]]:
    with serving.store.reading() as connection:
        project = projects.get(connection, project_id, epoch=serving.store.epoch)
        return project, insights.supported(connection, project_id)


async def _feed(serving: Services, project: Project, found: Sequence[Insight]) -> None:
    try:
        fed = await _fed(serving, project, found)
    except asyncio.CancelledError:
        _tell(
            serving, project, EngineUnavailable("The server was closed before the findings were fed. Feed them again.")
        )
        raise
    except PersonaLabError as error:
        await asyncio.to_thread(_tell, serving, project, error)
    except Exception as error:
        log.error("feeding a knowledge base failed: %s", described(error))
        await asyncio.to_thread(_tell, serving, project, ServerError())
    else:
        await asyncio.to_thread(_tell, serving, project, fed)
    finally:
        serving.feeding.pop(project.id, None)


async def _fed(serving: Services, project: Project, found: Sequence[Insight]) -> Fed:
    miso = serving.knowing()
    guard = serving.engines.guarded(miso, project)
    seen = await asyncio.to_thread(guard.seen, found) if isinstance(guard, Redacting) else found
    fed = await miso.feed(project.id, seen)
    return fed.model_copy(update={"redaction": project.redaction})


def _announce(serving: Services, project: Project, findings: int) -> None:
    with serving.store.writing() as connection:
        knowledge.begin(connection, project.id, findings, process_id=serving.process_id)


def _tell(serving: Services, project: Project, came: Fed | PersonaLabError) -> None:
    with serving.store.writing() as connection:
        knowledge.end(connection, project.id, came)
