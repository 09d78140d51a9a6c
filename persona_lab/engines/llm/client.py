"""The client of an OpenAI-compatible endpoint, and the model behind it."""

import logging
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import httpx2
from openai import AsyncOpenAI
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from persona_lab.engines.llm.asking import Form
from persona_lab.engines.llm.bounded import bound
from persona_lab.engines.llm.config import LlmConfig
from persona_lab.trust import trusted

# Local servers ask for no key, but the client does.
NO_KEY = "none"


def http_client(config: LlmConfig) -> httpx2.AsyncClient:
    """Return what carries the requests. It follows no redirect: the transcript goes where the settings say."""
    limits = httpx2.Timeout(config.call_seconds, connect=config.connect_seconds)
    # Compressed, a small answer could become a large one.
    headers = {"accept-encoding": "identity"}
    hooks = {"response": [bound]}
    return httpx2.AsyncClient(
        timeout=limits,
        headers=headers,
        event_hooks=hooks,
        follow_redirects=False,
        verify=trusted(config.base_url),
    )


def client(config: LlmConfig, http: httpx2.AsyncClient) -> AsyncOpenAI:
    """Return the client, which tries nothing again by itself; see `patience`."""
    address = urlsplit(config.base_url)
    key = config.api_key.get_secret_value() if config.api_key else NO_KEY
    found = AsyncOpenAI(
        base_url=urlunsplit(address._replace(query="", fragment="")),
        api_key=key,
        default_query=dict(parse_qsl(address.query)),
        default_headers={"api-key": key} if config.is_azure else None,
        max_retries=0,
        http_client=http,
    )
    # The client fills these in from the environment.
    found.organization = found.project = None
    return found


def model(config: LlmConfig, client: AsyncOpenAI, form: Form) -> OpenAIChatModel:
    """Return the model, set up to fill in forms in one of the ways."""
    provider = (
        OpenAIProvider(openai_client=client)
        if config.is_openai
        else OpenAICompatibleProvider("llm", openai_client=client)
    )
    profile = OpenAIModelProfile(
        supports_json_object_output=form == "json",
        # Marks such as <|im_start|> in a transcript would be taken for the conversation's own.
        may_tokenize_special_tokens_in_content=True,
        # An answer that ends without a reason was cut off.
        openai_chat_streaming_requires_finish_reason=True,
    )
    if not config.is_openai:
        # The older name is the one that all servers know.
        profile["openai_chat_supports_max_completion_tokens"] = config.is_azure
    return OpenAIChatModel(config.model, provider=provider, profile=profile)


def hush() -> None:
    """Keep the client from logging requests, which hold the transcript and the key, whatever level is asked for."""
    for name in ("openai", "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)
