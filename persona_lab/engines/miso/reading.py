"""What MISO's apps put out, read however they wrap it and judged by what is in it.

An app's result is written by a language model and passed on by nodes that turn
it into text as they like: JSON in a fence, in a string, in a string in a string,
behind a sentence, below another key. What can't be what it should be is left
out; where nothing is left, the answer was not understood.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from pydantic import Field

from persona_lab.errors import AnswerNotUnderstood
from persona_lab.models import CitedQuote, MainTopic, MindMap, MindMapItem, Subtopic, Value

# So often JSON may be wrapped, and so deep it may lie.
WRAPPINGS = 3
# Behind so many brackets in prose no result is looked for.
BRACKETS = 50
# The mark of a numbered passage.
NUMBER_MARK = re.compile(r"\[(\d{1,3})\]")
FENCE = re.compile(r"\A```\w*[ \t]*\r?\n?(.*?)\s*(?:```\s*)?\Z", re.S)
FIRST_BRACKET = re.compile(r"[\[{]")
NUMBERS = re.compile(r"(\d{1,6})(?:\s*[-–~]\s*(\d{1,6}))?")
# "5-6" is a range; one of so many lines is not evidence of anything.
LONGEST_RANGE = 50
WRAPPERS = ("result", "output", "outputs", "text", "answer", "data", "json", "structured_output")


class Said(Value):
    """One item of the cleaned script: the lines it was made of, and what they say in clean words."""

    lines: tuple[int, ...]
    category: str = ""
    text: str


class Claim(Value):
    """A pain or need in the app's words, with the lines it is said to rest on."""

    text: str
    lines: tuple[int, ...] = ()


class Stretch(Value):
    """A section: lines `first` to `last`, both included."""

    name: str
    first: int
    last: int
    is_main: bool = True


class Interviewed(Value):
    """What the interview app found, in its own numbering of lines."""

    script: tuple[Said, ...] = ()
    session: Mapping[str, str] = Field(default_factory=dict)
    profile: str = ""
    demographics: Mapping[str, str] = Field(default_factory=dict)
    quality_score: int | None = None
    quality_reason: str = ""
    takeaways: tuple[str, ...] = ()
    pains: tuple[Claim, ...] = ()
    needs: tuple[Claim, ...] = ()
    how_might_we: tuple[str, ...] = ()
    sections: tuple[Stretch, ...] = ()
    persona: str | None = None


class Synthesis(Value):
    """A persona made or changed from an interviewee, in the first person."""

    summary: str = ""
    style: str = ""
    pains: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    insight: str = ""
    insight_quote: str = ""
    image_url: str | None = None


INTERVIEW_FIELDS = frozenset(
    (
        "cleaned_script",
        "session_info",
        "interviewee_profile",
        "interview_quality_assessment",
        "key_takeaways",
        "primary_pain_points",
        "primary_needs",
        "hmw_questions",
        "script_sections",
        "ai_persona_match",
    )
)
PERSONA_FIELDS = frozenset(
    ("persona_summary", "persona_style", "painpoints", "needs", "insight", "insight_quote", "thumbnail")
)
SUMMARY_FIELDS = frozenset(("result",))
MAP_FIELDS = frozenset(("title", "root_node", "main_topics"))


def value_of(told: Any) -> Any:
    """Return what JSON text says, however it is wrapped; what is no JSON text as it is."""
    for _ in range(WRAPPINGS):
        if not isinstance(told, str):
            break
        text = told.strip().lstrip("\ufeff").strip()
        if fenced := FENCE.match(text):
            text = fenced[1].strip()
        parsed = _parsed(text)
        if parsed is None:
            break
        told = parsed
    return told


