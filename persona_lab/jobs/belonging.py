"""Which persona each interview belongs to, and what each persona's interviews say together.

The engines' work lies between two transactions: it is done on what was read, and what
comes of it is kept as far as it still fits what is there by then.
"""

import logging
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from persona_lab.engines import indexing
from persona_lab.engines.base import Portrayer
from persona_lab.engines.local import LocalEngine
from persona_lab.engines.meaning.encoder import MODEL as ENCODER
from persona_lab.engines.personas import grouping, nearing, placing, portraits
from persona_lab.engines.personas.told import Told, told
from persona_lab.engines.workroom import Workroom
from persona_lab.errors import Conflict, InvalidRequest, PersonaNotFound
from persona_lab.models import (
    Assignment,
    Axis,
    CitedQuote,
    Group,
    Merge,
    Persona,
    PersonaRecord,
    Place,
    Placement,
    Portrait,
    Proposal,
    now,
)
from persona_lab.store import (
    assignments,
    axes,
    events,
    insights,
    interviews,
    meanings,
    personas,
    projects,
    transaction,
    transcripts,
)
from persona_lab.store.database import Store

log = logging.getLogger(__name__)

PROPOSED = "personas:proposed"
# What a persona is called that nobody has named.
_GIVEN_LABEL = re.compile(r"P\d+")


class _Proposed(NamedTuple):
    """Interviews that are to be one persona, with the proposal for each; of a place, where there are axes."""

    place: Place
    proposals: Mapping[str, Proposal]


class _Found(NamedTuple):
    """What was found: who is to be a persona, proposals for none, and what to know of it."""

    wanted: Sequence[_Proposed]
    nowhere: Mapping[str, Proposal]
    told: dict[str, Any]


# What is there


def records(connection: Connection, project_id: str, by: Portrayer) -> list[PersonaRecord]:
    """Return the project's personas by position, with their interviews and why they are stale.

    Args:
        by: who would write their portraits now.
    """
    there = personas.of_project(connection, project_id)
    completed = _runs(connection, project_id)
    known = {one.interview_id: one for one in assignments.of_project(connection, project_id)}
    judged = insights.judged(connection, project_id) if any(one.portrait for one in there) else []
    found = []
    for persona in there:
        its = [known[key] for key in completed if key in known and known[key].belongs_to == persona.id]
        runs = {one.interview_id: completed[one.interview_id] for one in its}
        found.append(_record(persona, its, _why_stale(persona.portrait, runs, judged, by)))
    return found


def _record(persona: Persona, its: Sequence[Assignment], stale: tuple[str, ...]) -> PersonaRecord:
    return PersonaRecord(
        **persona.model_dump(),
        interview_ids=tuple(one.interview_id for one in its),
        assignments=tuple(its),
        stale=stale,
    )


def _runs(connection: Connection, project_id: str) -> dict[str, str]:
    """Return the run of each completed interview's analysis, in the order of uploading."""
    return {key: made_by.run_id for key, made_by in interviews.provenances(connection, project_id).items()}


def _why_stale(
    portrait: Portrait | None,
    runs: Mapping[str, str],
    judged: Iterable[tuple[datetime, Collection[str]]],
    by: Portrayer,
) -> tuple[str, ...]:
    if portrait is None:
        return ("Its portrait has not been made yet.",) if runs else ()
    reasons = list(Merge(model="", rules_hash="", runs=portrait.runs).since(runs, deleted="taken away"))
    if any(at > portrait.made_at and not portrait.runs.keys().isdisjoint(about) for at, about in judged):
        reasons.append("Insights were judged since.")
    return (*reasons, *_why_of_another(portrait, by))


def _why_of_another(portrait: Portrait, by: Portrayer) -> Iterator[str]:
    if portrait.engine != by.engine:
        if portrait.instead_of:
            yield f"The engine {portrait.engine} stepped in for {portrait.instead_of}"
        else:
            yield f"It was portrayed by the engine {portrait.engine}; the engine is {by.engine} now."
    elif by.model not in (None, portrait.model):
        yield f"Portraits are made otherwise now ({portrait.model} → {by.model})."
    elif by.prompt_hash not in (None, portrait.prompt_hash):
        yield f"What shapes portraits has changed since ({portrait.prompt_hash} → {by.prompt_hash})."


