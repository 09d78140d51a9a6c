"""Errors as the client sees them: RFC 9457 problem details, and never a traceback."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from persona_lab import errors, logs
from persona_lab.server.requests import template

log = logging.getLogger(__name__)

# The nearest class in the tree decides.
STATUS: dict[type[errors.PersonaLabError], int] = {
    errors.PersonaLabError: 400,
    errors.TranscriptError: 422,
    errors.FileTooLarge: 413,
    errors.UnknownFormat: 415,
    errors.EngineError: 422,
    errors.EngineUnavailable: 409,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.TooManyStreams: 429,
    errors.TooBusy: 503,
    errors.NotAllowed: 401,
    errors.Forbidden: 403,
    errors.TooOften: 429,
    errors.InvalidRequest: 422,
    errors.ServerError: 500,
}

HEADERS = {401: {"www-authenticate": "Bearer"}, 429: {"retry-after": "30"}, 503: {"retry-after": "3"}}


class Problem(JSONResponse):
    """An `application/problem+json` answer."""

    media_type = "application/problem+json"

    def __init__(self, error: errors.PersonaLabError, status: int | None = None) -> None:
        status = status or status_of(error)
        title = (type(error).__doc__ or "Error").split(".")[0]
        headers = HEADERS.get(status)
        if isinstance(error, errors.TooOften):
            headers = {"retry-after": str(error.retry_seconds)}
        content = {"type": "about:blank", "title": title, "status": status, "code": error.code, "detail": error.message}
        if (request_id := logs.request_id()) is not None:
            # Whoever runs the server finds in its log by this what went wrong.
            content["request_id"] = request_id
        super().__init__(content, status_code=status, headers=headers)


def status_of(error: errors.PersonaLabError) -> int:
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def said_wrong(found: Iterable[Mapping[str, Any]]) -> str:
    """Return what is wrong with what was sent, by the names that its parts have there."""
    wrong = "; ".join(_wrong(one["loc"], one["msg"].removeprefix("Value error, ")) for one in found)
    return f"{wrong.rstrip('.')}."


def _wrong(place: Sequence[object], said: str) -> str:
    # Where in a request a part travels is nothing that who calls the Python side has ever seen.
    named = place[1:] if len(place) > 1 and place[0] in ("body", "query", "path") else place
    return f"{'.'.join(map(str, named))}: {said}" if named else said


def install(app: FastAPI) -> None:
    """Make every error of the application a problem."""

    @app.exception_handler(errors.PersonaLabError)
    async def expected(_request: Request, error: errors.PersonaLabError) -> Problem:
        return Problem(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> Problem:
        # What was sent is left out: it may be somebody's interview.
        return Problem(errors.InvalidRequest(said_wrong(error.errors())))

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> Problem:
        cls = errors.NotFound if error.status_code == 404 else errors.InvalidRequest
        return Problem(cls(f"{error.detail}. /docs lists the routes there are."), error.status_code)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Problem:
        log.error("%s failed", template(request.scope), exc_info=error)
        return Problem(errors.ServerError())
