"""An interview that is open in a reader: brought level with the server whenever something happens to what it shows."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from persona_lab.errors import InterviewNotFound, InvalidRequest, PersonaLabError
from persona_lab.lab import locales
from persona_lab.lab.drawing import reasons, transcript_picture
from persona_lab.lab.insights import notes as noted
from persona_lab.lab.interviews.interview import Interview
from persona_lab.lab.offering import inner
from persona_lab.lab.study import Study
from persona_lab.models import Event, Insight, InterviewRecord, Note, Transcript

if TYPE_CHECKING:
    from persona_lab.widgets.reader import Places, Reader

log = logging.getLogger(__name__)

# What happens together is shown together.
GATHERED_SECONDS: Final = 0.1
RETRY_SECONDS: Final = 1.0

STORY: Final = "story"
FINDINGS: Final = "findings"
CODES: Final = "codes"
NOTES: Final = "notes"
ALL: Final = frozenset({STORY, FINDINGS, CODES, NOTES})

NOWHERE: Final[dict[str, Any]] = {"turns": [], "sections": [], "findings": [], "codes": [], "notes": []}


class Reading(Study):
    """The part of a project that shows an interview to read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._desks: dict[tuple[str, str, bool], Desk] = {}

    def reader(
        self, interview: Interview | str, *, locale: str | None = None, turn: int | None = None, others: bool = False
    ) -> "Reader":
        """Return an interview as a live widget to read: turns, sections, findings, codes and notes in their places.

        A finding opens its quotes, and a quote its place; words that are chosen can be coded and noted.

        Args:
            interview: a handle, title or id.
            locale: `"en"` or `"ko"`, the language of its labels; default is `locale` of the project's lab.
            turn: the number of a turn to begin with.
            others: show everybody's codes, and not only yours, which nobody else's have led.

        Raises:
            InvalidRequest: there is no such turn.
            InterviewNotFound: there is no such interview.
        """
        key = (self.chosen(interview)[0].id, locales.checked(locale or self.locale), others)
        desk = self._desks.get(key)
        # A cell that is run again shows the reader there is; one that was closed stays closed.
        if desk is None or desk.comm is None:
            desk = self._desks[key] = self.new_desk(*key)
        elif desk.interview_id != key[0]:
            desk.open(key[0], None)
        if turn is not None:
            _check_turn(desk.widget, turn)
            # A number out of a DataFrame is numpy's, which JSON doesn't know.
            desk.widget.go(int(turn))
        return desk.widget

    @inner
    def new_desk(self, interview_id: str, locale: str, others: bool = False) -> "Desk":
        """Return a reader that no other call returns, and what feeds it."""
        desk = Desk(self, interview_id, locale, others)
        self._background.run(self._keep_level(desk))
        return desk

    async def _keep_level(self, desk: "Desk") -> None:
        self._feed.tell(desk.widget)
        # What happened while it was made.
        desk.notice(ALL)


