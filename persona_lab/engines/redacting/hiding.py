"""Texts with a project's pseudonyms in place of what is personal."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from persona_lab.models import (
    Cue,
    Original,
    PrivateKind,
    Pseudonym,
    Transcript,
    Turn,
)
from persona_lab.transcripts.redaction import (
    Find,
    Redacted,
    Scan,
    with_names,
    word,
)

Mapped = Mapping[tuple[PrivateKind, str], str]


class Pseudonyms(Protocol):
    """The reversible map of one project. `assign` gives new ones to those originals that have none; both return all."""

    def known(self) -> list[Pseudonym]: ...

    def assign(self, originals: Iterable[Original]) -> list[Pseudonym]: ...


class HiddenTranscript(NamedTuple):
    """A transcript's text with pseudonyms, and what each string beside it became; see `Scan`."""

    text: Redacted
    beside: Mapping[str, Redacted]


def hide(transcript: Transcript, found: Scan, pseudonyms: Pseudonyms, *, is_redacted: bool = False) -> HiddenTranscript:
    """Return the transcript's text, and what stands beside it, with the project's pseudonyms.

    Args:
        is_redacted: it was redacted before storage, so the project's pseudonyms in it are its own and stay.
    """
    known = pseudonyms.known()
    finds = _finds(transcript.text, found.finds, known, is_redacted)
    beside = {words: _finds(words, some, known, is_redacted) for words, some in found.beside.items()}
    wanted = [
        *_wanted(transcript.text, finds, transcript.language),
        *(one for words, some in beside.items() for one in _wanted(words, some, transcript.language)),
    ]
    mapped = by_kind_and_key(pseudonyms.assign(wanted))
    return HiddenTranscript(
        Redacted.of(transcript.text, finds, mapped),
        {words: Redacted.of(words, some, mapped) for words, some in beside.items()},
    )


def hide_texts(
    texts: Sequence[str], scans: Sequence[Scan], pseudonyms: Pseudonyms, language: str, *, is_redacted: bool = False
) -> list[Redacted]:
    """Return these texts with the project's pseudonyms; see `hide`."""
    known = pseudonyms.known()
    finds = [_finds(text, found.finds, known, is_redacted) for text, found in zip(texts, scans, strict=True)]
    wanted = [one for text, some in zip(texts, finds, strict=True) for one in _wanted(text, some, language)]
    mapped = by_kind_and_key(pseudonyms.assign(wanted))
    return [Redacted.of(text, some, mapped) for text, some in zip(texts, finds, strict=True)]


def names_of(known: Iterable[Pseudonym]) -> list[str]:
    """Return the people a project knows by name."""
    return [one.original for one in known if one.kind == "name"]


def as_seen(transcript: Transcript, hidden: HiddenTranscript) -> Transcript:
    """Return the transcript as an engine over the network sees it; header facts, codes and remarks stay here."""
    text = hidden.text.text
    return Transcript(
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        format=transcript.format,
        encoding=transcript.encoding,
        certainty=transcript.certainty,
        language=transcript.language,
        turns=tuple(_seen_turn(turn, hidden) for turn in transcript.turns),
    )


def _seen_turn(turn: Turn, hidden: HiddenTranscript) -> Turn:
    start, end = hidden.text.to_redacted(turn.start, turn.end)
    cues: list[Cue] = []
    for cue in turn.cues:
        first, last = hidden.text.to_redacted(cue.start, cue.end)
        # A pseudonym for what two cues share belongs to the first.
        first = max(first, cues[-1].end) if cues else first
        cues.append(Cue(start=first, end=last, time=cue.time, until=cue.until))
    return Turn(
        index=turn.index,
        speaker=label_of(turn.speaker, hidden.beside),
        role=turn.role,
        text=hidden.text.text[start:end],
        start=start,
        end=end,
        time=turn.time,
        cues=tuple(cues),
    )


def label_of(speaker: str | None, beside: Mapping[str, Redacted]) -> str | None:
    return None if speaker is None else beside[speaker].text


def _finds(text: str, found: Iterable[Find], known: Sequence[Pseudonym], is_redacted: bool) -> list[Find]:
    own = {one.pseudonym for one in known} if is_redacted else set()
    return with_names(text, (find for find in found if text[find.start : find.end] not in own), names_of(known))


def _wanted(text: str, finds: Iterable[Find], language: str) -> list[Original]:
    """Return an original for each find; of the ways in which somebody is written, the longest stands for all."""
    longest: dict[tuple[PrivateKind, str], str] = {}
    for find in finds:
        place = (find.kind, find.key)
        longest[place] = max(longest.get(place, ""), text[find.start : find.end], key=len)
    return [
        Original(kind=kind, key=key, original=original, word=word(kind, language))
        for (kind, key), original in longest.items()
    ]


def by_kind_and_key(known: Iterable[Pseudonym]) -> Mapped:
    return {(one.kind, one.key): one.pseudonym for one in known}
