"""The Korean texts that the model of syllables is made of and measured with, document by document.

A folder holds sets as their publishers keep them; what is missing is left out. A
document is held out of the model when the first byte of its SHA-1 is below 51 (a
fifth), so that maker and benchmark always agree.
"""

import csv
import json
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha1
from pathlib import Path

PARAGRAPH = 67
# Control characters of Hangul Word Processor that take one place; all others take eight.
SHORT = {0, 10, 13, 24, 25, 26, 27, 28, 29, 30, 31}


def is_held_out(document: str) -> bool:
    return sha1(document.encode(), usedforsecurity=False).digest()[0] < 51


def reviews(folder: Path) -> Iterator[str]:
    films: dict[str, list[str]] = {}
    for row in _rows(folder / "reviews.csv"):
        films.setdefault(row["movie_id"], []).append(row["review"])
    return ("\n".join(film) for film in films.values())


def comments(folder: Path) -> Iterator[str]:
    return (row["text"] for row in _rows(folder / "kote.csv"))


def petitions(folder: Path) -> Iterator[str]:
    return (f"{row['title']}\n{row['content']}" for row in _rows(folder / "petitions.csv"))


def requests(folder: Path) -> Iterator[str]:
    return (row["utterance"] for row in _rows(folder / "sae4k.csv"))


def support(folder: Path) -> Iterator[str]:
    for talk in _objects(folder / "dialogues.jsonl"):
        yield "\n".join(turn["utterance"].strip() for turn in talk["turns"])


def persona_talks(folder: Path) -> Iterator[str]:
    for talk in _objects(folder / "xpersona-ko.jsonl"):
        yield "\n".join([*talk["persona"], *(words for pair in talk["dialogue"] for words in pair)])


def sentence_pairs(folder: Path) -> Iterator[str]:
    for pair in _objects(folder / "klue-nli-dev.jsonl"):
        yield f"{pair['premise']}\n{pair['hypothesis']}"
    for pair in _objects(folder / "klue-sts-dev.jsonl"):
        yield f"{pair['sentence1']}\n{pair['sentence2']}"


def minutes(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.hwp")):
        yield from _parts(_hangul_document(path))


# What the model is made of, and what it has never seen a document of (its licence asks for the same licence).
LEARNED: Mapping[str, Callable[[Path], Iterator[str]]] = {
    "ko-nsmc": reviews,
    "ko-kote": comments,
    "ko-petitions": petitions,
    "ko-manual-dialogues": support,
    "ko-xpersona": persona_talks,
    "ko-assembly-minutes": minutes,
}
UNSEEN: Mapping[str, Callable[[Path], Iterator[str]]] = {"ko-klue": sentence_pairs, "ko-sae4k": requests}


def learned(folder: Path) -> Iterator[str]:
    """Yield the documents that the model is made of."""
    for name, read in LEARNED.items():
        if (folder / name).is_dir():
            yield from (document for document in read(folder / name) if not is_held_out(document))


def held_out(folder: Path) -> dict[str, list[str]]:
    """Return by set the documents that the model has not seen."""
    seen = {
        name: [document for document in read(folder / name) if is_held_out(document)]
        for name, read in LEARNED.items()
        if (folder / name).is_dir()
    }
    return seen | {name: list(read(folder / name)) for name, read in UNSEEN.items() if (folder / name).is_dir()}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _objects(path: Path) -> Iterator[dict]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _parts(text: str, length: int = 4_000) -> Iterator[str]:
    """Yield parts of whole lines: one meeting is too long to be held out as a whole."""
    part = ""
    for line in text.split("\n"):
        part += f"{line}\n"
        if len(part) >= length:
            yield part
            part = ""
    yield part


def _hangul_document(path: Path) -> str:
    """Return the paragraphs of a Hangul Word Processor 5 document."""
    import olefile

    with olefile.OleFileIO(path) as file:
        names = sorted(name for name in file.listdir() if name[0] == "BodyText")
        sections = [zlib.decompress(file.openstream(name).read(), -15) for name in names]
    return "\n".join(_paragraph(data) for section in sections for data in _paragraphs(section))


def _paragraphs(section: bytes) -> Iterator[bytes]:
    at = 0
    while at + 4 <= len(section):
        (head,) = struct.unpack_from("<I", section, at)
        at += 4
        size = head >> 20
        if size == 0xFFF:
            (size,) = struct.unpack_from("<I", section, at)
            at += 4
        if head & 0x3FF == PARAGRAPH:
            yield section[at : at + size]
        at += size


def _paragraph(data: bytes) -> str:
    codes = struct.unpack(f"<{len(data) // 2}H", data[: len(data) // 2 * 2])
    characters, at = [], 0
    while at < len(codes):
        if codes[at] >= 32:
            characters.append(codes[at])
        at += 1 if codes[at] >= 32 or codes[at] in SHORT else 8
    return struct.pack(f"<{len(characters)}H", *characters).decode("utf-16-le", "ignore")
