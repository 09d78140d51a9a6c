"""Whom a study is about, as cells hold it: its axes, its personas, and each one."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from persona_lab.errors import InvalidRequest, PersonaNotFound
from persona_lab.lab.interviews.interview import Interview
from persona_lab.lab.outgoing.files import target_of
from persona_lab.lab.people import cards
from persona_lab.lab.people.cards import Card
from persona_lab.models import Axis, PersonaRecord, Place, Portrait

if TYPE_CHECKING:
    import pandas as pd

    from persona_lab.lab.peopled import Peopled
    from persona_lab.lab.talking.answer import Answer
    from persona_lab.widgets.personas import PersonaCards

GivenAxes = Mapping[str, Sequence[str]] | Sequence[Axis | Mapping[str, Any]]

COLUMNS = ["label", "title", "interviews", "participants", "decided", "proposed", "stale", "place", "id"]
QUOTES = """
SELECT t.kind, t.text AS trait, q.is_against, q.text, s.speaker, i.title AS interview, q.turn, q.start, q."end",
       q.interview_id
FROM persona_quotes q
JOIN persona_traits t ON t.persona_id = q.persona_id AND t.trait = q.trait
JOIN interviews i ON i.id = q.interview_id
LEFT JOIN turns s ON s.interview_id = q.interview_id AND s.index = q.turn
WHERE q.persona_id = ?
ORDER BY q.trait, q.is_against, i.number, q.start
"""
INTERVIEWS = """
SELECT interview AS title, is_decided, decided_by, score, is_disputed, interview_id AS id
FROM interviews_by_persona WHERE persona_id = ? AND status = 'completed'
"""
PROPOSED = """
SELECT data->>'$.proposed.note', data->'$.proposed.stability' FROM events
WHERE type = 'personas:proposed' ORDER BY seq DESC LIMIT 1
"""
UNASSIGNED = """
SELECT interview AS title, interview_id AS id FROM interviews_by_persona
WHERE persona_id IS NULL AND status = 'completed'
"""


class Axes(Sequence[Axis]):
    """A project's axes, to read: `axes["Role"]`, `.table`."""

    def __init__(self, axes: Iterable[Axis]) -> None:
        self._axes = tuple(axes)

    def __getitem__(self, which: Any) -> Any:
        if not isinstance(which, str):
            return self._axes[which]
        found = [axis for axis in self._axes if which in (axis.key, axis.name)]
        if not found:
            raise KeyError(f"there is no axis “{which}”; there are {', '.join(axis.name for axis in self._axes)}")
        return found[0]

    def __len__(self) -> int:
        return len(self._axes)

    @property
    def table(self) -> "pd.DataFrame":
        """A row for each type: axis, type, description, and the keys of both, which stay when names change."""
        import pandas as pd

        rows = [
            {"axis": axis.name, "type": one.name, "description": one.description, "axis_key": axis.key, "key": one.key}
            for axis in self._axes
            for one in axis.types
        ]
        return pd.DataFrame(rows, columns=["axis", "type", "description", "axis_key", "key"])

    def __repr__(self) -> str:
        if not self._axes:
            return 'No axes. project.axes = {"Role": ["Buyer", "User"]} sets some.'
        return "\n".join(f"{axis.name}: {', '.join(one.name for one in axis.types)}" for axis in self._axes)

    def _repr_html_(self) -> str:
        if not self._axes:
            return f"<p>{escape(repr(self))}</p>"
        items = "".join(
            f'<li dir="auto"><strong>{escape(axis.name)}</strong>: '
            f"{escape(', '.join(one.name for one in axis.types))}</li>"
            for axis in self._axes
        )
        return f"<ul>{items}</ul>"


NO_AXES: Final = 'Give each axis its types, e.g. project.axes = {"Role": ["Buyer", "User"]}.'


def asked_axes(given: GivenAxes) -> list[dict[str, Any]]:
    """Return axes as they are sent.

    Raises:
        InvalidRequest: they are not axes.
    """
    if isinstance(given, Mapping):
        given = [{"name": name, "types": types} for name, types in given.items()]
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InvalidRequest(NO_AXES)
    return [axis.model_dump() if isinstance(axis, Axis) else _asked_axis(axis) for axis in given]


def _asked_axis(given: Any) -> dict[str, Any]:
    types = given.get("types") if isinstance(given, Mapping) else None
    if isinstance(types, str) or not isinstance(types, Iterable):
        raise InvalidRequest(NO_AXES)
    named = [{"name": one} if isinstance(one, str) else one for one in types]
    if not all(isinstance(one, Mapping) for one in named):
        raise InvalidRequest(NO_AXES)
    return {**given, "types": [dict(one) for one in named]}


