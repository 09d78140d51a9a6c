"""Knowledge bases: documents that MISO cuts into segments, indexes and searches by meaning.

Indexing goes on after a document was taken; a segment can be added only once it
is over.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from persona_lab.engines.miso.config import BASE_SETTING, SETTINGS
from persona_lab.engines.miso.wire import Wire, path_part
from persona_lab.errors import AnswerNotUnderstood, EngineKeyRefused, EngineRefused, EngineTimedOut
from persona_lab.models import Insight, Value

Permission = Literal["only_me", "all_team_members"]
# The longest question that is searched for. Characters.
LONGEST_QUERY = 250
# Documents per page, and pages at most.
PAGE = 100
PAGES = 100
# So many segments are sent at once.
BATCH = 50
FAILED = frozenset(("error", "paused", "stopped"))
SEPARATOR = "###"
RULE = {
    "mode": "custom",
    "rules": {
        "pre_processing_rules": [
            {"id": "remove_extra_spaces", "enabled": True},
            {"id": "remove_urls_emails", "enabled": False},
        ],
        "segmentation": {"separator": SEPARATOR, "max_tokens": 1000},
    },
}


class Document(Value):
    """A document of a knowledge base, and the batch it is indexed in."""

    id: str
    name: str
    batch: str = ""


class Segment(Value):
    """A stretch of a document, with the likeness to what was searched for where it was found by a search."""

    id: str
    text: str
    document_id: str = ""
    document: str = ""
    score: float | None = None


async def create(wire: Wire, name: str, *, permission: Permission = "only_me") -> str:
    """Make a knowledge base and return its id.

    Raises:
        EngineKeyRefused: the key is for one knowledge base only, and can't make others.
    """
    told = await wire.ask("POST", "/datasets", body={"name": name, "permission": permission}, is_paid=True)
    return _id(told)


async def delete(wire: Wire, base: str) -> None:
    """Delete a knowledge base; one that isn't there is deleted already."""
    await wire.ask("DELETE", f"/datasets/{path_part(base)}", may_be_missing=True)


async def bases(wire: Wire) -> dict[str, str]:
    """Return the names of all knowledge bases by their ids."""
    return {str(row["id"]): str(row.get("name") or "") for row in await _rows(wire, "/datasets")}


async def base_called(wire: Wire, name: str) -> str:
    """Return the id of the knowledge base of that name, which is made when there is none.

    Raises:
        EngineKeyRefused: the key is for one knowledge base only.
    """
    try:
        known = await bases(wire)
        return next((one for one, called in known.items() if called == name), None) or await create(wire, name)
    except EngineKeyRefused:
        raise EngineKeyRefused(
            f"MISO refused the knowledge key, or it is for one knowledge base alone. Check {SETTINGS['knowledge']}; "
            f"for such a key set {BASE_SETTING} to the id of its base."
        ) from None


async def documents(wire: Wire, base: str) -> list[Document]:
    """Return all documents of a knowledge base."""
    rows = await _rows(wire, f"/datasets/{path_part(base)}/docs")
    return [Document(id=row["id"], name=str(row.get("name") or "")) for row in rows]


async def add_document(wire: Wire, base: str, name: str, text: str) -> Document:
    """Give a knowledge base a document; segments begin at `###`. It can be searched once it is `indexed`."""
    body = {"name": name, "text": text, "indexing_type": "high_quality", "process_rule": RULE}
    path = f"/datasets/{path_part(base)}/docs/text"
    return _document(await wire.ask("POST", path, body=body, is_paid=True, seconds=wire.limits.upload_seconds))


async def replace_document(wire: Wire, base: str, document: Document, text: str) -> Document:
    """Put another text into a document, which is indexed anew."""
    path = f"/datasets/{path_part(base)}/docs/{path_part(document.id)}/text"
    return _document(await wire.ask("PUT", path, body={"name": document.name, "text": text}, is_paid=True))


async def delete_document(wire: Wire, base: str, document_id: str) -> None:
    path = f"/datasets/{path_part(base)}/docs/{path_part(document_id)}"
    await wire.ask("DELETE", path, may_be_missing=True)


async def indexed(wire: Wire, base: str, document: Document) -> None:
    """Wait until a document can be searched.

    Raises:
        EngineRefused: MISO could not index it.
        EngineTimedOut: it took too long.
    """
    until = time.monotonic() + wire.limits.indexing_seconds
    for seconds in wire.limits.looks():
        status = await _status(wire, base, document)
        if status in ("completed", "available"):
            return
        if status in FAILED:
            raise EngineRefused(f"MISO could not index {document.name}. Look at the document in MISO.")
        if time.monotonic() + seconds > until:
            raise EngineTimedOut(
                f"MISO has not indexed {document.name} within {wire.limits.indexing_seconds:.4g} seconds. "
                "It may still do so; look again later."
            )
        await asyncio.sleep(seconds)


async def add_segments(wire: Wire, base: str, document: Document, texts: Sequence[str]) -> list[Segment]:
    """Add stretches to an indexed document.

    Raises:
        EngineRefused: it isn't indexed yet.
    """
    path = f"/datasets/{path_part(base)}/docs/{path_part(document.id)}/segments"
    found: list[Segment] = []
    for first in range(0, len(texts), BATCH):
        body = {"segments": [{"content": text} for text in texts[first : first + BATCH]]}
        found += _segments(await wire.ask("POST", path, body=body, is_paid=True))
    return found


async def segments(wire: Wire, base: str, document: Document) -> list[Segment]:
    """Return a document's stretches."""
    path = f"/datasets/{path_part(base)}/docs/{path_part(document.id)}/segments"
    return _segments(await wire.ask("GET", path))


