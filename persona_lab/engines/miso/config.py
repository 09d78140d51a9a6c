"""Where MISO is, one key per app, and how long it may take."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from persona_lab.errors import EngineKeyRefused, EngineNotSetUp, EngineRefused
from persona_lab.models import Value

App = Literal["workflow", "agent", "interview", "knowledge"]

SETTINGS: dict[App, str] = {
    "workflow": "PERSONA_LAB_MISO_WORKFLOW_KEY",
    "agent": "PERSONA_LAB_MISO_AGENT_KEY",
    "interview": "PERSONA_LAB_MISO_INTERVIEW_KEY",
    "knowledge": "PERSONA_LAB_MISO_KNOWLEDGE_KEY",
}
BASE_SETTING = "PERSONA_LAB_MISO_KNOWLEDGE_BASE"
URL_SETTING = "PERSONA_LAB_MISO_URL"
# Every path of the API stands below this one; some write it into the address, some don't.
ROOT = "/ext/v1"

Seconds = Annotated[float, Field(gt=0)]


class Limits(Value):
    """How long things may take and how often they are tried. Times are seconds.

    `silence_seconds` is the longest pause within a stream, which pings every 10 s;
    `answer_bytes` the most that any answer, streamed or not, may have.
    """

    connect_seconds: Seconds = 10.0
    silence_seconds: Seconds = 35.0
    parameters_seconds: Seconds = 15.0
    question_seconds: Seconds = 60.0
    run_seconds: Seconds = 290.0
    chat_seconds: Seconds = 120.0
    upload_seconds: Seconds = 120.0
    search_seconds: Seconds = 200.0
    indexing_seconds: Seconds = 300.0
    # The longest between two looks at a run or a document that is being worked on, see `looks`.
    poll_seconds: Seconds = 3.0
    # Between two looks whether somebody cancelled.
    cancel_seconds: Seconds = 2.0
    # How long something may still follow the end of a chat answer.
    afterwards_seconds: Seconds = 0.5
    attempts: Annotated[int, Field(ge=1)] = 3
    first_wait_seconds: Seconds = 1.0
    longest_wait_seconds: Seconds = 30.0
    answer_bytes: Annotated[int, Field(ge=1)] = 32 * 2**20

    def looks(self) -> Iterator[float]:
        """Yield the seconds from each look to the next, without end: what is small is soon done."""
        seconds = self.poll_seconds / 16
        while True:
            yield seconds
            seconds = min(2 * seconds, self.poll_seconds)


class Miso(Value):
    """One MISO installation and the keys of its apps; each app is used only where its key is set.

    `user` is whom MISO takes for the owner of conversations, uploads and tasks; it is no person's name.
    """

    url: str = "https://api.miso.gs"
    workflow_key: SecretStr | None = None
    agent_key: SecretStr | None = None
    interview_key: SecretStr | None = None
    knowledge_key: SecretStr | None = None
    # For a key that is for one knowledge base alone, and can't list or make others.
    knowledge_base: str | None = None
    user: str = "persona-lab"
    # A gateway may cut a call that says nothing for long; a stream says something every ten seconds.
    streaming: bool = True
    limits: Limits = Limits()

    def has(self, app: App) -> bool:
        """Say whether the app's key is set."""
        secret: SecretStr | None = getattr(self, f"{app}_key")
        return bool(secret and secret.get_secret_value().strip())

    def key(self, app: App) -> str:
        """Return the app's key.

        Raises:
            EngineNotSetUp: it isn't set; the message names the setting.
            EngineKeyRefused: what is set is no key.
        """
        secret: SecretStr | None = getattr(self, f"{app}_key")
        key = secret.get_secret_value().strip() if secret else ""
        if not key:
            raise EngineNotSetUp(f"{SETTINGS[app]} is not set. Set it to the key of the MISO app and try again.")
        if not key.isascii() or not key.isprintable() or " " in key:
            raise EngineKeyRefused(f"{SETTINGS[app]} has characters that no key has. Copy the key from MISO again.")
        return key

    @property
    def base(self) -> str:
        """The address that paths are appended to, however it was written.

        Raises:
            EngineRefused: it is no address.
        """
        url = self.url.strip().rstrip("/")
        scheme, _, rest = url.partition("://")
        if scheme.lower() not in ("http", "https") or not rest or rest[0] in "/?#" or "@" in rest:
            raise EngineRefused(f"{URL_SETTING} is no address. Set it like this: https://api.miso.gs")
        return url if url.endswith(ROOT) else url + ROOT
