"""An answer with the quotes it rests on, as it grows and when it is whole."""

from dataclasses import dataclass, field
from typing import Any

from persona_lab.lab import live, pictures
from persona_lab.models import AnswerPart, Citation


@dataclass
class Answer:
    """What the interviews say to a question.

    Attributes:
        text: the answer; `[n]` stands for the n-th citation.
        citations: the quotes, each with interview, speaker and exact words.
        key: keeps the anchors of this answer apart from those of others on the same page.
        is_complete: False when the answer was interrupted or cut off; `note` says why.
    """

    question: str
    text: str = ""
    citations: list[Citation] = field(default_factory=list)
    is_complete: bool = False
    note: str | None = None
    key: str = field(default="answer", repr=False)
    _shown_in_cell: int | None = field(default=None, repr=False)

    @property
    def quotes(self) -> list[str]:
        """The exact words that the answer cites."""
        return [citation.quote.text for citation in self.citations]

    def take(self, part: AnswerPart) -> None:
        """Grow by one part."""
        match part.type:
            case "delta":
                self.text += part.text
            case "citation":
                self.citations.append(part)
            case "done":
                self.is_complete = True
            case "error":
                self.note = part.message

    def html(self, *, state: pictures.AnswerState | None = None) -> str:
        found = state or ("complete" if self.is_complete else "incomplete")
        return pictures.answer_html(self.question, self.text, self.citations, found, self.note, key=self.key)

    def __str__(self) -> str:
        return pictures.answer_text(
            self.question, self.text, self.citations, "complete" if self.is_complete else "incomplete", self.note
        )

    def show(self) -> None:
        """Display the answer in a notebook, once per cell: being the cell's last value must not repeat it."""
        self._shown_in_cell = _cell()
        live.show(_Shown(self))

    def _ipython_display_(self) -> None:
        if self._shown_in_cell is None or self._shown_in_cell != _cell():
            self.show()


class _Shown:
    """The answer for display; `Answer` itself decides whether to display."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        return {"text/html": self._answer.html(), "text/plain": str(self._answer)}

    def __str__(self) -> str:
        return str(self._answer)


def _cell() -> int | None:
    """Return the number of the cell that is running."""
    import sys

    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return None if shell is None else shell.execution_count
