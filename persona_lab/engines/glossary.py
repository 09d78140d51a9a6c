"""A study's own words in its engine's hands: understood, kept together, and written as the study writes them.

Who asks for "GMV" finds who said "gross merchandise value", and the other way round. A
word of several parts, "checkout flow" or 간편결제, is one word, though the language's own
rules would take it apart. No rule of the language is changed for it: what one study
calls a word is none in another.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from persona_lab.engines.language import HANGUL, Sentence, terms
from persona_lab.models.glossary import Entry, entries

# A meaning of more content words explains, and is nothing that anybody says instead.
SAID_INSTEAD = 6
# A Korean word of so many letters is the same with a blank in it.
LONG = 4


def understood(sentences: Sequence[Sentence], glossary: Sequence[str]) -> list[Sentence]:
    """Return the sentences with the words of the glossary that are meant in them, and the meanings of those said."""
    known = [entry for entry in entries(glossary) if entry.meaning]
    if not known:
        return list(sentences)
    return [replace(one, terms=(*one.terms, *_more(one.text, one.terms, known))) for one in sentences]


def explained(text: str, glossary: Sequence[str]) -> str:
    """Return what the text's own words of the trade mean, and what the trade calls what it means; "" for neither."""
    known = [entry for entry in entries(glossary) if entry.meaning]
    said = frozenset(terms(text, "")) if known else frozenset()
    return " ".join(_others(text, said, known))


def together(text: str, said: Sequence[str], glossary: Sequence[str]) -> list[str]:
    """Return the content words that were `said` in the text, with each word of the glossary in one piece.

    It takes no language model: of a Korean word the pieces are those that stand in it.
    """
    left = list(said)
    # Longer ones first, so that "card form" in "card form field" stays with that.
    for entry in sorted(entries(glossary), key=lambda one: (-len(one.word), one.word)):
        found = sum(1 for _ in _pattern(entry.word).finditer(text))
        if not found:
            continue
        pieces = _pieces(entry.word, left)
        for piece in pieces * found:
            if piece in left:
                left.remove(piece)
        text = _pattern(entry.word).sub(" ", text)
        left += [entry.word] * found
    return left


def spelled(text: str, glossary: Sequence[str]) -> str:
    """Return the text with the words of the glossary as it writes them: "Gmv" is "GMV"."""
    for entry in entries(glossary):
        text = "".join(_spelled(text, entry.word))
    return text


def words(glossary: Iterable[str]) -> dict[str, str]:
    """Return the words of the glossary, each as it is written."""
    return {entry.word: entry.word for entry in entries(glossary)}


def _spelled(text: str, word: str) -> Iterator[str]:
    """Yield the text in pieces, the word written so, with the ending that it has there."""
    end = 0
    for found in _pattern(word).finditer(text):
        yield from (text[end : found.start()], word, found["ending"] or "")
        end = found.end()
    yield text[end:]


def _more(text: str, said: Sequence[str], known: Sequence[Entry]) -> list[str]:
    meant = [term for other in _others(text, frozenset(said), known) for term in terms(other, "")]
    return [term for term in dict.fromkeys(meant) if term not in said]


def _others(text: str, said: frozenset[str], known: Sequence[Entry]) -> Iterator[str]:
    """Yield the other name of everything that the text names."""
    for entry in known:
        if _pattern(entry.word).search(text):
            yield entry.meaning
        else:
            meaning = _content(entry.meaning)
            if 0 < len(meaning) <= SAID_INSTEAD and meaning <= said:
                yield entry.word


@lru_cache(maxsize=4_000)
def _content(meaning: str) -> frozenset[str]:
    return frozenset(terms(meaning, ""))


@lru_cache(maxsize=4_000)
def _pattern(word: str) -> re.Pattern[str]:
    """Return what finds a word: whole in Latin letters, with or without its blanks and before particles in Korean."""
    parts = [re.escape(part) for part in word.split()]
    if HANGUL.search(word):
        letters = "".join(parts)
        # Of a short word, blanks within would find the end of one word and the beginning of the next.
        whole = r"\s?".join(letters) if LONG <= len(letters) == len("".join(word.split())) else r"\s?".join(parts)
        return re.compile(rf"(?<![가-힣]){whole}(?P<ending>)", re.IGNORECASE)
    whole = r"[\s-]+".join(parts)
    return re.compile(rf"(?<![a-z0-9]){whole}(?P<ending>['’]?s)?(?![a-z0-9])", re.IGNORECASE)


def _pieces(word: str, said: Sequence[str]) -> list[str]:
    if HANGUL.search(word):
        whole = "".join(word.split()).casefold()
        return [term for term in dict.fromkeys(said) if term.casefold() in whole]
    return list(dict.fromkeys(terms(word, "en")))
