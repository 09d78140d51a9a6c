"""Portraits in the words of a project's engine: begun with what code makes, paid for once, never missing.

A persona shows what code made of its evidence until its engine has written, and
goes on showing it where the engine can't, with the reason.
"""

import logging

from sqlalchemy import Connection

from persona_lab.discretion import described
from persona_lab.engines.base import Engine, Portrayer
from persona_lab.engines.choosing import Engines
from persona_lab.engines.personas import wording
from persona_lab.engines.workroom import Workroom
from persona_lab.errors import AnalysisCancelled, EngineError, PersonaNotFound
from persona_lab.jobs import belonging
from persona_lab.jobs.paying import Sitting
from persona_lab.models import PersonaRecord, Portrait, Project, now
from persona_lab.store import personas, projects
from persona_lab.store.database import Store

log = logging.getLogger(__name__)

UNEXPECTED = "Something unexpected happened. The server's log says more; try again."


def portrayer(engines: Engines, project: Project) -> Portrayer:
    """Return who writes the project's portraits; of an engine that lacks settings only the name is known."""
    name = engines.name_for(project)
    return engines.named(name).portrayer if engines.is_set_up(name) else Portrayer(name, None, None)


def portray(store: Store, workroom: Workroom, engines: Engines, project_id: str, *, again: bool) -> None:
    """Make the project's stale portraits anew, and have its engine write them. It takes its time.

    Args:
        again: also where the engine could not write it before.
    """
    with store.reading() as connection:
        project = projects.get(connection, project_id, epoch=store.epoch)
    by = portrayer(engines, project)
    belonging.portray(store, workroom, project_id, by)
    with store.reading() as connection:
        stale = [one for one in belonging.records(connection, project_id, by) if one.stale]
    for persona in stale:
        if persona.portrait and (again or not persona.portrait.instead_of):
            _sit(store, engines, project, persona, persona.portrait)


def _sit(store: Store, engines: Engines, project: Project, persona: PersonaRecord, portrait: Portrait) -> None:
    """Hang what the engine writes, or the reason why it didn't."""
    name = engines.name_for(project)
    try:
        engine = engines.of(project, name)
        made = _written(store, engine, project.id, persona.id, portrait)
    except AnalysisCancelled:
        log.info("the portrait of persona %s is wanted no more", persona.id)
        return
    except EngineError as error:
        made = portrait.model_copy(update={"instead_of": f"{name}: {error.message}"})
    except Exception as error:
        log.error("the portrait of persona %s failed: %s", persona.id, described(error))
        made = portrait.model_copy(update={"instead_of": f"{name}: {UNEXPECTED}"})
    with store.writing() as connection:
        if _hangs(connection, persona.id, portrait):
            personas.change(connection, persona.id, {"portrait": made})


def _written(store: Store, engine: Engine, project_id: str, persona_id: str, portrait: Portrait) -> Portrait:
    if portrait.medoid is None:
        return wording.written_by(portrait, engine.portrayer)
    sitting = Sitting(
        store,
        persona_id=persona_id,
        project_id=project_id,
        medoid=portrait.medoid,
        engine=engine.name,
        model=engine.model,
        is_wanted=lambda connection: _hangs(connection, persona_id, portrait),
    )
    made = wording.admitted(engine.portray(portrait, sitting), portrait)
    with store.writing() as connection:
        sitting.drop_parts(connection)
    return made.model_copy(update={"made_at": now()})


def _hangs(connection: Connection, persona_id: str, portrait: Portrait) -> bool:
    """Whether the persona is there and shows this portrait: by now it may have other interviews."""
    try:
        return personas.get(connection, persona_id).portrait == portrait
    except PersonaNotFound:
        return False
