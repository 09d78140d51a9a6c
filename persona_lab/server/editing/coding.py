"""Coding by people: where in the transcript a judgement belongs.

Words that are given pass the quote gate like an engine's, so what is coded was said.
"""

from persona_lab.engines.gate import quotes
from persona_lab.errors import Conflict, InvalidRequest
from persona_lab.models import CODERS_BY_NATURE, Coding, Interview, Quote, Transcript, Turn
from persona_lab.server.forms import NewCoding
from persona_lab.store import codings, interviews, transcripts
from persona_lab.store.database import Store

# How many turns a message lists before it breaks off.
LISTED = 8


def add(store: Store, interview_id: str, body: NewCoding, *, user: str) -> tuple[Coding, bool]:
    """Keep a coding; return it and whether it was there already.

    Raises:
        InterviewNotFound: there is no such interview.
        Conflict: it has not been read.
        InvalidRequest: there is no such place in it, or the coder is not a person.
    """
    coder = body.coder or user
    if coder.casefold() in CODERS_BY_NATURE:
        raise InvalidRequest(f"“{coder}” is no person: codes of the {coder.casefold()} come by themselves.")
    with store.reading() as connection:
        interview = interviews.get(connection, interview_id)
        if not transcripts.is_read(connection, interview_id):
            raise Conflict(_why_unread(interview))
        transcript = transcripts.get(connection, interview_id)
    judgement = codings.Judgement(body.code, coder, place(transcript, body), body.note)
    with store.writing() as connection:
        return codings.add(connection, interviews.get(connection, interview_id), judgement)


def place(transcript: Transcript, body: NewCoding) -> Quote:
    """Return the span that is meant.

    Raises:
        InvalidRequest: there is none, or more than one.
    """
    if body.text is not None:
        if body.start is not None or body.end is not None:
            raise InvalidRequest("Give the words or their offsets, not both.")
        return said(transcript, body.text, body.turn)
    if body.start is not None or body.end is not None:
        return _span(transcript, body)
    if body.turn is None:
        raise InvalidRequest("Say what to code: a turn, the words, or start and end.")
    turn = turn_at(transcript, body.turn)
    return Quote(turn=turn.index, start=turn.start, end=turn.end, text=turn.text)


def turn_at(transcript: Transcript, index: int) -> Turn:
    """Return the turn of that number.

    Raises:
        InvalidRequest: there is none.
    """
    found = next((turn for turn in transcript.turns if turn.index == index), None)
    if found is None:
        raise InvalidRequest(f"There is no turn {index}. The interview's turns are 0 to {len(transcript.turns) - 1}.")
    return found


def _span(transcript: Transcript, body: NewCoding) -> Quote:
    if body.start is None or body.end is None:
        raise InvalidRequest("A span has a start and an end. Give both.")
    turns = transcript.turns if body.turn is None else (turn_at(transcript, body.turn),)
    turn = next((turn for turn in turns if turn.start <= body.start < body.end <= turn.end), None)
    text = transcript.text[body.start : body.end]
    if turn is None or not text.strip():
        raise InvalidRequest(
            f"{body.start} to {body.end} is no span of words within one turn. Offsets count in the transcript's text."
        )
    return Quote(turn=turn.index, start=body.start, end=body.end, text=text)


def said(transcript: Transcript, words: str, index: int | None) -> Quote:
    """Return where the words stand, in that turn or in the only one that says so.

    Raises:
        InvalidRequest: nobody says so, or several do.
    """
    if index is not None:
        found = quotes.find(words, transcript, turn=turn_at(transcript, index).index)
        if found is None:
            raise InvalidRequest(f"Turn {index} does not say so. Give words as they stand in it.")
        return found
    turns = [turn.index for turn in transcript.turns if words.strip() in turn.text]
    if len(turns) > 1:
        listed = ", ".join(map(str, turns[:LISTED])) + (" …" if len(turns) > LISTED else "")
        raise InvalidRequest(f"{len(turns)} turns say so: {listed}. Give the turn too.")
    found = quotes.find(words, transcript)
    if found is None:
        raise InvalidRequest("Nobody says so in this interview. Give words as they stand in one of its turns.")
    return found


def _why_unread(interview: Interview) -> str:
    if interview.status == "failed":
        return f"“{interview.title}” could not be read, so there is nothing to code in it."
    return f"“{interview.title}” has not been read yet. Code it when it is: project.wait() waits for it."
