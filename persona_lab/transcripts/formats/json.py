"""JSON from podcasts, speech recognition and scripts: the list in it whose items say something.

The keys differ (Podcasting 2.0 `segments` with `body`, Whisper `segments` with
`text`, Otter `transcripts`, AssemblyAI and Deepgram `utterances`, Rev
`monologues`), so the list is found by what its items have, as a table's columns
are found by their headings.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from persona_lab.errors import FileTooLarge, NoSpeech, UnreadableText
from persona_lab.transcripts.encoding import decode
from persona_lab.transcripts.formats.characters import fit
from persona_lab.transcripts.formats.columns import HEADINGS, KINDS, MARKS
from persona_lab.transcripts.formats.layouts import read_layout
from persona_lab.transcripts.formats.spoken import LIMIT_SECONDS, LIMIT_SEGMENTS, Said, moment, render
from persona_lab.transcripts.speech import Reading

SAMPLE_ITEMS = 50
# The lists of words of a day of talking; the outer ones come first, and one of them is the right one.
LIMIT_LISTS = 20_000
NAMES = ("name", "label", "id")
# Otter counts in samples of its recording, others in milliseconds. People speak some 5 to 25 characters a second,
# so fewer than these a unit mean that the unit is none of seconds, or none of milliseconds either.
OTTER_RATE = 16_000
LEAST_A_SECOND = 0.05
LEAST_A_MILLISECOND = 0.002


@dataclass(frozen=True)
class Keys:
    """What the items of a list call what is said, by whom and when."""

    text: str
    speaker: Sequence[str] = ()
    time: str | None = None
    until: str | None = None


def read_json(raw: bytes, columns: Mapping[str, str] | None = None) -> Reading:
    decoded = decode(raw)
    return decoded.stamp(_read(_parsed(decoded.text), decoded.encoding, columns))


def _read(document: Any, encoding: str, columns: Mapping[str, str] | None) -> Reading:
    lists = list(islice(_lists(document), LIMIT_LISTS))
    if any(len(items) > LIMIT_SEGMENTS for items in lists):
        raise FileTooLarge(f"a list in it has more than {LIMIT_SEGMENTS:,} items. Split it.")
    found = [(items, keys) for items in lists if (keys := _keys(items, columns))]
    if not found:
        return _read_plain(document, encoding, columns)
    items, keys = max(found, key=lambda candidate: _worth(*candidate))
    said = list(_said(items, keys, _names(lists)))
    return render(_in_seconds(said, keys), encoding, joins_unnamed=True)


def _parsed(text: str) -> Any:
    text = text.removeprefix("\ufeff")
    try:
        return json.loads(text)
    except RecursionError as error:
        raise UnreadableText("it is nested too deeply. Save the transcript as .txt.") from error
    except ValueError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        try:
            # One object a line is common, though it isn't JSON.
            return [json.loads(line) for line in lines] if len(lines) > 1 else _refuse(error)
        except (ValueError, RecursionError):
            return _refuse(error)


def _refuse(error: ValueError) -> Any:
    where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
    raise UnreadableText(f"it is no JSON or is cut off{where}. Export it again, or name it .txt.") from error


def _lists(document: Any) -> Iterator[list[dict[str, Any]]]:
    """Yield the lists of objects anywhere in the document, the outer ones first."""
    level = [document]
    while level:
        below: list[Any] = []
        for node in level:
            if isinstance(node, list):
                objects = [item for item in node if isinstance(item, dict)]
                if objects:
                    yield objects
                below.extend(item for item in node if isinstance(item, dict | list))
            elif isinstance(node, dict):
                below.extend(value for value in node.values() if isinstance(value, dict | list))
        level = below


def _keys(items: Sequence[dict[str, Any]], columns: Mapping[str, str] | None) -> Keys | None:
    names = list(dict.fromkeys(str(key) for item in items[:SAMPLE_ITEMS] for key in item))
    if columns:
        given = {kind: name for kind, name in columns.items() if kind in KINDS and name in names}
        if "text" not in given or len(given) != len(columns):
            return None
        return Keys(
            given["text"], [given["speaker"]] if "speaker" in given else [], given.get("time"), given.get("until")
        )
    plain = {MARKS.sub("", name.casefold()): name for name in names}
    found = {kind: [plain[word] for word in words if word in plain] for kind, words in HEADINGS.items()}
    text = next((name for name in found["text"] if any(isinstance(item.get(name), str) for item in items)), None)
    if text is None and "elements" in names:
        text = "elements"
    if text is None:
        return None
    return Keys(text, found["speaker"], next(iter(found["time"]), None), next(iter(found["until"]), None))


def _worth(items: Sequence[dict[str, Any]], keys: Keys) -> tuple[bool, int]:
    """Rank a list by whether it says who speaks, then by how long its pieces are: sentences before single words."""
    lengths = [len(_words(item.get(keys.text))) for item in items]
    has_speakers = any(item.get(name) is not None for item in items[:SAMPLE_ITEMS] for name in keys.speaker)
    return has_speakers and sum(lengths) > 0, sum(lengths) // max(len(lengths), 1) if len(items) > 1 else 0


def _said(items: Sequence[dict[str, Any]], keys: Keys, names: Mapping[str, str]) -> Iterator[Said]:
    for item in items:
        time, until = (_number(item.get(key)) if key else None for key in (keys.time, keys.until))
        yield Said(_speaker(item, keys, names), _words(item.get(keys.text)), time, until)


def _words(value: Any) -> str:
    if isinstance(value, list):
        return "".join(str(one.get("value", "")) for one in value if isinstance(one, dict))
    return fit(value) if isinstance(value, str) else ""


def _speaker(item: Mapping[str, Any], keys: Keys, names: Mapping[str, str]) -> str | None:
    for key in keys.speaker:
        value = item.get(key)
        if isinstance(value, dict):
            value = next((value[name] for name in NAMES if value.get(name) not in (None, "")), None)
        if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
            continue
        name = names.get(str(value), str(value))
        return fit(f"Speaker {name}" if name.strip().isdigit() else name)
    return None


def _names(lists: Sequence[Sequence[dict[str, Any]]]) -> dict[str, str]:
    """Return the names of speakers whom the items refer to by number."""
    return {
        str(one[key]): str(one["speaker_name"])
        for items in lists
        for one in items
        if isinstance(one.get("speaker_name"), str)
        for key in ("id", "speaker_id")
        if isinstance(one.get(key), int | str)
    }


def _number(value: Any) -> float | None:
    """Return a time as the file gives it: a number in a unit yet to be told, or a clock in seconds."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if 0 <= value < LIMIT_SECONDS * OTTER_RATE else None
    return moment(value) if isinstance(value, str) else None


