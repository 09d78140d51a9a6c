"""How each engine is made from the settings."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from persona_lab.engines.base import Engine
from persona_lab.engines.choosing import Maker, Pace
from persona_lab.engines.local import LocalEngine
from persona_lab.engines.workroom import Workroom
from persona_lab.errors import PersonaLabError
from persona_lab.models import EngineName
from persona_lab.settings import Settings
from persona_lab.store.files.folder import Folder
from persona_lab.store.files.kept import Files

if TYPE_CHECKING:
    from persona_lab.engines.miso.engine import MisoEngine

# While one is in the workroom, others read from and write to the store.
LOCAL = Pace(at_once=4)


def makers(found: Settings, workroom: Workroom) -> dict[EngineName, Maker]:
    """Return how each engine is made; a library that only one needs is loaded when that one is made."""
    return {
        "local": Maker(lambda: LocalEngine(workroom), LOCAL),
        "miso": Maker(_miso(found, workroom), Pace(found.miso_concurrency, found.miso_per_minute)),
        "llm": Maker(_llm(found, workroom), Pace(found.llm_concurrency, found.llm_per_minute)),
    }


def files(found: Settings, workspace: Path, url: str | None = None) -> Files:
    """Return the uploaded files: the bucket's at `url` or in the settings, else those in the workspace."""
    url = url or found.files
    if url is None:
        return Files(Folder(workspace / "files"))
    from persona_lab.store.files.bucket import Bucket

    bucket = Bucket(
        url,
        endpoint=found.files_endpoint,
        region=found.files_region,
        key_id=_told(found.files_key_id),
        secret_key=_told(found.files_key),
    )
    return Files(bucket)


def _told(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def findings(found: Settings, workroom: Workroom) -> Iterator[tuple[EngineName, bool, str]]:
    """Reach each engine with one cheap call; yield its name, whether it works, and what was found in a sentence."""
    for name, maker in makers(found, workroom).items():
        try:
            yield name, True, maker.make().check()
        except PersonaLabError as error:
            yield name, False, error.message


def knowing(found: Settings, workroom: Workroom) -> "MisoEngine":
    """Return MISO to feed a knowledge base, which needs no other key than that one's.

    Raises:
        EngineNotSetUp: the key is missing.
    """
    made = _miso_engine(found, workroom)
    made.settings.key("knowledge")
    return made


def _miso(found: Settings, workroom: Workroom) -> Callable[[], Engine]:
    def make() -> Engine:
        made = _miso_engine(found, workroom)
        made.settings.key("workflow")
        return made

    return make


def _miso_engine(found: Settings, workroom: Workroom) -> "MisoEngine":
    from persona_lab.engines.miso.config import Limits, Miso
    from persona_lab.engines.miso.engine import MisoEngine

    own = {
        "run_seconds": found.miso_run_seconds,
        "silence_seconds": found.miso_silence_seconds,
        "attempts": found.miso_attempts,
    }
    miso = Miso(
        url=found.miso_url,
        workflow_key=found.miso_workflow_key,
        agent_key=found.miso_agent_key,
        interview_key=found.miso_interview_key,
        knowledge_key=found.miso_knowledge_key,
        knowledge_base=found.miso_knowledge_base,
        limits=Limits.model_validate({name: value for name, value in own.items() if value is not None}),
    )
    return MisoEngine(miso, workroom)


def _llm(found: Settings, workroom: Workroom) -> Callable[[], Engine]:
    def make() -> Engine:
        from persona_lab.engines.llm.config import LlmConfig
        from persona_lab.engines.llm.engine import LlmEngine

        return LlmEngine(LlmConfig.of_settings(dict(found)), workroom)

    return make
