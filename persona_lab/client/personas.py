"""Personas, their axes, their pictures and who belongs to which."""

from collections.abc import Sequence

from persona_lab.client.asking import READING_TIMEOUT, Asking
from persona_lab.models import Assignment, Axis, PersonaRecord


class Personas(Asking):
    """The part of the interface that is about personas."""

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
        rows = await self._ask("POST", path, json=asked, timeout=READING_TIMEOUT)
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
        rows = await self._ask("POST", path, json=asked, timeout=READING_TIMEOUT)
        return [Assignment.model_validate(row) for row in rows]

    async def assign_persona(self, interview_id: str, persona_id: str | None) -> Assignment:
        """Decide to which persona an interview belongs; None is none of them."""
        path, asked = f"/api/interviews/{interview_id}/persona", {"persona_id": persona_id}
        return Assignment.model_validate(await self._ask("PUT", path, json=asked, timeout=READING_TIMEOUT))

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
