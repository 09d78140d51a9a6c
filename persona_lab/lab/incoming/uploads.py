"""Uploading files one after the other, and what became of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final, NamedTuple, overload

from persona_lab.errors import PersonaLabError, ServerUnreachable
from persona_lab.lab.drawing import live, reasons
from persona_lab.lab.incoming.files import File
from persona_lab.lab.interviews.interview import Interview

_ENGLISH: Final[Mapping[str, Any]] = {
    "heads": ("File", "Why it was refused"),
    # Of one, and of any other number.
    "uploaded": ("{n} interview uploaded", "{n} interviews uploaded"),
    "known": "{n} here already",
    "refused": "{n} refused:",
    "copy": "{filename}: the same file is here already, as “{title}”.",
    "progress": "{n} of {total} files uploaded",
}
_KOREAN: Final[Mapping[str, Any]] = {
    "heads": ("파일", "받지 못한 이유"),
    "uploaded": ("인터뷰 {n}건 업로드",) * 2,
    "known": "이미 있는 것 {n}건",
    "refused": "받지 못한 것 {n}건:",
    "copy": "{filename}: 같은 파일이 이미 “{title}”(으)로 있습니다.",
    "progress": "파일 {total}개 중 {n}개 업로드",
}

# Uploads a file's bytes; returns its interview, and whether the project had it already.
Send = Callable[[File, bytes], tuple[Interview, bool]]


class Refused(NamedTuple):
    """A file that was not taken, and the error that says why and what to do."""

    filename: str
    error: PersonaLabError

    @property
    def reason(self) -> str:
        """Why, without the file's name before it."""
        return self.why("en")

    def why(self, locale: str) -> str:
        """The same in a language of labels."""
        return reasons.of_error(self.error, locale).removeprefix(f"{self.filename}: ")


class Known(NamedTuple):
    """A file whose bytes the project had already, and the interview they are."""

    filename: str
    interview: Interview


class Uploads(Sequence[Interview]):
    """The interviews, one per file taken; `refused` lists the other files, `known` those that were here already."""

    def __init__(
        self,
        interviews: Sequence[Interview],
        known: Sequence[Known],
        refused: Sequence[Refused],
        locale: str = "en",
    ) -> None:
        self._locale = locale
        self._words = _KOREAN if locale == "ko" else _ENGLISH
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
        refused = [f"{one.filename}: {one.why(self._locale)}" for one in self.refused]
        return "\n".join([self._summary(), *refused, *self._renamed()])

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><td dir="auto" style="text-align:left">{escape(one.filename)}</td>'
            f'<td dir="auto" style="text-align:left">{escape(one.why(self._locale))}</td></tr>'
            for one in self.refused
        )
        heads = "".join(f'<th style="text-align:left">{head}</th>' for head in self._words["heads"])
        table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>" if rows else ""
        renamed = "".join(f'<p dir="auto">{escape(line)}</p>' for line in self._renamed())
        return f"<p>{escape(self._summary())}</p>{table}{renamed}"

    def _summary(self) -> str:
        new = len(self._interviews) - len(self.known)
        parts = [self._words["uploaded"][new != 1].format(n=new)]
        if self.known:
            parts.append(self._words["known"].format(n=len(self.known)))
        if self.refused:
            parts.append(self._words["refused"].format(n=len(self.refused)))
        return ", ".join(parts) + ("" if self.refused else ".")

    def _renamed(self) -> list[str]:
        """Say of which interview a file is a copy, where its name doesn't."""
        return [
            self._words["copy"].format(filename=filename, title=interview.title)
            for filename, interview in self.known
            if filename != interview.filename
        ]


def upload_all(files: Sequence[File], send: Send, *, locale: str = "en") -> Uploads:
    """Upload the files; one that is refused stops no other.

    Several show a progress bar while it lasts.

    Raises:
        ServerUnreachable: there is nobody to send them to.
        PersonaLabError: the only file given was refused.
    """
    # Whether there is a bar depends on the number of files alone, so a notebook that is run again is the same.
    if len(files) > 1:
        with live.Live() as bar:
            return upload_each(
                files, send, lambda number: bar.show(lambda: _progress(number, len(files), locale)), locale=locale
            )
    uploads = upload_each(files, send, locale=locale)
    for refused in uploads.refused:
        refused.error.local = reasons.of_error(refused.error, locale)
        raise refused.error
    return uploads


def upload_each(
    files: Sequence[File], send: Send, begin: Callable[[int], None] = lambda _: None, *, locale: str = "en"
) -> Uploads:
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
    return Uploads(interviews, known, refused, locale)


def _progress(done: int, total: int, locale: str) -> tuple[str, str]:
    text = (_KOREAN if locale == "ko" else _ENGLISH)["progress"].format(n=done, total=total)
    return f'<progress max="{total}" value="{done}" aria-label="{text}"></progress> {text}', text
