"""The server's HTTP interface as Python calls; the server's errors come out as their classes."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx
from httpx_sse import EventSource, aconnect_sse
from pydantic import TypeAdapter

from persona_lab import errors
from persona_lab.client.endpoint import Endpoint
from persona_lab.models import (
    AnswerPart,
    Assignment,
    Axis,
    ChatMessage,
    Coding,
    Conversation,
    Deed,
    Deeds,
    Estimate,
    Event,
    Insight,
    Interview,
    InterviewRecord,
    Judgement,
    Keyword,
    Me,
    Member,
    Message,
    MindMap,
    NewInvitation,
    Note,
    Passage,
    PersonaRecord,
    Project,
    Purged,
    Redaction,
    Refreshed,
    Snapshot,
    Spent,
    Stale,
    Summary,
    Token,
    Transcript,
    TranscriptRecord,
    Trashed,
    TrashKind,
)

LIMIT_BYTES = 50 * 1024 * 1024
TIMEOUT = httpx.Timeout(30.0, connect=5.0)
# Between two parts of an answer; a language model may think for a while.
ANSWER_TIMEOUT = httpx.Timeout(90.0, connect=5.0)
# A workflow elsewhere may take five minutes.
SUMMARY_TIMEOUT = httpx.Timeout(330.0, connect=5.0)
# Every interview is read once more for it, Korean at some 30 KB a second.
PREVIEW_TIMEOUT = httpx.Timeout(600.0, connect=5.0)

# What is being analysed is ended first, and the database written anew.
PURGE_TIMEOUT = httpx.Timeout(300.0, connect=5.0)

PART_TYPES = ("started", "delta", "citation", "done", "error")
_parts: TypeAdapter[AnswerPart] = TypeAdapter(AnswerPart)


class Api:
    """One server, asked from one event loop. Close it when done.

    Args:
        endpoint: where the server is and how to get in.
        transport: stands in for the network in tests.
    """

    def __init__(self, endpoint: Endpoint, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.endpoint = endpoint
        # Finds the server again, and `move`s there, when nothing answers; without it that is an error at once.
        self.locate: Callable[[], Awaitable[object]] | None = None
        self.http = httpx.AsyncClient(
            base_url=endpoint.url,
            headers={"authorization": f"Bearer {endpoint.token}"},
            timeout=TIMEOUT,
            transport=transport,
            trust_env=False,
        )

    def move(self, endpoint: Endpoint) -> None:
        """Use another address and token from here on: the server was started again."""
        self.endpoint = endpoint
        self.http.base_url = endpoint.url
        self.http.headers["authorization"] = f"Bearer {endpoint.token}"

    async def close(self) -> None:
        await self.http.aclose()

    async def health(self) -> dict[str, str]:
        health: dict[str, str] = await self._ask("GET", "/api/health")
        return health

    async def monitor(self, project_id: str) -> dict[str, Any]:
        """Return the server's own figures of its streams; `here` in them is this project.

        Raises:
            NotFound: it has none.
        """
        figures: dict[str, Any] = await self._ask("GET", "/api/monitor", params={"project_id": project_id})
        return figures

    async def projects(self) -> list[Project]:
        return [Project.model_validate(row) for row in await self._ask("GET", "/api/projects")]

    async def project(self, name: str, **fields: str | None) -> Project:
        """Return the project of that name; it is made when there is none."""
        return Project.model_validate(
            await self._ask("POST", "/api/projects", json={"name": name, "reuse": True, **fields})
        )

    async def get_project(self, project_id: str) -> Project:
        return Project.model_validate(await self._ask("GET", f"/api/projects/{project_id}"))

    async def change_project(self, project_id: str, **fields: object) -> Project:
        return Project.model_validate(await self._ask("PATCH", f"/api/projects/{project_id}", json=fields))

    async def snapshot(self, project_id: str) -> Snapshot:
        return Snapshot.model_validate(await self._ask("GET", f"/api/projects/{project_id}/snapshot"))

    async def history(self, project_id: str, *, after: int, limit: int) -> list[Event]:
        rows = await self._ask("GET", f"/api/projects/{project_id}/events", params={"after": after, "limit": limit})
        return [Event.model_validate(row) for row in rows]

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

    async def estimate(self, project_id: str, engine: str | None) -> Estimate:
        asked = {"engine": engine} if engine else {}
        return Estimate.model_validate(
            await self._ask("GET", f"/api/projects/{project_id}/estimate", params=asked, timeout=PREVIEW_TIMEOUT)
        )

    async def analyse(self, interview_id: str, engine: str | None) -> Interview:
        asked = {"engine": engine}
        return Interview.model_validate(await self._ask("POST", f"/api/interviews/{interview_id}/analyse", json=asked))

    async def cancel(self, interview_id: str) -> Interview:
        return Interview.model_validate(await self._ask("POST", f"/api/interviews/{interview_id}/cancel"))

    async def redactions(self, project_id: str) -> list[Redaction]:
        rows = await self._ask("GET", f"/api/projects/{project_id}/redactions", timeout=PREVIEW_TIMEOUT)
        return [Redaction.model_validate(row) for row in rows]

    async def search(self, project_id: str, text: str, *, k: int, interview_id: str | None) -> list[Passage]:
        asked = {"q": text, "k": k} | ({"interview_id": interview_id} if interview_id else {})
        return [
            Passage.model_validate(row)
            for row in await self._ask("GET", f"/api/projects/{project_id}/search", params=asked)
        ]

    async def upload(self, project_id: str, raw: bytes, filename: str, **fields: str) -> tuple[Interview, bool]:
        """Return the file's interview, and whether the project had it already.

        Raises:
            TranscriptError: the file is refused; the message says why and what to do.
        """
        if len(raw) > LIMIT_BYTES:
            raise errors.FileTooLarge(
                f"{filename}: {len(raw) / 1024 / 1024:.0f} MB is more than 50 MB. "
                "Upload the transcript as text, or split it."
            )
        answer = await self._ask(
            "POST",
            "/api/workflow/async",
            data={"project_id": project_id, **fields},
            files={"file": (filename, raw, "application/octet-stream")},
        )
        return Interview.model_validate(answer["interview"]), answer["duplicate"]

    async def process(self, interview_id: str) -> InterviewRecord:
        """Return the interview when its analysis has ended."""
        answer = await self._ask(
            "POST", "/api/workflow/process", json={"interview_id": interview_id}, timeout=httpx.Timeout(310.0)
        )
        return InterviewRecord.model_validate(answer, extra="ignore")

    async def retry(self, interview_id: str) -> Interview:
        answer = await self._ask("POST", "/api/workflow/retry", json={"interview_id": interview_id})
        return Interview.model_validate(answer["interview"])

    async def interview(self, interview_id: str) -> InterviewRecord:
        return InterviewRecord.model_validate(await self._ask("GET", f"/api/interviews/{interview_id}"), extra="ignore")

    async def change_interview(self, interview_id: str, **fields: str) -> Interview:
        """Change `title` or `interview_date` (ISO 8601).

        Raises:
            InvalidRequest: it is no title, or no date.
        """
        return Interview.model_validate(await self._ask("PATCH", f"/api/interviews/{interview_id}", json=fields))

    async def delete_interview(self, interview_id: str) -> None:
        await self._ask("DELETE", f"/api/interviews/{interview_id}")

    async def restore_interview(self, interview_id: str) -> Interview:
        return Interview.model_validate(await self._ask("POST", f"/api/interviews/{interview_id}/restore"))

    async def correct_speakers(self, interview_id: str, changes: Sequence[Mapping[str, str | None]]) -> Interview:
        """Correct names and roles; each change has `speaker`, and `name` or `role` or both.

        Raises:
            Conflict: the interview has not been read.
            InvalidRequest: somebody is named who doesn't speak in it.
        """
        body = {"speakers": [dict(change) for change in changes]}
        return Interview.model_validate(await self._ask("PATCH", f"/api/interviews/{interview_id}/speakers", json=body))

    async def user(self) -> str:
        """Return who the server takes this client for."""
        return (await self.me()).user

    async def me(self) -> Me:
        return Me.model_validate(await self._ask("GET", "/api/me"))

    async def tokens(self) -> list[Token]:
        return [Token.model_validate(row) for row in await self._ask("GET", "/api/tokens")]

    async def revoke_token(self, token_id: str) -> None:
        """End one of one's own tokens.

        Raises:
            TokenNotFound: there is none of that id.
        """
        await self._ask("DELETE", f"/api/tokens/{quote(token_id, safe='')}")

    async def members(self, project_id: str) -> list[Member]:
        """Return who takes part, the owner first."""
        return [Member.model_validate(row) for row in await self._ask("GET", f"/api/projects/{project_id}/members")]

    async def add_member(self, project_id: str, user: str, role: str) -> Member:
        """Let a colleague take part, or in another role than before.

        Raises:
            UserNotFound: nobody in the company is called so.
            Conflict: the project is theirs.
            Forbidden: one may not do this.
        """
        asked = {"user": user, "role": role}
        return Member.model_validate(await self._ask("POST", f"/api/projects/{project_id}/members", json=asked))

    async def remove_member(self, project_id: str, user_id: str) -> None:
        """Take somebody out of the project.

        Raises:
            UserNotFound: they aren't a member.
            Conflict: the project is theirs.
            Forbidden: one may not do this.
        """
        await self._ask("DELETE", f"/api/projects/{project_id}/members/{quote(user_id, safe='')}")

    async def invite(self, project_id: str, **asked: object) -> NewInvitation:
        """Invite somebody by `email`, or whoever of the company has the code; `role` and `days` have defaults."""
        return NewInvitation.model_validate(
            await self._ask("POST", f"/api/projects/{project_id}/invitations", json=asked)
        )

    async def accept(self, code: str) -> Project:
        """Join the project that one was invited to.

        Raises:
            InvitationNotFound: it isn't known, is for somebody else, was used or has ended.
        """
        return Project.model_validate(await self._ask("POST", "/api/invitations/accept", json={"code": code}))

    async def join(self, project_id: str, password: str) -> Project:
        """Join a project by its password.

        Raises:
            WrongPassword: it is wrong, or there is no such project.
            TooManyAttempts: it was tried too often.
        """
        path = f"/api/projects/{quote(project_id, safe='')}/join"
        return Project.model_validate(await self._ask("POST", path, json={"password": password}))

    async def set_password(self, project_id: str, password: str | None) -> None:
        """Let people of the company join by a password; None is by none."""
        await self._ask("PUT", f"/api/projects/{project_id}/password", json={"password": password})

    async def set_visibility(self, project_id: str, visibility: str) -> Project:
        asked = {"visibility": visibility}
        return Project.model_validate(await self._ask("PUT", f"/api/projects/{project_id}/visibility", json=asked))

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

    async def axes(self, project_id: str) -> list[Axis]:
        return [Axis.model_validate(row) for row in await self._ask("GET", f"/api/projects/{project_id}/axes")]

    async def set_axes(self, project_id: str, **wanted: object) -> list[Axis]:
        """Set all `axes`, or take those of another project, `copy_from`.

        Raises:
            Conflict: personas stand on what would be gone; with `force` it goes.
            InvalidRequest: a name or a key is there twice.
        """
        rows = await self._ask("PUT", f"/api/projects/{project_id}/axes", json=wanted)
        return [Axis.model_validate(row) for row in rows]

    async def personas(self, project_id: str) -> list[PersonaRecord]:
        """Return the project's personas by position."""
        rows = await self._ask("GET", f"/api/projects/{project_id}/personas")
        return [PersonaRecord.model_validate(row) for row in rows]

    async def propose_personas(self, project_id: str, count: int | None) -> list[PersonaRecord]:
        """Have personas proposed for all analysed interviews; return all there are then.

        Raises:
            Conflict: nothing has been analysed yet.
            InvalidRequest: there can't be so many.
        """
        path, asked = f"/api/projects/{project_id}/personas", {"count": count}
        rows = await self._ask("POST", path, json=asked, timeout=PREVIEW_TIMEOUT)
        return [PersonaRecord.model_validate(row) for row in rows]

    async def add_persona(self, project_id: str, **told: object) -> PersonaRecord:
        return PersonaRecord.model_validate(
            await self._ask("POST", f"/api/projects/{project_id}/personas/add", json=told)
        )

    async def change_persona(self, persona_id: str, **told: object) -> PersonaRecord:
        return PersonaRecord.model_validate(await self._ask("PATCH", f"/api/personas/{persona_id}", json=told))

    async def delete_persona(self, persona_id: str) -> None:
        await self._ask("DELETE", f"/api/personas/{persona_id}")

    async def accept_personas(self, project_id: str, interview_ids: Sequence[str] | None) -> list[Assignment]:
        """Decide as it is proposed, for these interviews or for all that nobody has decided.

        Raises:
            Conflict: no persona is proposed for one of them.
        """
        path, asked = f"/api/projects/{project_id}/personas/accept", {"interview_ids": interview_ids}
        rows = await self._ask("POST", path, json=asked, timeout=PREVIEW_TIMEOUT)
        return [Assignment.model_validate(row) for row in rows]

    async def assign_persona(self, interview_id: str, persona_id: str | None) -> Assignment:
        """Decide to which persona an interview belongs; None is none of them."""
        path, asked = f"/api/interviews/{interview_id}/persona", {"persona_id": persona_id}
        return Assignment.model_validate(await self._ask("PUT", path, json=asked, timeout=PREVIEW_TIMEOUT))

    async def picture(self, persona_id: str) -> tuple[bytes, str]:
        """Return a persona's picture and its media type."""
        response = await self._answer("GET", f"/api/personas/{persona_id}/picture")
        return response.content, response.headers.get("content-type", "").partition(";")[0]

    async def change_picture(self, persona_id: str, raw: bytes | None) -> None:
        """Upload a persona's picture; None is again the one that is drawn.

        Raises:
            FileTooLarge: it has more than 5 MB.
            InvalidRequest: it is no PNG, JPEG or WebP.
        """
        method = "DELETE" if raw is None else "PUT"
        await self._answer(method, f"/api/personas/{persona_id}/picture", content=raw)

    async def transcript(self, interview_id: str) -> Transcript:
        return Transcript.model_validate(await self._ask("GET", f"/api/interviews/{interview_id}/transcript"))

    async def transcripts(self, project_id: str, *, as_of: int | None = None) -> dict[str, Transcript]:
        """Return every transcript of the project, by interview id.

        Args:
            as_of: the number of an event: as they were corrected by then, with those of deleted interviews.
        """
        found: dict[str, Transcript] = {}
        path, then = f"/api/projects/{project_id}/transcripts", {} if as_of is None else {"as_of": as_of}
        after = 0
        while page := await self._ask("GET", path, params={"after": after, **then}):
            records = [TranscriptRecord.model_validate(row) for row in page]
            found.update((record.interview_id, record.transcript) for record in records)
            after = records[-1].number
        return found

    def answer(self, project_id: str, messages: Sequence[Message], **about: object) -> AsyncGenerator[AnswerPart]:
        """Ask, and yield the parts of the answer as they come.

        The last part is `Done` or `Broken`; a stream that is cut short raises `ServerUnreachable`.

        Args:
            about: the other fields of the body: `interview_id`, `persona_ids`, `conversation_id`, `without`, `title`.

        Raises:
            InvalidRequest: the question can't be asked, or mentions nobody there is.
            NotFound: there is no such interview or conversation.
        """
        asked = {name: value for name, value in about.items() if value}
        body = {"project_id": project_id, "messages": [message.model_dump() for message in messages], **asked}
        return self._parts("/api/chat", body)

    def assist(self, interview_id: str, action: str) -> AsyncGenerator[AnswerPart]:
        """Have the assistant do something with one interview; see `answer`."""
        return self._parts(f"/api/interviews/{interview_id}/assist", {"action": action})

    async def stop(self, message_id: str) -> None:
        """Stop an answer; one that has ended is none to stop, and no error."""
        await self._ask("POST", f"/api/chat/{quote(message_id, safe='')}/stop")

    async def conversations(self, project_id: str) -> list[Conversation]:
        """Return the whole team's conversations, the oldest first."""
        rows = await self._ask("GET", f"/api/projects/{project_id}/conversations")
        return [Conversation.model_validate(row) for row in rows]

    async def conversation(self, conversation_id: str) -> tuple[Conversation, list[ChatMessage]]:
        """Return a conversation with its messages in order.

        Raises:
            ConversationNotFound: there is none of that id.
        """
        found = await self._ask("GET", f"/api/conversations/{quote(conversation_id, safe='')}")
        return (
            Conversation.model_validate(found["conversation"]),
            [ChatMessage.model_validate(row) for row in found["messages"]],
        )

    async def rename_conversation(self, conversation_id: str, title: str) -> Conversation:
        path = f"/api/conversations/{quote(conversation_id, safe='')}"
        return Conversation.model_validate(await self._ask("PATCH", path, json={"title": title}))

    async def delete_conversation(self, conversation_id: str) -> None:
        await self._ask("DELETE", f"/api/conversations/{quote(conversation_id, safe='')}")

    async def delete_project(self, project_id: str) -> None:
        """Put a project into the trash.

        Raises:
            ProjectNotFound: it was deleted before.
            Forbidden: only who owns or administers the project may do this.
        """
        await self._ask("DELETE", f"/api/projects/{project_id}")

    async def trash(self, project_id: str | None) -> list[Trashed]:
        """Return what was deleted from a project, or the projects that were deleted, the latest first."""
        path = "/api/trash" if project_id is None else f"/api/projects/{project_id}/trash"
        return [Trashed.model_validate(row) for row in await self._ask("GET", path)]

    async def restore(self, kind: TrashKind, thing_id: str) -> None:
        """Bring something back that was deleted.

        Raises:
            NotFound: it isn't there any more.
            Forbidden: somebody else deleted it, and you don't decide about the project.
            Conflict: it isn't deleted, or something else stands in its place.
        """
        await self._ask("POST", f"/api/{kind}s/{quote(thing_id, safe='')}/restore")

    async def purge(self, kind: TrashKind, thing_id: str) -> Purged:
        """Remove something that was deleted for good.

        Raises:
            NotFound: it isn't there any more.
            Forbidden: you don't decide about the project.
            Conflict: it isn't deleted, or it is being analysed still.
        """
        path = f"/api/{kind}s/{quote(thing_id, safe='')}/purge"
        return Purged.model_validate(await self._ask("POST", path, timeout=PURGE_TIMEOUT))

    async def deeds(self, project_id: str | None, **asked: str) -> list[Deed]:
        """Return who did what, oldest first: in a project, or in all that the company has.

        Args:
            asked: `actor`, `kind`, `locale`.

        Raises:
            Forbidden: you don't decide about it.
        """
        path = "/api/history" if project_id is None else f"/api/projects/{project_id}/history"
        found: list[Deed] = []
        after: str | None = ""
        while after is not None:
            page = Deeds.model_validate(await self._ask("GET", path, params={**asked, "after": after, "limit": 1000}))
            found += page.deeds
            after = page.next
        return found

    async def tell_export(self, project_id: str) -> None:
        """Have it written down that the project was taken along as files."""
        await self._ask("POST", f"/api/projects/{project_id}/exports")

    async def mind_map(self, conversation_id: str) -> MindMap:
        """Return a conversation as a mind map; it is drawn anew when something was said since.

        Raises:
            Conflict: nothing has been answered in it.
            EngineError: it could not be drawn.
        """
        asked = {"conversation_id": conversation_id}
        return MindMap.model_validate(await self._ask("POST", "/api/chat/summary", json=asked, timeout=PREVIEW_TIMEOUT))

    async def _parts(self, path: str, body: Mapping[str, object]) -> AsyncGenerator[AnswerPart]:
        has_begun = False
        try:
            async with self._stream("POST", path, json=body, timeout=ANSWER_TIMEOUT) as source:
                await raise_for_problem(source.response)
                has_begun = True
                async for sent in source.aiter_sse():
                    # A comment comes out as an event without data; what a newer server says besides is not for us.
                    if not sent.data or json.loads(sent.data).get("type") not in PART_TYPES:
                        continue
                    part = _parts.validate_json(sent.data)
                    yield part
                    if part.type in ("done", "error"):
                        return
        except httpx.TransportError as error:
            # A line that breaks ends the answer, whether or not the break says so.
            if not has_begun:
                raise unreachable(self.endpoint, error) from None
        except ValueError:
            raise errors.ServerUnreachable("The answer came in damaged. Ask again.") from None
        raise errors.ServerUnreachable("The answer was cut off before its end. Ask again.")

    @asynccontextmanager
    async def _stream(self, method: str, path: str, **request: Any) -> AsyncIterator[EventSource]:
        """Open a stream; as `_send` does, at the server that is found when this one has gone."""
        async with AsyncExitStack() as stack:
            try:
                source = await stack.enter_async_context(aconnect_sse(self.http, method, path, **request))
            except httpx.ConnectError:
                if self.locate is None:
                    raise
                await self.locate()
                source = await stack.enter_async_context(aconnect_sse(self.http, method, path, **request))
            yield source

    async def _answer(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            response = await self._send(method, path, **request)
        except httpx.TransportError as error:
            raise unreachable(self.endpoint, error) from None
        await raise_for_problem(response)
        return response

    async def _ask(self, method: str, path: str, **request: Any) -> Any:
        return self._read(await self._answer(method, path, **request))

    def _read(self, response: httpx.Response) -> Any:
        try:
            return response.json() if response.content else None
        except ValueError:
            raise errors.ServerError(
                f"What answers at {self.endpoint.url} is not a persona_lab server. Check the address."
            ) from None

    async def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return await self.http.request(method, path, **request)
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            # Where nothing was sent yet, or asking twice changes nothing, the server that is found, or started, now
            # may be asked instead: this one ended before it answered.
            if self.locate is None or not (isinstance(error, httpx.ConnectError) or method == "GET"):
                raise
        await self.locate()
        return await self.http.request(method, path, **request)


def unreachable(endpoint: Endpoint, error: httpx.TransportError) -> errors.ServerUnreachable:
    return errors.ServerUnreachable(
        f"The persona_lab server at {endpoint.url} does not answer ({type(error).__name__}). "
        "Run persona_lab.connect() again."
    )


async def raise_for_problem(response: httpx.Response) -> None:
    """Turn an error answer into the error it names."""
    if response.is_success:
        return
    await response.aread()
    try:
        problem = response.json()
        code, detail = problem["code"], problem["detail"]
    except (ValueError, KeyError, TypeError):
        # Not our server's words: a proxy's, perhaps.
        code, detail = "server_error", f"The server answered {response.status_code} without saying why."
    raise errors.from_code(code, detail)
