"""Whom a project is about: what tells its participants apart, and its personas."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from persona_lab.errors import InvalidRequest, PersonaNotFound
from persona_lab.lab import locales
from persona_lab.lab.offering import inner
from persona_lab.lab.people import cards
from persona_lab.lab.people.cards import Card
from persona_lab.lab.people.gallery import Gallery
from persona_lab.lab.people.personas import Axes, GivenAxes, Personas, asked_axes
from persona_lab.lab.talking.asking import Asking
from persona_lab.models import PersonaRecord

if TYPE_CHECKING:
    from persona_lab.widgets.personas import PersonaCards


class Peopled(Asking):
    """The part of a project that has axes and personas."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pictures: dict[tuple[str, str], str] = {}
        self._galleries: dict[str, PersonaCards] = {}

    @property
    def axes(self) -> Axes:
        """What participants are told apart by; set it to change it, e.g. `{"Role": ["Buyer", "User"]}`.

        What keeps its name, or its key in `Axis` values, keeps whom it stands for, whatever the order.

        Raises:
            Conflict: personas stand on what would be gone; `set_axes(…, force=True)` takes it away.
        """
        return Axes(self.run(self.api.axes(self.id)))

    @axes.setter
    def axes(self, axes: GivenAxes) -> None:
        self.set_axes(axes)

    def set_axes(self, axes: "GivenAxes | Peopled", *, force: bool = False) -> Axes:
        """Set all axes: types by name of the axis, or `Axis` values, or another project, to take its.

        Args:
            force: take away also what personas stand on; they keep their interviews and lose that place.

        Raises:
            Conflict: personas stand on what would be gone; the message says which interviews belong to them.
            InvalidRequest: they are not axes, or a name is there twice.
        """
        wanted = {"copy_from": axes.id} if isinstance(axes, Peopled) else {"axes": asked_axes(axes)}
        return Axes(self.run(self.api.set_axes(self.id, **wanted, force=force)))

    def rename_axis(self, name: str, to: str, *, type: str | None = None) -> Axes:
        """Call an axis, or one type of it, otherwise; whoever stands there stays there.

        Raises:
            InvalidRequest: there is no such axis or type.
        """
        axis_key, type_key = self._keys(name, type)
        rows = [axis.model_dump() for axis in self.axes]
        axis = next(row for row in rows if row["key"] == axis_key)
        renamed = axis if type is None else next(one for one in axis["types"] if one["key"] == type_key)
        renamed["name"] = to
        return self.set_axes(rows)

    def personas(self, count: int | None = None, *, locale: str | None = None) -> Personas:
        """Return the project's personas; where there are none, they are proposed from the analysed interviews.

        Args:
            count: into how many groups to put them, then; `.propose(count)` does so anew.
            locale: `"en"` or `"ko"`, the language of the cards' labels; default is `locale` of the project's lab.

        Raises:
            Conflict: nothing has been analysed yet.
            InvalidRequest: there can't be so many.
        """
        found = Personas(self, locale=locales.checked(locale or self.locale))
        return found if self.persona_records() else found.propose(count)

    @inner
    def persona_records(self) -> list[PersonaRecord]:
        """Return the personas as the server has them."""
        return self.run(self.api.personas(self.id))

    @inner
    def persona_record(self, persona_id: str) -> PersonaRecord:
        """Return one of them.

        Raises:
            PersonaNotFound: it is not there any more.
        """
        found = [one for one in self.persona_records() if one.id == persona_id]
        if not found:
            raise PersonaNotFound
        return found[0]

    @inner
    def place_of(self, place: Mapping[str, str]) -> dict[str, str]:
        """Return a place by keys, of one by names or keys.

        Raises:
            InvalidRequest: there is no such axis or type.
        """
        if not isinstance(place, Mapping):
            raise InvalidRequest('Say where on which axis it stands, e.g. place={"Role": "Buyer"}.')
        return dict(self._keys(axis, chosen) for axis, chosen in place.items())

    @inner
    def cards(self, persona: PersonaRecord | None = None) -> list[Card]:
        """Return what the cards of all personas show, or that of one."""
        return self.run(self.cards_now([persona] if persona else None))

    @inner
    async def cards_now(self, personas: Iterable[PersonaRecord] | None = None) -> list[Card]:
        """Do the same on the connection's own thread."""
        shown = await self.api.personas(self.id) if personas is None else personas
        axes = await self.api.axes(self.id)
        titles = {row["id"]: row["title"] for row in self.rows}
        return [Card(one, titles, axes, await self._picture(one)) for one in shown]

    @inner
    def gallery(self, locale: str) -> "PersonaCards":
        """Return the live cards; a cell that is run again shows those there are."""
        known = self._galleries.get(locale)
        if known is None or known.comm is None:
            known = self._galleries[locale] = self.new_gallery(locale)
        return known

    @inner
    def new_gallery(self, locale: str, **told: Any) -> "PersonaCards":
        """Return live cards that no other call returns."""
        gallery = Gallery(self, locale, **told)
        self._background.run(self._follow(gallery))
        return gallery.widget

    async def _follow(self, gallery: Gallery) -> None:
        self._feed.tell(gallery.widget)
        # What happened while it was made.
        gallery.notice()

    async def _picture(self, persona: PersonaRecord) -> str:
        # A drawn one is read out by its title.
        key = (persona.id, persona.picture or f"drawn for {cards.title_of(persona)}")
        if key not in self._pictures:
            self._pictures[key] = cards.address(*await self.api.picture(persona.id))
        return self._pictures[key]

    def _keys(self, axis_name: str, type_name: str | None) -> tuple[str, str]:
        for axis in self.axes:
            if axis_name in (axis.name, axis.key):
                if type_name is None:
                    return axis.key, ""
                for one in axis.types:
                    if type_name in (one.name, one.key):
                        return axis.key, one.key
                listed = ", ".join(f"“{one.name}”" for one in axis.types)
                raise InvalidRequest(f"“{axis.name}” has no type “{type_name}”. It has {listed}.")
        listed = ", ".join(f"“{axis.name}”" for axis in self.axes) or "none"
        raise InvalidRequest(f"There is no axis “{axis_name}”. The project's axes are: {listed}.")
