"""JSON Web Tokens: who signed one, whether it holds at this moment, and whom it is about.

HS256 goes by the secret alone and the others by published keys alone, whatever the token says of itself: a token can't
choose how it is checked.
"""

import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import jwt
from jwt import PyJWK, PyJWKClient
from jwt.exceptions import PyJWKClientError, PyJWKSetError

from persona_lab.errors import KeysUnavailable, NoCompany, NotAllowed, TokenExpired
from persona_lab.models import LOCAL_COMPANY, CompanyRole
from persona_lab.settings import Settings

SKEW_SECONDS = 30.0
# Published keys are fetched anew so often; for a key that isn't known at most so often; and when they can't be had,
# those of before serve for so long.
FRESH_SECONDS = 600.0
UNKNOWN_SECONDS = 10.0
STALE_SECONDS = 3600.0
FETCH_SECONDS = 5.0
BY_KEYS = ("RS256", "ES256", "EdDSA")
# What the columns can hold.
USER_CHARACTERS, COMPANY_CHARACTERS, NAME_CHARACTERS = 64, 36, 200


class Told(NamedTuple):
    """What a token says of somebody."""

    user_id: str
    company_id: str
    company_name: str | None
    company_role: CompanyRole
    names: tuple[str, ...]
    email: str | None
    expires_at: datetime


class Keys:
    """The keys that somebody publishes, by `kid`. Usable from any thread."""

    def __init__(self, url: str) -> None:
        self._client = PyJWKClient(url, cache_jwk_set=False, timeout=FETCH_SECONDS)
        self._lock = threading.Lock()
        self._known: dict[str, PyJWK] = {}
        self._fetched_at = self._tried_at = -STALE_SECONDS

    def of(self, kid: str) -> PyJWK:
        """Return the key of that id.

        Raises:
            NotAllowed: there is none.
            KeysUnavailable: the keys can't be had.
        """
        # Whoever comes while they are fetched goes by those of before, where those do.
        if self._is_due(kid) and self._lock.acquire(blocking=not self._serves(kid)):
            try:
                if self._is_due(kid):
                    self._fetch()
            finally:
                self._lock.release()
        if self._serves(kid):
            return self._known[kid]
        if time.monotonic() - self._fetched_at > STALE_SECONDS:
            raise KeysUnavailable
        raise NotAllowed("The token was signed by a key that this server doesn't know. Sign in again.")

    def _serves(self, kid: str) -> bool:
        return kid in self._known and time.monotonic() - self._fetched_at <= STALE_SECONDS

    def _is_due(self, kid: str) -> bool:
        at = time.monotonic()
        old = at - self._fetched_at > FRESH_SECONDS or kid not in self._known
        return old and at - self._tried_at > UNKNOWN_SECONDS

    def _fetch(self) -> None:
        try:
            found = self._client.get_jwk_set().keys
        except (PyJWKClientError, PyJWKSetError, ValueError):
            found = None
        self._tried_at = time.monotonic()
        if found is not None:
            self._known = {key.key_id: key for key in found if key.key_id and key.public_key_use in ("sig", None)}
            self._fetched_at = self._tried_at


class Voucher:
    """Checks tokens by the settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._secret = settings.jwt_secret.get_secret_value() if settings.jwt_secret else None
        self._keys = Keys(settings.jwks_url) if settings.jwks_url else None

    def check(self, token: str) -> Told:
        """Return what the token says of whoever holds it.

        Raises:
            TokenExpired: it held until some time ago.
            NotAllowed: it is none, or not one for this server; the message says why.
            NoCompany: it names no company.
            KeysUnavailable: what it is to be checked by can't be had.
        """
        try:
            algorithm, key = self._key(jwt.get_unverified_header(token))
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self._settings.jwt_audience or None,
                issuer=self._settings.jwt_issuer,
                leeway=SKEW_SECONDS,
                options={"require": ["exp", "sub"], "verify_aud": bool(self._settings.jwt_audience)},
            )
        except jwt.ExpiredSignatureError:
            raise TokenExpired from None
        except jwt.InvalidTokenError as error:
            raise NotAllowed(_why(error)) from None
        return self._told(claims)

    def _key(self, header: Mapping[str, Any]) -> tuple[str, Any]:
        algorithm = header.get("alg")
        if algorithm == "HS256" and self._secret is not None:
            return algorithm, self._secret
        if algorithm in BY_KEYS and self._keys is not None:
            kid = header.get("kid")
            if not isinstance(kid, str):
                raise NotAllowed("The token doesn't say which key signed it. Sign in again.")
            key = self._keys.of(kid)
            if key.algorithm_name == algorithm:
                return algorithm, key
        raise NotAllowed("The token is signed in a way that this server doesn't accept. Sign in again.")

    def _told(self, claims: Mapping[str, Any]) -> Told:
        user_id = claims["sub"]
        company_id = _at(claims, self._settings.jwt_company)
        if not user_id or len(user_id) > USER_CHARACTERS or not user_id.isprintable():
            raise NotAllowed(f"The token's sub must have 1 to {USER_CHARACTERS} characters.")
        # That is the company of workspaces without accounts.
        if not company_id or company_id == LOCAL_COMPANY:
            raise NoCompany
        if len(company_id) > COMPANY_CHARACTERS:
            raise NoCompany(f"The company in your token has more than {COMPANY_CHARACTERS} characters, which is no id.")
        email = _at(claims, "email")
        full = _at(claims, "user_metadata.full_name") or _at(claims, "user_metadata.name") or _at(claims, "name")
        return Told(
            user_id=user_id,
            company_id=company_id,
            company_name=_at(claims, self._settings.jwt_company_name),
            company_role="admin" if _at(claims, self._settings.jwt_company_role) == "admin" else "user",
            names=tuple(name for name in (full, (email or "").partition("@")[0], user_id) if name),
            email=email,
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )


def _at(claims: Mapping[str, Any], path: str) -> str | None:
    """Return the text that stands there, None where there is none."""
    found: Any = claims
    for step in path.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if not isinstance(found, str):
        return None
    return "".join(character for character in found if character.isprintable()).strip()[:NAME_CHARACTERS] or None


_WHY: dict[type[jwt.InvalidTokenError], str] = {
    jwt.InvalidAudienceError: "The token is for somebody else than this server. Sign in to this one.",
    jwt.InvalidIssuerError: "The token was made by somebody else than this server trusts. Sign in again.",
    jwt.ImmatureSignatureError: "The token doesn't hold yet. Set this machine's clock, or wait.",
    jwt.MissingRequiredClaimError: "The token doesn't say whose it is, or until when it holds. Sign in again.",
    jwt.InvalidSignatureError: "The token isn't signed by whom this server trusts. Sign in again.",
}


def _why(error: jwt.InvalidTokenError) -> str:
    return next((words for kind, words in _WHY.items() if isinstance(error, kind)), str(NotAllowed()))
