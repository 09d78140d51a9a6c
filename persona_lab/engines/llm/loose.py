"""A JSON object found in whatever a model wrote around it: fences, prose, thoughts."""

import json
import re
from typing import Any

THOUGHTS = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
# A model that begins more objects than this answers nothing.
BEGINNINGS = 50


def json_object(text: str) -> str | None:
    """Return the largest JSON object in the text, as JSON; None if there is none.

    An object that was encoded twice, as a JSON string, is found as well.
    """
    text = THOUGHTS.sub("", text)
    found = _largest(text, "{") or _largest(text, '"')
    return None if found is None else json.dumps(found, ensure_ascii=False)


def _largest(text: str, beginning: str) -> dict[str, Any] | None:
    decoder = json.JSONDecoder(strict=False)
    found: dict[str, Any] | None = None
    length = 0
    at = text.find(beginning)
    for _ in range(BEGINNINGS):
        if at < 0:
            break
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            value, end = None, at + 1
        value = _decoded(value)
        if isinstance(value, dict) and value and end - at > length:
            found, length = value, end - at
        at = text.find(beginning, end)
    return found


def _decoded(value: Any) -> Any:
    if not isinstance(value, str) or "{" not in value:
        return value
    try:
        return json.loads(value, strict=False)
    except (ValueError, RecursionError):
        return None
