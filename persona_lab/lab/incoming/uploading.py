"""Bringing interviews into a project, and waiting for what comes of them."""

import json
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from persona_lab.errors import InvalidRequest, ServerUnreachable
from persona_lab.lab.drawing import live, reasons
from persona_lab.lab.following import rows as board_rows
from persona_lab.lab.incoming import files, uploads
from persona_lab.lab.incoming.uploads import Uploads
from persona_lab.lab.interviews import frames
from persona_lab.lab.interviews.interview import Interview

if TYPE_CHECKING:
    import pandas as pd


from persona_lab.lab.study import Study

ENDED = """
SELECT
    (SELECT count(*) FROM interviews WHERE status IN ('processing', 'analyzing') OR stage = 're-analysing') = 0
    AND coalesce(max(seq) FILTER (type = 'insights:merged'), 0) >= coalesce(max(seq) FILTER (type IN (
        'interview:completed', 'interview:failed', 'interview:deleted', 'interview:restored')), 0)
    AND count(*) FILTER (type = 'analysis:started') = count(*) FILTER (type IN ('analysis:added', 'analysis:failed'))
FROM events
"""


_ENGLISH: Final[Mapping[str, str]] = {
    "completed": "{n} of {total} interviews completed",
    "in_flight": "{n} still in flight",
    "failed": "{n} failed:",
    "outdated": "its findings are from an earlier run.",
    "progress": "{n} of {total} interviews analysed",
}
_KOREAN: Final[Mapping[str, str]] = {
    "completed": "인터뷰 {total}건 중 {n}건 완료",
    "in_flight": "{n}건 분석 중",
    "failed": "{n}건 실패:",
    "outdated": "결과는 이전 실행의 것입니다.",
    "progress": "인터뷰 {total}건 중 {n}건 분석됨",
}


