"""What may no longer be true, and why: results that would be made otherwise now.

An analysis is compared with what it would be given if it were made at this moment:
the engine, what the project says of itself, what is hidden, who speaks in which role.
Nothing is analysed for it, and nothing is analysed again by itself: see `refresh`.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from persona_lab.engines.base import TOLD, Engine, context_of
from persona_lab.engines.choosing import Engines
from persona_lab.engines.merging import merge
from persona_lab.engines.redacting.engine import in_effect
from persona_lab.jobs import belonging, portraying
from persona_lab.models import Interview, Merge, Project, Provenance, Refreshed, SpeakerCorrection, Stale
from persona_lab.store import insights, interviews, projects, speakers

# A purpose may be pages long.
SHOWN = 80


def stale(connection: Connection, project_id: str, engines: Engines, *, epoch: str) -> list[Stale]:
    """Return what is stale in a project: analyses in the order of uploading, its insights, then personas' portraits.

    Raises:
        ProjectNotFound: there is none of that id.
    """
    project = projects.get(connection, project_id, epoch=epoch)
    there = interviews.of_project(connection, project_id)
    made_by = interviews.provenances(connection, project_id)
    found = [
        Stale(what="analysis", id=interview.id, title=interview.title, reasons=reasons)
        for interview, reasons in zip(there, _each(connection, project, there, made_by, engines), strict=True)
        if reasons
    ]
    runs = {key: provenance.run_id for key, provenance in made_by.items()}
    if reasons := _of_insights(connection, project_id, there, runs, len(found)):
        found.append(Stale(what="insights", id=project.id, title=project.name, reasons=reasons))
    for persona in belonging.records(connection, project_id, portraying.portrayer(engines, project)):
        if persona.stale:
            found.append(Stale(what="portrait", id=persona.id, title=persona.label, reasons=persona.stale))
    return found


def refresh(connection: Connection, project_id: str, engines: Engines, *, epoch: str) -> Refreshed:
    """Put the interviews whose analysis is stale back to the start; each keeps its result until the new one is there.

    Those that are being analysed already are left alone. Portraits that rest on them are made again after them.

    Returns:
        What the caller has to queue.

    Raises:
        EngineNotSetUp: the project's engine lacks settings.
    """
    project = projects.get(connection, project_id, epoch=epoch)
    engines.of(project)
    found = stale(connection, project_id, engines, epoch=epoch)
    meant = [interviews.get(connection, entry.id) for entry in found if entry.what == "analysis"]
    started = [interviews.restart(connection, one) for one in meant if not interviews.is_in_flight(one)]
    is_waiting = bool(interviews.in_flight(connection, project_id))
    begun = {one.id for one in started}
    portraits = [
        one.id
        for one in belonging.records(connection, project_id, portraying.portrayer(engines, project))
        if one.stale or not begun.isdisjoint(one.interview_ids)
    ]
    merging = any(entry.what == "insights" for entry in found) and not is_waiting
    return Refreshed(interviews=tuple(started), merging=merging, portraits=tuple(portraits))


def _each(
    connection: Connection,
    project: Project,
    there: Sequence[Interview],
    made_by: Mapping[str, Provenance],
    engines: Engines,
) -> Iterable[tuple[str, ...]]:
    """Yield for each interview why its analysis is stale; nothing where it isn't, or where there is none."""
    known = speakers.corrections(connection, list(made_by))
    name = engines.name_for(project)
    # Of an engine that has lost its settings nothing is known but its name.
    engine = engines.named(name) if engines.is_set_up(name) else None
    context_hash = context_of(project).hash
    redaction = None if engine is None else in_effect(engine, project.redaction)
    earlier: list[Project] | None = None
    for interview in there:
        provenance = made_by.get(interview.id)
        if provenance is None:
            yield ()
            continue
        reasons = _of_engine(provenance, engine.name if engine else name, engine)
        if provenance.context_hash not in (None, context_hash):
            earlier = projects.earlier(connection, project.id) if earlier is None else earlier
            reasons += _of_context(provenance, earlier, project)
        if redaction is not None and provenance.redaction not in (None, redaction):
            reasons.append(f"Redaction was “{provenance.redaction}” for it and is “{redaction}” now.")
        reasons += _of_speakers(connection, interview.id, provenance, known.get(interview.id, {}))
        if interview.stage == interviews.OUTDATED and interview.error:
            reasons.append(f"It could not be analysed again: {interview.error.message}")
        elif interview.stage == interviews.RE_ANALYSING:
            reasons.append("It is being analysed again.")
        yield tuple(reasons)