# Proposing


def propose(store: Store, workroom: Workroom, project_id: str, by: Portrayer, *, count: int | None, user: str) -> None:
    """Propose personas for all analysed interviews: places on the axes, or else groups by what participants say.

    A persona that is there already and fits keeps its id. One that nobody has touched and no
    interview belongs to any more goes. What somebody decided stays.

    Args:
        by: who writes portraits; see `portray`.
        count: how many groups; without it the number is found.

    Raises:
        ProjectNotFound: there is no such project.
        Conflict: nothing has been analysed yet.
        InvalidRequest: there can't be so many groups.
        EngineError: it could not be done.
    """
    with store.reading() as connection:
        projects.get(connection, project_id, epoch=store.epoch)
        known = axes.get(connection, project_id)
    said = _told(store, workroom, project_id)
    if not said:
        raise Conflict("No interview has been analysed yet, so there is nobody to make personas of. Upload some first.")
    if known and count is not None:
        raise InvalidRequest("count: the project has axes, so their types say how many personas there can be.")
    if count is not None and count > len(said):
        raise InvalidRequest(f"count: there can't be more groups than analysed interviews, which are {len(said):,}.")
    found = _by_axes(workroom, said, known) if known else _by_groups(workroom, said, count)
    with store.writing() as connection:
        projects.get(connection, project_id, epoch=store.epoch)
        if axes.get(connection, project_id) != known:
            raise Conflict("The axes were changed meanwhile. Propose again.")
        _keep(connection, project_id, found, user)
    portray(store, workroom, project_id, by)


def propose_new(store: Store, workroom: Workroom, project_id: str) -> None:
    """Propose a persona for each analysed interview that has no proposal; those that have are left alone.

    Nothing is done where there are no personas.
    """
    with store.reading() as connection:
        there = personas.of_project(connection, project_id)
        known = {one.interview_id: one for one in assignments.of_project(connection, project_id)}
        completed = _runs(connection, project_id)
        its_axes = axes.get(connection, project_id)
    new = [key for key in completed if key not in known or known[key].proposal is None]
    if not there or not new:
        return
    if its_axes and any(one.place for one in there):
        meant = _told(store, workroom, project_id, only=new)
        at = now()
        proposals = {
            one.interview_id: _proposal(one, _standing(one, there), at)
            for one in workroom.run(placing.place, meant, its_axes)
        }
    else:
        said = {one.interview_id: one for one in _told(store, workroom, project_id)}
        proposals = _nearest(workroom, [said[key] for key in new if key in said], there, known, said)
    with store.writing() as connection:
        transaction.hold(connection, project_id)
        alive = {one.id for one in personas.of_project(connection, project_id)}
        now_there = _runs(connection, project_id)
        for key, proposal in proposals.items():
            is_there = proposal.persona_id is None or proposal.persona_id in alive
            # What was found in it may be gone since, with somebody who was erased.
            is_there = is_there and now_there.get(key) == completed[key]
            if is_there and assignments.of(connection, key).proposal is None:
                assignments.propose(connection, project_id, key, proposal)


def _nearest(
    workroom: Workroom,
    meant: Sequence[Told],
    there: Sequence[Persona],
    known: Mapping[str, Assignment],
    said: Mapping[str, Told],
) -> dict[str, Proposal]:
    groups = {
        one.id: [said[key] for key, assigned in known.items() if assigned.belongs_to == one.id and key in said]
        for one in there
    }
    held = {key: its for key, its in groups.items() if its}
    if not held:
        # Nobody can be near to nobody; when somebody belongs to one of them, this is done.
        return {}
    at = now()
    found = workroom.run(nearing.nearest, meant, held)
    return {
        one.interview_id: Proposal(
            persona_id=near.key or None, score=near.score, evidence=near.evidence, model=nearing.MODEL, made_at=at
        )
        for one, near in zip(meant, found, strict=True)
    }


