"""What can be set from outside, read once; nothing else reads the environment.

Every setting is an environment variable with the prefix `PERSONA_LAB_`:
`PERSONA_LAB_HOME` is the workspace folder, `PERSONA_LAB_TOKEN` the token a
server asks for, `PERSONA_LAB_ENGINE` who analyses. `PERSONA_LAB_STREAMS`,
`…_STREAMS_PER_PROJECT` and `…_STREAMS_PER_USER` say how many event streams may be
open at once.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from persona_lab.errors import InvalidRequest
from persona_lab.models import EngineName


class Settings(BaseSettings):
    """The settings, checked; a wrong one names itself."""

    model_config = SettingsConfigDict(env_prefix="PERSONA_LAB_", frozen=True)

    home: Path = Path(".persona_lab")
    token: SecretStr | None = None
    engine: EngineName = "local"
    idle_exit_seconds: float = 900.0
    streams: Annotated[int, Field(ge=1)] = 10_000
    streams_per_project: Annotated[int, Field(ge=1)] = 10_000
    streams_per_user: Annotated[int, Field(ge=1)] = 10_000


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