def _of_engine(made_by: Provenance, name: str, engine: Engine | None) -> list[str]:
    if made_by.engine != name:
        if made_by.instead_of:
            return [f"The engine {made_by.engine} stepped in for {made_by.instead_of}"]
        return [f"It was analysed by the engine {made_by.engine}; the engine is {name} now."]
    if engine is None:
        return []
    reasons = []
    if made_by.model != engine.model:
        reasons.append(f"It was analysed by {made_by.model}; the engine's model is {engine.model} now.")
    if made_by.prompt_hash != engine.prompt_hash:
        reasons.append(
            f"The engine's rules and word lists have changed since ({made_by.prompt_hash} → {engine.prompt_hash})."
        )
    return reasons


def _of_context(made_by: Provenance, earlier: Sequence[Project], project: Project) -> list[str]:
    """Say what of the project has changed; `earlier` is the project after each of its changes, in order."""
    then = [one for one in earlier if context_of(one).hash == made_by.context_hash]
    told = [(name, getattr(then[-1], name), getattr(project, name)) for name in TOLD if then]
    return [
        f"The project's {name.replace('_', ' ')} was {_quoted(before)} and is {_quoted(now)} now."
        for name, before, now in told
        if before != now
    ] or ["What the project tells the engine of itself has changed since."]


def _quoted(words: str | Sequence[str]) -> str:
    line = " ".join((words if isinstance(words, str) else "; ".join(words)).split())
    return f"“{line if len(line) <= SHOWN else line[: SHOWN - 1].rstrip() + '…'}”" if line else "empty"


def _of_speakers(
    connection: Connection, interview_id: str, made_by: Provenance, known: Mapping[str, SpeakerCorrection]
) -> list[str]:
    """Say whose role is another now; names change nothing that was found."""
    if made_by.speakers is None:
        return []
    then = {one.speaker or "": one for one in made_by.speakers}
    if {key: one.role for key, one in then.items() if one.role} == {
        key: one.role for key, one in known.items() if one.role
    }:
        return []
    as_then = speakers.of(connection, interview_id, then)
    as_now = speakers.of(connection, interview_id, known)
    return [
        f"{now.name or speakers.NOBODY} was taken for {_a(before.role)} and is {_a(now.role)} now."
        for before, now in zip(as_then, as_now, strict=True)
        if before.role != now.role
    ]


def _a(role: str) -> str:
    return {"interviewer": "an interviewer", "participant": "a participant"}.get(role, "neither of both")


def _of_insights(
    connection: Connection, project_id: str, there: Sequence[Interview], runs: Mapping[str, str], stale_analyses: int
) -> tuple[str, ...]:
    by = insights.newest_merge(connection, project_id)
    if by is None:
        known = insights.merged(connection, project_id)
        reasons = ["It isn't known what they were merged from: that was an earlier version."] if known else []
        by = Merge(model=merge.MODEL, rules_hash=merge.RULES_HASH, runs=dict(runs) if known else {})
    else:
        reasons = []
    reasons += by.since(runs)
    if (by.model, by.rules_hash) != (merge.MODEL, merge.RULES_HASH):
        reasons.append(
            f"Findings are merged otherwise now ({by.model} {by.rules_hash} → {merge.MODEL} {merge.RULES_HASH})."
        )
    if stale_analyses:
        reasons.append(
            "1 analysis that they rest on is stale."
            if stale_analyses == 1
            else f"{stale_analyses:,} analyses that they rest on are stale."
        )
    waiting = sum(interviews.is_in_flight(interview) for interview in there)
    if reasons and waiting:
        reasons.append(
            "They are merged again when the interview that is being analysed is done."
            if waiting == 1
            else f"They are merged again when the {waiting:,} interviews that are being analysed are done."
        )
    return tuple(reasons)
