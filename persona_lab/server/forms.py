"""What clients send: request bodies, in snake_case or in the original's camelCase."""

import io
import json
import re
import unicodedata
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from pathlib import PurePosixPath
from typing import IO, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    SkipValidation,
    StringConstraints,
    ValidationError,
    model_validator,
)
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from persona_lab.errors import FileTooLarge, InvalidRequest
from persona_lab.models import (
    CompanyRole,
    EngineName,
    JudgementKind,
    Message,
    RedactionSetting,
    Role,
    Scope,
    Value,
    Visibility,
)
from persona_lab.server.problems import said_wrong

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
# One line of text, as it stands in a transcript.
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Prose = Annotated[str, Field(max_length=20_000)]
Glossary = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=1_000)], ...], Field(max_length=1_000)]

# The largest number that both databases can compare with.
LARGEST = 2**31 - 1


# What neither database keeps in a text, or can't send again: NUL, and half of a pair of code units.
UNKEPT = re.compile(r"[\x00\ud800-\udfff]")


def _check_kept(sent: object, name: str = "") -> None:
    if isinstance(sent, str):
        if UNKEPT.search(sent):
            raise ValueError(f"{name}: it holds a character of no meaning, U+0000 or half of a character. Take it out")
    elif isinstance(sent, Mapping):
        for key, value in sent.items():
            _check_kept(key, "a name")
            _check_kept(value, str(key))
    elif isinstance(sent, list | tuple):
        for value in sent:
            _check_kept(value, name)


class Form(Value):
    """What somebody sent, which the database is to keep."""

    @model_validator(mode="before")
    @classmethod
    def _can_be_kept(cls, sent: Any) -> Any:
        _check_kept(sent)
        return sent


def _day(written: str) -> str:
    return date.fromisoformat(written).isoformat()


# Written out so that what no database or header can hold, a lone surrogate or a control character, is refused here.
Id = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\w-]+$")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$"), AfterValidator(_day)]


def _parsed(written: object) -> object:
    return json.loads(written) if isinstance(written, str) else written


# For tables: {"text": …, "speaker": …, "time": …, "until": …} → heading; JSON in a form's field.
Heading = Annotated[str, Field(min_length=1, max_length=200)]
Columns = Annotated[dict[Literal["text", "speaker", "time", "until"], Heading], BeforeValidator(_parsed)]


class NewProject(Form):
    """Body of `POST /api/projects`. With `reuse`, the oldest project of that name is answered if there is one."""

    name: Name
    purpose: Prose = ""
    audience: Prose = ""
    method: Prose = ""
    description: Prose = ""
    company: Prose = ""
    company_info: Prose = ""
    glossary: Glossary = ()
    redaction: RedactionSetting = "network"
    engine: EngineName | None = None
    visibility: Visibility = "private"
    reuse: bool = False


class ProjectChange(Form):
    """Body of `PATCH /api/projects/{id}`: what is left out stays.

    An `engine` of null is the server's own, a `budget` of null is none; elsewhere null stands for what is left out.
    """

    name: Name | None = None
    purpose: Prose | None = None
    audience: Prose | None = None
    method: Prose | None = None
    description: Prose | None = None
    company: Prose | None = None
    company_info: Prose | None = None
    glossary: Glossary | None = None
    redaction: RedactionSetting | None = None
    engine: EngineName | None = None
    fallback: bool | None = None
    budget: Annotated[int, Field(ge=0, le=LARGEST)] | None = None

    def changes(self) -> dict[str, object]:
        """Return what is to be set."""
        given = self.model_dump(exclude_unset=True)
        return {key: value for key, value in given.items() if value is not None or key in ("engine", "budget")}


class EngineChoice(Form):
    """Body of `POST /api/interviews/{id}/analyse`. Another engine than the project's works beside it."""

    engine: EngineName | None = None


class Erasing(Form):
    """Body of `POST /api/projects/{id}/participants/erase`; without `sure` it is only said what would go."""

    name: Name
    sure: bool = False


class InterviewChange(Form):
    """Body of `PATCH /api/interviews/{id}`: what is left out stays."""

    title: Name | None = None
    interview_date: Day | None = None


class SpeakerChange(Form):
    """Part of `PATCH /api/interviews/{id}/speakers`: what is left out stays, null is again as the file has it.

    `speaker` is the label in the file, or the name given since; null for turns without a name.
    """

    speaker: Annotated[str, Field(max_length=1000)] | None
    name: Line | None = None
    role: Role | None = None


class SpeakersChange(Form):
    """Body of `PATCH /api/interviews/{id}/speakers`."""

    speakers: Annotated[tuple[SpeakerChange, ...], Field(min_length=1, max_length=1000)]


# A number that a place in a transcript can have.
Place = Annotated[int, Field(ge=0, le=LARGEST)]


class NewCoding(Form):
    """Body of `POST /api/interviews/{id}/codings`.

    The span is a turn, `start`..`end` within one, or the words that were said, with their turn where
    they are said in several. `coder` is who judges, when that isn't who asks.
    """

    code: Line
    turn: Place | None = None
    start: Place | None = None
    end: Place | None = None
    text: Annotated[str, Field(min_length=1, max_length=20_000, pattern=r"\S")] | None = None
    coder: Line | None = None
    note: Prose = ""


