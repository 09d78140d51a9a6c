"""Codes in a study, whoever gave them: people, the file that was uploaded, the engine."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, SupportsIndex

from persona_lab.errors import InvalidRequest
from persona_lab.replica import Replica

if TYPE_CHECKING:
    import pandas as pd

# Everybody's codes in one shape. `id` is there for what people coded and can take back.
EVERY_CODE = """
SELECT interview_id, turn, start, "end", text, code, coder, note, id FROM codings
UNION ALL
SELECT interview_id, index, start, "end", text, unnest(codes), 'file', '', NULL FROM turns
UNION ALL
SELECT DISTINCT q.interview_id, q.turn, q.start, q."end", q.text, q.kind, 'engine', f.text, NULL
FROM quotes q JOIN findings f ON f.interview_id = q.interview_id AND f.finding = q.finding
"""
CODES = f"""
SELECT i.title AS interview, c.turn, t.speaker, c.code, c.coder, c.text, c.note, c.start, c."end", c.id,
       i.id AS interview_id
FROM ({EVERY_CODE}) c
JOIN interviews i ON i.id = c.interview_id
LEFT JOIN turns t ON t.interview_id = c.interview_id AND t.index = c.turn
WHERE (CAST(? AS VARCHAR) IS NULL OR c.interview_id = ?) AND (CAST(? AS VARCHAR) IS NULL OR c.coder = ?)
ORDER BY i.number, c.start, c."end", c.coder, c.code
"""  # noqa: S608 - its parts are our own


def frame(replica: Replica, *, interview_id: str | None, coder: str | None) -> "pd.DataFrame":
    """Return a row for each code: of one interview or all, by one coder or everybody."""
    return replica.frame(CODES, [interview_id, interview_id, coder, coder])


def request(
    code: str, turn: int | None, start: int | None, end: int | None, text: str | None, coder: str | None, note: str
) -> Mapping[str, object]:
    """Return what to send for a coding.

    Raises:
        InvalidRequest: it is no code, or says of nothing that it is one.
    """
    if not isinstance(code, str) or not code.strip():
        raise InvalidRequest('Say how to code it, e.g. interview.code("price", turn=3).')
    if turn is None and start is None and end is None and text is None:
        raise InvalidRequest(
            'Say what to code: interview.code("price", turn=3), or interview.code("price", text="far too dear").'
        )
    given = {"turn": turn, "start": start, "end": end, "text": text, "coder": coder}
    # Numbers out of a DataFrame are numpy's, which JSON doesn't know.
    plain = {key: int(value) if isinstance(value, SupportsIndex) else value for key, value in given.items()}
    return {"code": code, "note": note, **{key: value for key, value in plain.items() if value is not None}}
