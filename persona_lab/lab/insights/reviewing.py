"""Keeps a board of insights level with the project's copy, does what is asked on it, and takes it back.

The copy is where the board's query runs, too: so what the query gives is what is shown.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from persona_lab.errors import InvalidRequest, JudgementNotFound, ServerUnreachable
from persona_lab.lab.drawing import insight_pictures
from persona_lab.lab.drawing.amounts import counted
from persona_lab.lab.following.feed import Feed
from persona_lab.lab.following.rows import in_flight
from persona_lab.lab.insights import shown
from persona_lab.lab.insights.view import View
from persona_lab.lab.insights.wording import Words, done, since_merged, words_of
from persona_lab.lab.interviews.runs import changed_since_merged
from persona_lab.models import Event, Snapshot
from persona_lab.replica import Replica
from persona_lab.widgets.insights import Deed, Done, InsightBoard
from persona_lab.widgets.places import OnOpen

if TYPE_CHECKING:
    from persona_lab.lab.judging import Judging

log = logging.getLogger(__name__)

# What may change a row, or what is known of an insight.
NEWS = (
    "insight:",
    "insights:",
    "persona:",
    "personas:",
    "note:",
    *(f"interview:{what}" for what in ("completed", "updated", "deleted", "restored")),
)
# What happens together is shown together.
GATHERED_SECONDS = 0.2
LEVEL_SECONDS = 10.0
# What takes back what.
OPPOSITES = {"unpin": "pin", "restore": "reject"}


class Step(NamedTuple):
    """What takes back a part of a deed: a judgement undone, or one said again of an insight in place of `withdrawn`."""

    judgement_id: str = ""
    insight_id: str = ""
    kind: str = ""
    withdrawn: tuple[str, ...] = ()


class Kept(NamedTuple):
    """A deed that can be taken back: what was done, in words, and what takes it back."""

    said: str
    steps: list[Step]


class Review:
    """One board of insights. It listens to the project as long as the board is open.

    `hear`, `reload` and `follow` belong to the connection's own thread.
    """

    def __init__(
        self,
        project: "Judging",
        replica: Replica,
        feed: Feed,
        view: View,
        locale: str,
        on_place: OnOpen | None = None,
    ) -> None:
        self._project = project
        self._replica = replica
        self._feed = feed
        self._wanted = 0
        self._levelling: asyncio.Task[None] | None = None
        # One reading at a time, so that none shows what is older than what another has shown.
        self._reading = threading.Lock()
        self._done: list[Kept] = []
        self.widget = InsightBoard(
            project.name,
            view,
            connection=feed.connection.state,
            locale=locale,
            on_sql=project.sql,
            on_open=lambda insight_id: shown.details(replica, project.id, insight_id, self._words),
            on_deed=self._do,
            on_place=on_place,
            static=self._static,
            **self._around(locale),
            **shown.shown(replica, words_of(locale))._asdict(),
        )
        self.widget.observe(lambda _change: self._show(), "locale")

    @property
    def _words(self) -> Words:
        return words_of(self.widget.locale)

    # Listening

    @property
    def comm(self) -> Any:
        return self.widget.comm

    @property
    def connection(self) -> str:
        return str(self.widget.connection)

    @connection.setter
    def connection(self, state: str) -> None:
        self.widget.connection = state

    def hear(self, events: Sequence[Event]) -> None:
        """Have the board brought level where something happened that it shows."""
        self._tell_around()
        if any(event.type.startswith(NEWS) for event in events):
            self.follow(events[-1].seq)

    def reload(self, snapshot: Snapshot) -> None:
        """Have it brought level, whatever happened."""
        self._tell_around()
        self.follow(snapshot.seq)

    def follow(self, seq: int) -> None:
        """Show the project as of that event, or a later one, soon."""
        self._wanted = max(self._wanted, seq)
        if self._levelling is None:
            self._levelling = asyncio.create_task(self._level())

    async def _level(self) -> None:
        try:
            reached = -1
            while reached < self._wanted and not self._project.is_closed and self.comm is not None:
                await asyncio.sleep(GATHERED_SECONDS)
                wanted = self._wanted
                if await asyncio.to_thread(self._feed.level, wanted, LEVEL_SECONDS):
                    await asyncio.to_thread(self._show)
                    reached = wanted
        except Exception:
            log.exception("the insights on a board were not brought level")
        finally:
            self._levelling = None

    def _show(self) -> None:
        with self._reading:
            self.widget.show(*shown.shown(self._replica, self._words))
            self._tell_around()

    def _tell_around(self) -> None:
        for name, value in self._around(self.widget.locale).items():
            setattr(self.widget, name, value)

    def _around(self, locale: str) -> dict[str, str]:
        """Return what there is to know of the list as a whole."""
        words = words_of(locale)
        rows = self._project.rows
        pending = len(in_flight(rows))
        coming = counted(words["pending"], pending) if pending else ""
        since = "" if pending else since_merged(changed_since_merged(self._replica), words)
        why = "coming" if pending else "empty" if rows else "none"
        return {"notice": coming or since, "nothing": " ".join(part for part in (words[why], coming) if part)}

    # Doing, on the threads of what is asked

    def _do(self, deed: Deed) -> Done:
        """Do it, show it, and say so."""
        steps: list[Step] = []
        said = done(deed.kind, self._name(deed), len(deed.insights) if deed.kind != "merge" else 1, self._words)
        try:
            match deed.kind:
                case "undo":
                    self._undo()
                case "take back":
                    self._project.undo(deed.text)
                    self._forget(deed.text)
                case _:
                    for work in self._parts(deed):
                        steps += work()
        finally:
            # What has been done of it can be taken back, even where the rest could not be.
            if steps:
                self._done.append(Kept(said, steps))
            self._tell()
        return Done(said, self._now(deed, steps))

    def _parts(self, deed: Deed) -> list[Callable[[], list[Step]]]:
        if not deed.insights:
            raise InvalidRequest("Choose an insight first.")
        if deed.kind in OPPOSITES:
            return [self._withdrawing(one, OPPOSITES[deed.kind]) for one in deed.insights]
        if deed.kind == "merge":
            said = {"kind": "merge", "others": list(deed.insights[1:]), "text": deed.text}
            return [self._saying(deed.insights[0], said)]
        said = {"kind": deed.kind, "text": deed.text} if deed.kind == "rename" else {"kind": deed.kind}
        return [self._saying(one, said) for one in deed.insights]

    def _saying(self, insight_id: str, said: dict[str, Any]) -> Callable[[], list[Step]]:
        def say() -> list[Step]:
            made, is_known = self._project.run(self._project.api.judge(self._project.id, insight_id, said))
            # What somebody had said already is not ours to take back.
            return [] if is_known else [Step(judgement_id=made.id)]

        return say

    def _withdrawing(self, insight_id: str, kind: str) -> Callable[[], list[Step]]:
        def withdraw() -> list[Step]:
            # The server's word, since the copy may still lack what was said last.
            holding = self._project.run(self._project.api.insight(self._project.id, insight_id)).judgements
            said = self._project.run(self._project.api.judgements(self._project.id))
            withdrawn = tuple(one.id for one in said if one.id in holding and one.kind == kind)
            for judgement_id in withdrawn:
                with contextlib.suppress(JudgementNotFound):
                    self._project.undo(judgement_id)
            return [Step(insight_id=insight_id, kind=kind, withdrawn=withdrawn)] if withdrawn else []

        return withdraw

    def _undo(self) -> None:
        if not self._done:
            raise InvalidRequest("There is nothing left to undo here. What holds of an insight stands where it opens.")
        steps = self._done[-1].steps
        while steps:
            step = steps[-1]
            # Taken back already, by somebody else, is taken back.
            with contextlib.suppress(JudgementNotFound):
                if step.judgement_id:
                    self._project.undo(step.judgement_id)
                else:
                    self._say_again(step)
            steps.pop()
        self._done.pop()

    def _say_again(self, step: Step) -> None:
        """Say again what was withdrawn; where that was said here, the deed that did is taken back by the new one."""
        said = {"kind": step.kind}
        made, is_known = self._project.run(self._project.api.judge(self._project.id, step.insight_id, said))
        if is_known:
            return
        for kept in self._done:
            kept.steps[:] = [
                one._replace(judgement_id=made.id) if one.judgement_id in step.withdrawn else one for one in kept.steps
            ]

    def _forget(self, judgement_id: str) -> None:
        for kept in self._done:
            kept.steps[:] = [step for step in kept.steps if step.judgement_id != judgement_id]
        self._done = [kept for kept in self._done if kept.steps]

    def _tell(self) -> None:
        """Show what was done, before the page is told that it is."""
        self._catch_up()
        self._show()
        self.widget.undoable = self._done[-1].said if self._done else ""

    def _catch_up(self) -> None:
        """Bring the copy up to the project as it is now; where the line has gone, it is shown when that is back."""
        with contextlib.suppress(ServerUnreachable):
            seq = self._project.run(self._project.api.get_project(self._project.id)).seq
            self._feed.level(seq, LEVEL_SECONDS)

    def _name(self, deed: Deed) -> str:
        known = {row["id"]: row["text"] for row in self.widget.rows}
        return deed.text or next((str(known[one]) for one in deed.insights if one in known), "")

    def _now(self, deed: Deed, steps: Sequence[Step]) -> str:
        made = [step.judgement_id for step in steps if step.judgement_id]
        query = "SELECT id FROM merged_insights WHERE list_has_any(judgements, CAST(? AS VARCHAR[])) LIMIT 1"
        found = [key for (key,) in self._replica.rows(query, [made])] if made else []
        return str((found or [*deed.insights, ""])[0])

    # A notebook that was saved

    def _static(self, view: View, locale: str) -> tuple[str, str]:
        # What the cell before said is in it.
        self._catch_up()
        drawn = insight_pictures.drawn(self._replica, view)
        return insight_pictures.insights_html(drawn, locale=locale), insight_pictures.insights_text(
            drawn, locale=locale
        )
