"""A project's findings summed up by its engine, with quotes that were said, and what that cost."""

from uuid import uuid4

from persona_lab.engines.gate.admitting import admitted_citation
from persona_lab.errors import Conflict
from persona_lab.jobs.paying import Errand
from persona_lab.models import Citation, Passage, Summary
from persona_lab.server.services import Services
from persona_lab.store import insights, projects, transcripts


def summarise(serving: Services, project_id: str) -> Summary:
    """Return what the project's findings say together. A remote engine takes its time.

    Raises:
        ProjectNotFound: there is no such project.
        Conflict: it has no findings.
        EngineError: the engine could not write it, or is not set up.
        BudgetSpent: the project may spend no more.
    """
    with serving.store.reading() as connection:
        project = projects.get(connection, project_id, epoch=serving.store.epoch)
        found = insights.supported(connection, project_id)
    if not found:
        raise Conflict(
            f"“{project.name}” has no findings yet. Analyse interviews first: project.wait() waits for them."
        )
    engine = serving.engines.of(project)
    run = Errand(serving.store, run_id=str(uuid4()), project_id=project_id, engine=engine.name, model=engine.model)
    if engine.is_remote:
        run.go_on()
    made = engine.summarise(found, run)
    return made.model_copy(update={"citations": tuple(_admitted(serving, made))})


def _admitted(serving: Services, made: Summary) -> list[Citation]:
    """Return the citations whose words stand in the transcripts; a mark without one stays a mark."""
    places = {(one.quote.interview_id, one.quote.turn) for one in made.citations}
    with serving.store.reading() as connection:
        turns = transcripts.turns_at(connection, places)
    passages = [
        Passage(
            interview_id=interview_id,
            interview_title=found.title,
            turn=found.turn.index,
            speaker=found.turn.speaker,
            role=found.turn.role,
            text=found.turn.text,
            start=found.turn.start,
            score=1.0,
        )
        for (interview_id, _), found in turns.items()
    ]
    checked = [one.model_copy(update={"quote": admitted_citation(one.quote, passages)}) for one in made.citations]
    return [one for one in checked if one.quote.status != "rejected"]
