"""Finding the turns that speak to a question, over all completed interviews of a project."""

import asyncio
import threading
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection

from persona_lab.engines import indexing, language, search
from persona_lab.engines.meaning import vectors
from persona_lab.engines.meaning.encoder import MODEL
from persona_lab.engines.workroom import Workroom
from persona_lab.models import Kind, Message, Passage
from persona_lab.store import insights, meanings, transcripts
from persona_lab.store.database import Store

Place = tuple[str, int]
Found = Mapping[Place, transcripts.Found]

# Turns that an answer is made from; those of known findings come on top.
EVIDENCE = 40
FINDINGS = 12


class Retrieval:
    """One index per project, brought level with the store each time it is asked. Usable from any thread."""

    def __init__(self, store: Store, workroom: Workroom) -> None:
        self._store = store
        self._workroom = workroom
        self._lock = threading.Lock()
        self._indexes: dict[str, tuple[search.Index, dict[str, str]]] = {}

    def forget(self, project_id: str) -> None:
        """Keep nothing of a project in memory; asked again, it is read anew."""
        with self._lock:
            self._indexes.pop(project_id, None)

    async def find(
        self,
        project_id: str,
        text: str,
        *,
        k: int,
        interview_ids: Collection[str] | None = None,
        glossary: Sequence[str] = (),
    ) -> list[Passage]:
        """Return at most `k` turns, best first; of these interviews only, where any are given."""
        asked = await self._workroom.run_async(indexing.asked, text, (), glossary)
        return await asyncio.to_thread(self._find, project_id, asked, k, interview_ids)

    async def evidence(
        self,
        project_id: str,
        question: str,
        history: Sequence[Message],
        *,
        interview_ids: Collection[str] | None = None,
        glossary: Sequence[str] = (),
    ) -> list[Passage]:
        """Return the turns to answer the question from, best first.

        A turn of the interviewer's brings the answer that follows it, and a question
        for pains or needs brings the turns that the project's own rest on: the words
        of a question often stand in neither.

        Args:
            interview_ids: whose words may be used; None for all, and of an empty collection nothing is found.
            glossary: the study's own words; what they mean is looked for, too.
        """
        asked = await self._workroom.run_async(indexing.asked, question, history, glossary)
        return await asyncio.to_thread(self._evidence, project_id, question, asked, interview_ids)

    def _find(
        self, project_id: str, asked: indexing.Asked, k: int, interview_ids: Collection[str] | None
    ) -> list[Passage]:
        with self._lock, self._store.reading() as connection:
            index, _ = self._level(connection, project_id)
            scores = _scores(index, asked.query, k, interview_ids)
            return _passages(transcripts.turns_at(connection, scores), scores, {})

    def _evidence(
        self, project_id: str, question: str, asked: indexing.Asked, interview_ids: Collection[str] | None
    ) -> list[Passage]:
        with self._lock, self._store.reading() as connection:
            index, present = self._level(connection, project_id)
            allowed = (
                present if interview_ids is None else {key: present[key] for key in interview_ids if key in present}
            )
            among = _in_language_of(question, allowed)
            scores = _scores(index, asked.query, EVIDENCE, among)
            found = transcripts.turns_at(connection, scores)
            for interview, turn in _asked_at(found, scores):
                scores.setdefault((interview, turn + 1), scores[interview, turn])
            if asked.kind is not None:
                for place in _of_findings(connection, project_id, asked.kind, among):
                    scores.setdefault(place, 0.0)
            found |= transcripts.turns_at(connection, scores.keys() - found.keys())
            return _passages(found, scores, meanings.of_sentences(connection, found, made_by=MODEL))

    def _level(self, connection: Connection, project_id: str) -> tuple[search.Index, dict[str, transcripts.Completed]]:
        """Return the project's index and the interviews in it."""
        index, held = self._indexes.setdefault(project_id, (search.Index(), {}))
        present = transcripts.completed(connection, project_id)
        for gone in held.keys() - present.keys():
            index.remove(gone)
            del held[gone]
        new = sorted(key for key, found in present.items() if held.get(key) != found.updated_at)
        kept = meanings.get(connection, new, "turns")
        for key in new:
            made_by, data = kept.get(key, ("", b""))
            found = vectors.unpacked(data if made_by == MODEL else self._encoded(connection, key))
            index.add(key, transcripts.terms(connection, key), found, transcripts.who_speaks(connection, key))
            held[key] = present[key].updated_at
        return index, present

    def _encoded(self, connection: Connection, interview_id: str) -> bytes:
        """Encode the turns of an interview that an earlier version has read."""
        found = self._workroom.run(indexing.turns, transcripts.get(connection, interview_id))
        with self._store.writing() as writing:
            meanings.save(writing, interview_id, "turns", made_by=MODEL, vectors=found.meanings)
            meanings.save_sentences(writing, interview_id, found.sentences, made_by=MODEL)
        return found.meanings


def _in_language_of(question: str, interviews: dict[str, transcripts.Completed]) -> set[str]:
    """Return the interviews in the question's language, all of them where there is none.

    Words find words of their own language only; the others would crowd out what can be judged.
    """
    wanted = language.language_of(question, "")
    return {key for key, interview in interviews.items() if interview.language == wanted} or set(interviews)


def _scores(
    index: search.Index, query: search.Query, k: int, interview_ids: Collection[str] | None
) -> dict[Place, float]:
    return {(interview, turn): score for interview, turn, score in index.search(query, k, interview_ids)}


def _asked_at(found: Found, scores: dict[Place, float]) -> list[Place]:
    return [place for place in scores if place in found and found[place].turn.role == "interviewer"]


def _of_findings(connection: Connection, project_id: str, kind: Kind, interview_ids: Collection[str]) -> list[Place]:
    """Return the turns that the best supported pains or needs rest on."""
    known = [insight for insight in insights.supported(connection, project_id) if insight.kind == kind]
    quotes = [quote for insight in known for quote in insight.quotes]
    return [(quote.interview_id, quote.turn) for quote in quotes if quote.interview_id in interview_ids][:FINDINGS]


def _passages(found: Found, scores: dict[Place, float], meant: Mapping[Place, bytes]) -> list[Passage]:
    ranked = sorted(found, key=lambda place: (-scores[place], found[place].number, place[1]))
    return [_passage(place[0], found[place], scores[place], meant.get(place, b"")) for place in ranked]


def _passage(interview_id: str, found: transcripts.Found, score: float, meant: bytes) -> Passage:
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
        meanings=meant,
    )
