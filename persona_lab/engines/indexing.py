"""By what turns are kept, and what a question looks for: content words, meaning, names."""

from collections.abc import Sequence
from typing import NamedTuple

from persona_lab.engines import language
from persona_lab.engines.analysing.hearing import hear
from persona_lab.engines.answering.asked import query_terms, wanted, whole_question
from persona_lab.engines.glossary import explained
from persona_lab.engines.meaning import vectors
from persona_lab.engines.search import Query
from persona_lab.models import Analysis, Kind, Message, Transcript


class Asked(NamedTuple):
    """What to look for, and the kind of finding if the question is for one."""

    query: Query
    kind: Kind | None


class Indexed(NamedTuple):
    """Each turn's content words in dictionary form, the turns' meanings, and those of each turn's sentences, packed.

    A sentence without content words has none.
    """

    terms: list[list[str]]
    meanings: bytes
    sentences: list[bytes]


def turns(transcript: Transcript) -> Indexed:
    """Return what the transcript's turns are found by."""
    heard = hear(transcript)
    terms = [[term for sentence in sentences for term in sentence.terms] for sentences in heard.sentences]
    meanings = [heard.of_turn(turn) for turn in range(len(heard.sentences))]
    sentences = [vectors.packed(vectors.rounded(rows)) for rows in meanings]
    return Indexed(terms, vectors.packed(vectors.of_passages(meanings)), sentences)


def findings(analysis: Analysis) -> bytes:
    """Return the meanings of the analysis' findings, packed."""
    return vectors.packed(vectors.of_texts([finding.text for finding in analysis.insights]))


def asked(question: str, history: Sequence[Message], glossary: Sequence[str] = ()) -> Asked:
    """Return what the question asks for, in whichever language it is asked, by whichever name the study has for it."""
    whole = whole_question(question, history)
    more = explained(whole, glossary)
    terms = dict.fromkeys([*query_terms(question, history), *language.terms(more, "")])
    meaning = vectors.of_question(f"{whole} {more}".strip())
    return Asked(Query(tuple(terms), question, vectors.packed(meaning)), wanted(question, history))
