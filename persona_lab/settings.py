"""What can be set from outside, read once; nothing else reads the environment.

Every setting is an environment variable: `PERSONA_LAB_` and its name in capitals. `persona-lab settings` lists them
with what they mean, and where their values come from.
"""

import os
import re
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from persona_lab.errors import InvalidRequest
from persona_lab.models import EngineName

PREFIX = "PERSONA_LAB_"
# What says more of a bucket.
BUCKETS = ("files_endpoint", "files_region", "files_key_id", "files_key")
# What Kubernetes puts into every container beside a service called persona-lab.
FOREIGN = re.compile(r"PERSONA_LAB(_SERVICE_(HOST|PORT)(_.*)?|_PORT(_.*)?)")
SECRET_BYTES = 32


class Settings(BaseSettings):
    """The settings, checked; a wrong one names itself."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, use_attribute_docstrings=True)

    home: Path = Path(".persona_lab")
    """The workspace: the folder of database and files."""
    token: SecretStr | None = None
    """What clients of a workspace's server send. Without it the server makes one, and keeps it in the workspace."""
    database: SecretStr | None = None
    """A team's PostgreSQL, postgresql://user:password@host:5432/name, in place of the workspace's file."""
    files: str | None = None
    """Where uploaded files are, s3://bucket/prefix, in place of the workspace's folder."""
    files_endpoint: str | None = None
    """Where the bucket is unless it is Amazon's; Supabase's is https://PROJECT.supabase.co/storage/v1/s3."""
    files_region: str | None = None
    """The bucket's region. Without it AWS_REGION holds."""
    files_key_id: SecretStr | None = None
    """The bucket's key. Without it AWS_ACCESS_KEY_ID holds, or the machine's role."""
    files_key: SecretStr | None = None
    """The secret that belongs to the key. Without it AWS_SECRET_ACCESS_KEY holds."""
    jwt_secret: SecretStr | None = None
    """Who has it vouches for people: it signs their JWT (HS256), and has at least 32 bytes. Needs a team's database."""
    jwks_url: str | None = None
    """Where the public keys are of whoever signs people's JWT (RS256, ES256, EdDSA). Beside a secret, either holds,
    while one gives way to the other."""
    jwt_audience: str = "authenticated"
    """Whom tokens must be for; as Supabase has it. Empty is anybody."""
    jwt_issuer: str | None = None
    """Who must have made the tokens; anybody with the key where it isn't set."""
    jwt_company: str = "app_metadata.company_id"
    """Where in a token the company stands."""
    jwt_company_name: str = "app_metadata.company_name"
    """Where its name stands."""
    jwt_company_role: str = "app_metadata.company_role"
    """Where the role in it stands, which counts when somebody is seen for the first time."""
    hosts: str = ""
    """The host names a server answers to besides its own, with commas between."""
    engine: EngineName = "local"
    """Who analyses for projects that have chosen nobody."""
    log: Literal["json", "text"] | None = None
    """The form of the log on stderr. Without it: text on a terminal, JSON lines elsewhere."""
    idle_exit_seconds: float = 900.0
    """After how long without use a server ends that was started with --leave-when-idle."""
    trash_days: Annotated[int, Field(ge=1)] | None = None
    """After how many days something in the trash is removed for good. Without it, it stays there."""
    streams: Annotated[int, Field(ge=1)] = 10_000
    """How many event streams a server carries."""
    streams_per_project: Annotated[int, Field(ge=1)] = 10_000
    """How many of them may be open on one project."""
    streams_per_user: Annotated[int, Field(ge=1)] = 10_000
    """How many of them one person may have open."""
    miso_url: str = "https://api.miso.gs"
    """The MISO installation."""
    miso_workflow_key: SecretStr | None = None
    """The key of the MISO app that analyses interviews."""
    miso_agent_key: SecretStr | None = None
    """The key of the MISO app that answers questions."""
    miso_interview_key: SecretStr | None = None
    """The key of the MISO app that speaks as personas."""
    miso_knowledge_key: SecretStr | None = None
    """The key of MISO's knowledge bases."""
    miso_knowledge_base: str | None = None
    """The id of the knowledge base, for a key that is for one alone."""
    # What is None has its default where the engine's config is made, which checks all of them together.
    miso_run_seconds: Annotated[float, Field(gt=0)] | None = None
    """How long one run in MISO may take; 290 where it isn't set."""
    miso_silence_seconds: Annotated[float, Field(gt=0)] | None = None
    """The longest pause within a run; 35 where it isn't set."""
    miso_attempts: Annotated[int, Field(ge=1)] | None = None
    """How often MISO is asked before giving up; 3 where it isn't set."""
    # How many interviews an engine is given at once, and at most in a minute.
    miso_concurrency: Annotated[int, Field(ge=1)] = 4
    """How many interviews MISO is given at once."""
    miso_per_minute: Annotated[int, Field(ge=1)] | None = None
    """How many interviews MISO is given in a minute; as many as there are where it isn't set."""
    llm_base_url: str | None = None
    """Any OpenAI-compatible endpoint; OpenAI's where it isn't set. Ollama's is http://127.0.0.1:11434/v1, an Azure one
    ends in /openai/v1/."""
    llm_model: str | None = None
    """The language model."""
    llm_api_key: SecretStr | None = None
    """The endpoint's key, unless it asks for none."""
    llm_context_tokens: int | None = None
    """What model and server can take at once; 32000 where it isn't set. Ollama cuts off without a word what is more
    than its own OLLAMA_CONTEXT_LENGTH."""
    llm_answer_tokens: int | None = None
    """How many of them the model may write; 4000 where it isn't set."""
    llm_section_tokens: int | None = None
    """The most of a transcript that is read at once; 12000 where it isn't set."""
    llm_call_seconds: float | None = None
    """How long one call may take; 180 where it isn't set."""
    llm_run_seconds: float | None = None
    """How long one interview may take; 1200 where it isn't set."""
    llm_retries: int | None = None
    """How often a call that failed for a passing reason is tried again; 4 where it isn't set."""
    llm_input_price: float | None = None
    """US dollars for a million tokens read, where the publicly known price is wrong."""
    llm_output_price: float | None = None
    """US dollars for a million tokens written."""
    llm_concurrency: Annotated[int, Field(ge=1)] = 4
    """How many interviews the language model is given at once."""
    llm_per_minute: Annotated[int, Field(ge=1)] | None = None
    """How many interviews it is given in a minute; as many as there are where it isn't set."""

    @field_validator("jwt_secret")
    @classmethod
    def _is_long(cls, secret: SecretStr | None) -> SecretStr | None:
        # RFC 7518, section 3.2: a key as long as the hash; a shorter one can be found by trying.
        if secret is not None and len(secret.get_secret_value().encode()) < SECRET_BYTES:
            raise ValueError(f"it must have at least {SECRET_BYTES} bytes")
        return secret

    @field_validator("jwks_url")
    @classmethod
    def _is_safe(cls, url: str | None) -> str | None:
        place = urlsplit(url or "https:")
        if place.scheme != "https" and place.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError("it must begin with https://, or anybody on the way could sign")
        return url

    @field_validator("jwt_company", "jwt_company_role")
    @classmethod
    def _is_not_ones_own(cls, path: str) -> str:
        if path.split(".")[0] == "user_metadata":
            raise ValueError("people change their user_metadata themselves; take app_metadata")
        return path

    @property
    def has_accounts(self) -> bool:
        """Whether it is said who vouches for people."""
        return self.jwt_secret is not None or self.jwks_url is not None


