"""Tokens of one's own, and the people of one's company."""

from datetime import timedelta

from fastapi import APIRouter

from persona_lab.errors import Conflict, Forbidden
from persona_lab.models import LOCAL_COMPANY, NewToken, Token, User, now
from persona_lab.server import forms
from persona_lab.server.services import Serving
from persona_lab.store.people import accounts, audit, tokens

api = APIRouter(prefix="/api")


@api.get("/tokens")
def list_tokens(serving: Serving) -> list[Token]:
    """One's own tokens for notebooks, revoked ones too; none of them can be seen again."""
    with serving.store.reading() as connection:
        return tokens.of_user(connection, serving.store.identity.user_id)


@api.post("/tokens", status_code=201)
def create_token(serving: Serving, body: forms.NewToken) -> NewToken:
    """Make a token for notebooks; the answer is the only one that shows it."""
    identity = serving.store.identity
    if identity.company_id == LOCAL_COMPANY:
        raise Conflict("This workspace has no accounts, and one token of its own. Use a team's server.")
    if identity.token_id is not None:
        # Or whoever finds one could make others that outlive it.
        raise Forbidden(
            "A token can't make another one. Sign in, or ask whoever runs the server: persona-lab token create."
        )
    with serving.store.writing() as connection:
        made = tokens.create(
            connection,
            company_id=identity.company_id,
            user_id=identity.user_id,
            name=body.name,
            scopes=tuple(dict.fromkeys(body.scopes)),
            expires_at=None if body.days is None else now() + timedelta(days=body.days),
        )
        audit.write(connection, identity, audit.TOKEN_MADE, about=made.id)
    return made


@api.delete("/tokens/{token_id}", status_code=204)
def revoke_token(serving: Serving, token_id: str) -> None:
    """End a token within seconds; an admin may end everybody's."""
    with serving.store.writing() as connection:
        tokens.revoke(connection, token_id, by=serving.store.identity)
        audit.write(connection, serving.store.identity, audit.TOKEN_REVOKED, about=token_id)


@api.get("/company/users")
def list_users(serving: Serving) -> list[User]:
    """Everybody who has an account in the company, closed ones too."""
    with serving.store.reading() as connection:
        return accounts.of_company(connection, serving.store.identity.company_id)


@api.patch("/company/users/{user_id}")
def change_user(serving: Serving, user_id: str, body: forms.UserChange) -> User:
    """Make somebody an admin of the company or none, close their account, or open it again."""
    with serving.store.writing() as connection:
        changed = accounts.change(
            connection, serving.store.identity.company_id, user_id, role=body.role, is_closed=body.closed
        )
        audit.write(connection, serving.store.identity, audit.USER_CHANGED, about=user_id)
    return changed
