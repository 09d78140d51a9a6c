"""Persona cards that stay true: brought level with the server whenever something happens to what they show."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from persona_lab.errors import PersonaLabError
from persona_lab.lab import locales
from persona_lab.lab.drawing import reasons
from persona_lab.lab.following.rows import Row
from persona_lab.lab.people import cards
from persona_lab.lab.people.cards import Card

if TYPE_CHECKING:
    from persona_lab.lab.peopled import Peopled
    from persona_lab.widgets.places import OnOpen

log = logging.getLogger(__name__)

# What happens together is shown together.
GATHERED_SECONDS = 0.2
RETRY_SECONDS = 1.0


class Gallery:
    """Feeds a widget of persona cards. `notice` belongs to the connection's own thread."""

    def __init__(
        self,
        project: "Peopled",
        locale: str,
        *,
        on_open: "OnOpen | None" = None,
        on_show: Callable[[str], None] | None = None,
    ) -> None:
        from persona_lab.widgets.personas import PersonaCards

        self._project = project
        self._is_due = False
        self._levelling: asyncio.Task[None] | None = None
        shown = project.run(project.cards_now())
        self._cards = shown
        personas, interviews = on_page(shown, project.rows)
        self.widget: PersonaCards = PersonaCards(
            project.name,
            personas,
            interviews,
            locale=locale,
            on_propose=self._propose,
            on_accept=self._accept,
            on_assign=self._assign,
            on_news=self.notice,
            on_sql=project.sql,
            static=self._static,
            on_open=on_open,
            on_show=on_show,
        )

    def notice(self) -> None:
        """Bring the widget level soon."""
        self._is_due = True
        if self._levelling is None:
            self._levelling = asyncio.create_task(self._level())

    async def _level(self) -> None:
        """Ask again as long as there is news; one answer at a time, so that none overtakes another."""
        try:
            while self._is_due and not self._project.is_closed and self.widget.comm is not None:
                await asyncio.sleep(GATHERED_SECONDS)
                self._is_due = False
                try:
                    self._cards = await self._project.cards_now()
                except PersonaLabError as error:
                    log.debug("persona cards were not brought level: %s", error)
                    self._is_due = True
                    await asyncio.sleep(RETRY_SECONDS)
                else:
                    self.widget.show(*on_page(self._cards, self._project.rows))
        finally:
            self._levelling = None

    def _propose(self) -> None:
        self._project.run(self._project.api.propose_personas(self._project.id, None))

    def _accept(self, interview_ids: list[str] | None) -> None:
        self._project.run(self._project.api.accept_personas(self._project.id, interview_ids))

    def _assign(self, interview_id: str, persona_id: str | None) -> None:
        self._project.run(self._project.api.assign_persona(interview_id, persona_id))

    def _static(self, locale: str) -> tuple[str, str]:
        shown = self._cards
        belonging = {key for card in shown for key in card.persona.interview_ids}
        nowhere = sum(row["status"] == "completed" and row["id"] not in belonging for row in self._project.rows)
        return cards.cards_html(shown, nowhere, locale=locale), cards.cards_text(shown, nowhere, locale=locale)


def on_page(shown: Iterable[Card], rows: Iterable[Row]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return personas and analysed interviews as the widget's page shows them."""
    personas = list(shown)
    assigned = {one.interview_id: one for card in personas for one in card.persona.assignments}
    interviews = []
    for row in rows:
        if row["status"] == "completed":
            its = assigned.get(row["id"])
            proposal = its.proposal if its else None
            told = proposal.model_dump(mode="json") if proposal else {}
            interviews.append(
                {
                    "id": row["id"],
                    "order": row["order"],
                    "title": row["title"],
                    "persona_id": its.belongs_to if its else None,
                    "decided_by": its.decided_by if its else None,
                    "proposed_id": told.get("persona_id"),
                    "score": told.get("score"),
                    "evidence": [] if its and its.is_disputed else told.get("evidence", []),
                }
            )
    return [_persona(card) for card in personas], interviews


def _persona(card: Card) -> dict[str, Any]:
    persona = card.persona
    portrait: Mapping[str, Any] = persona.portrait.model_dump(mode="json") if persona.portrait else {}
    return {
        "id": persona.id,
        "position": persona.position,
        "label": persona.label,
        "title": cards.title_of(persona),
        "name": portrait.get("name", ""),
        "description": persona.description,
        "place": cards.place_of(persona, card.axes),
        "picture": card.picture,
        "summary": portrait.get("summary", ""),
        "quotes": portrait.get("summary_quotes", []),
        "traits": portrait.get("traits", []),
        "words": portrait.get("words", []),
        "participants": portrait.get("participants", 0),
        "typical": card.titles.get(portrait.get("medoid") or "", ""),
        "note": portrait.get("note", ""),
        "stale": {locale: reasons.stale_text(persona.stale, locale) for locale in locales.LOCALES},
    }
