"""The API's description, with every status that a route can answer: what the framework knows, streams, and problems."""

from typing import Any

from fastapi import FastAPI

from persona_lab.server.identity import rights
from persona_lab.server.streaming.stream import STREAM_DOCS

PROBLEM = {
    "type": "object",
    "description": "RFC 9457.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stays the same from version to version."},
        "detail": {"type": "string", "description": "What is wrong, and what to do."},
        "request_id": {"type": "string", "description": "By which the server's log has it, as X-Request-ID."},
    },
}
SAID = {
    400: "The request can't be read.",
    401: "No token came along, or none that holds.",
    403: "It is seen, and may not be done by this person, with this token, or from this page.",
    404: "There is no such thing, or this person may not know of it.",
    409: "It doesn't go with how things are.",
    413: "It is larger than is taken.",
    415: "Files of this format aren't read.",
    422: "Something that was sent is missing or malformed; the detail names it.",
    429: "There were too many; Retry-After says when to try again.",
    503: "The server is busy, or its database or files can't be reached; Retry-After says when to try again.",
}
WRITING = frozenset({"post", "put", "patch", "delete"})
UPLOAD = "/api/workflow/async"
LIMITED = frozenset({UPLOAD, "/api/projects/{project_id}/join", "/api/invitations/accept"})


def install(app: FastAPI) -> None:
    """Have the description made when somebody asks for it: each start would wait for it."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(describe())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # the way FastAPI has for it


def _completed(made: dict[str, Any]) -> dict[str, Any]:
    made["components"] = {**made.get("components", {})}
    made["components"]["schemas"] = {**made["components"].get("schemas", {}), "Problem": PROBLEM}
    made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    made["paths"] = {**made["paths"], **STREAM_DOCS}
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            right = rights.RIGHTS[method.upper(), path]
            if not right.is_open:
                operation["security"] = [{"token": []}]
            for status in statuses(method, path, right, has_body="requestBody" in operation):
                # The framework describes 422 in a form that isn't ours.
                if status == 422 or str(status) not in operation["responses"]:
                    operation["responses"][str(status)] = _problem(status)
    return made


def statuses(method: str, path: str, right: rights.Right, *, has_body: bool) -> list[int]:
    """Return the problems that a route can answer with."""
    # Which host and page are asked from is looked at first, and whether the length can be read.
    found = {400, 403}
    if not right.is_open:
        found |= {401, 503, 422}
    if "{" in path or right.level is not None or has_body:
        found |= {404}
    if method in WRITING or "estimate" in path:
        found |= {409}
    if has_body or method in WRITING:
        found |= {413}
    if path == UPLOAD:
        found |= {415}
    if path in LIMITED or path in STREAM_DOCS:
        found |= {429}
    return sorted(found)


def _problem(status: int) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": SAID[status], "content": content}