async def change_segment(wire: Wire, base: str, document: Document, segment: Segment) -> Segment:
    """Give a stretch another text."""
    path = f"/datasets/{path_part(base)}/docs/{path_part(document.id)}/segments/{path_part(segment.id)}"
    told = _segments(await wire.ask("PUT", path, body={"segment": {"content": segment.text, "enabled": True}}))
    return told[0] if told else segment


async def delete_segment(wire: Wire, base: str, document: Document, segment_id: str) -> None:
    path = f"/datasets/{path_part(base)}/docs/{path_part(document.id)}/segments/{path_part(segment_id)}"
    await wire.ask("DELETE", path, may_be_missing=True)


async def search(wire: Wire, base: str, query: str, *, k: int = 10) -> list[Segment]:
    """Return the stretches nearest to a question, the nearest first."""
    body = {
        "query": query.strip()[:LONGEST_QUERY],
        "retrieval_model": {
            "search_method": "semantic_search",
            "reranking_enable": False,
            "top_k": k,
            "score_threshold_enabled": False,
        },
    }
    path = f"/datasets/{path_part(base)}/search"
    told = await wire.ask("POST", path, body=body, seconds=wire.limits.search_seconds)
    records = told.get("records") if isinstance(told, dict) else None
    if not isinstance(records, list):
        raise AnswerNotUnderstood("MISO's search gave no list. Try again.")
    return [found for record in records if isinstance(record, dict) and (found := _record(record))][:k]


async def feed(wire: Wire, base: str, name: str, insights: Iterable[Insight]) -> Document:
    """Put a project's findings into a knowledge base, in place of those it had under this name, and wait for them.

    Each finding is a segment: its kind, its text, on how many people it rests and their words.

    Raises:
        EngineRefused: there is no finding, or MISO could not index them.
        EngineTimedOut: indexing took too long.
    """
    text = f"\n{SEPARATOR}\n".join(_told(insight) for insight in insights)
    if not text:
        raise EngineRefused("The project has no findings yet. Analyse interviews first.")
    same = [one for one in await documents(wire, base) if one.name.removesuffix(".txt") == name.removesuffix(".txt")]
    document = await replace_document(wire, base, same[0], text) if same else await add_document(wire, base, name, text)
    await indexed(wire, base, document)
    return document


def _told(insight: Insight) -> str:
    quotes = "\n".join(f"“{quote.text}” ({quote.interview_title})" for quote in insight.quotes)
    # What marks a new segment in it would cut it.
    whole = f"{insight.kind}: {insight.text}\n{insight.support} of {insight.participants} participants\n{quotes}"
    return whole.replace(SEPARATOR, "# # #").strip()


async def _status(wire: Wire, base: str, document: Document) -> str:
    """Return how far indexing is; the batch tells, or else the list of documents."""
    if document.batch:
        path = f"/datasets/{path_part(base)}/docs/{path_part(document.batch)}/status"
        told = await wire.ask("GET", path, may_be_missing=True)
        rows = told.get("data") if isinstance(told, dict) else None
    else:
        rows = await _rows(wire, f"/datasets/{path_part(base)}/docs")
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and row.get("id") == document.id:
            if row.get("display_status") == "available":
                return "available"
            return str(row.get("indexing_status") or "waiting")
    return "waiting"


async def _rows(wire: Wire, path: str) -> list[dict[str, Any]]:
    """Return all rows of a list that comes in pages."""
    found: dict[str, dict[str, Any]] = {}
    for page in range(1, PAGES + 1):
        told = await wire.ask("GET", path, query={"page": str(page), "limit": str(PAGE)})
        rows = told.get("data") if isinstance(told, dict) else None
        if not isinstance(rows, list):
            raise AnswerNotUnderstood("MISO's list is no list. Try again.")
        new = {
            row["id"]: row
            for row in rows
            if isinstance(row, dict) and isinstance(row.get("id"), str) and row["id"] not in found
        }
        found |= new
        if not (told.get("has_more") and new):
            break
    return list(found.values())


def _document(told: Any) -> Document:
    row = told.get("document") if isinstance(told, dict) else None
    if not isinstance(row, dict):
        raise AnswerNotUnderstood("MISO took the document without saying what it is called now. Try again.")
    return Document(id=_id(row), name=str(row.get("name") or ""), batch=str(told.get("batch") or ""))


def _segments(told: Any) -> list[Segment]:
    """Read segments, in a list or one alone."""
    rows = told.get("data") if isinstance(told, dict) else None
    rows = [rows] if isinstance(rows, dict) else rows
    if not isinstance(rows, list):
        raise AnswerNotUnderstood("MISO's list of segments is no list. Try again.")
    return [found for row in rows if isinstance(row, dict) and (found := _segment(row))]


def _segment(row: dict[str, Any], score: Any = None) -> Segment | None:
    text, document = row.get("content"), row.get("document")
    if not isinstance(text, str):
        return None
    return Segment(
        id=str(row.get("id") or ""),
        text=text,
        document_id=str(row.get("document_id") or ""),
        document=str(document.get("name") or "") if isinstance(document, dict) else "",
        score=float(score) if isinstance(score, int | float) else None,
    )


def _record(record: dict[str, Any]) -> Segment | None:
    segment = record.get("segment")
    return _segment(segment if isinstance(segment, dict) else record, record.get("score"))


def _id(told: Any) -> str:
    found = told.get("id") if isinstance(told, dict) else None
    if not isinstance(found, str) or not found:
        raise AnswerNotUnderstood("MISO did as asked without saying what it made. Look in MISO before trying again.")
    return found
