"""What a section is called: words and phrases that recur in it and hardly elsewhere, as they were said."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from persona_lab.engines.analysing.cues import is_small_talk
from persona_lab.engines.analysing.hearing import Heard
from persona_lab.engines.language import Sentence, generic_terms, terms
from persona_lab.engines.rules import rules

WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
LONGEST_PHRASE = 3
IN_NAME = 2
TERMS = 8


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as it was said, with its words in dictionary form."""

    text: str
    terms: tuple[str, ...]


class Namer:
    """Names the sections of one interview, whose turns are `parts`."""

    def __init__(self, heard: Heard, language: str, parts: Sequence[range]) -> None:
        self._language = language
        self._sentences = [_telling([one for turn in part for one in heard.sentences[turn]]) for part in parts]
        self._counts = [Counter(term for one in part for term in set(one.terms)) for part in self._sentences]
        self._everywhere = Counter(term for count in self._counts for term in count.elements())
        self._generic = generic_terms("en") | generic_terms("ko")
        self._nouns = nouns(one.line for part in self._sentences for one in part if one.language == "en")

    def terms(self, number: int) -> tuple[str, ...]:
        """Return the section's content words, the most telling first."""
        weights = self._weights(number)
        return tuple(sorted(weights, key=lambda term: (-weights[term], term))[:TERMS])

    def name(self, number: int) -> str:
        """Return one or two phrases; the interview's own number where nothing is said."""
        weights = self._weights(number)
        scores: dict[tuple[str, ...], float] = defaultdict(float)
        spellings: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for sentence in self._sentences[number]:
            for phrase in _phrases(sentence, self._nouns):
                spellings[phrase.terms][phrase.text] += 1
        for key, said in spellings.items():
            known = [weights.get(term, 0.0) for term in key]
            # A phrase of two words says more than either, if both tell something and it came more than once.
            scores[key] = sum(known) / len(known) * (1 + 0.5 * (len(key) - 1)) * (1 + math.log(said.total()))
        chosen: list[tuple[str, ...]] = []
        for key in sorted(scores, key=lambda one: (-scores[one], one)):
            if scores[key] > 0 and not any(set(key) & set(other) for other in chosen):
                chosen.append(key)
            if len(chosen) == IN_NAME:
                break
        names = [max(sorted(spellings[key]), key=spellings[key].__getitem__) for key in chosen]
        name = ", ".join(names) or str(number + 1)
        return name[:1].upper() + name[1:]

    def _weights(self, number: int) -> dict[str, float]:
        """Return how telling each term is: how often it comes here, more where it comes seldom elsewhere."""
        here = self._counts[number]
        return {
            term: (1 + math.log(count))
            * (count / self._everywhere[term]) ** 1.5
            * (0.3 if term in self._generic else 1.0)
            for term, count in here.items()
        }


def _telling(sentences: Sequence[Sentence]) -> Sequence[Sentence]:
    """Return the sentences that are no courtesy, all of them if every one is."""
    return [one for one in sentences if not is_small_talk(one)] or sentences


def nouns(lines: Iterable[str], *, least: int = 1) -> frozenset[str]:
    """Return the English words that stand behind an article or the like and before none of their kind, as nouns do.

    Args:
        lines: what was said, in small letters.
        least: so often a word has to stand so.
    """
    known: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for line in lines:
        for run, before, behind in _runs(line):
            is_noun = before in rules("en").determiners and behind not in rules("en").hollow
            # "the pricing" is one thing, "the team pricing" may be what the team does.
            is_noun = is_noun and (len(run) == 1 or not run[-1].endswith(("ed", "ing", "ly")))
            (known if is_noun else others)[run[-1]] += 1
    return frozenset(word for word, n in known.items() if n >= least and 2 * n > others[word])


def _phrases(sentence: Sentence, nouns: frozenset[str]) -> Iterator[Phrase]:
    if sentence.language == "ko":
        yield from _korean_phrases(sentence)
        return
    said = {word.lower(): word for word in WORD.findall(sentence.text)[1:]}
    for run, _, behind in _runs(sentence.line):
        if run[-1] not in nouns or behind in rules("en").hollow:
            continue
        for length in range(1, min(LONGEST_PHRASE, len(run)) + 1):
            words = run[-length:]
            known = tuple(terms(" ".join(words), "en"))
            if len(known) == length:
                yield Phrase(" ".join(said.get(word, word) for word in words), known)


def _runs(line: str) -> Iterator[tuple[list[str], str, str]]:
    """Yield runs of content words with the word before and the word behind, "" at a mark."""
    stop = rules("en").stop
    run: list[str] = []
    introducing, before, end = "", "", 0
    for found in WORD.finditer(line):
        word = found[0]
        is_apart = bool(line[end : found.start()].strip(" -"))
        is_content = word not in stop and word.replace("’", "'") not in stop
        if run and (is_apart or not is_content):
            yield run, introducing, "" if is_apart else word
            run = []
        if is_content and not run:
            introducing = "" if is_apart else before
        if is_content:
            run = [*run, word]
        before, end = word, found.end()
    if run:
        yield run, introducing, ""


def _korean_phrases(sentence: Sentence) -> Iterator[Phrase]:
    """Yield nouns, and nouns that stand next to each other, with the blank between them that was said."""
    nouns = {term for term in sentence.terms if not term.endswith("다")}
    morphemes = sentence.line.split()
    for at, morpheme in enumerate(morphemes):
        if morpheme not in nouns or len(morpheme) < 2:
            continue
        yield Phrase(morpheme, (morpheme,))
        following = morphemes[at + 1] if at + 1 < len(morphemes) else ""
        if following in nouns and len(following) > 1:
            text = f"{morpheme} {following}"
            if text in sentence.text or f"{morpheme}{following}" in sentence.text:
                yield Phrase(text if text in sentence.text else f"{morpheme}{following}", (morpheme, following))
