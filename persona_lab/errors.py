"""Everything persona_lab raises on purpose.

* PersonaLabError
  x TranscriptError          the file could not be read as an interview
    - EmptyFile
    - FileTooLarge
    - UnknownFormat
    - UnreadableText
    - NoSpeech
  x EngineError              the analysis could not be done
    - EngineUnavailable      worth trying again
      + EngineBusy           it has too much to do at the moment
      + EngineTimedOut       it took longer than it may
    - EngineRefused          not worth trying again
      + EngineNotSetUp       settings are missing
      + EngineKeyRefused     the key is missing, wrong or of another kind
      + BudgetSpent          the project may spend no more
    - AnswerNotUnderstood    the model's answer had the wrong shape
    - AnalysisCancelled      somebody wanted it to end
  x NotFound
    - ProjectNotFound
      + ProjectPurged        it was removed for good
    - InterviewNotFound
      + FileErased           its file was removed with somebody who took part
    - ParticipantNotFound
    - CodingNotFound
    - InsightNotFound
    - JudgementNotFound
    - NoteNotFound
    - ConversationNotFound
    - MessageNotFound
    - PersonaNotFound
    - UserNotFound
    - TokenNotFound
    - InvitationNotFound
  x Conflict                 the thing is not in a state that allows this
  x TooManyStreams           the server carries as many readers as it may
  x TooBusy                  too many want something at once
    - DatabaseUnavailable    the team's database can't be reached at the moment
    - FilesUnavailable       uploaded files can't be written or read at the moment
    - KeysUnavailable        nor can the keys that tokens are checked by
  x TooOften                 it may be done only so often, and again in `retry_seconds`
    - TooManyAttempts        it was tried as often as it may be in a quarter of an hour
    - TooManyUploads         the company has uploaded as much as it may in a minute
  x NotAllowed               the token is missing or wrong
    - TokenExpired
    - TokenRevoked
  x Forbidden                one is known, and may not do this
    - ReadOnly               the token may only read
    - NoCompany              the account belongs to no company
    - AccountClosed          the account was closed
    - WrongPassword          the project can't be joined by this password
    - NotYours               somebody else made it, and only they may change it
  x InvalidRequest           the request could not be understood
  x ServerError              the server met something nobody expected
  x ServerUnreachable        raised by the client only
    - ServerNotStarted
  x QueryError               raised by the replica only

`code` is stable and travels over HTTP: the client turns it back into the class,
so `except InterviewNotFound` works on both sides.
"""

from collections.abc import Iterator
from math import ceil


class PersonaLabError(Exception):
    """Something persona_lab expected to be able to do could not be done."""

    code = "error"
    # The message in the language of labels, where that is another.
    local = ""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)

    @property
    def message(self) -> str:
        return str(self.args[0])

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback: what to do, in the language of labels and as it was said."""
        first = f"{type(self).__name__}: {self.local or self.message}"
        return [first] if self.message in first else [first, self.message]


class TranscriptError(PersonaLabError):
    """The file could not be read as an interview."""

    code = "transcript_error"

    # `discreet` is the message without words of the file, for a message that has some.
    def __init__(self, message: str | None = None, discreet: str | None = None) -> None:
        super().__init__(message)
        self.discreet = discreet or self.message


class EmptyFile(TranscriptError):
    """The file is empty. Choose the file that holds the transcript."""

    code = "empty_file"


class FileTooLarge(TranscriptError):
    """The file is larger than 50 MB. Upload the transcript as text, or split it."""

    code = "file_too_large"


class UnknownFormat(TranscriptError):
    """This kind of file is not known. Save the transcript as .txt or .docx."""

    code = "unknown_format"


class UnreadableText(TranscriptError):
    """The file's content can't be read. Save the transcript as .txt (UTF-8) or .docx."""

    code = "unreadable_text"


class NoSpeech(TranscriptError):
    """The file holds no speech. Check that it is the transcript and not a cover page."""

    code = "no_speech"


class EngineError(PersonaLabError):
    """The analysis could not be done."""

    code = "engine_error"
    # Whether the same again, with nothing changed, may succeed.
    can_retry = True

    # `retry_seconds`: how long the engine asked to be left alone.
    def __init__(self, message: str | None = None, *, retry_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds


class EngineUnavailable(EngineError):
    """The analysis engine does not answer. Try again in a minute."""

    code = "engine_unavailable"


class EngineBusy(EngineUnavailable):
    """The analysis engine has too much to do. Try again in a minute."""

    code = "engine_busy"


class EngineTimedOut(EngineUnavailable):
    """The analysis engine took too long. Try again, or split the transcript."""

    code = "engine_timed_out"


class EngineRefused(EngineError):
    """The analysis engine refused this interview."""

    code = "engine_refused"
    can_retry = False


class EngineNotSetUp(EngineRefused):
    """The engine has not been set up. `persona-lab doctor` says which settings it needs."""

    code = "engine_not_set_up"


class EngineKeyRefused(EngineRefused):
    """The analysis engine refused the key. Check the engine's settings."""

    code = "engine_key_refused"


