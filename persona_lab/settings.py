"""What can be set from outside, read once; nothing else reads the environment.

Every setting is an environment variable with the prefix `PERSONA_LAB_`: `PERSONA_LAB_HOME` is the workspace folder,
`PERSONA_LAB_TOKEN` the token a server asks for, `PERSONA_LAB_ENGINE` who analyses. `PERSONA_LAB_DATABASE` is the URL
of a team's PostgreSQL database, in place of the file in the workspace. With it, people have accounts as soon as it is
said who vouches for them: `…_JWT_SECRET` (HS256; at least 32 bytes) or `…_JWKS_URL` (RS256, ES256, EdDSA), or both
while one gives way to the other. `…_JWT_AUDIENCE` is whom tokens must be for (default `authenticated`, as Supabase
has it; empty is anybody), `…_JWT_ISSUER` who must have made them. `…_JWT_COMPANY`, `…_JWT_COMPANY_NAME` and
`…_JWT_COMPANY_ROLE` say where in a token the company, its name and the role in it stand (default
`app_metadata.company_id`, `app_metadata.company_name`, `app_metadata.company_role`); the role counts when somebody is
seen for the first time. `…_HOSTS` are the names the server answers to besides its own, with commas between.
`PERSONA_LAB_FILES`, such as `s3://bucket/prefix`, is where uploaded files are, in place of the workspace's folder: in
a bucket that speaks S3. `…_FILES_ENDPOINT` says where that is unless it is Amazon's (Supabase's is
`https://PROJECT.supabase.co/storage/v1/s3`), `…_FILES_REGION`, `…_FILES_KEY_ID` and `…_FILES_KEY` the rest;
what is left out is taken from `AWS_REGION`, `AWS_ACCESS_KEY_ID` and so on, or from the machine's role.

`PERSONA_LAB_STREAMS`, `…_STREAMS_PER_PROJECT` and `…_STREAMS_PER_USER` say how many event streams may be open at
once. `…_TRASH_DAYS` is after how many days something in the trash is removed for good; without it, it stays there.
`…_MISO_URL` is the MISO installation, and `…_MISO_WORKFLOW_KEY`, `…_MISO_AGENT_KEY`, `…_MISO_INTERVIEW_KEY` and
`…_MISO_KNOWLEDGE_KEY` are the keys of its apps; `…_MISO_KNOWLEDGE_BASE` is the id of the knowledge base, for a key
that is for one alone. Where the defaults don't fit: `…_MISO_RUN_SECONDS` (290, how long one run may take),
`…_MISO_SILENCE_SECONDS` (35, the longest pause within it) and `…_MISO_ATTEMPTS` (3).

For the engine `llm`, any OpenAI-compatible endpoint: `PERSONA_LAB_LLM_BASE_URL`
(default OpenAI's; `http://127.0.0.1:11434/v1` is Ollama's, an Azure one ends in
`/openai/v1/`), `…_LLM_MODEL`, and `…_LLM_API_KEY` unless the server asks for none.
Where the defaults don't fit: `…_LLM_CONTEXT_TOKENS` (what model and server can take
at once, 32000; Ollama cuts off without a word what is more than its own
`OLLAMA_CONTEXT_LENGTH`), `…_LLM_ANSWER_TOKENS`, `…_LLM_SECTION_TOKENS`,
`…_LLM_CALL_SECONDS`, `…_LLM_RUN_SECONDS`, `…_LLM_RETRIES`, and `…_LLM_INPUT_PRICE`
and `…_LLM_OUTPUT_PRICE` in US dollars per million tokens.

`…_MISO_CONCURRENCY` and `…_LLM_CONCURRENCY` (4) say how many interviews the engine is
given at once, `…_MISO_PER_MINUTE` and `…_LLM_PER_MINUTE` how many in a minute.
"""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from persona_lab.errors import InvalidRequest
from persona_lab.models import EngineName

SECRET_BYTES = 32


class Settings(BaseSettings):
    """The settings, checked; a wrong one names itself."""

    model_config = SettingsConfigDict(env_prefix="PERSONA_LAB_", frozen=True)

    home: Path = Path(".persona_lab")
    token: SecretStr | None = None
    database: SecretStr | None = None
    files: str | None = None
    files_endpoint: str | None = None
    files_region: str | None = None
    files_key_id: SecretStr | None = None
    files_key: SecretStr | None = None
    jwt_secret: SecretStr | None = None
    jwks_url: str | None = None
    jwt_audience: str = "authenticated"
    jwt_issuer: str | None = None
    jwt_company: str = "app_metadata.company_id"
    jwt_company_name: str = "app_metadata.company_name"
    jwt_company_role: str = "app_metadata.company_role"
    hosts: str = ""
    engine: EngineName = "local"
    miso_url: str = "https://api.miso.gs"
    miso_workflow_key: SecretStr | None = None
    miso_agent_key: SecretStr | None = None
    miso_interview_key: SecretStr | None = None
    miso_knowledge_key: SecretStr | None = None
    miso_knowledge_base: str | None = None
    # What is None has its default where the engine's config is made, which checks all of them together.
    miso_run_seconds: Annotated[float, Field(gt=0)] | None = None
    miso_silence_seconds: Annotated[float, Field(gt=0)] | None = None
    miso_attempts: Annotated[int, Field(ge=1)] | None = None
    idle_exit_seconds: float = 900.0
    # After so many days in the trash something is purged; None is never.
    trash_days: Annotated[int, Field(ge=1)] | None = None
    streams: Annotated[int, Field(ge=1)] = 10_000
    streams_per_project: Annotated[int, Field(ge=1)] = 10_000
    streams_per_user: Annotated[int, Field(ge=1)] = 10_000
    llm_base_url: str | None = None
    llm_model: str | None = None
    llm_api_key: SecretStr | None = None
    llm_context_tokens: int | None = None
    llm_answer_tokens: int | None = None
    llm_section_tokens: int | None = None
    llm_call_seconds: float | None = None
    llm_run_seconds: float | None = None
    llm_retries: int | None = None
    llm_input_price: float | None = None
    llm_output_price: float | None = None
    # How many interviews an engine is given at once, and at most in a minute.
    miso_concurrency: Annotated[int, Field(ge=1)] = 4
    miso_per_minute: Annotated[int, Field(ge=1)] | None = None
    llm_concurrency: Annotated[int, Field(ge=1)] = 4
    llm_per_minute: Annotated[int, Field(ge=1)] | None = None

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
        InvalidRequest: a variable has a value it can't have; the message names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(f"PERSONA_LAB_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise InvalidRequest(f"{wrong}. Correct the environment variable or unset it.") from None
