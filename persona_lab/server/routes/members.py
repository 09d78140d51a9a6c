"""Who takes part in a study: members, invitations, joining, and who may look on."""

from fastapi import APIRouter

from persona_lab.models import Invitation, Member, NewInvitation, Project
from persona_lab.server import forms
from persona_lab.server.identity import joining
from persona_lab.server.services import House, Serving
from persona_lab.store import projects
from persona_lab.store.people import accounts, invitations, members

api = APIRouter(prefix="/api")


@api.get("/projects/{project_id}/members")
def list_members(serving: Serving, project_id: str) -> list[Member]:
    """The owner first, and then the others in the order of joining."""
    with serving.store.reading() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        return members.of_project(connection, project_id)


@api.post("/projects/{project_id}/members")
def add_member(serving: Serving, project_id: str, body: forms.NewMember) -> Member:
    """Let a colleague take part, or give them another role."""
    identity = serving.store.identity
    with serving.store.writing() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        user = accounts.called(connection, identity.company_id, body.user)
        return members.add(connection, project_id, user, body.role, by=identity.name)


@api.patch("/projects/{project_id}/members/{user_id}")
def change_member(serving: Serving, project_id: str, user_id: str, body: forms.MemberChange) -> Member:
    with serving.store.writing() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        return members.change(connection, project_id, user_id, body.role)


@api.delete("/projects/{project_id}/members/{user_id}", status_code=204)
def remove_member(serving: Serving, project_id: str, user_id: str) -> None:
    """Take somebody out of the project; what they did stays."""
    with serving.store.writing() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        members.remove(connection, project_id, user_id)


@api.post("/projects/{project_id}/leave", status_code=204)
def leave(serving: Serving, project_id: str) -> None:
    """Take part no more; the owner hands the project over first."""
    with serving.store.writing() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        members.remove(connection, project_id, serving.store.identity.user_id)


@api.put("/projects/{project_id}/owner")
def hand_over(serving: Serving, project_id: str, body: forms.NewOwner) -> list[Member]:
    """Make a colleague the owner; whoever it was before administers the project from then on."""
    with serving.store.writing() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        user = accounts.called(connection, serving.store.identity.company_id, body.user)
        return members.hand_over(connection, project_id, user)


@api.put("/projects/{project_id}/visibility")
def set_visibility(serving: Serving, project_id: str, body: forms.VisibilityChoice) -> Project:
    """Let the whole company read the project, or its members alone."""
    with serving.store.writing() as connection:
        return projects.change(connection, project_id, body.model_dump(), epoch=serving.store.epoch)


@api.put("/projects/{project_id}/password", status_code=204)
def set_password(serving: Serving, project_id: str, body: forms.PasswordChoice) -> None:
    """Let people of the company join by a password, or by none from now on."""
    wanted = None if body.password is None else joining.hashed(body.password.get_secret_value())
    with serving.store.writing() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        projects.protect(connection, project_id, wanted)


@api.post("/projects/{project_id}/join")
def join(serving: Serving, house: House, project_id: str, body: forms.GivenPassword) -> Project:
    """Become a member by the project's password; it may be tried five times in a quarter of an hour."""
    return joining.by_password(house, serving.store.identity, project_id, body.password.get_secret_value())


@api.get("/projects/{project_id}/invitations")
def list_invitations(serving: Serving, project_id: str) -> list[Invitation]:
    with serving.store.reading() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        return invitations.of_project(connection, project_id)


@api.post("/projects/{project_id}/invitations", status_code=201)
def invite(serving: Serving, project_id: str, body: forms.NewInvitation) -> NewInvitation:
    """Invite somebody; the answer is the only one that shows the code."""
    with serving.store.writing() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        return invitations.create(
            connection, project_id, role=body.role, email=body.email, days=body.days, by=serving.store.identity.name
        )


@api.delete("/projects/{project_id}/invitations/{invitation_id}", status_code=204)
def revoke_invitation(serving: Serving, project_id: str, invitation_id: str) -> None:
    with serving.store.writing() as connection:
        projects.get(connection, project_id, epoch=serving.store.epoch)
        invitations.revoke(connection, project_id, invitation_id)


@api.post("/invitations/accept")
def accept(serving: Serving, house: House, body: forms.GivenCode) -> Project:
    """Become a member of the project that one was invited to."""
    return joining.by_code(house, serving.store.identity, body.code)
