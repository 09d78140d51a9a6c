"""The axes that a project tells its participants apart by, always set as a whole.

A key stays while names, descriptions and order change, so whoever stands on a type
goes on standing there. What personas stand on is taken away only when that is said.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, select

from persona_lab.errors import Conflict, InvalidRequest
from persona_lab.models import Axis, AxisType, Persona, Place, now
from persona_lab.store import assignments, events, interviews, personas
from persona_lab.store.schema.tables import axes as table

KEY_LENGTH = 60
# How many interviews a message names before it breaks off.
NAMED = 8


def get(connection: Connection, project_id: str) -> tuple[Axis, ...]:
    """Return the project's axes in their order, none before any were set."""
    kept = connection.scalar(select(table.c.axes).where(table.c.project_id == project_id))
    return tuple(Axis.model_validate(row) for row in kept or ())


def change(
    connection: Connection, project_id: str, axes: Sequence[Axis], *, user: str, force: bool = False
) -> tuple[Axis, ...]:
    """Make these the axes and announce them; nothing is announced when nothing differs.

    Args:
        axes: in their order; a key of "" is that of the same name, or is made from the name.
        force: take away also what personas stand on. They keep their interviews, and lose that place.

    Raises:
        Conflict: a persona stands on what would be gone; the message says which interviews belong to it.
        InvalidRequest: a name is there twice, or a key.
    """
    before = get(connection, project_id)
    wanted = _keyed(axes, before)
    if wanted == before:
        return before
    kinds = {axis.key: {one.key for one in axis.types} for axis in wanted}
    left = {one.id: _left(one, kinds) for one in personas.of_project(connection, project_id)}
    losing = [one for one in personas.of_project(connection, project_id) if left[one.id] != one.place]
    if losing and not force:
        raise Conflict(_why_not(connection, project_id, losing, before, kinds))
    rows = [axis.model_dump(mode="json") for axis in wanted]
    connection.execute(table.delete().where(table.c.project_id == project_id))
    connection.execute(
        table.insert().values(project_id=project_id, axes=rows, changed_by=user, changed_at=now().isoformat())
    )
    events.append(connection, project_id, "axes:changed", {"axes": rows, "by": user})
    for one in losing:
        personas.change(connection, one.id, {"place": left[one.id]})
    return wanted


def check(connection: Connection, project_id: str, place: Mapping[str, str], *, but: str | None = None) -> None:
    """Make sure that there is such a place, and that no other persona stands there.

    Args:
        but: the persona that may stand there already.

    Raises:
        InvalidRequest: there is no such axis or type.
        Conflict: another persona stands there.
    """
    known = {axis.key: axis for axis in get(connection, project_id)}
    for key, chosen in place.items():
        if key not in known:
            listed = ", ".join(f"“{one}”" for one in known) or "none"
            raise InvalidRequest(f"place: there is no axis “{key}”. The project's axes are: {listed}.")
        if chosen not in {one.key for one in known[key].types}:
            listed = ", ".join(f"“{one.key}”" for one in known[key].types)
            raise InvalidRequest(f"place: the axis “{key}” has no type “{chosen}”. It has {listed}.")
    taken = [one for one in personas.of_project(connection, project_id) if place and one.place == place]
    if taken and taken[0].id != but:
        raise Conflict(f"{taken[0].label} stands there already. Change it, or choose another place.")


def _keyed(given: Sequence[Axis], before: Sequence[Axis]) -> tuple[Axis, ...]:
    """Return the axes with all keys there."""
    keys = _keys(given, before)
    known = {axis.key: axis for axis in before}
    keyed = []
    for axis, key in zip(given, keys, strict=True):
        if not axis.types:
            raise InvalidRequest(f"axes: “{axis.name}” tells nobody apart. Give it types.")
        types = _keys(axis.types, known[key].types if key in known else ())
        whole = tuple(one.model_copy(update={"key": type_key}) for one, type_key in zip(axis.types, types, strict=True))
        keyed.append(axis.model_copy(update={"key": key, "types": whole}))
    return tuple(keyed)


def _keys(given: Sequence[Axis | AxisType], before: Iterable[Axis | AxisType]) -> list[str]:
    """Return a key for each: the one it has, that of the same name before, or one made from the name."""
    names = [one.name.casefold() for one in given]
    if twice := sorted({one.name for one in given if names.count(one.name.casefold()) > 1}):
        raise InvalidRequest(f"axes: “{twice[0]}” is there twice. Give each its own name.")
    taken = [one.key for one in given if one.key]
    if twice := sorted({key for key in taken if taken.count(key) > 1}):
        raise InvalidRequest(f"axes: the key “{twice[0]}” is there twice.")
    by_name = {one.name.casefold(): one.key for one in before if one.key not in taken}
    used = {*taken, *(one.key for one in before)}
    keys = []
    for one in given:
        key = one.key or by_name.get(one.name.casefold()) or _made(one.name, used)
        used.add(key)
        keys.append(key)
    return keys


def _made(name: str, used: Iterable[str]) -> str:
    # Letters and decimal digits alone: what else counts as part of a word is not the same everywhere.
    letters = "".join(one if one.isalpha() or one.isdecimal() else "-" for one in name.casefold())
    word = re.sub(r"-+", "-", letters).strip("-")[:KEY_LENGTH] or "axis"
    taken, number = set(used), 1
    while (key := word if number == 1 else f"{word}-{number}") in taken:
        number += 1
    return key


def _left(persona: Persona, kinds: Mapping[str, set[str]]) -> Place:
    """Return what would be left of the persona's place."""
    return {key: chosen for key, chosen in persona.place.items() if chosen in kinds.get(key, ())}


def _why_not(
    connection: Connection,
    project_id: str,
    losing: Sequence[Persona],
    before: Sequence[Axis],
    kinds: Mapping[str, set[str]],
) -> str:
    names = {(axis.key, one.key): f"{axis.name}: {one.name}" for axis in before for one in axis.types}
    places = {pair for one in losing for pair in one.place.items() if pair[1] not in kinds.get(pair[0], ())}
    what = ", ".join(f"“{names.get(pair, pair[1])}”" for pair in sorted(places))
    ids = {one.id for one in losing}
    there = {one.interview_id for one in assignments.of_project(connection, project_id) if one.belongs_to in ids}
    titles = [one.title for one in interviews.of_project(connection, project_id) if one.id in there]
    listed = ", ".join(f"“{title}”" for title in titles[:NAMED])
    rest = f" and {len(titles) - NAMED:,} more" if len(titles) > NAMED else ""
    who = ", ".join(one.label for one in losing)
    stands, its = ("stands", "its") if len(losing) == 1 else ("stand", "their")
    lost = f"; {its} interviews would lose that place: {listed}{rest}" if titles else ""
    return f"{who} {stands} on {what}{lost}. Say force to take it away nevertheless, or keep it."