def clean(text: str) -> str:
    """Return the text with what no database keeps replaced: halves of characters and NULs."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "\ufffd")


def interview_of(outputs: Any) -> Interviewed:
    """Return what the interview app found.

    Raises:
        AnswerNotUnderstood: there is nothing in it.
    """
    fields = _fields(outputs, INTERVIEW_FIELDS)
    profile, quality = _one(fields, "interviewee_profile"), _one(fields, "interview_quality_assessment")
    overall = _mapping(quality.get("overall_quality", quality))
    persona = value_of(fields.get("ai_persona_match"))
    found = Interviewed(
        script=tuple(_script(fields.get("cleaned_script"))),
        session=_texts(_one(fields, "session_info")),
        profile=_text(profile.get("profile_summary")),
        demographics=_texts(_mapping(profile.get("demographics"))),
        quality_score=_score(overall.get("score")),
        quality_reason=_text(overall.get("assessment")),
        takeaways=tuple(_strings(fields.get("key_takeaways"), ("takeaway", "key_takeaways", "description", "text"))),
        pains=tuple(_claims(fields.get("primary_pain_points"))),
        needs=tuple(_claims(fields.get("primary_needs"))),
        how_might_we=tuple(_strings(fields.get("hmw_questions"), ("hmw_questions", "hmw_question", "question"))),
        sections=tuple(_sections(fields.get("script_sections"))),
        persona=clean(persona.strip()) or None if isinstance(persona, str) else None,
    )
    if not (found.pains or found.needs or found.takeaways or found.script or found.profile):
        raise AnswerNotUnderstood("MISO's interview workflow found nothing at all, which is a fault of it. Try again.")
    return found


def persona_of(outputs: Any) -> Synthesis:
    """Return the persona that the app made.

    Raises:
        AnswerNotUnderstood: there is nothing in it.
    """
    fields = _fields(outputs, PERSONA_FIELDS)
    thumbnail = value_of(fields.get("thumbnail"))
    if isinstance(thumbnail, dict):
        thumbnail = thumbnail.get("imageUrl")
    found = Synthesis(
        summary=_text(fields.get("persona_summary")),
        style=_text(fields.get("persona_style")),
        pains=tuple(_items(fields.get("painpoints"))),
        needs=tuple(_items(fields.get("needs"))),
        insight=_text(fields.get("insight")),
        insight_quote=_text(fields.get("insight_quote")),
        image_url=thumbnail if isinstance(thumbnail, str) and thumbnail.startswith(("https://", "http://")) else None,
    )
    if not found.summary:
        raise AnswerNotUnderstood("MISO made a persona without a summary. Try again.")
    return found


def mind_map_of(outputs: Any, cited: Callable[[str], CitedQuote | None]) -> MindMap:
    """Return the mind map that the app made; an item whose quote isn't one of the conversation's stays without.

    Args:
        cited: returns the quote that holds these words, as it was said.

    Raises:
        AnswerNotUnderstood: title, root or topics are missing.
    """
    fields = _fields(outputs, MAP_FIELDS)
    root = value_of(fields.get("root_node"))
    node = root if isinstance(root, dict) else {"text": root}
    topics = tuple(_topics(fields.get("main_topics"), cited))
    title, text = _text(fields.get("title")), _text(node.get("text"))
    if not (title and text and topics):
        raise AnswerNotUnderstood("MISO made a mind map without title, root or topics. Try again.")
    summary = _text(fields.get("summary"))
    return MindMap(title=title, summary=summary, root=text, subtitle=_text(node.get("subtitle")), topics=topics)


def summary_of(outputs: Any) -> str:
    """Return the text that the app wrote.

    Raises:
        AnswerNotUnderstood: it wrote none.
    """
    told = _fields(outputs, SUMMARY_FIELDS).get("result", outputs)
    # Where the text was wrapped once more, the same stands in it again.
    text = _text(_fields(told, SUMMARY_FIELDS).get("result", told))
    if not text:
        raise AnswerNotUnderstood("MISO wrote an empty summary. Try again.")
    return text


def _parsed(text: str) -> Any | None:
    """Return the JSON value the text is, or the first that begins in it; None if there is none, or if it is cut off."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    decoder = json.JSONDecoder()
    for bracket in islice(FIRST_BRACKET.finditer(text), BRACKETS):
        try:
            found, _ = decoder.raw_decode(text, bracket.start())
        except json.JSONDecodeError as error:
            # What stands whole within something that was cut off is not the result.
            if error.msg.startswith("Unterminated") or error.pos >= len(text) - len("false"):
                return None
        except (ValueError, RecursionError):
            return None
        else:
            # "[1]" and "{}" within prose are no result.
            if isinstance(found, dict) and found:
                return found
            if isinstance(found, list) and any(isinstance(one, dict | str) for one in found):
                return found
    return None


def _fields(outputs: Any, wanted: frozenset[str]) -> Mapping[str, Any]:
    """Return the mapping that has the wanted fields, at the top or below a wrapper; empty if there is none."""
    waiting, seen = [(outputs, 0)], 0
    while waiting and seen < 100:
        told, depth = waiting.pop(0)
        seen += 1
        told = value_of(told)
        if isinstance(told, list) and len(told) == 1:
            told = value_of(told[0])
        if not isinstance(told, dict):
            continue
        if any(told.get(name) not in (None, "", [], {}) for name in wanted):
            return told
        if depth < WRAPPINGS:
            waiting += [(told[name], depth + 1) for name in WRAPPERS if name in told]
            waiting += [(one, depth + 1) for name, one in told.items() if name not in WRAPPERS]
    return {}


