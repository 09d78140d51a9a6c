"""An answer with the quotes it rests on, as it grows and when it is whole."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from persona_lab.errors import InvalidRequest
from persona_lab.lab.drawing import answer_pictures, live
from persona_lab.lab.drawing.answer_pictures import AnswerState, Told
from persona_lab.models import AnswerPart, Citation


@dataclass
class Said:
    """What one of those who answer says.

    Attributes:
        label: who it is; "project", "interview", a persona's label, or "summary".
        persona_id: None where it is no persona.
    """

    label: str = ""
    persona_id: str | None = None
    message_id: str = ""
    text: str = ""
    citations: list[Citation] = field(default_factory=list)


@dataclass
class Answer:
    """What the interviews say to a question, or what each of several personas says, and where they differ.

    Attributes:
        said: one answer after the other; `text` and `citations` are all of them.
        questions: what one might ask next.
        conversation_id: where question and answer are kept; `ask` goes on there.
        key: keeps the anchors of this answer apart from those of others on the same page.
        is_complete: False when the answer was stopped, interrupted or cut off.
        note: why it is not complete, or what else there is to know of how it came about.
        going_on: what `ask` calls.
    """

    question: str
    said: list[Said] = field(default_factory=list)
    questions: tuple[str, ...] = ()
    conversation_id: str | None = None
    is_complete: bool = False
    note: str | None = None
    key: str = field(default="answer", repr=False)
    going_on: "Callable[[str, str], Answer] | None" = field(default=None, repr=False)
    _is_over: bool = field(default=False, repr=False)
    _shown_in_cell: int | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        """The answer; `[n]` stands for the n-th citation, of several personas for the n-th of each."""
        if len(self.said) == 1:
            return self.said[0].text
        return "\n\n".join(f"{one.label}:\n\n{one.text}" for one in self.said)

    @property
    def citations(self) -> list[Citation]:
        """The quotes, each with interview, speaker and exact words, and with what others said to the same effect."""
        return [citation for one in self.said for citation in one.citations]

    @property
    def quotes(self) -> list[str]:
        """The exact words that the answer cites."""
        return [citation.quote.text for citation in self.citations]

    @property
    def message_id(self) -> str:
        """The message that is being written, or was written last."""
        return self.said[-1].message_id if self.said else ""

    def ask(self, question: str) -> "Answer":
        """Ask on in the same conversation: `answer.ask("And why?")`.

        Raises:
            InvalidRequest: the question is empty, or this answer was never kept.
        """
        if self.going_on is None or self.conversation_id is None:
            raise InvalidRequest("This answer never began, so there is nothing to go on with. Ask the project again.")
        return self.going_on(question, self.conversation_id)

    def take(self, part: AnswerPart) -> None:
        """Grow by one part; after its end there are none."""
        if self._is_over:
            return
        match part.type:
            case "started":
                self.conversation_id = part.conversation_id
                self.said.append(Said(part.label, part.persona_id, part.message_id))
            case "delta":
                self._growing().text += part.text
            case "citation":
                self._growing().citations.append(part)
            case "done":
                self.questions = part.questions
                self.is_complete = part.state == "complete"
                self.end(None if self.is_complete else " ".join(part.notes) or "It was stopped.")
            case "error":
                self.end(part.message)

    def end(self, note: str | None) -> None:
        """Let nothing come after this; what is there stands, and what has ended has ended."""
        if not self._is_over:
            self._is_over = True
            self.note = note

    def _growing(self) -> Said:
        # Servers of before don't say who answers.
        if not self.said:
            self.said.append(Said())
        return self.said[-1]

    def html(self, *, state: AnswerState | None = None) -> str:
        """Return it as HTML without script, as a saved notebook keeps it."""
        found = state or ("complete" if self.is_complete else "incomplete")
        return answer_pictures.answer_html(
            self.question, self._told(), found, self.note, questions=self.questions, key=self.key
        )

    def __str__(self) -> str:
        return answer_pictures.answer_text(
            self.question,
            self._told(),
            "complete" if self.is_complete else "incomplete",
            self.note,
            questions=self.questions,
        )

    def _told(self) -> list[Told]:
        is_named = len(self.said) > 1
        return [
            Told(one.label if is_named or one.persona_id else "", one.text, tuple(one.citations)) for one in self.said
        ]

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
