"""REFI-QDA projects of other tools, brought into a study: texts become interviews, codes those of who gave them.

What is here already stays as it is: a text is known by its words, a code by its place, name and coder, a note by its
place and words. So the same file brought in twice is the same as once.
"""

import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from persona_lab import models, refi
from persona_lab.client.api import Api
from persona_lab.errors import Conflict, InterviewNotFound, InvalidRequest, PersonaLabError
from persona_lab.lab.drawing import live
from persona_lab.lab.incoming.files import name_for
from persona_lab.lab.interviews.interview import Interview
from persona_lab.lab.outgoing.coded import DATE, ENGINE_ID
from persona_lab.models import CODERS_BY_NATURE, Note, Transcript, Turn
from persona_lab.refi import positions
from persona_lab.refi.words import Code, Coding, Project, Selection, Source

if TYPE_CHECKING:
    import pandas as pd

# How long a text that was uploaded may take to be read; its analysis is not waited for.
READING_SECONDS: Final = 300.0
DOCUMENTS: Final = (".txt", ".md", ".docx", ".doc", ".rtf", ".odt", ".pdf", ".html", ".vtt", ".srt")


class Study(NamedTuple):
    """The project that something is brought into: its server, and how to ask it and to hold an interview."""

    api: Api
    run: Callable[[Coroutine[Any, Any, Any]], Any]
    id: str
    handle: Callable[[models.Interview], Interview]

    def transcripts(self) -> Mapping[str, Transcript]:
        found: Mapping[str, Transcript] = self.run(self.api.transcripts(self.id))
        return found

    def held(self, interview_id: str) -> Interview:
        return self.handle(self.run(self.api.interview(interview_id)).interview)

    def take(self, raw: bytes, filename: str, title: str) -> Interview:
        return self.handle(self.run(self.api.upload(self.id, raw, filename, title=title[:200]))[0])

    def notes(self) -> Sequence[Note]:
        found: Sequence[Note] = self.run(self.api.notes(self.id))
        return found

    def user(self) -> str:
        return str(self.run(self.api.user()))


class _Row(NamedTuple):
    interview: str
    codes: int
    new_codes: int
    notes: int
    interview_id: str


class Brought:
    """What came of a REFI-QDA file.

    Attributes:
        interviews: the interviews that its texts are, those that were here already included.
        codes: a row for each code of its codebook: name, description, and those above it.
        table: a row for each interview: its codes here, how many of them are new, and new notes.
        remarks: what was left out, in sentences.
    """

    def __init__(self, name: str, codes: Sequence[Code], remarks: Iterable[str] = ()) -> None:
        self._name = name
        self.codes = _frame(codes)
        self.interviews: list[Interview] = []
        self.remarks = list(remarks)
        self._rows: list[_Row] = []

    @property
    def table(self) -> "pd.DataFrame":
        import pandas as pd

        return pd.DataFrame(self._rows, columns=list(_Row._fields))

    def add(self, interview: Interview, codes: int, new: int, notes: int) -> None:
        """Note what came of one text."""
        self.interviews.append(interview)
        self._rows.append(_Row(interview.title, codes, new, notes, interview.id))

    def _summary(self) -> str:
        if not self._rows:
            return f"{self._name}: {_many(len(self.codes), 'code')}."
        codes, new = sum(row.codes for row in self._rows), sum(row.new_codes for row in self._rows)
        notes = sum(row.notes for row in self._rows)
        return (
            f"{self._name}: {_many(len(self._rows), 'interview')}, {_many(codes, 'coded place')} ({new:,} new), "
            f"{_many(notes, 'new note')}."
        )

    def __repr__(self) -> str:
        return "\n".join([self._summary(), *(f"  {remark}" for remark in self.remarks)])

    def _repr_html_(self) -> str:
        items = "".join(f'<li dir="auto">{escape(remark)}</li>' for remark in self.remarks)
        return f"<p>{escape(self._summary())}</p>" + (f"<ul>{items}</ul>" if items else "")