class Desk:
    """Feeds a reader. `hear` and `notice` belong to the connection's own thread.

    Attributes:
        interview_id: the interview that is open; the page may open another one.
    """

    def __init__(self, project: Study, interview_id: str, locale: str, others: bool) -> None:
        from persona_lab.widgets.reader import Reader

        self._project = project
        self._others = others
        self.interview_id = interview_id
        self._record: InterviewRecord | None = None
        self._back: dict[str, Any] | None = None
        self._due: set[str] = set()
        self._levelling: asyncio.Task[None] | None = None
        shown = project.run(self._parts(ALL))
        self.widget = Reader(
            **shown,
            locale=locale,
            user=project.run(project.api.user()),
            on_code=self._code,
            on_note=self._note,
            on_uncode=lambda coding_id: self._write(CODES, project.api.remove_coding(coding_id)),
            on_unnote=lambda note_id: self._write(NOTES, project.api.delete_note(note_id)),
            on_open=self.open,
            on_news=self.hear,
            static=transcript_picture.pictures,
            on_sql=project.sql,
        )

    @property
    def comm(self) -> Any:
        return self.widget.comm

    def hear(self, events: Sequence[Event] | None) -> None:
        """Bring level what these events may have changed; None is all of it."""
        self.notice(ALL if events is None else {part for event in events for part in self._touched(event)})

    def notice(self, parts: Iterable[str]) -> None:
        """Bring these parts level soon."""
        self._due |= set(parts)
        if self._due and self._levelling is None:
            self._levelling = asyncio.create_task(self._level())

    def open(self, interview_id: str, turn: int | None, left: int | None = None) -> None:
        """Show another interview, from this turn on.

        Args:
            left: the turn to come back to, where there is a way back.

        Raises:
            InterviewNotFound: it is not there any more.
        """
        project, here = self._project, self.widget.interview
        before, self.interview_id = self.interview_id, interview_id
        is_back = self._back is not None and self._back["id"] == interview_id
        came_from = {"id": here["id"], "title": here["title"], "turn": left}
        before_back, self._back = self._back, None if is_back or left is None else came_from
        self.widget.show(interview={**here, "state": "loading"})
        try:
            shown = project.run(self._parts(ALL))
            if shown["interview"]["state"] == "deleted":
                raise InterviewNotFound("This interview has been deleted.")
        except PersonaLabError:
            self.interview_id, self._back = before, before_back
            self.widget.show(**project.run(self._parts(ALL)))
            raise
        self.widget.show(**shown, selected=[], only_found=False)
        self.widget.go(turn)

    def _touched(self, event: Event) -> Iterable[str]:
        """Yield the parts that an event may change."""
        kind, data = event.type, event.data
        if kind.startswith("interview:"):
            known = data.get("interview_id") or data.get("interview", {}).get("id")
            # Quotes of other interviews are called after them.
            yield from ALL if known == self.interview_id else (FINDINGS,)
        elif kind.startswith(("insight:", "insights:")):
            yield FINDINGS
        elif kind.startswith("coding:") and data["interview_id"] == self.interview_id:
            yield CODES
        elif kind.startswith("note:") and data.get("note", {}).get("interview_id", self.interview_id) in (
            self.interview_id,
            None,
        ):
            yield NOTES

    async def _level(self) -> None:
        """Ask again as long as there is news; one answer at a time, so that none overtakes another."""
        try:
            while self._due and not self._project.is_closed and self.comm is not None:
                await asyncio.sleep(GATHERED_SECONDS)
                parts, self._due = self._due, set()
                asked = self.interview_id
                try:
                    shown = await self._parts(parts)
                except PersonaLabError as error:
                    log.debug("a reader was not brought level: %s", error)
                    self._due |= parts
                    await asyncio.sleep(RETRY_SECONDS)
                else:
                    if asked == self.interview_id:
                        self.widget.show(**shown)
        finally:
            self._levelling = None

    async def _parts(self, parts: Iterable[str]) -> dict[str, Any]:
        """Return these parts as the widget's traits."""
        api, key = self._project.api, self.interview_id
        wanted = set(parts)
        record = self._record
        try:
            found: dict[str, Any] = {}
            if STORY in wanted or record is None or record.interview.id != key:
                fresh, transcript = await asyncio.gather(api.interview(key), self._transcript(key))
                self._record = record = fresh
                found |= told(record, transcript, self._back)
            insights, given, written = await asyncio.gather(
                api.insights(self._project.id, rejected=True) if FINDINGS in wanted else _nothing(),
                api.codings(key, others=self._others) if CODES in wanted else _nothing(),
                api.notes(self._project.id, interview_id=key) if NOTES in wanted else _nothing(),
            )
            if FINDINGS in wanted:
                found["findings"] = findings(record, insights)
            if CODES in wanted:
                found["codes"] = [one.model_dump(mode="json", exclude={"interview_id", "status"}) for one in given]
            if NOTES in wanted:
                found["notes"] = notes(written)
        except InterviewNotFound:
            known = self._record.interview if self._record else None
            title = known.title if known and known.id == key else ""
            return {"interview": _facts(key, title, "deleted", self._back), **NOWHERE}
        return found

    async def _transcript(self, interview_id: str) -> Transcript | None:
        try:
            return await self._project.api.transcript(interview_id)
        except InterviewNotFound:
            # Not read yet, or it can't be.
            return None

    def _code(self, code: str, places: "Places") -> None:
        for place in places:
            self._project.run(self._project.api.add_coding(self.interview_id, {"code": code, **place}))
        self._show(CODES)

    def _note(self, text: str, turn: int) -> None:
        written = {"interview_id": self.interview_id, "turn": turn, "text": noted.said(text)}
        self._write(NOTES, self._project.api.add_note(self._project.id, written))

    def _write(self, part: str, work: Any) -> None:
        self._project.run(work)
        self._show(part)

    def _show(self, part: str) -> None:
        """Show what was written before it is said to be done; the event would come a moment later."""
        self.widget.show(**self._project.run(self._parts({part})))


