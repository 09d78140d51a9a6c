"""What is asked, of whom, and in which conversation: settled, and kept, before any answer begins."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from persona_lab.errors import Conflict, ConversationNotFound, InterviewNotFound, InvalidRequest
from persona_lab.models import (
    ASSISTANT,
    SUMMARY_AUTHOR,
    Action,
    ChatMessage,
    Conversation,
    Message,
    Persona,
    Project,
    Voice,
)
from persona_lab.server import forms
from persona_lab.server.services import Services
from persona_lab.server.talking.mentions import called, mentioned
from persona_lab.store import assignments, conversations, interviews, personas, projects

QUESTION_CHARACTERS = 4_000
# So many messages of a conversation are told again; engines that take fewer cut for themselves.
REMEMBERED = 40
MESSAGE_CHARACTERS = 20_000
# Line ends and tabs are part of what people write; nothing else below a space is.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\ud800-\udfff]")


class Speaker(NamedTuple):
    """Who answers.

    Attributes:
        author: what is written beside the answer.
        voice: whose voice it is, None for the project's own.
        interview_ids: whose words it may rest on; None for all there are.
        history: what was said before, as far as it is this speaker's business.
    """

    author: str
    voice: Voice | None
    interview_ids: tuple[str, ...] | None
    history: tuple[Message, ...]

    @property
    def persona_id(self) -> str | None:
        return self.voice.persona_id if self.voice else None


# Whoever says where several agree and differ.
SUMMARY = Speaker(SUMMARY_AUTHOR, None, None, ())


class Asked(NamedTuple):
    """A question that is kept and waits for its answers.

    Attributes:
        answers: the ids of the answers to come, in the order of speaking; the last is where several are compared.
        before: what was asked in the conversation before.
        assistance: with which interview the assistant is to do what, instead of answering.
    """

    project: Project
    conversation: Conversation
    question: str
    speakers: tuple[Speaker, ...]
    answers: tuple[str, ...]
    before: tuple[str, ...] = ()
    assistance: tuple[str, Action] | None = None


def assist(serving: Services, interview_id: str, action: Action, *, user: str) -> Asked:
    """Keep that the assistant was asked for something, as the beginning of a conversation about the interview.

    Raises:
        InterviewNotFound: there is no such interview.
        Conflict: it has not been analysed.
    """
    with serving.store.writing() as connection:
        interview = interviews.get(connection, interview_id)
        if interviews.result(connection, interview_id) is None:
            raise Conflict(f"“{interview.title}” has not been analysed yet. Wait until it is.")
        project = projects.get(connection, interview.project_id, epoch=serving.store.epoch)
        wanted = ASSISTANT["ko" if interview.language == "ko" else "en"][action]
        conversation = conversations.make(
            connection,
            project.id,
            title=conversations.titled(f"{wanted}: {interview.title}"),
            interview_id=interview_id,
            user=user,
        )
        conversations.say(connection, conversation, role="user", author=user, content=wanted)
        speakers = (Speaker("interview", None, (interview_id,), ()),)
        answers = _begun(connection, conversation, speakers, serving.process_id)
    return Asked(project, conversation, wanted, speakers, answers, assistance=(interview_id, action))


def ask(serving: Services, body: forms.Question, *, user: str) -> Asked:
    """Keep the question and return who is to answer it, and from what.

    Raises:
        InvalidRequest: it can't be asked; the message says why.
        NotFound: there is no such project, interview or conversation; the interview may have been deleted since.
        Conflict: the personas that the conversation is with were deleted.
    """
    text = _checked(body.messages)
    with serving.store.writing() as connection:
        project = projects.get(connection, body.project_id, epoch=serving.store.epoch)
        known = _known(connection, body)
        there = personas.of_project(connection, project.id)
        put = mentioned(text, there)
        if not put.question:
            raise InvalidRequest("The question is empty: somebody is mentioned, and asked nothing.")
        wanted = _wanted(body, known, put.personas, there)
        interview_id = body.interview_id or (known.interview_id if known else None)
        without = body.without or (known.without if known else None)
        _check_interviews(connection, project.id, *filter(None, (interview_id, body.without)))
        before = conversations.messages(connection, known.id) if known else []
        conversation = known or conversations.make(
            connection,
            project.id,
            title=body.title or conversations.titled(text),
            persona_ids=[one.id for one in wanted],
            interview_id=interview_id,
            without=without,
            user=user,
        )
        conversations.say(connection, conversation, role="user", author=user, content=text)
        history = before[-REMEMBERED:] if known else body.messages[:-1]
        speakers = _speakers(connection, project.id, wanted, history, interview_id=interview_id, without=without)
        answers = _begun(connection, conversation, speakers, serving.process_id)
    asked = tuple(one.content for one in history if one.role == "user")
    return Asked(project, conversation, put.question, speakers, answers, before=asked)


def _begun(
    connection: Connection, conversation: Conversation, speakers: Sequence[Speaker], process_id: str
) -> tuple[str, ...]:
    """Note which answers are to come, and return their ids."""
    begun = []
    for speaker in (*speakers, SUMMARY) if len(speakers) > 1 else speakers:
        begun.append(conversations.new_id())
        conversations.begin_answer(
            connection,
            conversation,
            begun[-1],
            author=speaker.author,
            persona_id=speaker.persona_id,
            process_id=process_id,
        )
    return tuple(begun)


def _checked(messages: Sequence[Message]) -> str:
    """Return the question."""
    newest = messages[-1]
    text = newest.content.strip()
    if newest.role != "user" or not text:
        raise InvalidRequest("messages: the newest message must be the user's question.")
    if (length := len(newest.content)) > QUESTION_CHARACTERS:
        raise InvalidRequest(
            f"The question has {length:,} characters; {QUESTION_CHARACTERS:,} are the most. Ask one thing."
        )
    if CONTROL.search(text):
        raise InvalidRequest("The question has characters that no text has, control characters perhaps. Write it anew.")
    return text


def _known(connection: Connection, body: forms.Question) -> Conversation | None:
    if body.conversation_id is None:
        return None
    known = conversations.get(connection, body.conversation_id)
    if known.project_id != body.project_id:
        raise ConversationNotFound
    return known


def _wanted(
    body: forms.Question, known: Conversation | None, put_to: Sequence[Persona], there: Sequence[Persona]
) -> list[Persona]:
    """Return who is asked: those named with the question and in it, else those the conversation is with."""
    named = called(body.persona_ids, there)
    found = {one.id: one for one in (*named, *put_to)}
    if not found and known is not None:
        found = {one.id: one for one in there if one.id in known.persona_ids}
        if known.persona_ids and not found:
            raise Conflict(
                f"Nobody whom “{known.title}” was held with is there any more. Ask others by name, or begin a new one."
            )
    if len(found) > forms.PERSONAS_AT_ONCE:
        raise InvalidRequest(f"{len(found)} personas are asked at once; {forms.PERSONAS_AT_ONCE} are the most.")
    return list(found.values())


def _check_interviews(connection: Connection, project_id: str, *interview_ids: str) -> None:
    for interview_id in interview_ids:
        if interviews.get(connection, interview_id).project_id != project_id:
            raise InterviewNotFound


def _speakers(
    connection: Connection,
    project_id: str,
    wanted: Sequence[Persona],
    history: Sequence[Message],
    *,
    interview_id: str | None,
    without: str | None,
) -> tuple[Speaker, ...]:
    everyone = [one.id for one in interviews.of_project(connection, project_id)]
    among = [one for one in everyone if one != without and interview_id in (None, one)]
    if not wanted:
        is_all = interview_id is None and without is None
        author = "interview" if interview_id else "project"
        return (Speaker(author, None, None if is_all else tuple(among), _told(history, None)),)
    belongs = {one.interview_id: one.belongs_to for one in assignments.of_project(connection, project_id)}
    return tuple(
        Speaker(
            persona.label,
            _voice(persona, own := tuple(one for one in among if belongs.get(one) == persona.id)),
            own,
            _told(history, persona.id),
        )
        for persona in wanted
    )


def _told(history: Sequence[Message], persona_id: str | None) -> tuple[Message, ...]:
    """Return the conversation without what others answered: nobody speaks with another's words."""
    return tuple(
        Message(role=one.role, content=one.content[:MESSAGE_CHARACTERS])
        for one in history
        # An answer that broke off may have no words.
        if one.content and (one.role == "user" or not isinstance(one, ChatMessage) or one.persona_id == persona_id)
    )


def _voice(persona: Persona, interview_ids: Sequence[str]) -> Voice:
    portrait = persona.portrait
    said = portrait.traits if portrait else ()
    return Voice(
        persona_id=persona.id,
        label=persona.label,
        name=portrait.name if portrait else "",
        title=persona.title or (portrait.title if portrait else ""),
        summary=persona.description or (portrait.summary if portrait else ""),
        pains=tuple(one.text for one in said if one.kind == "pain"),
        needs=tuple(one.text for one in said if one.kind == "need"),
        insights=tuple(one.text for one in said if one.kind in ("goal", "behaviour")),
        participants=len(interview_ids),
    )
