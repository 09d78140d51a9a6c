"""How an endpoint has to be asked, and what asking has cost."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from persona_lab.models import Usage

# Models differ in how they can be made to fill in a form: by a tool call, by a JSON mode, or only by being told.
Form = Literal["tool", "json", "text"]
FORMS: tuple[Form, ...] = ("tool", "json", "text")


class TooLong(Exception):
    """More was sent, or would have had to be written, than the model can take at once."""


class CutOff(TooLong):
    """The model's answer was cut off at its limit."""


class FormRefused(Exception):
    """The endpoint or its model can't answer in the form it was asked for."""


class SettingRefused(Exception):
    """The model doesn't take one of the optional settings."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass
class Known:
    """What an endpoint turned out to take, for as long as the process lives."""

    form: Form = "tool"
    # Whether the form has worked, so that a failure is the answer's and not the form's.
    is_proven: bool = False
    refused_settings: set[str] = field(default_factory=set)

    def lower(self, refused: Form) -> bool:
        """Go on to the form after the refused one; False if there is none."""
        at = FORMS.index(refused) + 1
        if at == len(FORMS):
            return False
        # Another interview may have found the same out meanwhile.
        if self.form == refused:
            self.form, self.is_proven = FORMS[at], False
        return True

    def without(self, setting: str) -> bool:
        """Go on without a setting; False if it was left out already."""
        is_new = setting not in self.refused_settings
        self.refused_settings.add(setting)
        return is_new


class Meter:
    """Asks before each paid call and counts what came of it; see `Run`."""

    def __init__(self, go_on: Callable[[], None], spent: Callable[[Usage], None]) -> None:
        self._go_on = go_on
        self._spent = spent
        self._unkept = Usage()
        self.lost = Usage()

    def begin(self) -> None:
        """Before a call: whatever was paid for and not kept by now is lost."""
        self.write_off()
        self._go_on()

    def count(self, input_tokens: int, output_tokens: int) -> None:
        self._unkept += Usage(calls=1, input_tokens=input_tokens, output_tokens=output_tokens)

    def take(self) -> Usage:
        """Return what the part now finished has cost, to be kept with it."""
        found, self._unkept = self._unkept, Usage()
        return found

    def write_off(self) -> None:
        if (lost := self.take()).calls:
            self.lost += lost
            self._spent(lost)