def load() -> Settings:
    """Return the settings.

    Raises:
        InvalidRequest: a variable has a value it can't have, or isn't one; the message names it.
    """
    _refuse_unknown()
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(f"{variable(str(e['loc'][0]))}: {e['msg']}" for e in error.errors())
        raise InvalidRequest(f"{wrong}. Correct the environment variable or unset it.") from None


def check(found: Settings, *, database: str | None = None, files: str | None = None) -> None:
    """Make sure that the settings of a server go together.

    Args:
        database: what the command line says instead.
        files: what the command line says instead.

    Raises:
        InvalidRequest: they don't; the message says which.
    """
    if found.has_accounts and not (database or found.database):
        raise InvalidRequest(
            f"{variable('jwt_secret' if found.jwt_secret else 'jwks_url')} is set, and accounts need a team's "
            "database. Set PERSONA_LAB_DATABASE, or unset it."
        )
    has_bucket = bool(files or found.files)
    if not has_bucket:
        lonely = [name for name in BUCKETS if getattr(found, name) is not None]
        if lonely:
            raise InvalidRequest(
                f"{variable(lonely[0])} is set, and no bucket is named. Set PERSONA_LAB_FILES=s3://bucket, or unset it."
            )
    if (found.files_key_id is None) != (found.files_key is None):
        raise InvalidRequest("PERSONA_LAB_FILES_KEY_ID and PERSONA_LAB_FILES_KEY go together. Set both, or none.")
    if found.files is not None and not found.files.startswith("s3://"):
        raise InvalidRequest("PERSONA_LAB_FILES must look like s3://bucket/prefix. A folder is --workspace's.")


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def sources() -> frozenset[str]:
    """Return the names of the settings that the environment gives."""
    given = {name.upper() for name in os.environ}
    return frozenset(name for name in Settings.model_fields if variable(name) in given)


def _refuse_unknown() -> None:
    known = {variable(name) for name in Settings.model_fields}
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known and not FOREIGN.fullmatch(name.upper()):
            near = get_close_matches(name.upper(), known, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise InvalidRequest(f"{name} is no setting of persona_lab.{hint} persona-lab settings lists them.")
