"""Finding the turns that speak to a question, over all completed interviews of a project."""

import threading

from sqlalchemy import Connection

from persona_lab.engines import indexing, search
from persona_lab.engines.workroom import Workroom
from persona_lab.models import Passage
from persona_lab.store import transcripts
from persona_lab.store.database import Store


class Retrieval:
    """One index per project, kept level with the store each time it is asked."""

    def __init__(self, store: Store, workroom: Workroom) -> None:
        self._store = store
        self._workroom = workroom
        self._lock = threading.Lock()
        self._indexes: dict[str, tuple[search.Index, set[str]]] = {}

    def find(self, project_id: str, question: str, *, k: int, interview_id: str | None = None) -> list[Passage]:
        """Return at most `k` turns, best first.

        An interviewer's turn brings the answer that follows it, since questions
        are often where the asked-for words stand.
        """
        words = self._workroom.run(indexing.question_terms, question)
        with self._lock, self._store.reading() as connection:
            index = self._level(connection, project_id)
            hits = index.search(words, k, None if interview_id is None else {interview_id})
            places = {(hit_id, turn): score for hit_id, turn, score in hits}
            found = transcripts.turns_at(connection, {(i, t + step) for i, t in places for step in (0, 1)})
        for (hit_id, turn), score in list(places.items()):
            following = (hit_id, turn + 1)
            if found[hit_id, turn].turn.role == "interviewer" and following in found:
                places.setdefault(following, score)
        ranked = sorted(places.items(), key=lambda item: (-item[1], item[0]))[:k]
        return [_passage(hit_id, found[hit_id, turn], score) for (hit_id, turn), score in ranked]

    def _level(self, connection: Connection, project_id: str) -> search.Index:
        index, held = self._indexes.setdefault(project_id, (search.Index(), set()))
        present = transcripts.completed(connection, project_id)
        for gone in held - present:
            index.remove(gone)
            held.discard(gone)
        for new in sorted(present - held):
            index.add(new, transcripts.terms(connection, new))
            held.add(new)
        return index


def _passage(interview_id: str, found: transcripts.Found, score: float) -> Passage:
    turn = found.turn
    return Passage(
        interview_id=interview_id,
        interview_title=found.title,
        turn=turn.index,
        speaker=turn.speaker,
        role=turn.role,
        text=turn.text,
        start=turn.start,
        score=score,
    )
