"""Who somebody is and who belongs to a project; what was deleted, and who did what."""

from urllib.parse import quote

import httpx

from persona_lab.client.asking import Asking
from persona_lab.models import (
    Deed,
    Deeds,
    Erasure,
    Me,
    Member,
    NewInvitation,
    Project,
    Purged,
    Token,
    Trashed,
    TrashKind,
)

# What is being analysed is ended first, and the database written anew.
PURGE_TIMEOUT = httpx.Timeout(300.0, connect=5.0)


class People(Asking):
    """The part of the interface that is about people, the trash and the history."""

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
        path = f"/api/projects/{quote(str(project_id), safe='')}/join"
        return Project.model_validate(await self._ask("POST", path, json={"password": password}))

    async def set_password(self, project_id: str, password: str | None) -> None:
        """Let people of the company join by a password; None is by none."""
        await self._ask("PUT", f"/api/projects/{project_id}/password", json={"password": password})

    async def set_visibility(self, project_id: str, visibility: str) -> Project:
        asked = {"visibility": visibility}
        return Project.model_validate(await self._ask("PUT", f"/api/projects/{project_id}/visibility", json=asked))

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

    async def erase(self, project_id: str, name: str, *, sure: bool) -> Erasure:
        """Remove a participant from every interview of a project for good, or say what that would remove.

        Raises:
            ParticipantNotFound: nobody of that name took part.
            Forbidden: you don't decide about the project.
            Conflict: an interview is being analysed still.
        """
        path = f"/api/projects/{project_id}/participants/erase"
        body = {"name": name, "sure": sure}
        return Erasure.model_validate(await self._ask("POST", path, json=body, timeout=PURGE_TIMEOUT))

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
