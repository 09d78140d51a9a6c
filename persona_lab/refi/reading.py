"""REFI-QDA as other programs write it: what is text in it, with its codes; the rest is named in remarks.

NVivo, MAXQDA and ATLAS.ti differ in what they fill in: texts stand beside the XML or within it, a PDF has a plain
representation, a recording has transcripts whose selections lie between points in time.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from persona_lab.errors import UnreadableText
from persona_lab.refi import positions
from persona_lab.refi.markup import child, children, local, parsed, words
from persona_lab.refi.words import Case, Code, Coding, Group, Note, Project, Selection, Source, User

# Returns the bytes that a path in the project stands for, or None where they are not in it.
Part = Callable[[str], bytes | None]

LIMIT_DEPTH = 50
RECORDINGS = {"AudioSource": "recording", "VideoSource": "video"}


def read_codebook(raw: bytes, name: str) -> tuple[Code, ...]:
    """Return the codes of a .qdc.

    Raises:
        UnreadableText: it is no codebook.
    """
    root = parsed(raw, name)
    book = root if local(root) == "CodeBook" else child(root, "CodeBook")
    codes = child(book, "Codes")
    if codes is None:
        raise UnreadableText(f"{name}: there is no codebook in it. Export one as REFI-QDA codebook (.qdc).")
    return _codes(codes)


def read_xml(raw: bytes, name: str, part: Part) -> Project:
    """Return the project that a .qde describes.

    Raises:
        UnreadableText: it is none.
    """
    root = parsed(raw, name)
    if local(root) != "Project":
        raise UnreadableText(f"{name}: its XML is no REFI-QDA project. Export it as REFI-QDA project (.qdpx).")
    reader = _Reader(part)
    sources = tuple(source for element in children(child(root, "Sources")) for source in reader.sources(element))
    variables = {_guid(one, "guid"): one.get("name") or "" for one in children(child(root, "Variables"), "Variable")}
    return Project(
        name=root.get("name") or name,
        origin=root.get("origin") or "",
        description=words(root, "Description"),
        at=_time(root.get("creationDateTime")),
        users=tuple(
            User(_guid(one, "guid"), one.get("name") or one.get("id") or "", one.get("id") or "")
            for one in children(child(root, "Users"), "User")
        ),
        codes=_codes(child(child(root, "CodeBook"), "Codes")),
        sources=sources,
        notes=tuple(reader.note(one) for one in children(child(root, "Notes"), "Note")),
        cases=tuple(_case(one, variables) for one in children(child(root, "Cases"), "Case")),
        groups=tuple(_group(one) for one in children(child(root, "Sets"), "Set")),
        remarks=tuple(reader.remarks()),
    )


class _Reader:
    def __init__(self, part: Part) -> None:
        self._part = part
        self._left: Counter[str] = Counter()
        self._said: list[str] = []

    def remarks(self) -> list[str]:
        """Return what could not be read, in sentences."""
        counted = [
            f"{n:,} {what}{'' if n == 1 else 's'} left out: there is no text in it." for what, n in self._left.items()
        ]
        return counted + self._said

    def sources(self, element: Any) -> list[Source]:
        kind = local(element)
        if kind == "TextSource":
            return self._source(element, element.get("name"))
        if kind == "PDFSource":
            representation = child(element, "Representation")
            found = [] if representation is None else self._source(representation, element.get("name"))
            if not found:
                self._left["PDF"] += 1
            return found
        if kind in RECORDINGS:
            found = [
                source
                for transcript in children(element, "Transcript")
                for source in self._source(transcript, transcript.get("name") or element.get("name"))
            ]
            if not found:
                self._left[RECORDINGS[kind]] += 1
            return found
        if kind:
            self._left["picture" if kind == "PictureSource" else f"{kind[:40]}"] += 1
        return []

    def note(self, element: Any) -> Note:
        text, _ = self._text(element, element.get("name") or "a note")
        said = text or words(element, "Description")
        return Note(
            _guid(element, "guid"),
            element.get("name") or "",
            said,
            _guid(element, "creatingUser") or None,
            _time(element.get("creationDateTime")),
        )

    def _source(self, element: Any, name: str | None) -> list[Source]:
        named = (name or "").strip() or "Untitled"
        text, had_mark = self._text(element, named)
        about: dict[str, Any] = {
            "guid": _guid(element, "guid"),
            "name": named,
            "user": _guid(element, "creatingUser") or None,
            "at": _time(element.get("creationDateTime")),
        }
        if children(element, "Coding"):
            self._say(f"{named}: codes of the whole document are left out, for they have no place in it.")
        if text is None:
            path = element.get("richTextPath") or ""
            raw = self._part(path)
            if raw is None:
                self._say(f"{named}: left out, its text is not in the file.")
                return []
            if children(element, "PlainTextSelection", "TranscriptSelection"):
                self._say(f"{named}: there is rich text alone, in which codes have no place; they are left out.")
            return [Source(text=None, document=(path.rpartition("/")[2], raw), **about)]
        return [Source(text=text, selections=self._selections(element, text, named, had_mark=had_mark), **about)]

    def _text(self, element: Any, named: str) -> tuple[str | None, bool]:
        """Return the plain text and whether a byte order mark stood before it."""
        inline = child(element, "PlainTextContent")
        if inline is not None:
            return "".join(inline.itertext()), False
        raw = self._part(element.get("plainTextPath") or "")
        if raw is None:
            return None, False
        try:
            text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
        except UnicodeDecodeError:
            self._say(f"{named}: its text is not in UTF-8, as the standard wants it.")
            return None, False
        return text.removeprefix("\ufeff"), text.startswith("\ufeff") or raw[:2] in (b"\xff\xfe", b"\xfe\xff")

    def _selections(self, element: Any, text: str, named: str, *, had_mark: bool) -> tuple[Selection, ...]:
        points = {_guid(one, "guid"): _number(one.get("position")) for one in children(element, "SyncPoint")}
        spans = [(one, _span(one, points)) for one in children(element, "PlainTextSelection", "TranscriptSelection")]
        placed = [(one, span) for one, span in spans if span is not None]
        place = positions.counted(text, [(span[0], one.get("name") or "") for one, span in placed], had_mark=had_mark)
        found = [
            _selection(one, start, end)
            for one, span in placed
            if 0 <= (start := place(span[0])) < (end := place(span[1])) <= len(text)
        ]
        if lost := len(spans) - len(found):
            lie = (
                "1 selection lies outside of its text and is"
                if lost == 1
                else f"{lost:,} selections lie outside of it and are"
            )
            self._say(f"{named}: {lie} left out.")
        return tuple(found)

    def _say(self, remark: str) -> None:
        if remark not in self._said:
            self._said.append(remark)


def _span(element: Any, points: Mapping[str, int | None]) -> tuple[int, int] | None:
    if local(element) == "TranscriptSelection":
        start, end = (points.get(_guid(element, name)) for name in ("fromSyncPoint", "toSyncPoint"))
    else:
        start, end = (_number(element.get(name)) for name in ("startPosition", "endPosition"))
    return None if start is None or end is None else (start, end)


def _selection(element: Any, start: int, end: int) -> Selection:
    return Selection(
        guid=_guid(element, "guid"),
        start=start,
        end=end,
        name=element.get("name") or "",
        description=words(element, "Description"),
        codings=tuple(_coding(one) for one in children(element, "Coding") if child(one, "CodeRef") is not None),
        notes=_targets(element, "NoteRef"),
        user=_guid(element, "creatingUser") or None,
        at=_time(element.get("creationDateTime")),
    )


def _coding(element: Any) -> Coding:
    return Coding(
        _guid(element, "guid"),
        _guid(child(element, "CodeRef"), "targetGUID"),
        _guid(element, "creatingUser") or None,
        _time(element.get("creationDateTime")),
        _targets(element, "NoteRef"),
    )


def _codes(element: Any, depth: int = 0) -> tuple[Code, ...]:
    if depth > LIMIT_DEPTH:
        return ()
    return tuple(
        Code(
            _guid(one, "guid"),
            (one.get("name") or "").strip() or "Untitled",
            words(one, "Description"),
            (one.get("isCodable") or "true").strip().lower() in ("true", "1"),
            _codes(one, depth + 1),
            _targets(one, "NoteRef"),
        )
        for one in children(element, "Code")
    )


def _case(element: Any, variables: Mapping[str, str]) -> Case:
    values = {}
    for one in children(element, "VariableValue"):
        name = variables.get(next(iter(_targets(one, "VariableRef")), ""), "")
        said = "".join("".join(part.itertext()) for part in one if local(part).endswith("Value"))
        if name and said:
            values[name] = said
    return Case(_guid(element, "guid"), element.get("name") or "", values, _targets(element, "SourceRef"))


def _group(element: Any) -> Group:
    return Group(
        _guid(element, "guid"),
        element.get("name") or "",
        words(element, "Description"),
        _targets(element, "MemberSource"),
    )


def _targets(element: Any, name: str) -> tuple[str, ...]:
    return tuple(_guid(one, "targetGUID") for one in children(element, name))


def _guid(element: Any, name: str) -> str:
    """Return a GUID as all are compared: some programs write braces around it, or capitals."""
    return (element.get(name) or "").strip().strip("{}").lower()


def _number(said: str | None) -> int | None:
    try:
        return int(said or "")
    except ValueError:
        return None


def _time(said: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(said) if said else None
    except ValueError:
        return None