class Uploading(Study):
    """The part of a project that takes interviews in."""

    def upload(
        self,
        sources: files.Source | Iterable[files.Source],
        *,
        columns: Mapping[str, str] | None = None,
        allow_duplicate: bool = False,
    ) -> Uploads:
        """Upload transcripts and return at once; they are analysed in the background.

        Args:
            sources: a path, a folder, a zip, a pattern such as `"interviews/*.docx"`, or several of them.
            columns: for tables and JSON whose headings don't tell: which heading is whose, such as
                `{"text": "Antwort", "speaker": "Wer"}`; `time` and `until` can be given too.
            allow_duplicate: take a file again that the project has already.

        Returns:
            One `Interview` for each file, in order. Files that can't be read as
            transcripts don't stop the others; `.refused` lists them with their reasons.

        Raises:
            InvalidRequest: a pattern or path names no file.
            TranscriptError: the only file given was refused.
        """
        if not (columns is None or isinstance(columns, Mapping)):
            raise InvalidRequest('Say which heading is whose, e.g. columns={"text": "Answer", "speaker": "Who"}.')
        return uploads.upload_all(files.found(sources), self._sender(allow_duplicate, columns), locale=self.locale)

    def upload_text(self, text: str, title: str) -> Interview:
        """Upload a transcript that is text in a variable; see `upload`.

        Raises:
            TranscriptError: there is no text in it.
            InvalidRequest: the title is empty.
        """
        if not isinstance(text, str):
            raise InvalidRequest(
                f"{type(text).__name__} is no text. Decode bytes, or write them to a file and upload that: "
                'project.upload("mina.txt").'
            )
        if not isinstance(title, str) or not title.strip():
            raise InvalidRequest(
                'The title is empty. Say whose interview it is: project.upload_text(text, "Mina, 34").'
            )
        raw = files.encoded(text, title)
        return self._upload(raw, f"{files.name_for(title)}.txt", title, False)[0]

    def upload_rows(
        self,
        frame: "pd.DataFrame",
        *,
        text: Hashable | None = None,
        speaker: Hashable | None = None,
        interview: Hashable | None = None,
        time: Hashable | None = None,
        title: str | None = None,
        allow_duplicate: bool = False,
    ) -> Uploads:
        """Upload interviews that are rows of a DataFrame; see `upload`.

        With a column of speakers each row is a turn of the interview it names;
        without one each row is an interview. Columns that are not given are found by
        their headers, in English and Korean.

        Args:
            text: the column of what was said.
            speaker: who said it.
            interview: of which interview the row is; its title.
            time: when, as `00:01:02` or seconds.
            title: the one interview that all rows are of, where no column names it.
            allow_duplicate: take an interview again that the project has already.

        Raises:
            InvalidRequest: a column is missing; the message lists those there are.
            TranscriptError: the only interview in it was refused.
        """
        its = frames.columns(frame, text=text, speaker=speaker, interview=interview, time=time)
        return uploads.upload_all(
            frames.transcripts(frame, its, title), self._sender(allow_duplicate), locale=self.locale
        )

    def wait(self, seconds: float | None = None, *, on_change: Callable[[], None] | None = None) -> "Ended":
        """Wait until no interview is in flight and the findings are merged, with a progress bar.

        Args:
            seconds: give up waiting (not the work) after this long; None waits for ever.
            on_change: called now and then while things change.

        Raises:
            ServerUnreachable: the connection is offline for good.
            InvalidRequest: that is no time to wait.
        """
        if not (seconds is None or (isinstance(seconds, int | float) and seconds >= 0)):
            raise InvalidRequest(f"{seconds!r} is no time to wait. Give seconds, or nothing to wait for ever.")
        deadline = None if seconds is None else time.monotonic() + seconds
        self._level()
        with live.Live() as shown:
            while not self._replica.rows(ENDED)[0][0]:
                shown.show(lambda: _progress(self._feed.rows, self.locale))
                if on_change is not None:
                    on_change()
                if self._feed.connection.state == "offline":
                    raise ServerUnreachable(f"Waiting ended: {self._feed.connection.reason}")
                if deadline is not None and time.monotonic() > deadline:
                    break
                with self._feed.changed:
                    self._feed.changed.wait(0.2)
        if on_change is not None:
            on_change()
        return Ended(self.rows, self.locale)

    def _sender(self, allow_duplicate: bool, columns: Mapping[str, str] | None = None) -> uploads.Send:
        return lambda file, raw: self._upload(raw, file.name, file.title, allow_duplicate, columns)

    def _dropped(self, name: str, raw: bytes) -> Uploads:
        """Upload a file that was dropped on the board, or what is in it."""
        return uploads.upload_each(files.of_bytes(name, raw), self._sender(False))

    def _pasted(self, title: str, raw: bytes) -> Uploads:
        """Upload text that was pasted on the board."""
        file = files.File(f"{files.name_for(title)}.txt", title, "", lambda: raw)
        return uploads.upload_each([file], self._sender(False))

    def _upload(
        self,
        raw: bytes,
        filename: str,
        title: str,
        allow_duplicate: bool,
        columns: Mapping[str, str] | None = None,
    ) -> tuple[Interview, bool]:
        # The title goes by itself: what a form does to quotation marks and slashes in a file's name must not reach it.
        fields = {"title": title[:200]} | ({"allow_duplicate": "true"} if allow_duplicate else {})
        fields |= {"columns": json.dumps(dict(columns))} if columns else {}
        uploaded, duplicate = self.run(self.api.upload(self.id, raw, filename, **fields))
        return self._handle(uploaded), duplicate


class Ended:
    """What `wait` waited for: how many interviews ended how, and why some failed or have no new result."""

    def __init__(self, ended: list[board_rows.Row], locale: str = "en") -> None:
        self._locale = locale
        self.failed = [row for row in ended if row["status"] == "failed"]
        self.outdated = [row for row in ended if row["stage"] == "outdated"]
        self._total = len(ended)
        self._in_flight = len(board_rows.in_flight(ended))
        self._completed = self._total - self._in_flight - len(self.failed)

    def __repr__(self) -> str:
        words = _words(self._locale)
        parts = [words["completed"].format(n=self._completed, total=self._total)]
        if self._in_flight:
            parts.append(words["in_flight"].format(n=self._in_flight))
        if self.failed:
            parts.append(words["failed"].format(n=len(self.failed)))
        lines = [f"  {row['title']}: {self._why(row)}" for row in self.failed]
        lines += [f"  {row['title']}: {words['outdated']} {self._why(row)}" for row in self.outdated]
        return "\n".join([", ".join(parts) + ("" if self.failed else "."), *lines])

    def _why(self, row: board_rows.Row) -> str:
        return reasons.error_text(row["error"]["code"], row["error"]["message"], self._locale)


def _words(locale: str) -> Mapping[str, str]:
    return _KOREAN if locale == "ko" else _ENGLISH


def _progress(shown: dict[str, board_rows.Row], locale: str) -> tuple[str, str]:
    ended = len(shown) - len(board_rows.in_flight(shown.values()))
    text = _words(locale)["progress"].format(n=ended, total=len(shown))
    return f'<progress max="{len(shown)}" value="{ended}" aria-label="{text}"></progress> {text}', text
