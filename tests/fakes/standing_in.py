"""Look-alikes in place of engines that nobody has set up, for a notebook: they serve until the kernel ends."""

import atexit
from collections.abc import Mapping
from contextlib import ExitStack

from persona_lab.settings import Settings
from tests.fakes import listening, miso, openai

# What a call at the look-alike would cost, as an example. US dollars per million tokens.
INPUT_PRICE, OUTPUT_PRICE = 0.40, 1.60


class StandIns:
    """The look-alikes, on 127.0.0.1; None where there is an engine to be paid.

    Attributes:
        miso, llm: the look-alike of that engine.
        settings: what the environment must have for them.
    """

    def __init__(self, found: Settings) -> None:
        self.miso = None if found.miso_workflow_key else miso.FakeMiso()
        self.llm = None if found.llm_model else openai.OpenAiLookAlike()
        self.settings: dict[str, str] = {}
        running = ExitStack()
        atexit.register(running.close)
        if self.miso:
            self.miso.outputs = listening.outputs
            running.enter_context(self.miso)
            keys = {f"PERSONA_LAB_MISO_{app.upper()}_KEY": key for app, key in miso.KEY_OF.items()}
            self.settings |= {"PERSONA_LAB_MISO_URL": self.miso.url, **keys}
        if self.llm:
            self.llm.model = listening.report
            running.enter_context(self.llm)
            self.settings |= _of_llm(self.llm.url)

    def __repr__(self) -> str:
        there: Mapping[str, object] = {"miso": self.miso, "llm": self.llm}
        return "\n".join(
            f"{name}: {'a look-alike on 127.0.0.1, for no key is set' if one else 'the engine of your settings'}"
            for name, one in there.items()
        )


def _of_llm(url: str) -> dict[str, str]:
    return {
        "PERSONA_LAB_LLM_BASE_URL": url,
        "PERSONA_LAB_LLM_MODEL": openai.MODEL,
        "PERSONA_LAB_LLM_API_KEY": openai.KEY,
        "PERSONA_LAB_LLM_INPUT_PRICE": str(INPUT_PRICE),
        "PERSONA_LAB_LLM_OUTPUT_PRICE": str(OUTPUT_PRICE),
    }