def _one(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object that is sent in a list of one, or as it is."""
    told = value_of(fields.get(name))
    return _mapping(told[0] if isinstance(told, list) and told else told)


def _mapping(told: Any) -> Mapping[str, Any]:
    told = value_of(told)
    return told if isinstance(told, dict) else {}


def _list(told: Any) -> list[Any]:
    """Return a list's items; one thing alone counts as a list of it."""
    told = value_of(told)
    if isinstance(told, dict):
        return [told]
    # An item that is text is JSON only where all of it is.
    return [value_of(one) if _is_wrapped(one) else one for one in told] if isinstance(told, list) else []


def _is_wrapped(told: Any) -> bool:
    return isinstance(told, str) and told.lstrip().startswith(("{", "[", "```"))


def _text(told: Any) -> str:
    """Return text, also of a number or a list of texts; "" for what is none."""
    if isinstance(told, list):
        return ", ".join(filter(None, map(_text, told)))
    if isinstance(told, bool) or not isinstance(told, str | int | float):
        return ""
    text = clean(str(told)).strip()
    fenced = FENCE.match(text)
    return fenced[1].strip() if fenced else text


def _texts(told: Mapping[str, Any]) -> dict[str, str]:
    return {clean(str(name)): text for name, one in told.items() if (text := _text(one))}


def _strings(told: Any, names: tuple[str, ...]) -> Iterator[str]:
    """Yield texts, which may be alone, in a list, or each in an object under one of the names."""
    told = value_of(told)
    if isinstance(told, str):
        lines = [line.strip().lstrip("-*•·").strip() for line in told.splitlines()]
        yield from filter(None, map(clean, lines))
        return
    for one in _list(told):
        if isinstance(one, dict):
            one = next((one[name] for name in names if isinstance(one.get(name), str)), None)
        if text := _text(one):
            yield text


def _items(told: Any) -> Iterator[str]:
    """Yield what is listed with commas, or in a list."""
    told = value_of(told)
    parts = re.split(r"[,、\n]", told) if isinstance(told, str) else told if isinstance(told, list) else []
    for part in parts:
        if text := _text(part):
            yield text


def _numbers(told: Any) -> Iterator[int]:
    """Yield line numbers, written in whatever way: 5, "5", "5-6", "[5, 6]", [5, "6"]."""
    told = value_of(told)
    if isinstance(told, bool):
        return
    if isinstance(told, int):
        yield told
    elif isinstance(told, float):
        if told.is_integer():
            yield int(told)
    elif isinstance(told, list):
        for one in told:
            yield from _numbers(one)
    elif isinstance(told, str):
        for found in NUMBERS.finditer(told):
            first, last = int(found[1]), int(found[2] or found[1])
            yield from range(first, last + 1) if 0 <= last - first <= LONGEST_RANGE else (first,)


def _lines(told: Any) -> tuple[int, ...]:
    return tuple(dict.fromkeys(_numbers(told)))


def _script(told: Any) -> Iterator[Said]:
    for one in _list(told):
        if isinstance(one, dict) and (text := _text(one.get("cleaned_sentence"))):
            yield Said(lines=_lines(one.get("id")), category=_text(one.get("category")).lower(), text=text)


def _claims(told: Any) -> Iterator[Claim]:
    for one in _list(told):
        if isinstance(one, dict):
            text = _text(next((one[name] for name in ("description", "text", "content") if one.get(name)), None))
            if text:
                yield Claim(text=text, lines=_lines(one.get("evidence")))
        elif text := _text(one):
            yield Claim(text=text)


def _sections(told: Any) -> Iterator[Stretch]:
    for one in _list(told):
        if not isinstance(one, dict):
            continue
        name = _text(one.get("sector_name") or one.get("section_name"))
        first, last = _lines(one.get("start_line"))[:1], _lines(one.get("end_line"))[:1]
        if name and first and last and first <= last:
            is_main = one.get("is_main_content", True)
            yield Stretch(name=name, first=first[0], last=last[0], is_main=is_main not in (False, "false", "False", 0))


def _score(told: Any) -> int | None:
    """Return a score from 1 to 5; None for what is none."""
    told = value_of(told)
    if isinstance(told, str):
        # "4/5" and "4점" are four.
        found = re.match(r"\s*([1-5](?:\.\d+)?)(?!\d)", told)
        told = float(found[1]) if found else None
    if isinstance(told, bool) or not isinstance(told, int | float) or not 1 <= told <= 5:
        return None
    return round(told)


def _topics(told: Any, cited: Callable[[str], CitedQuote | None]) -> Iterator[MainTopic]:
    for one in _list(told):
        if isinstance(one, dict) and (title := _text(one.get("title"))):
            yield MainTopic(
                id=_text(one.get("id")), title=title, subtopics=tuple(_subtopics(one.get("subtopics"), cited))
            )


def _subtopics(told: Any, cited: Callable[[str], CitedQuote | None]) -> Iterator[Subtopic]:
    for one in _list(told):
        if isinstance(one, dict) and (title := _text(one.get("title"))):
            yield Subtopic(title=title, items=tuple(_map_items(one.get("content_items"), cited)))


def _map_items(told: Any, cited: Callable[[str], CitedQuote | None]) -> Iterator[MindMapItem]:
    for one in _list(told):
        if isinstance(one, dict) and (text := _text(one.get("content"))):
            quote = cited(_text(one.get("quote")))
            yield MindMapItem(content=text, quote=quote, relevance=_text(one.get("relevance")))
        elif isinstance(one, str) and (text := _text(one)):
            yield MindMapItem(content=text)
