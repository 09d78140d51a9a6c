"""Files that are sent to an app, and what the app takes."""

from typing import Literal

from persona_lab.engines.miso.wire import Wire
from persona_lab.errors import AnswerNotUnderstood
from persona_lab.models import Value

FileType = Literal["document", "image", "audio", "video", "custom"]


class Sent(Value):
    """A file that was uploaded, to be sent along with a question or as an input."""

    id: str
    type: FileType = "document"

    @property
    def as_input(self) -> dict[str, str]:
        return {"type": self.type, "transfer_method": "local_file", "upload_file_id": self.id, "url": ""}


async def upload(
    wire: Wire, name: str, content: bytes, *, media_type: str = "text/plain", type: FileType = "document"
) -> Sent:
    """Send a file, to be used as input of this app.

    Raises:
        EngineRefused: MISO takes no such file.
    """
    told = await wire.ask(
        "POST",
        "/files/upload",
        form={"user": wire.user},
        file=(name, content, media_type),
        seconds=wire.limits.upload_seconds,
    )
    for place in (told, told.get("data") if isinstance(told, dict) else None):
        if isinstance(place, dict):
            for key in ("id", "upload_file_id"):
                if isinstance(place.get(key), str) and place[key]:
                    return Sent(id=place[key], type=type)
    raise AnswerNotUnderstood("MISO took the file without saying what it is called now. Upload it again.")


async def limits_of(wire: Wire) -> dict[str, int | None]:
    """Return the app's inputs, each with the most characters it takes, None where that isn't said."""
    seconds = wire.limits.parameters_seconds
    told = await wire.ask("GET", "/params", query={"user": wire.user}, may_be_missing=True, seconds=seconds)
    forms = told.get("user_input_form") if isinstance(told, dict) else None
    found: dict[str, int | None] = {}
    for form in forms if isinstance(forms, list) else []:
        for field in form.values() if isinstance(form, dict) else []:
            if isinstance(field, dict) and isinstance(name := field.get("variable"), str):
                most = field.get("max_length")
                found[name] = most if isinstance(most, int) and not isinstance(most, bool) and most > 0 else None
    return found
