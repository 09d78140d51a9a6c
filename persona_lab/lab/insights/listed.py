"""A project's insights as a live list to work on."""

from typing import TYPE_CHECKING, Any

from persona_lab import models
from persona_lab.errors import InvalidRequest, PersonaNotFound
from persona_lab.lab import locales
from persona_lab.lab.study import Study

if TYPE_CHECKING:
    from persona_lab.lab.insights.reviewing import Review
    from persona_lab.lab.insights.view import View
    from persona_lab.widgets.insights import InsightBoard

PERSONA = "SELECT id FROM personas WHERE id = ? OR label = ? OR title = ?"


class Listed(Study):
    """The part of a project that shows its insights."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reviews: dict[tuple[View, str], InsightBoard] = {}

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

    def new_insight_board(self, view: "View", locale: str) -> "InsightBoard":
        """Return a list that no other call returns."""
        from persona_lab.lab.insights.reviewing import Review

        review = Review(self, self._replica, self._feed, view, locale)
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
