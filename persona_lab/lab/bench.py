"""A study's workbench: which widgets there are, and what choosing something in one does to the others."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from persona_lab.errors import Conflict
from persona_lab.lab import locales
from persona_lab.lab.chatting import Chatting, Room
from persona_lab.lab.insights.view import View
from persona_lab.lab.interviews.reader import Desk
from persona_lab.lab.judging import Judging
from persona_lab.lab.looking import Looking
from persona_lab.lab.peopled import Peopled
from persona_lab.lab.talking.conversation import Conversation

if TYPE_CHECKING:
    from anywidget import AnyWidget

    from persona_lab.widgets.mind_map import MindMapTree
    from persona_lab.widgets.workbench import Look, Workbench


class Benched(Looking, Judging, Peopled, Chatting):
    """The part of a project that shows its widgets together."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._bench: Bench | None = None

    def workbench(self, *, conversation: Conversation | str | None = None, locale: str | None = None) -> "Workbench":
        """Return the study's widgets as one: the board, and beside it what is opened.

        Transcript, insights, personas, a conversation, its mind map and the monitor are tabs. What is chosen in one
        moves the others. A widget is made when its tab is opened.

        Args:
            conversation: go on in this one; a handle, title or id. Else a new one begins with the first question.
            locale: `"en"` or `"ko"`, the language of its labels; default is `locale` of the project's lab. A button
                on it changes it, too.

        Raises:
            ConversationNotFound: there is no such conversation.
        """
        wanted = locales.checked(locale or self.locale)
        known = self.known(conversation)
        bench = self._bench
        # A cell that is run again shows the workbench there is; one that was closed stays closed.
        if bench is None or bench.widget.comm is None or known is not None:
            bench = self._bench = Bench(self, known.id if known else None, wanted)
        elif locale is not None:
            bench.widget.locale = wanted
        return bench.widget


class Bench:
    """Makes the panes of one workbench when they are looked at, and joins them."""

    def __init__(self, project: Benched, conversation_id: str | None, locale: str) -> None:
        from persona_lab.widgets.workbench import Workbench

        self._project = project
        self._conversation_id = conversation_id
        self._room: Room | None = None
        self._desk: Desk | None = None
        self._made: dict[str, AnyWidget] = {}
        looks: dict[str, Look] = {
            "board": self._once("board", self._board),
            "reader": lambda _locale: self._made.get("reader"),
            "insights": self._once("insights", lambda locale: project.new_insight_board(View(), locale, self.read)),
            "personas": self._once("personas", self._personas),
            "chat": self._once("chat", self._chat),
            "mind_map": self._mind_map,
            "monitor": self._once("monitor", project.new_monitor),
        }
        self.widget: Workbench = Workbench(project.name, looks, locale=locale)

    def _once(self, pane: str, make: "Callable[[str], AnyWidget]") -> "Look":
        """Return what makes the pane's widget the first time, and returns it from then on."""

        def look(locale: str) -> "AnyWidget":
            if pane not in self._made:
                self._made[pane] = make(locale)
            return self._made[pane]

        return look

    def read(self, interview_id: str, turn: int | None = None, _start: int = 0) -> None:
        """Open an interview in the reader, from this turn on."""

        def look(locale: str) -> "AnyWidget":
            if self._desk is None:
                self._desk = self._project.new_desk(interview_id, locale)
                self._made["reader"] = self._desk.widget
            elif self._desk.interview_id != interview_id:
                self._desk.open(interview_id, turn)
            if turn is not None:
                self._desk.widget.go(turn)
            return self._desk.widget

        # The page goes on meanwhile.
        threading.Thread(target=self.widget.show, args=("reader", look), daemon=True).start()

    def _board(self, locale: str) -> "AnyWidget":
        board = self._project.new_board(locale)
        board.on_open = self.read
        return board

    def _personas(self, locale: str) -> "AnyWidget":
        return self._project.new_gallery(locale, on_open=self.read, on_show=self._findings_of)

    def _findings_of(self, persona_id: str) -> None:
        """Open the insights, those that a persona's participants stand behind."""

        def look(locale: str) -> "AnyWidget":
            insights = self.widget.insights or self._project.new_insight_board(View(), locale, self.read)
            insights.view = {**insights.view, "persona": persona_id}
            self._made["insights"] = insights
            return insights

        threading.Thread(target=self.widget.show, args=("insights", look), daemon=True).start()

    def _chat(self, locale: str) -> "AnyWidget":
        about: dict[str, Any] = {"interview_id": None, "persona_ids": [], "without": None, "title": None}
        self._room, chat = self._project.new_room(self._conversation_id, about, locale, self.read)
        return chat

    def _mind_map(self, locale: str) -> "MindMapTree | None":
        """Draw the conversation as it is by now."""
        from persona_lab.widgets.mind_map import MindMapTree

        conversation_id = self._room.conversation_id if self._room else self._conversation_id
        if conversation_id is None:
            return None
        try:
            drawn = self._project.run(self._project.api.mind_map(conversation_id))
        except Conflict:
            # Nothing has been answered in it yet.
            return None
        tree = self._made.get("mind_map")
        if not isinstance(tree, MindMapTree):
            tree = self._made["mind_map"] = MindMapTree(drawn, locale=locale, on_open=self.read)
        else:
            tree.update(drawn)
        return tree
