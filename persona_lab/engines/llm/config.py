"""Which endpoint is asked, for which model, and how long and how often."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from persona_lab.errors import EngineNotSetUp

OPENAI = "https://api.openai.com/v1"


def _address(url: str) -> str:
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address such as https://api.openai.com/v1 or http://127.0.0.1:11434/v1")
    return url.strip()


Seconds = Annotated[float, Field(gt=0)]
Price = Annotated[float, Field(ge=0)]


class LlmConfig(BaseModel):
    """The endpoint and its limits; `api_key` is not needed for most local servers.

    Attributes:
        base_url: where `/chat/completions` is; a query such as `?api-version=…` is sent along with each call.
        context_tokens: how many tokens the model can read and write at once.
        answer_tokens: how many of these it may write; a transcript is read in sections that leave room for them.
        section_tokens: the most of a transcript to be read at once, whatever the model could.
        concurrency: how many interviews may be read at the same time.
        connect_seconds: how long the endpoint may take to pick up.
        call_seconds: how long one call may take.
        run_seconds: how long one interview may take, waiting between attempts included.
        retries: how often a call that failed for a passing reason is tried again.
        retry_seconds: the first pause; each later one is twice as long, up to `longest_wait_seconds`.
        input_price, output_price: US dollars for a million tokens, where they aren't the publicly known ones.
    """

    model_config = ConfigDict(frozen=True)

    base_url: Annotated[str, AfterValidator(_address)] = OPENAI
    model: Annotated[str, Field(min_length=1)]
    api_key: SecretStr | None = None
    context_tokens: Annotated[int, Field(ge=2_000)] = 32_000
    answer_tokens: Annotated[int, Field(ge=256)] = 4_000
    section_tokens: Annotated[int, Field(ge=200)] = 12_000
    concurrency: Annotated[int, Field(ge=1)] = 4
    connect_seconds: Seconds = 10.0
    call_seconds: Seconds = 180.0
    run_seconds: Seconds = 1_200.0
    retries: Annotated[int, Field(ge=0)] = 4
    retry_seconds: Seconds = 1.0
    longest_wait_seconds: Seconds = 60.0
    input_price: Price | None = None
    output_price: Price | None = None

    @model_validator(mode="after")
    def _leaves_room(self) -> "LlmConfig":
        if self.answer_tokens > self.context_tokens // 2:
            raise ValueError("answer_tokens must leave half of context_tokens for what is read")
        return self

    @classmethod
    def of_settings(cls, settings: Mapping[str, Any]) -> "LlmConfig":
        """Return the config that settings named `llm_…` ask for; those that are None or empty keep their default.

        Raises:
            EngineNotSetUp: no model is named, or a value can't be; the message names the setting.
        """
        named = {name.removeprefix("llm_"): value for name, value in settings.items() if name.startswith("llm_")}
        given = {name: value for name, value in named.items() if value not in (None, "", SecretStr(""))}
        if "model" not in given:
            raise EngineNotSetUp("PERSONA_LAB_LLM_MODEL: no model is named. Set it to the name the endpoint knows.")
        try:
            return cls(**given)
        except ValidationError as error:
            wrong = "; ".join(f"{_setting(one['loc'])}: {one['msg']}" for one in error.errors())
        raise EngineNotSetUp(f"{wrong}. Correct the environment variable or unset it.")

    @property
    def is_openai(self) -> bool:
        return urlsplit(self.base_url).hostname == urlsplit(OPENAI).hostname

    @property
    def is_azure(self) -> bool:
        return (urlsplit(self.base_url).hostname or "").endswith(".azure.com")

    @property
    def shown_url(self) -> str:
        """The address without what may be secret in it, for messages."""
        parts = urlsplit(self.base_url)
        host = parts.hostname or ""
        return urlunsplit((parts.scheme, f"{host}:{parts.port}" if parts.port else host, parts.path, "", ""))


def _setting(place: tuple[int | str, ...]) -> str:
    return f"PERSONA_LAB_LLM_{str(place[0]).upper()}" if place else "PERSONA_LAB_LLM_CONTEXT_TOKENS"