def _by_groups(workroom: Workroom, said: Sequence[Told], count: int | None) -> _Found:
    at = now()
    found = workroom.run(grouping.group, said, count=count)
    by_id = {one.interview_id: one for one in said}
    sides = {str(n): [by_id[key] for key in its.interview_ids] for n, its in enumerate(found.groups)}
    near = dict(zip(by_id, workroom.run(nearing.nearest, said, sides), strict=True))
    is_one = len(sides) == 1
    wanted = [
        _Proposed(
            {},
            {
                key: Proposal(
                    persona_id=None,
                    # Of a single group nobody can be more sure to belong to it than to another.
                    score=near[key].score if is_one else max(0.0, sureness),
                    evidence=_evidence(its, key, str(number), near[key]),
                    model=found.model,
                    made_at=at,
                )
                for key, sureness in zip(its.interview_ids, its.sureness, strict=True)
            },
        )
        for number, its in enumerate(found.groups)
    ]
    stability = {str(number): value for number, value in found.stability.items()}
    return _Found(wanted, {}, {"model": found.model, "note": found.note, "stability": stability})


def _evidence(group: Group, interview_id: str, key: str, near: nearing.Near) -> tuple[CitedQuote, ...]:
    """Return what the interview says that is typical of its group."""
    typical = tuple(quote for quote in group.quotes if quote.interview_id == interview_id)
    return typical or (near.evidence if near.key == key else ())


def _by_axes(workroom: Workroom, said: Sequence[Told], known: Sequence[Axis]) -> _Found:
    """Return the places that interviews stand on, and the proposals of those that stand on none."""
    at = now()
    placed = workroom.run(placing.place, said, known)
    order = {axis.key: [one.key for one in axis.types] for axis in known}
    whole = [one for one in placed if one.place.keys() == order.keys()]

    def rank(place: Place) -> tuple[int, ...]:
        return tuple(types.index(place[key]) for key, types in order.items())

    places: list[Place] = []
    for one in sorted(whole, key=lambda one: rank(one.place)):
        if one.place not in places:
            places.append(one.place)
    wanted = [
        _Proposed(place, {one.interview_id: _proposal(one, None, at) for one in whole if one.place == place})
        for place in places
    ]
    nowhere = {one.interview_id: _proposal(one, None, at) for one in placed if one not in whole}
    note = ""
    if nowhere:
        some = "1 interview says" if len(nowhere) == 1 else f"{len(nowhere):,} interviews say"
        note = f"{some} too little to be placed on every axis, so no persona is proposed there."
    return _Found(wanted, nowhere, {"model": placing.MODEL, "note": note, "stability": {}})


def _standing(placement: Placement, there: Sequence[Persona]) -> str | None:
    """Return the persona that stands where the interview does: of several the one that says most."""
    fitting = [one for one in there if one.place and one.place.items() <= placement.place.items()]
    return max(fitting, key=lambda one: len(one.place)).id if fitting else None


def _proposal(placement: Placement, persona_id: str | None, at: datetime) -> Proposal:
    return Proposal(
        persona_id=persona_id,
        score=placement.score,
        evidence=placement.evidence,
        model=placing.MODEL,
        made_at=at,
    )


def _keep(connection: Connection, project_id: str, found: _Found, user: str) -> None:
    """Make or find a persona for each, keep the proposals, and announce what to know of it where that is news."""
    wanted, nowhere, told = found
    alive = set(_runs(connection, project_id))
    chosen = _matched(connection, project_id, wanted)
    for number, one in enumerate(wanted):
        persona = chosen.get(number) or personas.add(connection, project_id, user=user, place=one.place)
        for key, proposal in one.proposals.items():
            if key in alive:
                its = proposal.model_copy(update={"persona_id": persona.id})
                assignments.propose(connection, project_id, key, its)
    for key, proposal in nowhere.items():
        if key in alive:
            assignments.propose(connection, project_id, key, proposal)
    _drop_empty(connection, project_id)
    news = {"proposed": told}
    if events.newest_of(connection, project_id, PROPOSED) != news:
        events.append(connection, project_id, PROPOSED, news)


def _matched(connection: Connection, project_id: str, wanted: Sequence[_Proposed]) -> dict[int, Persona]:
    """Return which persona that is there already each one is: that of its place, or the one it shares most with."""
    there = personas.of_project(connection, project_id)
    at_place = {
        number: persona
        for number, one in enumerate(wanted)
        for persona in there
        if one.place and persona.place == one.place
    }
    held = Counter[tuple[int, str]]()
    groups = {key: number for number, one in enumerate(wanted) if not one.place for key in one.proposals}
    for assigned in assignments.of_project(connection, project_id):
        if assigned.belongs_to and assigned.interview_id in groups:
            held[groups[assigned.interview_id], assigned.belongs_to] += 1
    position = {one.id: one for one in there if not one.place}
    matched: dict[int, Persona] = {}
    pairs = [pair for pair in held if pair[1] in position]
    for number, key in sorted(pairs, key=lambda pair: (-held[pair], position[pair[1]].position, pair[0])):
        if number not in matched and position[key] not in matched.values():
            matched[number] = position[key]
    return {**at_place, **matched}


