"""Words of the trade, each with what it means, as a project's glossary has them: "GMV: gross merchandise value"."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

# What stands between a word and its meaning: a colon, an equals sign, or a dash between blanks.
BETWEEN = re.compile(r"\s*[:：=]\s*|\s+[-–—]\s+")


class Entry(NamedTuple):
    """A word of the trade; `meaning` is "" where only the word is given."""

    word: str
    meaning: str

    def __str__(self) -> str:
        return f"{self.word}: {self.meaning}" if self.meaning else self.word


def entries(glossary: Iterable[str]) -> list[Entry]:
    """Return the entries of a glossary, each word once, as it was given last."""
    found: dict[str, Entry] = {}
    for line in glossary:
        word, *meaning = BETWEEN.split(" ".join(line.split()), maxsplit=1)
        if word:
            found[word.casefold()] = Entry(word, meaning[0] if meaning else "")
    return list(found.values())


def lines(words: Mapping[str, str]) -> list[str]:
    """Return words and their meanings as a project keeps them."""
    return [str(Entry(" ".join(word.split()), " ".join(meaning.split()))) for word, meaning in words.items()]