class JudgedQuote(Form):
    """Which quote of an insight is meant: its place."""

    interview_id: Id
    turn: Place
    start: Place
    end: Place


class NewJudgement(Form):
    """Body of `POST /api/projects/{id}/insights/{id}/judgements`.

    A merge names `others` by id, a split the `interviews` or `quotes` that are to be apart, a rename the `text`,
    which a merge and a split may give too.
    """

    kind: JudgementKind
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    others: Annotated[tuple[Id, ...], Field(max_length=1000)] = ()
    interviews: Annotated[tuple[Id, ...], Field(max_length=1000)] = ()
    quotes: Annotated[tuple[JudgedQuote, ...], Field(max_length=1000)] = ()


class NewNote(Form):
    """Body of `POST /api/projects/{id}/notes`.

    It stands at a turn of an interview, given by its number or by words that are `said` in it; or at an insight;
    or it answers the note `parent_id`.
    """

    text: str
    interview_id: Id | None = None
    turn: Place | None = None
    said: Annotated[str, Field(min_length=1, max_length=20_000, pattern=r"\S")] | None = None
    insight_id: Id | None = None
    parent_id: Id | None = None


class NoteChange(Form):
    """Body of `PATCH /api/notes/{id}`."""

    text: str


# A key of an axis or a type, "" where the server is to find one.
Key = Annotated[str, Field(max_length=100, pattern=r"^[\w-]*$")]
Label = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]


def _callable(label: str) -> str:
    """Return a label that can be written behind an @, in one of the ways in which its characters can be encoded."""
    label = unicodedata.normalize("NFC", label)
    if label and (not label[0].isalnum() or "@" in label or not label.isprintable()):
        raise ValueError(
            "a label begins with a letter or a digit and has neither @ nor invisible characters in it, "
            "for it is called as @label"
        )
    return label


# What a persona is called in short.
PersonaLabel = Annotated[Label, AfterValidator(_callable)]


class NewAxisType(Form):
    """Part of `PUT /api/projects/{id}/axes`."""

    key: Key = ""
    name: Line
    description: Prose = ""


class NewAxis(Form):
    """Part of `PUT /api/projects/{id}/axes`."""

    key: Key = ""
    name: Line
    description: Prose = ""
    types: Annotated[tuple[NewAxisType, ...], Field(min_length=1, max_length=50)]


class AxesChange(Form):
    """Body of `PUT /api/projects/{id}/axes`: all axes there are to be, or the project whose axes to take.

    With `force`, also what personas stand on is taken away.
    """

    axes: Annotated[tuple[NewAxis, ...], Field(max_length=20)] | None = None
    copy_from: Id | None = None
    force: bool = False


class PersonaCount(Form):
    """Body of `POST /api/projects/{id}/personas`: how many groups; without it the number is found."""

    count: Annotated[int, Field(ge=1, le=100)] | None = None


# Keys of types by keys of axes.
PlaceOnAxes = Annotated[dict[Id, Id], Field(max_length=20)]


class NewPersona(Form):
    """Body of `POST /api/projects/{id}/personas/add`."""

    label: PersonaLabel = ""
    title: Label = ""
    description: Prose = ""
    place: PlaceOnAxes = Field(default_factory=dict)


class PersonaChange(Form):
    """Body of `PATCH /api/personas/{id}`: what is left out stays. `position` counts from 1."""

    label: Annotated[PersonaLabel, Field(min_length=1)] | None = None
    title: Label | None = None
    description: Prose | None = None
    place: PlaceOnAxes | None = None
    position: Annotated[int, Field(ge=1, le=10_000)] | None = None


class Acceptance(Form):
    """Body of `POST /api/projects/{id}/personas/accept`: which interviews; without them all that are undecided."""

    interview_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=100_000)] | None = None


class PersonaChoice(Form):
    """Body of `PUT /api/interviews/{id}/persona`; null is none of them."""

    persona_id: Id | None


class InterviewChoice(Form):
    """Body of `POST /api/workflow/process` and `/retry`."""

    interview_id: Id


# More at once would be read by nobody.
PERSONAS_AT_ONCE = 12


class Question(Form):
    """Body of `POST /api/chat`: the newest message is the question.

    `persona_ids` are ids or labels; `@label` in the question does the same. Of a conversation that is kept, what
    was said before is known, and stands for `messages` before the newest; what is left out of the other fields
    is as it was when the conversation began. `title` is what a new one is called; else it is the question.
    """

    project_id: Id
    messages: Annotated[tuple[Message, ...], Field(min_length=1, max_length=200)]
    persona_ids: Annotated[tuple[Line, ...], Field(max_length=PERSONAS_AT_ONCE)] = ()
    interview_id: Id | None = None
    conversation_id: Id | None = None
    without: Id | None = None
    title: Line | None = None


class AssistantsAction(Form):
    """Body of `POST /api/interviews/{id}/assist`."""

    action: Literal["summary", "insights", "actions", "questions"]