class Persona:
    """One persona: whom it rests on, what they say, and what you decide of it.

    Attributes:
        id: what it is, whatever it is called.
        project: the project it belongs to.
    """

    def __init__(self, project: "Peopled", record: PersonaRecord, *, locale: str = "en") -> None:
        self.project = project
        self.id = record.id
        self._record = record
        self._locale = locale

    @property
    def label(self) -> str:
        """What it is called in short, such as "P1"."""
        return self._record.label

    @property
    def title(self) -> str:
        """What sets it apart: as somebody titled it, or else as its interviews say."""
        return cards.title_of(self._record)

    @property
    def description(self) -> str:
        """What the analyst, or else the proposal, says of it; `describe` changes it."""
        return self._record.description

    @property
    def place(self) -> Place:
        """Where it stands on the axes: keys of types by keys of axes."""
        return dict(self._record.place)

    @property
    def portrait(self) -> Portrait | None:
        """What its interviews say together, with quotes; None before it was made."""
        return self._record.portrait

    @property
    def stale(self) -> tuple[str, ...]:
        """Why its portrait may no longer be true, in sentences; `project.refresh()` makes it anew."""
        return self._record.stale

    @property
    def traits(self) -> "pd.DataFrame":
        """A row for each goal, pain, need and behaviour: how many of its participants say so, and who against."""
        import pandas as pd

        rows = [
            {**trait.model_dump(include={"kind", "text", "support", "participants"}), "against": len(trait.against)}
            for trait in (self.portrait.traits if self.portrait else ())
        ]
        return pd.DataFrame(rows, columns=["kind", "text", "support", "participants", "against"])

    @property
    def quotes(self) -> "pd.DataFrame":
        """A row for each quote that its traits rest on, and for each that speaks against one (`is_against`)."""
        return self.project.sql(QUOTES, [self.id])

    @property
    def interviews(self) -> "pd.DataFrame":
        """A row for each of its interviews: who decided, and the `score` of the proposal, 0 to 1.

        `is_disputed` where another persona is proposed than somebody decided.
        """
        return self.project.sql(INTERVIEWS, [self.id])

    def rename(self, title: str | None = None, *, label: str | None = None) -> "Persona":
        """Title it anew, or call it in short otherwise; "" as title is again what its interviews say.

        Raises:
            Conflict: another persona has that label.
        """
        if title is None and label is None:
            raise InvalidRequest('Say what to call it: persona.rename("Busy buyers"), or persona.rename(label="B1").')
        return self._change(title=title, label=label)

    def describe(self, description: str) -> "Persona":
        """Say in your own words who that is."""
        return self._change(description=description)

    def put(self, place: Mapping[str, str]) -> "Persona":
        """Put it on the axes: types by axes, names or keys. Its interviews stay.

        Raises:
            InvalidRequest: there is no such axis or type.
            Conflict: another persona stands there.
        """
        return self._change(place=self.project.place_of(place))

    def move(self, position: int) -> "Persona":
        """Put it at that position, from 1, among the others; labels stay."""
        return self._change(position=position)

    def picture(self, path: str | Path | None) -> "Persona":
        """Give it a picture: a PNG, JPEG or WebP of at most 5 MB; None is again the one drawn for it.

        Raises:
            InvalidRequest: there is no such file, or it is no picture.
            FileTooLarge: it has more than 5 MB.
        """
        raw = None
        if path is not None:
            try:
                raw = target_of(path).read_bytes()
            except OSError as error:
                raise InvalidRequest(f"{path} can't be read: {error.strerror}.") from None
        self.project.run(self.project.api.change_picture(self.id, raw))
        return self._refresh()

    def ask(self, question: str, **about: Any) -> "Answer":
        """Ask it what its interviews tell; see `Project.ask` for what may be said besides, such as `without`."""
        return self.project.ask(question, personas=self, **about)

    def assign(self, *interviews: Interview | str) -> "Persona":
        """Decide that interviews belong to it, whatever is proposed: handles, titles or ids.

        Raises:
            InterviewNotFound: there is no such interview.
        """
        for one in self.project.chosen(interviews):
            self.project.run(self.project.api.assign_persona(one.id, self.id))
        return self._refresh()

    def delete(self) -> None:
        """Put it aside; its interviews belong to none then."""
        self.project.run(self.project.api.delete_persona(self.id))

    def _change(self, **told: object) -> "Persona":
        given = {name: value for name, value in told.items() if value is not None}
        self._record = self.project.run(self.project.api.change_persona(self.id, **given))
        return self

    def _refresh(self) -> "Persona":
        self._record = self.project.persona_record(self.id)
        return self

    def __repr__(self) -> str:
        return cards.card_text(self._card(), locale=self._locale)

    def _repr_html_(self) -> str:
        return cards.card_html(self._card(), locale=self._locale)

    def _card(self) -> Card:
        return self.project.cards(self._record)[0]


