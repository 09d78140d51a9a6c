"""One conversation, as a cell holds it; what was said in it is the whole team's, and asked from the server."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from persona_lab.errors import ConversationNotFound, InvalidRequest
from persona_lab.lab.drawing import answer_pictures
from persona_lab.lab.outgoing.files import written
from persona_lab.lab.talking.mind_map import MindMapView
from persona_lab.models import ChatMessage
from persona_lab.models import Conversation as Kept

if TYPE_CHECKING:
    import pandas as pd

    from persona_lab.lab.talking.answer import Answer
    from persona_lab.lab.talking.asking import Asking

CONVERSATIONS = """
WITH asked AS (
    SELECT c.id, list(coalesce(p.label, k.key) ORDER BY p.position, k.key) AS labels
    FROM conversations c, unnest(c.persona_ids) AS k(key)
    LEFT JOIN personas p ON p.id = k.key
    GROUP BY c.id
)
SELECT c.id, c.title, coalesce(a.labels, []) AS personas, i.title AS interview, w.title AS without,
       (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id)::INTEGER AS messages,
       c.created_by, c.created_at
FROM conversations c
LEFT JOIN asked a ON a.id = c.id
LEFT JOIN interviews i ON i.id = c.interview_id
LEFT JOIN interviews w ON w.id = c.without
ORDER BY c.created_at, c.id
"""
TITLE_CHARACTERS = 200
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
COLUMNS = ("number", "author", "role", "content", "citations", "state", "note", "created_at", "id")


def titled(title: str) -> str:
    """Return a conversation's title.

    Raises:
        InvalidRequest: it is empty, too long, or no line of text.
    """
    line = title.strip() if isinstance(title, str) else ""
    if not line or len(line) > TITLE_CHARACTERS or CONTROL.search(line):
        raise InvalidRequest(f"A conversation's title is a line of 1 to {TITLE_CHARACTERS} characters.")
    return line


class Conversation:
    """A conversation of the project.

    Attributes:
        id: None before the first question has been asked.
        title: what it is called; None is as its first question.
    """

    def __init__(self, project: "Asking", conversation_id: str | None, title: str | None) -> None:
        self._project = project
        self.id = conversation_id
        self.title = title

    def is_of(self, project_id: str) -> bool:
        """Whether it is a conversation of that project."""
        return self._project.id == project_id

    def ask(self, question: str, **about: Any) -> "Answer":
        """Go on with the conversation; see `Project.ask` for what may be said besides."""
        return self._project.ask(question, conversation=self, **about)

    @property
    def messages(self) -> "pd.DataFrame":
        """A row for each message, in order; `citations` are the quotes it cites."""
        import pandas as pd

        rows = [
            {**message.model_dump(), "citations": [citation.quote.text for citation in message.citations]}
            for message in self._said()[1]
        ]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def export(self, path: str | Path) -> Path:
        """Write the conversation as Markdown or JSON, as the file's name ends.

        Raises:
            InvalidRequest: it ends otherwise, or can't be written there.
        """
        if not isinstance(path, str | Path):
            raise InvalidRequest('Give the file to write, as a text or a path: export("talk.md").')
        conversation, messages = self._said()
        match Path(path).suffix.lower():
            case ".md":
                return written(path, answer_pictures.conversation_text(conversation, messages))
            case ".json":
                whole = {
                    "conversation": conversation.model_dump(mode="json"),
                    "messages": [message.model_dump(mode="json") for message in messages],
                }
                return written(path, json.dumps(whole, ensure_ascii=False, indent=2))
        raise InvalidRequest(f"{path}: give a name that ends in .md or .json.")

    def mind_map(self) -> MindMapView:
        """Return what the conversation comes to, drawn as a tree: topics, points, and the quotes they rest on.

        Raises:
            Conflict: nothing has been answered in it.
        """
        return MindMapView(self._project.run(self._project.api.mind_map(self._begun())))

    def rename(self, title: str) -> None:
        """Call it something else, for everybody.

        Raises:
            InvalidRequest: that can't be a title.
        """
        title = titled(title)
        if self.id is not None:
            self._project.run(self._project.api.rename_conversation(self.id, title))
        self.title = title

    def delete(self) -> None:
        """Take it away, for everybody."""
        self._project.run(self._project.api.delete_conversation(self._begun()))

    def _begun(self) -> str:
        if self.id is None:
            raise ConversationNotFound('Nothing has been asked in this conversation yet: conversation.ask("…").')
        return self.id

    def _said(self) -> tuple[Kept, list[ChatMessage]]:
        return self._project.run(self._project.api.conversation(self._begun()))

    def __repr__(self) -> str:
        if self.id is None:
            return f"<Conversation {self.title or ''!r}: nothing asked yet>"
        return answer_pictures.conversation_text(*self._said())

    def _repr_html_(self) -> str | None:
        return None if self.id is None else answer_pictures.conversation_html(*self._said())