def bring(study: Study, path: Path) -> Brought:
    """Bring in a .qdpx; of a .qdc return the codes, for a code without a place is nothing a study could hold.

    Raises:
        InvalidRequest: the file isn't there, or is neither.
        TranscriptError: it can't be read; the message says why.
    """
    ending = path.suffix.lower()
    if ending == ".qdc":
        return Brought(path.name, refi.read_codebook(_bytes(path), path.name))
    if ending != ".qdpx":
        raise InvalidRequest(f"{path.name} is no .qdpx or .qdc. Transcripts are uploaded: project.upload(…).")
    project = refi.read_project(path)
    brought = Brought(path.name, project.codes, project.remarks)
    with live.Live() as shown:
        _Bringing(study, project, brought).run(shown)
    return brought


class _Bringing:
    def __init__(self, study: Study, project: Project, brought: Brought) -> None:
        self._study, self._project, self._brought = study, project, brought
        self._names = _code_names(project.codes)
        self._engines = {user.guid for user in project.users if user.id == ENGINE_ID}
        self._users = {user.guid: user.name.strip() for user in project.users}
        self._notes = {note.guid: note for note in project.notes}
        self._me = study.user()
        self._skipped: Counter[str] = Counter()

    def run(self, shown: live.Live) -> None:
        known = {_comparable(transcript.text): key for key, transcript in self._study.transcripts().items()}
        sources: list[tuple[Source, Interview]] = []
        for source in self._project.sources:
            shown.show(lambda: _progress("texts", len(sources), len(self._project.sources)))
            if interview := self._interview(source, known):
                sources.append((source, interview))
        dates = {key: case.values[DATE] for case in self._project.cases if DATE in case.values for key in case.sources}
        said = {(note.interview_id, note.turn, note.text) for note in self._study.notes()}
        deadline = time.monotonic() + READING_SECONDS
        for number, (source, interview) in enumerate(sources):
            shown.show(partial(_progress, "interviews coded", number, len(sources)))
            self._code(source, interview, said, deadline)
            if source.guid in dates and interview.date is None:
                interview.date = dates[source.guid]
        self._brought.remarks += [_many(n, what) + "." for what, n in self._skipped.items()]

    def _interview(self, source: Source, known: Mapping[str, str]) -> Interview | None:
        if source.text is not None and (key := known.get(_comparable(source.text))):
            return self._study.held(key)
        title = _title(source.name)
        file, raw = source.document or (f"{name_for(title)}.txt", (source.text or "").encode("utf-8", "replace"))
        try:
            return self._study.take(raw, file, title)
        except PersonaLabError as error:
            self._brought.remarks.append(f"{source.name}: left out. {error.message}")
            return None

    def _code(
        self, source: Source, interview: Interview, said: set[tuple[str | None, int | None, str]], deadline: float
    ) -> None:
        transcript = _read(interview, deadline)
        if transcript is None:
            self._brought.remarks.append(
                f"{source.name}: it can't be read, so it has no codes. {interview.error or ''}"
            )
            return self._brought.add(interview, 0, 0, 0)
        before = {_key(one) for one in interview.codes(others=True).to_dict("records")}
        places = _Places(source.text, transcript)
        given: set[tuple[object, ...]] = set()
        notes = 0
        for selection in source.selections:
            spans = list(places.of(selection))
            if not spans:
                self._skipped["selection left out: nobody says these words here"] += 1
                continue
            for coding in selection.codings:
                given |= self._codes(coding, spans, interview)
            texts = [text for key in selection.notes if (text := self._note(key))]
            texts += [selection.description.strip()] if selection.description.strip() else []
            turn = spans[0][0]
            for text in dict.fromkeys(texts):
                if (interview.id, turn, text) not in said:
                    interview.note(text, turn=turn)
                    said.add((interview.id, turn, text))
                    notes += 1
        self._brought.add(interview, len(given), len(given - before), notes)

    def _codes(
        self, coding: Coding, spans: Iterable[tuple[int, int, int]], interview: Interview
    ) -> set[tuple[object, ...]]:
        if coding.user in self._engines:
            self._skipped["code of an engine left out: interviews are analysed here anew"] += 1
            return set()
        name = self._names.get(coding.code)
        if name is None:
            self._skipped["code left out that the codebook does not have"] += 1
            return set()
        note = "\n".join(self._notes[key].text.strip() for key in coding.notes if key in self._notes)
        coder = self._coder(coding)
        made = (interview.code(name, start=start, end=end, coder=coder, note=note) for _, start, end in spans)
        return {_key(one.model_dump()) for one in made}

    def _coder(self, coding: Coding) -> str:
        name = self._users.get(coding.user or "") or self._project.origin or self._me
        return f"{name} (imported)" if name.casefold() in CODERS_BY_NATURE else name

    def _note(self, key: str) -> str:
        """Return what a note says, and who said it where that is somebody else: notes here are by who writes them."""
        note = self._notes.get(key)
        text = note.text.strip() if note else ""
        if note is None or not text:
            return ""
        by = self._users.get(note.user or "", "")
        if not by or by == self._me:
            return text
        day = f", {note.at:%Y-%m-%d}" if note.at else ""
        return f"{text}\n— {by}{day}"