class ConversationChange(Form):
    """Body of `PATCH /api/conversations/{id}`."""

    title: Line


class ConversationChoice(Form):
    """Body of `POST /api/chat/summary`."""

    conversation_id: Id


# As somebody wrote it: an id, an e-mail address or a name.
Called = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=320, pattern=r"^[^\x00-\x1f\x7f]+$")
]
LONGEST_DAYS = 3650.0
Days = Annotated[float, Field(gt=0, le=LONGEST_DAYS)]
MemberRole = Literal["admin", "member"]


class NewToken(Form):
    """Body of `POST /api/tokens`: how long it holds, in days; null is until it is revoked."""

    name: Line
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=2)] = ("read", "write")
    days: Days | None = 90.0


class UserChange(Form):
    """Body of `PATCH /api/company/users/{id}`: what is left out stays."""

    role: CompanyRole | None = None
    closed: bool | None = None


class NewMember(Form):
    """Body of `POST /api/projects/{id}/members`: somebody of the company, by id, e-mail address or name."""

    user: Called
    role: MemberRole = "member"


class MemberChange(Form):
    """Body of `PATCH /api/projects/{id}/members/{id}`."""

    role: MemberRole


class NewOwner(Form):
    """Body of `PUT /api/projects/{id}/owner`: somebody of the company, by id, e-mail address or name."""

    user: Called


class VisibilityChoice(Form):
    """Body of `PUT /api/projects/{id}/visibility`: whether the whole company may read it."""

    visibility: Visibility


# Longer ones would only be work for the hash.
Password = Annotated[SecretStr, Field(min_length=8, max_length=200)]


class PasswordChoice(Form):
    """Body of `PUT /api/projects/{id}/password`: what people of the company may join by; null is nothing."""

    password: Password | None


class GivenPassword(Form):
    """Body of `POST /api/projects/{id}/join`."""

    password: Annotated[SecretStr, Field(min_length=1, max_length=200)]


class NewInvitation(Form):
    """Body of `POST /api/projects/{id}/invitations`: for whoever has the e-mail address, or anybody of the company."""

    email: Annotated[str, Field(max_length=320, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")] | None = None
    role: MemberRole = "member"
    days: Days = 7.0


class GivenCode(Form):
    """Body of `POST /api/invitations/accept`."""

    code: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\w-]+$")]


class Upload(Form):
    """What `POST /api/workflow/async` was sent, as a form or as JSON, in one shape; `content` is an open file."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    project_id: Id
    content: SkipValidation[IO[bytes]]
    filename: str
    title: Name
    interview_date: Day | None = None
    allow_duplicate: bool = False
    columns: Columns | None = None


class PastedText(Form):
    """The JSON form of an upload."""

    project_id: Id
    text: str
    title: Name = "Pasted text"
    interview_date: Day | None = None
    allow_duplicate: bool = False


@asynccontextmanager
async def upload_in(request: Request) -> AsyncIterator[Upload]:
    """Receive an upload; its content is on the disk rather than in memory, where it is large, and gone afterwards.

    Raises:
        InvalidRequest: a field is missing or malformed; the message names it.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        with _explained():
            sent = _from_text(PastedText.model_validate_json(await request.body()))
        yield sent
    elif kind == "multipart/form-data":
        async with _form(request) as form:
            with _explained():
                sent = _from_form(form)
            yield sent
    else:
        raise InvalidRequest("Send the file as multipart/form-data (file, project_id) or JSON (text, project_id).")


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except UnicodeError:
        raise InvalidRequest("The form's fields are not UTF-8.") from None
    except ValidationError as error:
        raise InvalidRequest(said_wrong(error.errors())) from None


@asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    with _explained():
        form = await request.form(max_files=1, max_fields=20)
    try:
        yield form
    finally:
        await form.close()


def _from_text(pasted: PastedText) -> Upload:
    fields = pasted.model_dump(exclude={"text"})
    return Upload(content=io.BytesIO(pasted.text.encode()), filename="pasted.txt", **fields)


def _printable(name: str) -> str:
    return "".join(character for character in name if character.isprintable())


def _from_form(form: FormData) -> Upload:
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise InvalidRequest("file: the form has no file. Send the transcript in the field “file”.")
    # Some browsers and scripts send whole paths; only the last part is a name, as far as it can be printed.
    filename = _printable(PurePosixPath((file.filename or "transcript.txt").replace("\\", "/")).name)
    fields = {key: value for key, value in form.items() if isinstance(value, str) and value != ""}
    # A file's name may be longer than a title, or nothing but an ending.
    fields = {"title": PurePosixPath(filename).stem.strip()[:200] or "Interview", **fields}
    return Upload.model_validate({**fields, "content": file.file, "filename": filename}, extra="ignore")


async def read_picture(request: Request, limit_bytes: int) -> bytes:
    """Return the body, and no more of it than says that it is too large."""
    raw = bytearray()
    async for piece in request.stream():
        raw += piece
        if len(raw) > limit_bytes:
            raise FileTooLarge(f"The picture has more than {limit_bytes // 1024 // 1024} MB. Make it smaller.")
    return bytes(raw)
