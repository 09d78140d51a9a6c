"""How much of spoiled Korean comes back, beside plain ftfy in the same run, and whether each encoding is told.

    python -m tests.benchmarks.bench_encodings FOLDER [CHARACTERS]

FOLDER holds the sets that `tests.models.korean` names; only documents that the model of
syllables was not made of are used, at most CHARACTERS (20,000) of each set.
"""

import sys
import time
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from pathlib import Path

from ftfy import fix_encoding

from persona_lab.errors import UnreadableText
from persona_lab.transcripts import syllables
from persona_lab.transcripts.encoding import Decoded, decode
from tests.benchmarks.tables import machine, print_table
from tests.models.korean import held_out

CODECS = (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"),
    *("cp949", "euc_kr", "johab", "iso2022_kr"),
)
# What the text was written in, what it was read in, and what became of bytes without a character there.
WAYS = (
    ("utf-8", "cp1253", "dropped"),
    ("utf-8", "cp1252", "dropped"),
    ("utf-8", "latin-1", "dropped"),
    ("utf-8", "mac_roman", "dropped"),
    ("utf-8", "cp1253", "marked"),
    ("utf-8", "cp1252", "marked"),
    ("utf-8", "cp1253", "as ?"),
    ("utf-8", "cp949", "marked"),
    ("cp949", "cp1253", "dropped"),
    ("cp949", "cp1252", "dropped"),
    ("cp949", "latin-1", "dropped"),
)


def spoiled(text: str, was: str, read_as: str, loss: str) -> str:
    wrong = text.encode(was).decode(read_as, "ignore" if loss == "dropped" else "replace")
    return wrong.replace("\ufffd", "?") if loss == "as ?" else wrong


def right(text: str, other: str) -> int:
    """Return how many syllables of `text` stand in `other`, at their place or between others that do."""
    if len(text) == len(other):
        return sum(a == b and is_syllable(a) for a, b in zip(text, other, strict=True))
    lines, others = text.split("\n"), other.split("\n")
    if len(lines) != len(others):
        return 0
    return sum(sum(map(is_syllable, block)) for a, b in zip(lines, others, strict=True) for block in common(a, b))


def common(line: str, other: str) -> Iterator[str]:
    if line == other:
        yield line
        return
    for block in SequenceMatcher(None, line, other, autojunk=False).get_matching_blocks():
        yield line[block.a : block.a + block.size]


def is_syllable(character: str) -> bool:
    return "가" <= character <= "힣"


def timed(read: Callable[[], Decoded]) -> tuple[Decoded, float]:
    started = time.process_time()
    decoded = read()
    return decoded, time.process_time() - started


def repair_row(texts: dict[str, str], was: str, read_as: str, loss: str) -> tuple[object, ...]:
    shares, chosen, lost, seconds, size, count, plain = [], 0, 0.0, 0.0, 0, 0, 0
    for text in texts.values():
        possible = text.encode(was, "ignore").decode(was)
        wrong = spoiled(possible, was, read_as, loss)
        raw = wrong.encode()
        decoded, took = timed(lambda raw=raw: decode(raw, most_lost=1.0))
        number = sum(map(is_syllable, possible))
        shares.append(right(possible, decoded.text) / number)
        chosen += decoded.repair.restored if decoded.repair else 0
        lost += decoded.repair.lost * len(possible) if decoded.repair else 0
        seconds += took
        size += len(possible.encode())
        count += number
        plain += right(possible, "\n".join(map(fix_encoding, wrong.split("\n"))))
    numbers = [sum(map(is_syllable, text)) for text in texts.values()]
    mean = sum(share * number for share, number in zip(shares, numbers, strict=True)) / sum(numbers)
    row = (mean, min(shares), chosen / count, lost / sum(map(len, texts.values())), plain / count)
    return (f"{was} read as {read_as}, {loss}", *(f"{share:.1%}" for share in row), f"{size / 1e3 / seconds:,.0f}")


def codec_row(texts: dict[str, str], codec: str) -> tuple[object, ...]:
    """Return how many lines of ten or more characters, and whole texts, come back unchanged in this codec."""
    documents = [text.encode(codec, "ignore") for text in texts.values()]
    lines = [line.encode(codec, "ignore") for text in texts.values() for line in text.split("\n") if len(line) >= 10]
    return codec, *(f"{sum(map(same(codec), some)):,} of {len(some):,}" for some in (documents, lines))


def same(codec: str) -> Callable[[bytes], bool]:
    def is_same(raw: bytes) -> bool:
        try:
            return decode(raw).text == raw.decode(codec)
        except UnreadableText:
            return False

    return is_same


def main() -> None:
    most = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    texts = {name: "\n".join(documents)[:most] for name, documents in held_out(Path(sys.argv[1])).items()}
    print(f"{machine()}; {', '.join(f'{name} {len(text):,}' for name, text in texts.items())} characters")
    syllables.model()
    heads = ("Korean in", "right", "worst set", "chosen", "lost", "ftfy: right", "KB per CPU-second")
    print_table(heads, [repair_row(texts, *way) for way in WAYS])
    print()
    print_table(("read back unchanged", "texts", "single lines"), [codec_row(texts, codec) for codec in CODECS])


if __name__ == "__main__":
    main()