class Personas:
    """A project's personas, by position: `personas["P1"]`, `len`, iteration, `.table`. Always those of the moment."""

    def __init__(self, project: "Peopled", *, locale: str = "en") -> None:
        self._project = project
        self._locale = locale

    def propose(self, count: int | None = None) -> "Personas":
        """Have them proposed anew for all analysed interviews; what somebody decided stays.

        Args:
            count: into how many groups; without it the number is found. Axes say it themselves.

        Raises:
            Conflict: nothing has been analysed yet.
            InvalidRequest: there can't be so many.
        """
        self._project.run(self._project.api.propose_personas(self._project.id, count))
        return self

    def accept(self, interview: Interview | str | Iterable[Interview | str] | None = None) -> "Personas":
        """Decide as it is proposed: for one interview, several, or all that nobody has decided.

        Raises:
            Conflict: no persona is proposed for one of them.
        """
        meant = None
        if interview is not None:
            meant = [one.id for one in self._project.chosen(interview)]
        self._project.run(self._project.api.accept_personas(self._project.id, meant))
        return self

    def add(
        self, title: str = "", *, description: str = "", place: Mapping[str, str] | None = None, label: str = ""
    ) -> Persona:
        """Make a persona of your own.

        Args:
            place: where it stands on the axes, types by axes, e.g. `{"Role": "Buyer"}`.
            label: what it is called in short; default P and a number.

        Raises:
            InvalidRequest: there is no such axis or type.
            Conflict: another persona stands there, or has that label.
        """
        told = {"title": title, "description": description, "label": label}
        where = self._project.place_of(place or {})
        made = self._project.run(self._project.api.add_persona(self._project.id, **told, place=where))
        return Persona(self._project, made, locale=self._locale)

    def release(self, *interviews: Interview | str) -> "Personas":
        """Decide that interviews belong to none of them."""
        for one in self._project.chosen(interviews):
            self._project.run(self._project.api.assign_persona(one.id, None))
        return self

    @property
    def table(self) -> "pd.DataFrame":
        """A row for each: label, title, interviews, participants, how many are decided and proposed, stale or not."""
        import pandas as pd

        axes = self._project.axes
        rows = [
            {
                "label": one.label,
                "title": cards.title_of(one),
                "interviews": len(one.interview_ids),
                "participants": one.portrait.participants if one.portrait else 0,
                "decided": one.decided,
                "proposed": len(one.interview_ids) - one.decided,
                "stale": " ".join(one.stale),
                "place": cards.place_of(one, axes),
                "id": one.id,
            }
            for one in self._project.persona_records()
        ]
        return pd.DataFrame(rows, columns=COLUMNS)

    @property
    def note(self) -> str:
        """What to know of the newest proposal, such as how sure the number of groups is; "" for nothing."""
        return "".join(note or "" for note in self._project.sql(PROPOSED).iloc[:, 0])

    @property
    def stability(self) -> "pd.DataFrame":
        """A row for each number of groups that was tried: how alike groupings of samples were (1 is the same)."""
        import pandas as pd

        told = [json.loads(found) for found in self._project.sql(PROPOSED).iloc[:, 1]]
        rows = [{"groups": int(groups), "stability": value} for found in told for groups, value in found.items()]
        return pd.DataFrame(rows, columns=["groups", "stability"]).sort_values("groups", ignore_index=True)

    @property
    def unassigned(self) -> "pd.DataFrame":
        """A row for each analysed interview that belongs to none of them."""
        return self._project.sql(UNASSIGNED)

    def __getitem__(self, which: str | int) -> Persona:
        """Return one by its label, id or title, or by where it stands: `personas[0]`, `personas[-1]`.

        Raises:
            PersonaNotFound: there is none, or there are several.
        """
        known = self._project.persona_records()
        if isinstance(which, int):
            if not -len(known) <= which < len(known):
                raise PersonaNotFound(f"There is no persona at {which}; there are {len(known)}.")
            return Persona(self._project, known[which], locale=self._locale)
        for names in (_id, _label, _title):
            found = [one for one in known if names(one) == (which if names is _id else str(which).casefold())]
            if len(found) == 1:
                return Persona(self._project, found[0], locale=self._locale)
            if found:
                listed = ", ".join(one.label for one in found)
                raise PersonaNotFound(f"{len(found)} personas are called “{which}”: {listed}. Give the label.")
        listed = ", ".join(f"{one.label} “{cards.title_of(one)}”" for one in known)
        there = f"There are {listed}." if known else "project.personas() proposes some."
        raise PersonaNotFound(f"There is no persona “{which}”. {there}")

    def __iter__(self) -> Iterator[Persona]:
        return (Persona(self._project, one, locale=self._locale) for one in self._project.persona_records())

    def __len__(self) -> int:
        return len(self._project.persona_records())

    def __repr__(self) -> str:
        return cards.cards_text(*self._cards(), note=self.note, locale=self._locale)

    def _repr_html_(self) -> str:
        return cards.cards_html(*self._cards(), note=self.note, locale=self._locale)

    def cards(self) -> "PersonaCards":
        """Return the personas as live cards, on which interviews can be accepted and put elsewhere."""
        return self._project.gallery(self._locale)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.cards()._repr_mimebundle_(**kwargs)

    def _cards(self) -> tuple[list[Card], int]:
        return self._project.cards(), len(self.unassigned)


def _id(persona: PersonaRecord) -> str:
    return persona.id


def _label(persona: PersonaRecord) -> str:
    return persona.label.casefold()


def _title(persona: PersonaRecord) -> str:
    return cards.title_of(persona).casefold()
