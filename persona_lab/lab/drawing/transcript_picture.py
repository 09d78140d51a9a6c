"""An interview as it is read, in a saved notebook: its turns in sections, with what was found and written beside them.

Like all pictures here it is good HTML without a style sheet or script. A long transcript shows its beginning, or the
turns from the one that was asked for, and says how many more there are.
"""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from persona_lab.lab.drawing.amounts import clock
from persona_lab.lab.drawing.pictures import section_text

if TYPE_CHECKING:
    from persona_lab.widgets.reader import Reader

Row = Mapping[str, Any]

# A picture is stored in the notebook's file.
TURNS_SHOWN: Final = 80
CHARACTERS_SHOWN: Final = 20_000
SHAPES: Final = {"pain": "▼", "need": "◆", "takeaway": "●"}
_FAINT: Final = "opacity:.7"
_BESIDE: Final = "margin:.2em 0 .6em;padding-left:.8em;border-left:2px solid currentColor"

_ENGLISH: Final[Mapping[str, Any]] = {
    "roles": {"interviewer": "interviewer", "participant": "participant", "other": "other"},
    "kinds": {"pain": "Pain", "need": "Need", "takeaway": "Takeaway"},
    "turns": ("1 turn", "{n:,} turns"),
    "before": ("1 turn before these.", "{n:,} turns before these."),
    "after": ("and 1 more turn.", "and {n:,} more turns."),
    "support": "{n} of {of} participants",
    "code": "Code",
    "note": "Note",
    "rejected": "rejected",
    "redacted": "Names and other personal data were replaced before anything was kept.",
    "loading": "Being opened.",
    "processing": "Being read. The transcript appears when it has been.",
    "analyzing": "Being analysed. Findings appear when that is done.",
    "failed": "It could not be analysed: {error}",
    "deleted": "This interview was deleted.",
}
_KOREAN: Final[Mapping[str, Any]] = {
    "roles": {"interviewer": "진행자", "participant": "참여자", "other": "기타"},
    "kinds": {"pain": "불편", "need": "니즈", "takeaway": "핵심"},
    "turns": ("발언 1개", "발언 {n:,}개"),
    "before": ("앞에 발언 1개가 더 있습니다.", "앞에 발언 {n:,}개가 더 있습니다."),
    "after": ("외 발언 1개.", "외 발언 {n:,}개."),
    "support": "참여자 {of}명 중 {n}명",
    "code": "코드",
    "note": "메모",
    "rejected": "제외됨",
    "redacted": "이름 등 개인 정보는 저장되기 전에 다른 말로 바뀌었습니다.",
    "loading": "여는 중입니다.",
    "processing": "파일을 읽는 중입니다. 다 읽으면 대화가 나타납니다.",
    "analyzing": "분석 중입니다. 끝나면 결과가 나타납니다.",
    "failed": "분석하지 못했습니다: {error}",
    "deleted": "삭제된 인터뷰입니다.",
}


def pictures(reader: "Reader") -> tuple[str, str]:
    """Return what a reader shows as HTML and as text."""
    return transcript_html(reader), transcript_text(reader)


def _headings(reader: "Reader") -> dict[int, str]:
    return {one["first"]: section_text(one["name"], locale=reader.locale) for one in reader.sections}


def transcript_html(reader: "Reader") -> str:
    """Return the turns as paragraphs, quotes marked in them, with findings, codes and notes beneath."""
    words = _words(reader)
    shown, before, after = _shown(reader)
    beside = _beside(reader, words)
    headings = _headings(reader)
    lines = [f'<h3 dir="auto">{escape(reader.interview["title"])}</h3>']
    lines += [f"<p>{escape(said)}</p>" for said in (_about(reader, words), _more(words["before"], before)) if said]
    spans = _spans(reader)
    for turn in shown:
        if turn["index"] in headings:
            lines.append(f'<h4 dir="auto">{escape(headings[turn["index"]])}</h4>')
        lines.append(
            f'<p dir="auto">{_who_html(turn, words)}<br>{_marked(turn, spans.get(turn["index"], [])) or "…"}</p>'
        )
        if turn["index"] in beside:
            items = "".join(f'<li dir="auto">{escape(one)}</li>' for one in beside[turn["index"]])
            lines.append(f'<ul style="{_BESIDE};list-style:none">{items}</ul>')
    if after:
        lines.append(f"<p>{escape(_more(words['after'], after))}</p>")
    return "\n".join(lines)


