"""The conversations that MISO keeps for one user of one app."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from persona_lab.engines.miso.reading import clean
from persona_lab.engines.miso.wire import Wire, path_part
from persona_lab.errors import AnswerNotUnderstood
from persona_lab.models import Value

# So many conversations or messages are asked for at once, and so many times at most.
PAGE = 100
PAGES = 100


class Conversation(Value):
    """A conversation that MISO keeps."""

    id: str
    name: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Exchange(Value):
    """A question and its answer, as MISO keeps them."""

    id: str
    question: str
    answer: str
    created_at: datetime | None = None


async def conversations(wire: Wire) -> list[Conversation]:
    """Return this user's conversations, the newest first."""
    found: list[Conversation] = []
    query = {"user": wire.user, "limit": str(PAGE), "sort_by": "-updated_at"}
    for _ in range(PAGES):
        rows, has_more = _page(await wire.ask("GET", "/conversations", query=query))
        known = {one.id for one in found}
        new = [
            Conversation(
                id=row["id"],
                name=str(row.get("name") or ""),
                created_at=when(row.get("created_at")),
                updated_at=when(row.get("updated_at")),
            )
            for row in rows
            if row["id"] not in known
        ]
        found += new
        if not (has_more and new):
            break
        query["last_id"] = new[-1].id
    return found


async def messages(wire: Wire, conversation_id: str) -> list[Exchange]:
    """Return what was said in a conversation, the oldest first."""
    found: dict[str, Exchange] = {}
    query = {"user": wire.user, "conversation_id": conversation_id, "limit": str(PAGE)}
    for _ in range(PAGES):
        rows, has_more = _page(await wire.ask("GET", "/messages", query=query))
        new = [
            Exchange(
                id=row["id"],
                question=clean(str(row.get("query") or "")),
                answer=clean(str(row.get("answer") or "")),
                created_at=when(row.get("created_at")),
            )
            for row in rows
            if row["id"] not in found
        ]
        found |= {one.id: one for one in new}
        if not (has_more and new):
            break
        # Within a page either end may be the oldest.
        query["first_id"] = _in_order(new)[0].id
    return _in_order(list(found.values()))


async def rename(wire: Wire, conversation_id: str, name: str = "") -> None:
    """Name a conversation; without a name MISO makes one up."""
    body = {"name": name, "auto_generate": not name, "auto_gen": not name, "user": wire.user}
    await wire.ask("POST", f"/conversations/{path_part(conversation_id)}/rename", body=body)


async def delete(wire: Wire, conversation_id: str) -> None:
    """Delete a conversation; one that isn't there is deleted already."""
    path = f"/conversations/{path_part(conversation_id)}"
    await wire.ask("DELETE", path, body={"user": wire.user}, may_be_missing=True)


def when(told: Any) -> datetime | None:
    """Return a time given in seconds or as ISO 8601; None for what is none."""
    try:
        if isinstance(told, int | float) and not isinstance(told, bool):
            return datetime.fromtimestamp(told, UTC)
        found = datetime.fromisoformat(told)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _page(told: Any) -> tuple[list[dict[str, Any]], bool]:
    rows = told.get("data") if isinstance(told, dict) else None
    if not isinstance(rows, list):
        raise AnswerNotUnderstood("MISO's list is no list. Try again.")
    return [row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)], bool(told.get("has_more"))


def _in_order(some: Sequence[Exchange]) -> list[Exchange]:
    return sorted(some, key=lambda one: one.created_at or datetime.max.replace(tzinfo=UTC))