class BudgetSpent(EngineRefused):
    """The project's budget is spent. Raise it, project.budget = …, and retry."""

    code = "budget_spent"


class AnswerNotUnderstood(EngineError):
    """The analysis engine answered in a form that can't be used. Try again."""

    code = "answer_not_understood"


class AnalysisCancelled(EngineError):
    """The analysis was cancelled. Retry starts it again."""

    code = "analysis_cancelled"


class NotFound(PersonaLabError):
    """There is nothing here."""

    code = "not_found"


class ProjectNotFound(NotFound):
    """There is no such project. `lab.projects` lists those there are."""

    code = "project_not_found"


class ProjectPurged(ProjectNotFound):
    """The project was removed for good. Nothing of it is left."""

    code = "project_purged"


class InterviewNotFound(NotFound):
    """There is no such interview in this project. `project.interviews` lists those there are."""

    code = "interview_not_found"


class FileErased(InterviewNotFound):
    """The file was removed with a participant who was erased. Its transcript, without them, is still there."""

    code = "file_erased"


class ParticipantNotFound(NotFound):
    """Nobody of that name took part in an interview of this project. `project.speakers` lists who did."""

    code = "participant_not_found"


class CodingNotFound(NotFound):
    """There is no such coding. `project.codes(others=True)` lists those there are, with their ids."""

    code = "coding_not_found"


class InsightNotFound(NotFound):
    """There is no such insight. `project.insights` lists those there are, with their ids."""

    code = "insight_not_found"


class JudgementNotFound(NotFound):
    """There is no such judgement, or it was undone before. `project.judgements` lists those that stand."""

    code = "judgement_not_found"


class NoteNotFound(NotFound):
    """There is no such note, or it was deleted. `project.notes` lists those there are, with their ids."""

    code = "note_not_found"


class ConversationNotFound(NotFound):
    """There is no such conversation in this project. `project.conversations` lists those there are."""

    code = "conversation_not_found"


class MessageNotFound(NotFound):
    """There is no such message. Perhaps its conversation is another server's."""

    code = "message_not_found"


class PersonaNotFound(NotFound):
    """There is no such persona. `project.personas()` lists those there are."""

    code = "persona_not_found"


class UserNotFound(NotFound):
    """There is no such person in your company. Give their e-mail address, or the name they go by here."""

    code = "user_not_found"


class TokenNotFound(NotFound):
    """There is no such token of yours. `lab.tokens` lists those there are, with their ids."""

    code = "token_not_found"


class InvitationNotFound(NotFound):
    """The invitation isn't known, is for somebody else, was used, or has ended. Ask for another one."""

    code = "invitation_not_found"


class Conflict(PersonaLabError):
    """The interview is not in a state that allows this."""

    code = "conflict"


class TooManyStreams(PersonaLabError):
    """As many event streams are open as this server may carry. Close what you don't need, or try again later."""

    code = "too_many_streams"


class TooBusy(PersonaLabError):
    """Too many want something of the server at this moment. Try again in a few seconds."""

    code = "too_busy"