def transcript_text(reader: "Reader") -> str:
    """Return the same as lines of text."""
    words = _words(reader)
    shown, before, after = _shown(reader)
    beside = _beside(reader, words)
    headings = _headings(reader)
    lines = [reader.interview["title"], _about(reader, words), _more(words["before"], before)]
    for turn in shown:
        if turn["index"] in headings:
            lines.append(f"\n# {headings[turn['index']]}")
        who = " ".join(part for part in (turn["speaker"], clock(turn["time"])) if part)
        lines.append(f"{turn['index']} {who or words['roles'][turn['role']]}: {turn['text']}")
        lines += [f"    {one}" for one in beside.get(turn["index"], ())]
    lines.append(_more(words["after"], after))
    return "\n".join(line for line in lines if line)


def _words(reader: "Reader") -> Mapping[str, Any]:
    return _KOREAN if reader.locale == "ko" else _ENGLISH


def _about(reader: "Reader", words: Mapping[str, Any]) -> str:
    facts = reader.interview
    said = [_more(words["turns"], len(reader.turns)) + "." if reader.turns else ""]
    if facts["state"] in words:
        said.append(words[facts["state"]].format(error=facts["error"][reader.locale]))
    if facts["redacted"]:
        said.append(words["redacted"])
    return " ".join(part for part in said if part)


def _more(forms: Sequence[str], n: int) -> str:
    return forms[n != 1].format(n=n) if n else ""


def _shown(reader: "Reader") -> tuple[list[Row], int, int]:
    """Return the turns to show, and how many there are before and after them."""
    turns = reader.turns
    first = reader.at["turn"] or 0
    shown: list[Row] = []
    characters = 0
    for turn in turns[first : first + TURNS_SHOWN]:
        characters += len(turn["text"])
        if shown and characters > CHARACTERS_SHOWN:
            break
        shown.append(turn)
    return shown, first if shown else 0, len(turns) - first - len(shown) if shown else 0


def _beside(reader: "Reader", words: Mapping[str, Any]) -> dict[int, list[str]]:
    """Return what stands beside each turn, in lines."""
    found: dict[int, list[str]] = {}
    for one in reader.findings:
        about = [words["rejected"]] if one["is_rejected"] else []
        if one["support"]:
            about.append(words["support"].format(n=one["support"], of=one["participants"]))
        told = f" ({', '.join(about)})" if about else ""
        line = f"{SHAPES.get(one['kind'], '●')} {words['kinds'].get(one['kind'], one['kind'])}: {one['text']}{told}"
        for index in dict.fromkeys(quote["turn"] for quote in one["quotes"]):
            found.setdefault(index, []).append(line)
    for code in reader.codes:
        found.setdefault(code["turn"], []).append(f"{words['code']} “{code['code']}” ({code['coder']}): {code['text']}")
    for note in reader.notes:
        found.setdefault(note["turn"], []).append(f"{words['note']} ({note['by']}): {note['text']}")
    return found


def _spans(reader: "Reader") -> dict[int, list[tuple[int, int]]]:
    """Return where quotes of findings stand, by turn."""
    found: dict[int, list[tuple[int, int]]] = {}
    for one in reader.findings:
        for quote in one["quotes"]:
            found.setdefault(quote["turn"], []).append((quote["start"], quote["end"]))
    return found


def _marked(turn: Row, spans: Sequence[tuple[int, int]]) -> str:
    text, offset = turn["text"], turn["start"]
    bounds = {0, len(text)}
    bounds |= {min(max(end - offset, 0), len(text)) for span in spans for end in span}
    parts = []
    for start, end in pairwise(sorted(bounds)):
        piece = escape(text[start:end]).replace("\n", "<br>")
        is_quoted = any(first - offset <= start and end <= last - offset for first, last in spans)
        parts.append(f"<mark>{piece}</mark>" if is_quoted else piece)
    return "".join(parts)


def _who_html(turn: Row, words: Mapping[str, Any]) -> str:
    role = words["roles"].get(turn["role"], turn["role"])
    about = " · ".join(part for part in (role, clock(turn["time"]), str(turn["index"])) if part)
    speaker = f"<strong>{escape(turn['speaker'])}</strong> " if turn["speaker"] else ""
    return f'{speaker}<small style="{_FAINT}">{escape(about)}</small>'
