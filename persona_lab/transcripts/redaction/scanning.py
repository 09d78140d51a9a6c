"""Everything personal in a text, found once; what other interviews add is put in afterwards.

`scan` is the costly part (the Korean model reads every word) and depends on the
transcript alone. `with_names` adds mentions of people the project knows from
elsewhere, and is cheap.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from persona_lab.models import Transcript
from persona_lab.transcripts.header import PERSON
from persona_lab.transcripts.redaction.addresses import find_addresses
from persona_lab.transcripts.redaction.english_names import find_english_names
from persona_lab.transcripts.redaction.finds import Find, apart
from persona_lab.transcripts.redaction.korean_names import find_korean_names, parts
from persona_lab.transcripts.redaction.numbers import find_numbers
from persona_lab.transcripts.redaction.people import can_be_sought, find_people, full_names, label_name, led
from persona_lab.transcripts.redaction.plain import plain
from persona_lab.transcripts.redaction.reach import find_emails, find_phones
from persona_lab.transcripts.redaction.redacted import PSEUDONYM
from persona_lab.transcripts.roles import is_speaker_word
from persona_lab.transcripts.spelling import Spelling, spell

SHORTEST_REPEATED = 6


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found in one text, in order and apart, and in each string that stands beside it by itself.

    Beside it stand speakers' labels, header facts (names and values), codes and remarks.
    """

    finds: tuple[Find, ...]
    beside: Mapping[str, tuple[Find, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text that no find crosses. A label's words are a name even where they are also a word."""

    start: int
    raw: str
    is_label: bool


def scan(transcript: Transcript) -> Scan:
    """Return what is personal in the whole text of a transcript and beside it: turns, labels and header alike."""
    labels = list(dict.fromkeys(turn.speaker for turn in transcript.turns if turn.speaker))
    beside = list(dict.fromkeys([*labels, *_beside(transcript)]))
    pieces = list(_pieces(transcript))
    names = [name for label in [*labels, *_introduced(transcript)] if (name := label_name(label))]
    found = _find([*pieces, *(Piece(0, words, True) for words in beside)], names)
    return Scan(
        tuple(find for some in found[: len(pieces)] for find in some),
        {words: tuple(some) for words, some in zip(beside, found[len(pieces) :], strict=True)},
    )


def scan_texts(texts: Sequence[str], names: Collection[str] = ()) -> list[Scan]:
    """Return what is personal in each of these texts, such as a question; `names` are people known already."""
    return [Scan(tuple(found)) for text in texts for found in _find([Piece(0, text, False)], names)]


def with_names(text: str, finds: Iterable[Find], names: Iterable[str]) -> list[Find]:
    """Return the finds, with every mention of these further names."""
    return apart([*finds, *find_people(plain(text), filter(can_be_sought, names))])


def _pieces(transcript: Transcript) -> Iterator[Piece]:
    at = 0
    for turn in transcript.turns:
        if turn.start > at:
            yield Piece(at, transcript.text[at : turn.start], True)
        if turn.end > max(at, turn.start):
            yield Piece(max(at, turn.start), transcript.text[max(at, turn.start) : turn.end], False)
        at = max(at, turn.end)
    if at < len(transcript.text):
        yield Piece(at, transcript.text[at:], True)


def _beside(transcript: Transcript) -> Iterator[str]:
    for name, value in transcript.metadata.items():
        yield from (name, value)
    for turn in transcript.turns:
        yield from turn.codes
    yield from transcript.remarks


def _introduced(transcript: Transcript) -> Iterator[str]:
    """Yield the people whom header facts introduce ("면담자: 홍길동")."""
    for name, value in transcript.metadata.items():
        if is_speaker_word(name) and PERSON.fullmatch(value):
            yield value


def _find(pieces: Sequence[Piece], names: Collection[str]) -> list[list[Find]]:
    """Return what is found in each piece, with offsets in the whole text and people led to their full names."""
    # Hangul in decomposed letters is composed for the finders, and their finds led back.
    spelled = [
        None if unicodedata.is_normalized("NFC", piece.raw) else spell(piece.raw, keep_marks=True) for piece in pieces
    ]
    texts = [plain(one.text if one else piece.raw) for piece, one in zip(pieces, spelled, strict=True)]
    korean = find_korean_names(texts)
    found = [[*_patterns(text), *korean[number].names] for number, text in enumerate(texts)]
    known = [*names, *_full_names(texts, found)]
    given = {split.given for name in known if (split := parts(name)) and len(split.given) == 2}
    for number, text in enumerate(texts):
        found[number] += [noun for noun in korean[number].nouns if noun.key in given]
        found[number] += find_people(text, known, is_label=pieces[number].is_label)
    for number, more in enumerate(_again(texts, found)):
        found[number] += more
    full = full_names(texts, found, known)
    whole: list[list[Find]] = []
    for piece, one, finds in zip(pieces, spelled, found, strict=True):
        kept = apart(led(find, full) for find in finds)
        whole.append([(_led_back(find, one) if one else find).moved(piece.start) for find in kept])
    return whole


def _led_back(find: Find, spelling: Spelling) -> Find:
    start, end = spelling.back(find.start, find.end)
    return replace(find, start=start, end=end)


def _patterns(text: str) -> Iterator[Find]:
    for mark in PSEUDONYM.finditer(text):
        yield Find(mark.start(), mark.end(), "mark", mark[0])
    yield from find_numbers(text)
    yield from find_emails(text)
    yield from find_phones(text)
    yield from find_addresses(text)
    yield from find_english_names(text)


def _again(texts: Sequence[str], found: Sequence[Sequence[Find]]) -> Iterator[list[Find]]:
    """Yield, for each text, every place where a number or an address that was found stands once more.

    The word that told what it is may stand beside it the first time only.
    """
    known: dict[str, Find] = {}
    for text, finds in zip(texts, found, strict=True):
        for find in apart(finds):
            if find.kind != "name" and find.end - find.start >= SHORTEST_REPEATED:
                known.setdefault(text[find.start : find.end], find)
    # The longest first: a number may be a part of another.
    written = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![0-9A-Za-z])(?:{written})(?![0-9A-Za-z])")
    for text in texts:
        yield [
            replace(known[again[0]], start=again.start(), end=again.end())
            for again in (pattern.finditer(text) if known else ())
        ]


def _full_names(texts: Sequence[str], found: Sequence[Sequence[Find]]) -> Iterator[str]:
    for text, finds in zip(texts, found, strict=True):
        for find in finds:
            name = text[find.start : find.end]
            if find.kind == "name" and can_be_sought(name):
                yield name