def _drop_empty(connection: Connection, project_id: str) -> None:
    """Delete the personas that no interview belongs to and nobody has touched."""
    held = {assigned.belongs_to for assigned in assignments.of_project(connection, project_id)}
    for persona in personas.of_project(connection, project_id):
        touched = persona.title or persona.description or persona.picture
        if persona.id not in held and not touched and _GIVEN_LABEL.fullmatch(persona.label):
            personas.delete(connection, persona.id)


# Portraits


def portray(
    store: Store,
    workroom: Workroom,
    project_id: str,
    by: Portrayer,
    persona_ids: Collection[str] | None = None,
) -> None:
    """Make the portraits that are stale anew, and no others: what code makes of each persona's evidence.

    Where another engine writes portraits, it begins with these; see `portraying`.

    Args:
        by: who writes the project's portraits.
        persona_ids: of these alone.
    """
    made_at = now()
    with store.reading() as connection:
        by_code = {one.id for one in records(connection, project_id, LocalEngine.portrayer) if one.stale}
        there = records(connection, project_id, by)
    stale = [one for one in there if one.stale and one.id in by_code and (persona_ids is None or one.id in persona_ids)]
    if not stale:
        return
    with store.reading() as connection:
        results = interviews.results(connection, project_id)
        shared = insights.supported(connection, project_id)
    said = {one.interview_id: one for one in _told(store, workroom, project_id)}
    names = {one.id: one.portrait.name for one in there if one.portrait}
    for persona in stale:
        members = {key: results[key] for key in persona.interview_ids if key in results and key in said}
        basis = portraits.Basis(
            seed=persona.seed,
            members=[said[key] for key in members],
            others=[one for key, one in said.items() if key not in members],
            insights=shared,
            profiles={key: result.profile for key, result in members.items()},
            runs={key: result.provenance.run_id for key, result in members.items()},
            taken=[name for one, name in names.items() if one != persona.id],
        )
        portrait = None
        if members:
            language = _language(basis.members)
            portrait = workroom.run(portraits.portray, basis, language=language, made_at=made_at)
            names[persona.id] = portrait.name
        _hang(store, project_id, persona.id, portrait)


def _hang(store: Store, project_id: str, persona_id: str, portrait: Portrait | None) -> None:
    with store.writing() as connection:
        transaction.hold(connection, project_id)
        if portrait is not None and not portrait.runs.items() <= _runs(connection, project_id).items():
            log.info("what the portrait of persona %s rests on is gone", persona_id)
            return
        try:
            personas.change(connection, persona_id, {"portrait": portrait})
        except PersonaNotFound:
            log.info("persona %s was deleted while its portrait was made", persona_id)


def _language(said: Sequence[Told]) -> str:
    """Return the language that most of the interviews are in."""
    counts = Counter(one.language for one in said)
    return min(counts, key=lambda code: (-counts[code], code))


# What was told


def _told(store: Store, workroom: Workroom, project_id: str, *, only: Collection[str] | None = None) -> list[Told]:
    """Return what participants told in each completed interview, or `only` in these, in the order of uploading."""
    with store.reading() as connection:
        titles = {one.id: one.title for one in interviews.of_project(connection, project_id)}
        wanted = titles.keys() if only is None else titles.keys() & set(only)
        completed = [key for key in _runs(connection, project_id) if key in wanted]
        kept = meanings.get(connection, completed, "turns")
        read = [(key, transcripts.get(connection, key), transcripts.terms(connection, key)) for key in completed]
    found = []
    for key, transcript, terms in read:
        made_by, data = kept.get(key, ("", b""))
        if made_by != ENCODER:
            terms, data, _ = workroom.run(indexing.turns, transcript)
        found.append(told(key, titles[key], transcript, terms, data))
    return found