def _in_seconds(said: Sequence[Said], keys: Keys) -> list[Said]:
    scale = _scale(said, keys)
    return [Said(one.speaker, one.words, _scaled(one.time, scale), _scaled(one.until, scale)) for one in said]


def _scaled(time: float | None, scale: float) -> float | None:
    return round(time * scale, 3) if time is not None and time * scale <= LIMIT_SECONDS else None


def _scale(said: Sequence[Said], keys: Keys) -> float:
    """Return what a unit of the file's times is in seconds, judged by how fast people would be speaking."""
    times = [time for one in said for time in (one.time, one.until) if time is not None]
    length = max(times, default=0.0) - min(times, default=0.0)
    if not length:
        return 1.0
    rate = sum(len(one.words) for one in said) / length
    if rate > LEAST_A_SECOND or not all(time.is_integer() for time in times):
        return 1.0
    return 1 / OTTER_RATE if "offset" in (keys.time or "") and rate < LEAST_A_MILLISECOND else 0.001


def _read_plain(document: Any, encoding: str, columns: Mapping[str, str] | None) -> Reading:
    """Return a transcript that is one string, or a list of lines."""
    if columns:
        raise UnreadableText(f"it has no list whose items have {', '.join(map(str, columns.values()))}.")
    text: str | None = None
    if isinstance(document, dict):
        text = next((document[key] for key in HEADINGS["text"] if isinstance(document.get(key), str)), None)
    elif isinstance(document, list):
        text = "\n".join(line for line in document if isinstance(line, str))
    if not text:
        raise NoSpeech("it is JSON, but no list in it has items with a text. Export it as .txt, .vtt or .srt.")
    plain = fit(text)
    return read_layout(plain, encoding, is_line_paragraph=True)