class DatabaseUnavailable(TooBusy):
    """The database can't be reached at the moment. Try again in a few seconds; nothing that was answered is lost."""

    code = "database_unavailable"


class FilesUnavailable(TooBusy):
    """Uploaded files can't be written or read at the moment. Try again in a few seconds; nothing was half done."""

    code = "files_unavailable"


class KeysUnavailable(TooBusy):
    """The keys that tokens are checked by can't be had at the moment. Try again in a few seconds."""

    code = "keys_unavailable"


class TooOften(PersonaLabError):
    """That was done too often. Do it again in a minute."""

    code = "too_often"
    retry_seconds = 60


class TooManyAttempts(TooOften):
    """That was tried too often. Wait a quarter of an hour, or ask somebody of the project to invite you."""

    code = "too_many_attempts"
    retry_seconds = 900

    @classmethod
    def of(cls, seconds: float) -> "TooManyAttempts":
        """Return it for somebody who must wait so long."""
        wait = max(1, ceil(seconds))
        error = cls(
            f"That was tried too often. Try again in {wait} seconds, or ask somebody of the project to invite you."
        )
        error.retry_seconds = wait
        return error


class TooManyUploads(TooOften):
    """Your company has uploaded as much as it may within a minute. Upload the rest in a minute."""

    code = "too_many_uploads"

    @classmethod
    def of(cls, limit: int, seconds: float) -> "TooManyUploads":
        """Return it for a company that may upload so many in a minute, and must wait so long."""
        wait = max(1, ceil(seconds))
        error = cls(
            f"Your company may upload {limit} interviews within a minute, and has. "
            f"Upload this one again in {wait} seconds."
        )
        error.retry_seconds = wait
        return error


class NotAllowed(PersonaLabError):
    """The token is missing or wrong. Pass the server's token: persona_lab.connect(url, token=…)."""

    code = "not_allowed"


class TokenExpired(NotAllowed):
    """The token has expired. Make another one, and pass it: persona_lab.connect(url, token=…)."""

    code = "token_expired"


class TokenRevoked(NotAllowed):
    """The token was revoked. Make another one, and pass it: persona_lab.connect(url, token=…)."""

    code = "token_revoked"


class Forbidden(PersonaLabError):
    """You may not do this. Whoever owns or administers the project may, or can make you one who may."""

    code = "forbidden"


class ReadOnly(Forbidden):
    """This token may only read. Make one that may write, too."""

    code = "read_only"


class NoCompany(Forbidden):
    """Your account belongs to no company. Whoever runs this server has to give it one, in the token's claims."""

    code = "no_company"


class AccountClosed(Forbidden):
    """Your account was closed. An admin of your company can open it again."""

    code = "account_closed"


class WrongPassword(Forbidden):
    """The password is wrong, or there is no such project to join by one. Ask somebody of the project."""

    code = "wrong_password"


class NotYours(Forbidden):
    """Somebody else wrote it, and only they may change it. Reply to it instead."""

    code = "not_yours"


class InvalidRequest(PersonaLabError):
    """The request could not be understood."""

    code = "invalid_request"


class ServerError(PersonaLabError):
    """The server met something nobody expected. Its log says more."""

    code = "server_error"


class ServerUnreachable(PersonaLabError):
    """The persona_lab server does not answer. Run persona_lab.connect() again."""

    code = "server_unreachable"


class ServerNotStarted(ServerUnreachable):
    """The persona_lab server did not come up."""

    code = "server_not_started"


class QueryError(PersonaLabError):
    """The SQL could not be run."""

    code = "query_error"


def every(base: type[PersonaLabError] = PersonaLabError) -> Iterator[type[PersonaLabError]]:
    """Yield `base` and every error below it."""
    yield base
    for child in base.__subclasses__():
        yield from every(child)


def from_code(code: str, message: str) -> PersonaLabError:
    """Return the error that `code` stands for; an unknown code gives the root of the tree."""
    found = {error.code: error for error in every()}
    return found.get(code, PersonaLabError)(message)
