"""What of a model's words may be shown: what is plain, rests on words that were said, and has to do with them."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from persona_lab.engines.language import generic_terms, language_of, read, sentences, terms
from persona_lab.engines.meaning import vectors

# Longer is no sentence.
CHARACTERS = 400
# So alike in meaning must a sentence be to what it rests on where they share no word. Of the pairs in
# `test_presenting`, none of which share one, it lets 9 of 12 paraphrases through, and 1 of 10 claims that the words
# don't bear out.
LIKENESS = 0.18

ADDRESS = re.compile(r"\w+://|\bwww\.|\bmailto:|\b[\w-]+(?:\.[\w-]+)+/|\bdata:\w+/", re.IGNORECASE)
MARKUP = re.compile(r"\]\(|</?[a-z!][^<]*>?|`|<\||\|>|^\s*#+\s|\*\*|__|\\[a-z(\[]", re.IGNORECASE)
# Said to a model rather than about a person. Of 17 million characters of real interviews and other talk one turn is
# such a one: it tells what its speaker had told a model.
ORDER = re.compile(
    r"(?:^|[.!?:;\"“]\s*)(?:please\s+)?(?:ignore|disregard|forget|override)\b[^.!?]{0,20}"
    r"\b(?:all|any|previous|prior|above|earlier|your|these|system)\b[^.!?]{0,30}"
    r"\b(?:instruction|prompt|rule|direction|guideline)"
    r"|\b(?:print|reveal|show|output|repeat)\b[^.!?]{0,20}\bsystem prompt"
    r"|(?:지시|명령|프롬프트|규칙|지침)\S{0,4}\s*(?:\S+\s+)?(?:무시|잊)\S{0,2}(?:세요|십시오|시오|라|하고|해)(?![가-힣])"
    r"|시스템\s*프롬프트\S?\s*(?:출력|공개|보여)",
    re.IGNORECASE,
)


class Point(NamedTuple):
    """A sentence of the model's with the words that it rests on."""

    text: str
    said: str


class Judged(NamedTuple):
    """A sentence's content words in dictionary form, and whether it has to do with what it rests on."""

    terms: tuple[str, ...]
    is_borne_out: bool


def holds_order(text: str) -> bool:
    """Say whether somebody gives orders to a model in it; what they say there is no testimony."""
    return bool(ORDER.search(text))


def presentable(text: str) -> str | None:
    """Return the sentence in one line; None if it is none, or holds an address, markup or an order to a model."""
    clean = "".join(" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in text)
    clean = "".join(letter for letter in clean if unicodedata.category(letter) not in ("Cf", "Co", "Cs", "Cn"))
    clean = " ".join(clean.split())
    if not any(letter.isalnum() for letter in clean) or len(clean) > CHARACTERS:
        return None
    return None if ADDRESS.search(clean) or MARKUP.search(clean) or holds_order(clean) else clean


def judged(points: Sequence[Point], language: str) -> list[Judged]:
    """Judge each point; needs the language models, so call it in the workroom."""
    found = [terms(point.text, language) for point in points]
    alike = _alike(points)
    return [
        Judged(tuple(dict.fromkeys(own)), _share(own, point.said, language) or near >= LIKENESS)
        for point, own, near in zip(points, found, alike, strict=True)
    ]


def statement(claim: str, said: Sequence[str], language: str) -> str | None:
    """Return the sentence of the claim that may be shown as resting on what was said: the last, or none."""
    spans = sentences(claim, language)
    shown = presentable(claim[spans[-1][0] : spans[-1][1]]) if spans else None
    if shown is None or not judged([Point(shown, " ".join(said))], language)[0].is_borne_out:
        return None
    return shown


def sentence_for(claim: str, passage: str, language: str) -> str | None:
    """Return the passage's sentence that bears out the claim best; None if none does."""
    wanted = set(terms(claim, language))
    ranked = sorted(
        (
            (len(wanted.intersection(sentence.terms)), -sentence.start, sentence.text)
            for sentence in read(passage, language)
        ),
        reverse=True,
    )
    return ranked[0][2] if ranked and ranked[0][0] else None


def _share(own: Sequence[str], said: str, language: str) -> bool:
    """Say whether they share a word that not every interview has; Korean words are written together."""
    telling = set(own) - generic_terms(language_of(" ".join(own), language))
    words = terms(said, language)
    return any(word.startswith(term) or term.startswith(word) for term in telling for word in words if len(word) > 1)


def _alike(points: Sequence[Point]) -> list[float]:
    if not points:
        return []
    texts = vectors.of_texts([point.text for point in points])
    said = vectors.of_texts([point.said for point in points])
    return [float(row) for row in vectors.likeness(texts, said).diagonal()]