class _Places:
    """Where in the transcript a source's selections are, as turn, start and end."""

    def __init__(self, text: str | None, transcript: Transcript) -> None:
        self._transcript = transcript
        self._text = text or ""
        self._is_same = _comparable(self._text) == _comparable(transcript.text)
        self._fed = positions.with_line_feeds(self._text)[1]
        self._back = positions.of_line_feeds(transcript.text)

    def of(self, selection: Selection) -> Iterator[tuple[int, int, int]]:
        """Yield the parts of it that somebody says, one a turn: a code here never goes over a turn's end."""
        if not self._is_same:
            yield from self._by_words(self._text[selection.start : selection.end])
            return
        start, end = (self._back(self._fed(place)) for place in (selection.start, selection.end))
        for turn in self._transcript.turns:
            first, last = max(start, turn.start), min(end, turn.end)
            if first < last and self._transcript.text[first:last].strip():
                yield turn.index, first, last

    def _by_words(self, words: str) -> Iterator[tuple[int, int, int]]:
        """Yield the one place where a text that was read otherwise says the same."""
        said = words.strip()
        found: list[Turn] = [turn for turn in self._transcript.turns if said and said in turn.text]
        if len(found) == 1:
            start = found[0].start + found[0].text.index(said)
            yield found[0].index, start, start + len(said)


def _read(interview: Interview, deadline: float) -> Transcript | None:
    """Return the transcript as soon as the file has been read, None where that fails."""
    while True:
        try:
            return interview.transcript
        except InterviewNotFound:
            if interview.status == "failed":
                return None
            if time.monotonic() > deadline:
                raise Conflict(
                    f"{interview.title!r} has not been read yet. Bring the file in again when it is: "
                    "project.wait() waits for it. What is here already stays as it is."
                ) from None
        time.sleep(0.1)


def _code_names(codes: Sequence[Code]) -> dict[str, str]:
    """Return by GUID what each code is called here: its name, with those above it where several are called so."""
    named = list(_paths(codes))
    many = Counter(path[-1].casefold() for _, path in named)
    return {code.guid: path[-1] if many[path[-1].casefold()] == 1 else " / ".join(path) for code, path in named}


def _paths(codes: Sequence[Code], above: tuple[str, ...] = ()) -> Iterator[tuple[Code, tuple[str, ...]]]:
    for code in codes:
        path = (*above, code.name)
        yield code, path
        yield from _paths(code.children, path)


def _frame(codes: Sequence[Code]) -> "pd.DataFrame":
    import pandas as pd

    names = _code_names(codes)
    rows = [
        (names[code.guid], code.description.strip(), " / ".join(path[:-1]), code.is_codable)
        for code, path in _paths(codes)
    ]
    return pd.DataFrame(rows, columns=["code", "description", "below", "is_codable"])


def _key(coding: Mapping[Any, Any]) -> tuple[object, ...]:
    return tuple(coding[name] for name in ("code", "coder", "start", "end"))


def _comparable(text: str) -> str:
    return positions.with_line_feeds(text)[0]


def _title(name: str) -> str:
    """Return a source's name without the ending that some programs leave on it."""
    stem, dot, ending = name.rpartition(".")
    return stem if dot and f".{ending.lower()}" in DOCUMENTS and stem.strip() else name


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidRequest(f"{path} can't be read: {error.strerror or error}.") from None


def _many(n: int, what: str) -> str:
    first, space, rest = what.partition(" ")
    if n != 1 and first in ("selection", "code") and "left out" in rest:
        return f"{n:,} {first}s{space}{rest}"
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


def _progress(what: str, done: int, total: int) -> tuple[str, str]:
    text = f"{done} of {total} {what}"
    return f'<progress max="{total}" value="{done}" aria-label="{text}"></progress> {text}', text