async def _nothing() -> list[Any]:
    return []


def _check_turn(reader: "Reader", turn: int) -> None:
    if turn not in range(len(reader.turns)):
        last = len(reader.turns) - 1
        there = f"The interview's turns are 0 to {last}." if reader.turns else "The interview has none yet."
        raise InvalidRequest(f"There is no turn {turn}. {there}")


def told(
    record: InterviewRecord, transcript: Transcript | None, back: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return an interview, its turns and its sections as the page shows them; `back` is where one came from."""
    interview = record.interview
    error = interview.error.model_dump() if interview.error and interview.status == "failed" else None
    facts = _facts(interview.id, interview.title, interview.status, back) | {
        "error": reasons.of_failure(error),
        "language": interview.language,
        "date": interview.interview_date,
        "redacted": interview.redacted,
        "remarks": list(interview.remarks),
    }
    turns = transcript.turns if transcript else ()
    sections = record.result.sections if record.result else ()
    return {
        "interview": facts,
        "turns": [one.model_dump(include={"index", "speaker", "role", "time", "start", "text"}) for one in turns],
        "sections": [one.model_dump(include={"name", "first", "last", "is_main"}) for one in sections],
    }


def findings(record: InterviewRecord, insights: Iterable[Insight]) -> list[dict[str, Any]]:
    """Return an interview's findings, each with what is known of the insight that it is part of."""
    if record.result is None:
        return []
    key, run_id = record.interview.id, record.result.provenance.run_id
    part_of = {
        member.finding: insight
        for insight in insights
        # Of a run that is not the merged one, findings have other numbers.
        if insight.merge is None or insight.merge.runs.get(key, run_id) == run_id
        for member in insight.members
        if member.interview_id == key
    }
    shown = []
    for number, finding in enumerate(record.result.insights):
        insight = part_of.get(number)
        shown.append(
            {
                "id": number,
                "kind": finding.kind,
                "text": finding.text,
                "insight": insight.text if insight else "",
                "support": insight.support if insight else None,
                "participants": insight.participants if insight else None,
                "note": insight.note if insight else "",
                "is_pinned": bool(insight and insight.is_pinned),
                "is_rejected": bool(insight and insight.is_rejected),
                "quotes": [quote.model_dump(include={"turn", "start", "end", "text"}) for quote in finding.quotes],
                "others": [
                    quote.model_dump(include={"interview_id", "interview_title", "speaker", "turn", "text"})
                    for quote in (insight.quotes if insight else ())
                    if quote.interview_id != key
                ],
            }
        )
    return shown


def notes(written: Iterable[Note]) -> list[dict[str, Any]]:
    """Return notes at turns as the page shows them, replies beneath what they answer."""
    return [
        {
            "id": note.id,
            "turn": note.turn,
            "depth": depth,
            "text": note.text,
            "by": note.created_by,
            "at": note.created_at.isoformat(),
        }
        for note, depth, _ in noted.threads(written)
    ]


def _facts(key: str, title: str, state: str, back: Mapping[str, Any] | None) -> dict[str, Any]:
    facts: Mapping[str, Any] = {
        "error": reasons.of_failure(None),
        "language": None,
        "date": None,
        "redacted": False,
        "remarks": [],
    }
    return {"id": key, "title": title, "state": state, "back": back, **facts}
