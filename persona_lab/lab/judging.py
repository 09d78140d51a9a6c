"""A study's insights: one by one, as a live list to work on, and what people said of them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from persona_lab import models
from persona_lab.errors import InvalidRequest, PersonaNotFound
from persona_lab.lab import locales
from persona_lab.lab.insights import insight as judged
from persona_lab.lab.insights.insight import Insight
from persona_lab.lab.noting import Noting
from persona_lab.lab.offering import inner

if TYPE_CHECKING:
    import pandas as pd

    from persona_lab.lab.insights.reviewing import Review
    from persona_lab.lab.insights.view import View
    from persona_lab.widgets.insights import InsightBoard
    from persona_lab.widgets.places import OnOpen


PERSONA = "SELECT id FROM personas WHERE id = ? OR label = ? OR title = ?"


class Judging(Noting):
    """The part of a project that shows its insights and has people judge them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reviews: dict[tuple[View, str], InsightBoard] = {}

    def insight(self, text_or_id: str) -> Insight:
        """Return one insight, by its id or its text, or words that no other insight says.

        Raises:
            InsightNotFound: there is none, or there are several.
        """
        known = self.run(self.api.insights(self.id, rejected=True))
        found = next((one for one in known if one.id == text_or_id), None) or judged.chosen(known, text_or_id)
        return Insight(self, found or self.run(self.api.insight(self.id, text_or_id)))

    @inner
    def insight_of(self, judgement: models.Judgement) -> Insight:
        """Return the insight that a judgement holds for.

        Raises:
            InsightNotFound: it holds for none at the moment.
        """
        known = self.run(self.api.insights(self.id, rejected=True))
        found = next((one for one in known if judgement.id in one.judgements), None)
        return Insight(self, found or self.run(self.api.insight(self.id, judgement.insight_id)))

    @property
    def judgements(self) -> "pd.DataFrame":
        """A row for each thing that people said of insights and did not take back, the oldest first."""
        return self.judgements_of(None)

    @inner
    def judgements_of(self, judgement_ids: Iterable[str] | None) -> "pd.DataFrame":
        """Return the same of these alone."""
        wanted = None if judgement_ids is None else list(judgement_ids)
        return self.sql(judged.JUDGEMENTS, [wanted, wanted])

    def insight_board(
        self, *, kind: models.Kind | None = None, persona: str | None = None, locale: str | None = None
    ) -> "InsightBoard":
        """Return all insights as a live widget to work on: filter, open, choose, rename, pin, reject, merge, undo.

        Its `.sql` is the query of the rows it shows, `.table` these rows, and `.selection` those that are chosen.

        Args:
            kind: `"pain"`, `"need"` or `"takeaway"`, to begin with these alone.
            persona: begin with what a persona's participants say; its label, such as `"P1"`, title or id.
            locale: `"en"` or `"ko"`, the language of its labels; default is `locale` of the project's lab.

        Raises:
            InvalidRequest: there is no such kind.
            PersonaNotFound: there is no such persona.
        """
        from persona_lab.lab.insights.view import View

        if kind is not None and kind not in models.KINDS:
            raise InvalidRequest(f"“{kind}” is no kind of insight. There are: {', '.join(models.KINDS)}.")
        locale = locales.checked(locale or self.locale)
        self._level()
        key = (View(kinds=(kind,) if kind else (), persona=self._persona_id(persona)), locale)
        board = self._reviews.get(key)
        # A cell that is run again shows the board there is; one that was closed stays closed.
        if board is None or board.comm is None:
            board = self._reviews[key] = self.new_insight_board(*key)
        return board

    @inner
    def new_insight_board(self, view: "View", locale: str, on_place: "OnOpen | None" = None) -> "InsightBoard":
        """Return a list that no other call returns."""
        from persona_lab.lab.insights.reviewing import Review

        review = Review(self, self._replica, self._feed, view, locale, on_place)
        self._background.call(self._attend, review)
        return review.widget

    def _attend(self, review: "Review") -> None:
        self._feed.tell(review)
        # What happened while it was made.
        review.follow(self._feed.seq)

    def _persona_id(self, named: str | None) -> str:
        if named is None:
            return ""
        found = self._replica.rows(PERSONA, [named, named, named])
        if len(found) != 1:
            raise PersonaNotFound(f"There is no one persona “{named}”. `project.personas().table` lists them.")
        return str(found[0][0])

    def undo(self, judgement_id: str) -> None:
        """Take back what somebody said of an insight; `judgements` has the ids.

        Raises:
            JudgementNotFound: there is none of that id.
        """
        self.run(self.api.undo(self.id, judgement_id))
