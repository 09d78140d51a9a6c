"""What is kept of an interview in a project that redacts before storage: a transcript of the redacted text."""

from persona_lab.engines.redacting.hiding import Pseudonyms, as_seen, hide
from persona_lab.engines.redacting.scans import Scans
from persona_lab.models import Transcript


def redacted(transcript: Transcript, scans: Scans, pseudonyms: Pseudonyms) -> Transcript:
    """Return the transcript with the project's pseudonyms in its text and in all that stands beside it.

    `sha256` stays that of the uploaded bytes; language, format, encoding, times and roles stay as well.
    """
    hidden = hide(transcript, scans.of(transcript), pseudonyms)
    seen = as_seen(transcript, hidden)
    turns = tuple(
        turn.model_copy(update={"codes": tuple(hidden.beside[code].text for code in raw.codes)})
        for turn, raw in zip(seen.turns, transcript.turns, strict=True)
    )
    replaced = sum(one.kind != "mark" for one in hidden.text.hidden)
    remark = f"Personal details were replaced before storage: {replaced:,} in all."
    return seen.model_copy(
        update={
            "sha256": transcript.sha256,
            "repair": transcript.repair,
            "metadata": {
                hidden.beside[name].text: hidden.beside[value].text for name, value in transcript.metadata.items()
            },
            "remarks": (*(hidden.beside[one].text for one in transcript.remarks), remark),
            "turns": turns,
        }
    )
