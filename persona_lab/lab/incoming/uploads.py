"""Uploading files one after the other, and what became of them."""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import NamedTuple, overload

from persona_lab.errors import PersonaLabError, ServerUnreachable
from persona_lab.lab.drawing import live
from persona_lab.lab.incoming.files import File
from persona_lab.lab.interviews.interview import Interview

# Uploads a file's bytes; returns its interview, and whether the project had it already.
Send = Callable[[File, bytes], tuple[Interview, bool]]


class Refused(NamedTuple):
    """A file that was not taken, and the error that says why and what to do."""

    filename: str
    error: PersonaLabError

    @property
    def reason(self) -> str:
        """Why, without the file's name before it."""
        return self.error.message.removeprefix(f"{self.filename}: ")


class Known(NamedTuple):
    """A file whose bytes the project had already, and the interview they are."""

    filename: str
    interview: Interview


class Uploads(Sequence[Interview]):
    """The interviews, one per file taken; `refused` lists the other files, `known` those that were here already."""

    def __init__(self, interviews: Sequence[Interview], known: Sequence[Known], refused: Sequence[Refused]) -> None:
        self._interviews = list(interviews)
        self.known = list(known)
        self.refused = list(refused)

    @overload
    def __getitem__(self, index: int) -> Interview: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Interview]: ...
    def __getitem__(self, index: int | slice) -> Interview | Sequence[Interview]:
        return self._interviews[index]

    def __len__(self) -> int:
        return len(self._interviews)

    def __iter__(self) -> Iterator[Interview]:
        return iter(self._interviews)

    def __repr__(self) -> str:
        refused = [f"{one.filename}: {one.reason}" for one in self.refused]
        return "\n".join([self._summary(), *refused, *self._renamed()])

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><td dir="auto" style="text-align:left">{escape(one.filename)}</td>'
            f'<td dir="auto" style="text-align:left">{escape(one.reason)}</td></tr>'
            for one in self.refused
        )
        heads = '<th style="text-align:left">File</th><th style="text-align:left">Why it was refused</th>'
        table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>" if rows else ""
        renamed = "".join(f'<p dir="auto">{escape(line)}</p>' for line in self._renamed())
        return f"<p>{escape(self._summary())}</p>{table}{renamed}"

    def _summary(self) -> str:
        new = len(self._interviews) - len(self.known)
        parts = [f"{new} interview{'' if new == 1 else 's'} uploaded"]
        if self.known:
            parts.append(f"{len(self.known)} here already")
        if self.refused:
            parts.append(f"{len(self.refused)} refused:")
        return ", ".join(parts) + ("" if self.refused else ".")

    def _renamed(self) -> list[str]:
        """Say of which interview a file is a copy, where its name doesn't."""
        return [
            f"{filename}: the same file is here already, as “{interview.title}”."
            for filename, interview in self.known
            if filename != interview.filename
        ]


def upload_all(files: Sequence[File], send: Send) -> Uploads:
    """Upload the files; one that is refused stops no other.

    Several show a progress bar while it lasts.

    Raises:
        ServerUnreachable: there is nobody to send them to.
        PersonaLabError: the only file given was refused.
    """
    # Whether there is a bar depends on the number of files alone, so a notebook that is run again is the same.
    if len(files) > 1:
        with live.Live() as bar:
            return upload_each(files, send, lambda number: bar.show(lambda: _progress(number, len(files))))
    uploads = upload_each(files, send)
    for refused in uploads.refused:
        raise refused.error
    return uploads


def upload_each(files: Sequence[File], send: Send, begin: Callable[[int], None] = lambda _: None) -> Uploads:
    """Do the same with nothing shown; even the only file that is refused is only listed.

    Args:
        begin: called with the number of each file, from 0, before it is read.
    """
    interviews: list[Interview] = []
    known: list[Known] = []
    refused: list[Refused] = []
    for number, file in enumerate(files):
        begin(number)
        try:
            interview, is_known = send(file, file.read())
        except ServerUnreachable:
            raise
        except PersonaLabError as error:
            refused.append(Refused(file.name, error))
            continue
        interviews.append(interview)
        if is_known:
            known.append(Known(file.name, interview))
    return Uploads(interviews, known, refused)


def _progress(done: int, total: int) -> tuple[str, str]:
    text = f"{done} of {total} files uploaded"
    return f'<progress max="{total}" value="{done}" aria-label="{text}"></progress> {text}', text
