"""The server's HTTP interface as Python calls; the server's errors come out as their classes."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from persona_lab import errors
from persona_lab.client.asking import READING_TIMEOUT
from persona_lab.client.findings import Findings
from persona_lab.client.people import People
from persona_lab.client.personas import Personas
from persona_lab.client.talking import Talking
from persona_lab.models import (
    Estimate,
    Event,
    Interview,
    InterviewRecord,
    Project,
    Redaction,
    Snapshot,
    Transcript,
    TranscriptRecord,
)

LIMIT_BYTES = 50 * 1024 * 1024


class Api(Findings, People, Personas, Talking):
    """One server, asked from one event loop: its projects and interviews, and all that comes of them."""

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

    async def estimate(self, project_id: str, engine: str | None) -> Estimate:
        asked = {"engine": engine} if engine else {}
        return Estimate.model_validate(
            await self._ask("GET", f"/api/projects/{project_id}/estimate", params=asked, timeout=READING_TIMEOUT)
        )

    async def analyse(self, interview_id: str, engine: str | None) -> Interview:
        asked = {"engine": engine}
        return Interview.model_validate(await self._ask("POST", f"/api/interviews/{interview_id}/analyse", json=asked))

    async def cancel(self, interview_id: str) -> Interview:
        return Interview.model_validate(await self._ask("POST", f"/api/interviews/{interview_id}/cancel"))

    async def redactions(self, project_id: str) -> list[Redaction]:
        rows = await self._ask("GET", f"/api/projects/{project_id}/redactions", timeout=READING_TIMEOUT)
        return [Redaction.model_validate(row) for row in rows]

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

    async def change_interview(self, interview_id: str, **fields: str | None) -> Interview:
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
