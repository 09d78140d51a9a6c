"""What people do with personas: propose, make, accept, override, change, picture, delete."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection

from persona_lab.engines.base import Portrayer
from persona_lab.engines.personas.avatars import avatar
from persona_lab.errors import Conflict, InterviewNotFound, InvalidRequest
from persona_lab.jobs import belonging, portraying
from persona_lab.models import Assignment, Axis, AxisType, Persona, PersonaRecord
from persona_lab.server import forms
from persona_lab.server.editing import picturing
from persona_lab.server.identity import rights
from persona_lab.server.services import Services
from persona_lab.store import assignments, axes, interviews, personas, projects
from persona_lab.store.people.access import Level

PICTURE_BYTES = 5 * 1024 * 1024
# A picture is looked at where it stands: it loads nothing, runs nothing, and is taken for nothing else.
PICTURE_HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "cache-control": "private, no-cache",
}


def listed(serving: Services, project_id: str) -> list[PersonaRecord]:
    """Return the project's personas by position.

    Raises:
        ProjectNotFound: there is no such project.
    """
    with serving.store.reading() as connection:
        return _records(serving, connection, project_id)


def one(serving: Services, persona_id: str) -> PersonaRecord:
    """Return one persona.

    Raises:
        PersonaNotFound: there is none of that id.
    """
    with serving.store.reading() as connection:
        return _record(serving, connection, personas.get(connection, persona_id))


def propose(serving: Services, project_id: str, count: int | None, *, user: str) -> list[PersonaRecord]:
    """Propose personas for all analysed interviews; see `belonging.propose`."""
    # Portraits show what several interviews say.
    serving.jobs.settle_now(project_id)
    by = _portrayer(serving, project_id)
    belonging.propose(serving.store, serving.workroom, project_id, by, count=count, user=user)
    _have_written(serving, project_id, by)
    return listed(serving, project_id)


def set_axes(serving: Services, project_id: str, body: forms.AxesChange, *, user: str) -> tuple[Axis, ...]:
    """Set the project's axes, as they are given or as another project has them.

    Raises:
        ProjectNotFound: there is no such project.
        Conflict: personas stand on what would be gone.
        InvalidRequest: neither or both are given, or a name or key is there twice.
    """
    if (body.axes is None) == (body.copy_from is None):
        raise InvalidRequest("Give the axes, or copy_from: the id of a project that has them.")
    if body.copy_from is not None:
        rights.may(serving.store, Level.READ, body.copy_from)
    with serving.store.writing() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        if body.copy_from is not None:
            projects.get(connection, body.copy_from, epoch=serving.store.epoch)
            wanted = axes.get(connection, body.copy_from)
        else:
            wanted = tuple(map(_axis, body.axes or ()))
        return axes.change(connection, project_id, wanted, user=user, force=body.force)


def add(serving: Services, project_id: str, body: forms.NewPersona, *, user: str) -> PersonaRecord:
    """Make a persona that somebody thought of.

    Raises:
        ProjectNotFound: there is no such project.
        InvalidRequest: there is no such place.
        Conflict: another persona stands there, or has that label.
    """
    with serving.store.writing() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        axes.check(connection, project_id, body.place)
        return _record(serving, connection, personas.add(connection, project_id, user=user, **body.model_dump()))


def change(serving: Services, persona_id: str, body: forms.PersonaChange) -> PersonaRecord:
    """Change what a persona is called and where it stands; no interview is moved by it.

    Raises:
        PersonaNotFound: there is none of that id.
        InvalidRequest: there is no such place.
        Conflict: another persona stands there, or has that label.
    """
    values = body.model_dump(exclude_none=True)
    position = values.pop("position", None)
    with serving.store.writing() as connection:
        changed = personas.get(connection, persona_id)
        if body.place is not None:
            axes.check(connection, changed.project_id, body.place, but=persona_id)
        changed = personas.change(connection, persona_id, values)
        if position is not None:
            changed = personas.move(connection, persona_id, position)
        return _record(serving, connection, changed)


def accept(serving: Services, project_id: str, interview_ids: Collection[str] | None, *, user: str) -> list[Assignment]:
    """Decide as it is proposed, for these interviews, or for all that nobody has decided; return what was decided.

    Raises:
        ProjectNotFound: there is no such project.
        InterviewNotFound: an interview isn't there.
        Conflict: no persona is proposed for one of them.
    """
    with serving.store.writing() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        titles = {one.id: one.title for one in interviews.of_project(connection, project_id)}
        if interview_ids is None:
            known = assignments.of_project(connection, project_id)
            meant = [one for one in known if one.interview_id in titles and not one.is_decided and one.belongs_to]
        else:
            if not titles.keys() >= set(interview_ids):
                raise InterviewNotFound
            meant = [assignments.of(connection, key) for key in dict.fromkeys(interview_ids)]
        for its in meant:
            if its.proposal is None or its.proposal.persona_id is None:
                raise Conflict(f"No persona is proposed for “{titles[its.interview_id]}”. Assign one to it.")
        accepted = [
            assignments.decide(connection, project_id, its.interview_id, its.proposal.persona_id, user=user)
            for its in meant
            if its.proposal
        ]
    _portray(serving, project_id, {its.persona_id for its in accepted})
    return accepted


def assign(serving: Services, interview_id: str, persona_id: str | None, *, user: str) -> Assignment:
    """Decide to which persona an interview belongs; None is none of them.

    Raises:
        InterviewNotFound: there is no such interview.
        PersonaNotFound: there is no such persona in its project.
    """
    with serving.store.writing() as connection:
        interview = interviews.get(connection, interview_id)
        if persona_id is not None:
            personas.check_there(connection, interview.project_id, persona_id)
        before = assignments.of(connection, interview_id).belongs_to
        assigned = assignments.decide(connection, interview.project_id, interview_id, persona_id, user=user)
    _portray(serving, interview.project_id, {before, persona_id})
    return assigned


def delete(serving: Services, persona_id: str) -> None:
    """Put a persona aside; its interviews belong to none then.

    Raises:
        PersonaNotFound: there is none of that id.
    """
    with serving.store.writing() as connection:
        personas.delete(connection, persona_id)


def show(serving: Services, persona_id: str, raw: bytes | None) -> Persona:
    """Keep a picture of the persona, made small and without metadata; None is again the one that is drawn.

    Raises:
        PersonaNotFound: there is none of that id.
        InvalidRequest: it is no picture.
    """
    with serving.store.reading() as connection:
        personas.get(connection, persona_id)
    small = None if raw is None else serving.workroom.run(picturing.encoded, raw)
    with serving.store.writing() as connection:
        return personas.show(connection, persona_id, small)


def picture(serving: Services, persona_id: str) -> tuple[bytes, str]:
    """Return the persona's picture and its media type: the uploaded one, or the one drawn from its seed.

    Raises:
        PersonaNotFound: there is none of that id.
    """
    with serving.store.reading() as connection:
        persona = personas.get(connection, persona_id)
        uploaded = personas.picture(connection, persona)
    if uploaded is not None:
        return uploaded, "image/png"
    return avatar(persona.seed, persona.title or persona.label).encode(), "image/svg+xml"


def _portray(serving: Services, project_id: str, persona_ids: Collection[str | None]) -> None:
    meant = {key for key in persona_ids if key is not None}
    if meant:
        by = _portrayer(serving, project_id)
        belonging.portray(serving.store, serving.workroom, project_id, by, meant)
        _have_written(serving, project_id, by)


def _portrayer(serving: Services, project_id: str) -> Portrayer:
    with serving.store.reading() as connection:
        project = projects.get(connection, project_id, epoch=serving.store.epoch)
    return portraying.portrayer(serving.engines, project)


def _have_written(serving: Services, project_id: str, by: Portrayer) -> None:
    """Have another engine than the local one write portraits behind the caller's back, for it takes its time."""
    if by.engine != "local":
        serving.jobs.make_portraits(project_id, again=False)


def _records(serving: Services, connection: Connection, project_id: str) -> list[PersonaRecord]:
    project = projects.get(connection, project_id, epoch=serving.store.epoch)
    return belonging.records(connection, project_id, portraying.portrayer(serving.engines, project))


def _record(serving: Services, connection: Connection, persona: Persona) -> PersonaRecord:
    return next(one for one in _records(serving, connection, persona.project_id) if one.id == persona.id)


def _axis(given: forms.NewAxis) -> Axis:
    told: dict[str, Any] = given.model_dump(exclude={"types"})
    return Axis(**told, types=tuple(AxisType(**one.model_dump()) for one in given.types))
