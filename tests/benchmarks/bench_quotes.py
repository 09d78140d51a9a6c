"""How many quotes a minute the gate takes against a transcript of 100 KB, by how they were found.

    python -m tests.benchmarks.bench_quotes [FILE]

The quotes are stretches of eight to thirty words of the sample interviews, or of
FILE's; for each status they are changed so that it comes about. The baselines look for the
same quotes in the whole text: rapidfuzz by its partial ratio, which knows neither turns nor meaning, and
difflib on the first few.
"""

import random
import sys
import time
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from pathlib import Path

from rapidfuzz import fuzz

from persona_lab.engines.gate.quotes import Gate
from persona_lab.models import Transcript, Turn
from persona_lab.samples import paths
from tests.benchmarks.bench_engine import read_all
from tests.benchmarks.tables import machine, print_table

SIZE = 100_000
QUOTES = 1_000
SLOW_QUOTES = 5
FEW_QUOTES = 100
SEED = 7


def long_transcript(files: Sequence[Path], language: str) -> Transcript:
    """Return turns of the interviews in a language, again and again up to 100 KB as UTF-8."""
    some = [transcript for transcript in read_all(files) if transcript.language == language]
    texts = [turn.text for transcript in some for turn in transcript.turns]
    text, turns, number = "", [], 0
    size = 0
    while texts and size < SIZE:
        said = texts[number % len(texts)]
        end = len(text) + len(said)
        turns.append(Turn(index=number, speaker="P", role="participant", text=said, start=len(text), end=end))
        text += said + "\n"
        size += len(said.encode()) + 1
        number += 1
    return Transcript(text=text, sha256="", format="txt", encoding="utf-8", language=language, turns=tuple(turns))


def stretches(transcript: Transcript, number: int, chance: random.Random) -> list[str]:
    """Return verbatim stretches of eight to thirty words."""
    turns = [turn.text.split(" ") for turn in transcript.turns]
    long = [words for words in turns if len(words) > 8]
    found = []
    for _ in range(number):
        words = chance.choice(long)
        size = chance.randint(8, min(30, len(words)))
        start = chance.randint(0, len(words) - size)
        found.append(" ".join(words[start : start + size]))
    return found


def in_other_spelling(quote: str) -> str:
    return "“" + quote.upper().replace(" ", "  ").replace(",", "") + "”"


def misspelled(quote: str) -> str:
    """Return the quote with a letter of its longest word written twice, or a Korean vowel taken for the next."""
    longest = max(quote.split(), key=len)
    middle = len(longest) // 2
    if "가" <= longest[middle] <= "힣":
        return quote.replace(longest, longest[:middle] + _other_vowel(longest[middle]) + longest[middle + 1 :], 1)
    return quote.replace(longest, longest[:middle] + longest[middle - 1] + longest[middle:], 1)


def _other_vowel(syllable: str) -> str:
    # Syllables stand in the order of initial, vowel, coda: 21 vowels of 28 codas each.
    initial, rest = divmod(ord(syllable) - 0xAC00, 21 * 28)
    return chr(0xAC00 + initial * 21 * 28 + (rest + 28) % (21 * 28))


def of_other_words(quote: str) -> str:
    """Return the quote with every third word put in another place: its words were said, but not it."""
    words = quote.split()
    words[::3] = reversed(words[::3])
    return " ".join(["never", *words])


def a_minute(look: Callable[[str], object], quotes: Sequence[str]) -> float:
    before = time.process_time()
    for quote in quotes:
        look(quote)
    return 60 * len(quotes) / (time.process_time() - before)


def measured(transcript: Transcript) -> list[tuple[object, ...]]:
    chance = random.Random(SEED)  # noqa: S311 - the same each time, nothing secret
    verbatim = stretches(transcript, QUOTES, chance)
    kinds = {
        "verbatim": verbatim,
        "other marks, blanks, case": [in_other_spelling(quote) for quote in verbatim],
        "a word misspelled": [misspelled(quote) for quote in verbatim],
        "other words": [of_other_words(quote) for quote in verbatim],
    }
    gate = Gate(transcript)
    before = time.process_time()
    gate.find("nobody has ever said these exact words here")
    print(f"{transcript.language}: index {1000 * (time.process_time() - before):.0f} ms")

    def by_rapidfuzz(quote: str) -> object:
        return fuzz.partial_ratio_alignment(quote, transcript.text)

    def by_difflib(quote: str) -> object:
        return SequenceMatcher(None, transcript.text, quote, autojunk=False).find_longest_match()

    rows: list[tuple[object, ...]] = []
    for name, quotes in kinds.items():
        found = [gate.find(quote) for quote in quotes]
        statuses = [quote.status if quote else "rejected" for quote in found]
        counts = [statuses.count(status) for status in ("exact", "normalised", "repaired", "rejected")]
        rows.append(
            (
                f"{transcript.language} {name}",
                *counts,
                f"{a_minute(gate.find, quotes):,.0f}",
                f"{a_minute(by_rapidfuzz, quotes[:FEW_QUOTES]):,.0f}",
                f"{a_minute(by_difflib, quotes[:SLOW_QUOTES]):,.0f}",
            )
        )
    return rows


def main() -> None:
    files = [Path(argument) for argument in sys.argv[1:]] or paths()
    print(machine())
    rows = [row for language in ("en", "ko") for row in measured(long_transcript(files, language))]
    heads = ("quotes", "exact", "normalised", "repaired", "rejected", "a CPU-minute", "rapidfuzz", "difflib")
    print_table(heads, rows)


if __name__ == "__main__":
    main()
