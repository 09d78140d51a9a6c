"""From bytes to a Transcript, and the one place where foreign exceptions end."""

import hashlib
from collections.abc import Mapping

from persona_lab.errors import FileTooLarge, NoSpeech, TranscriptError, UnreadableText
from persona_lab.models import Transcript, Turn
from persona_lab.transcripts.checking import check, shown
from persona_lab.transcripts.formats import FORMATS, TABLES
from persona_lab.transcripts.language import language
from persona_lab.transcripts.roles import Roles
from persona_lab.transcripts.speech import Reading

# More than the longest day of talking; beyond it a file is no interview, and would hold up those of others.
LIMIT_CHARACTERS = 10_000_000
LIMIT_TURNS = 50_000


def read_transcript(raw: bytes, filename: str, columns: Mapping[str, str] | None = None) -> Transcript:
    """Return the interview in `raw`; the ending of `filename` says how to read it.

    `text` is the decoded file, untouched, for .txt and .md; the paragraphs and
    table rows, one a line, for documents and web pages; and a readable rendering
    ("Speaker: words", a turn after the other) for captions (whatever the file is
    called), tables and JSON, whose own text is cut up. In all of them
    `text[turn.start:turn.end] == turn.text`, in code points.

    Args:
        columns: for tables and JSON whose headings don't tell, the headings of the columns to read, such as
            `{"text": "Antwort", "speaker": "Wer", "time": "ab", "until": "bis"}`; only `text` is needed.

    Raises:
        TranscriptError: the file can't be read as an interview. The message says
            which file, what is wrong and what to do. Nothing else is raised,
            whatever the bytes.
    """
    name = shown(filename)
    format_name = check(raw, filename)
    try:
        reading = _read(raw, f".{format_name}", columns)
        if len(reading.text) > LIMIT_CHARACTERS or len(reading.speech) > LIMIT_TURNS:
            raise FileTooLarge(
                f"it holds more than an interview ({len(reading.text):,} characters, {len(reading.speech):,} turns). "
                f"Split it; {LIMIT_CHARACTERS:,} characters and {LIMIT_TURNS:,} turns are the most."
            )
        turns = _turns(reading)
    except TranscriptError as error:
        raise type(error)(f"{name}: {error.message}") from error
    except MemoryError:
        raise FileTooLarge(
            f"{name}: reading it needs more memory than there is. Save the transcript as .txt."
        ) from None
    except Exception as error:
        raise UnreadableText(
            f"{name}: it is damaged and can't be read as .{format_name}. "
            "Open it, save it again, or save the transcript as .txt."
        ) from error
    return Transcript(
        text=reading.text,
        sha256=hashlib.sha256(raw).hexdigest(),
        format=format_name,
        encoding=reading.encoding,
        certainty=reading.certainty,
        repair=reading.repair,
        metadata=dict(reading.metadata),
        remarks=reading.remarks,
        language=language("\n".join(turn.text for turn in turns)),
        turns=turns,
    )


def _read(raw: bytes, ending: str, columns: Mapping[str, str] | None) -> Reading:
    if columns is None:
        return FORMATS[ending](raw)
    if ending not in TABLES:
        raise UnreadableText(f"columns can be named for {', '.join(TABLES)} only. Upload it without.")
    return TABLES[ending](raw, columns)


def _turns(reading: Reading) -> tuple[Turn, ...]:
    roles = Roles.of(reading)
    turns = tuple(
        Turn(
            index=index,
            speaker=speech.speaker,
            role=roles[speech],
            text=reading.text[speech.start : speech.end],
            start=speech.start,
            end=speech.end,
            time=speech.time,
            codes=speech.codes,
            cues=speech.cues,
        )
        for index, speech in enumerate(reading.speech)
    )
    if not any(character.isalpha() for turn in turns for character in turn.text):
        raise NoSpeech("it holds no speech. Check that it is the transcript and not a cover page.")
    return turns
