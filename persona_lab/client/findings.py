"""What interviews say, and what people say of that: insights, judgements, notes, codings, summaries."""

from collections.abc import Mapping
from urllib.parse import quote

import httpx

from persona_lab.client.asking import Asking
from persona_lab.models import (
    Coding,
    Insight,
    Judgement,
    Keyword,
    Note,
    Passage,
    Refreshed,
    Spent,
    Stale,
    Summary,
)

# A workflow elsewhere may take five minutes.
SUMMARY_TIMEOUT = httpx.Timeout(330.0, connect=5.0)


class Findings(Asking):
    """The part of the interface that is about findings."""

    async def insights(self, project_id: str, *, rejected: bool = False) -> list[Insight]:
        """Return what several interviews say, the best supported first; with `rejected`, also what people rejected."""
        rows = await self._ask("GET", f"/api/projects/{project_id}/insights", params={"rejected": rejected})
        return [Insight.model_validate(row) for row in rows]

    async def insight(self, project_id: str, insight_id: str) -> Insight:
        """Return one insight, even a rejected one, by its id or one it had before.

        Raises:
            InsightNotFound: there is none.
        """
        path = f"/api/projects/{project_id}/insights/{quote(insight_id, safe='')}"
        return Insight.model_validate(await self._ask("GET", path))

    async def keywords(self, project_id: str, *, k: int, interview_id: str | None) -> list[Keyword]:
        """Return the words that participants use most widely, or one interview more than the others."""
        asked = {"k": k} | ({"interview_id": interview_id} if interview_id else {})
        rows = await self._ask("GET", f"/api/projects/{project_id}/keywords", params=asked)
        return [Keyword.model_validate(row) for row in rows]

    async def judge(self, project_id: str, insight_id: str, judgement: Mapping[str, object]) -> tuple[Judgement, bool]:
        """Merge, split, rename, pin or reject an insight; what holds already is returned as it is, which is said.

        Raises:
            InsightNotFound: there is no such insight.
            Conflict: what it rests on is not there at the moment.
            InvalidRequest: it would say nothing.
        """
        path = f"/api/projects/{project_id}/insights/{quote(insight_id, safe='')}/judgements"
        response = await self._answer("POST", path, json=dict(judgement))
        return Judgement.model_validate(self._read(response)), response.status_code == httpx.codes.OK

    async def judgements(self, project_id: str) -> list[Judgement]:
        """Return what people said of insights and did not take back, oldest first."""
        return [
            Judgement.model_validate(row) for row in await self._ask("GET", f"/api/projects/{project_id}/judgements")
        ]

    async def undo(self, project_id: str, judgement_id: str) -> None:
        """Take a judgement back.

        Raises:
            JudgementNotFound: there is none of that id, or it was taken back before.
        """
        await self._ask("DELETE", f"/api/projects/{project_id}/judgements/{quote(judgement_id, safe='')}")

    async def notes(self, project_id: str, **where: str) -> list[Note]:
        """Return what people wrote beside turns and insights, oldest first.

        Args:
            where: `interview_id` or `insight_id`: only what stands there.
        """
        rows = await self._ask("GET", f"/api/projects/{project_id}/notes", params=where)
        return [Note.model_validate(row) for row in rows]

    async def add_note(self, project_id: str, note: Mapping[str, object]) -> Note:
        """Write a note at a turn or an insight, or answer one.

        Raises:
            Conflict: the interview has not been read, or what the insight rests on is not there at the moment.
            InvalidRequest: it says nothing or too much, or there is no such turn.
        """
        return Note.model_validate(await self._ask("POST", f"/api/projects/{project_id}/notes", json=dict(note)))

    async def change_note(self, note_id: str, text: str) -> Note:
        """Put other words in one's own note.

        Raises:
            NoteNotFound: there is no such note.
            NotYours: somebody else wrote it.
        """
        path = f"/api/notes/{quote(note_id, safe='')}"
        return Note.model_validate(await self._ask("PATCH", path, json={"text": text}))

    async def delete_note(self, note_id: str) -> None:
        """Take one's own note away; replies to it stay.

        Raises:
            NoteNotFound: there is no such note.
            NotYours: somebody else wrote it.
        """
        await self._ask("DELETE", f"/api/notes/{quote(note_id, safe='')}")

    async def feed_knowledge(self, project_id: str) -> None:
        """Begin to feed the findings to the project's knowledge base; what comes of it is an event.

        Raises:
            EngineNotSetUp: the key is missing; the message names the setting.
            Conflict: there are no findings, or they are being fed already.
        """
        await self._ask("POST", f"/api/projects/{project_id}/knowledge")

    async def summary(self, project_id: str) -> Summary:
        """Return what the findings say together, by the project's engine.

        Raises:
            Conflict: there are no findings.
            EngineError: the engine could not write it.
        """
        path = f"/api/projects/{project_id}/summary"
        return Summary.model_validate(await self._ask("POST", path, timeout=SUMMARY_TIMEOUT))

    async def stale(self, project_id: str) -> list[Stale]:
        """Return what may no longer be true of the project's results, and why."""
        return [Stale.model_validate(row) for row in await self._ask("GET", f"/api/projects/{project_id}/stale")]

    async def refresh(self, project_id: str) -> Refreshed:
        """Have what is stale made anew, and nothing else; what is begun goes on in the background."""
        return Refreshed.model_validate(await self._ask("POST", f"/api/projects/{project_id}/refresh"))

    async def spending(self, project_id: str) -> list[Spent]:
        return [Spent.model_validate(row) for row in await self._ask("GET", f"/api/projects/{project_id}/spending")]

    async def search(self, project_id: str, text: str, *, k: int, interview_id: str | None) -> list[Passage]:
        asked = {"q": text, "k": k} | ({"interview_id": interview_id} if interview_id else {})
        return [
            Passage.model_validate(row)
            for row in await self._ask("GET", f"/api/projects/{project_id}/search", params=asked)
        ]

    async def codings(self, interview_id: str, *, others: bool = False) -> list[Coding]:
        """Return one's own codings of an interview, or everybody's."""
        rows = await self._ask("GET", f"/api/interviews/{interview_id}/codings", params={"others": others})
        return [Coding.model_validate(row) for row in rows]

    async def add_coding(self, interview_id: str, coding: Mapping[str, object]) -> Coding:
        """Code a turn or a span; what was coded so before is returned as it is.

        Raises:
            Conflict: the interview has not been read.
            InvalidRequest: there is no such turn or span, or nobody said these words.
        """
        return Coding.model_validate(
            await self._ask("POST", f"/api/interviews/{interview_id}/codings", json=dict(coding))
        )

    async def remove_coding(self, coding_id: str) -> None:
        await self._ask("DELETE", f"/api/codings/{coding_id}")
