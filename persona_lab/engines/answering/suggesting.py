"""What one might ask next: questions that the interviews can answer, about findings that the answer didn't cite."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from persona_lab.engines.analysing.hearing import Heard
from persona_lab.engines.analysing.naming import Namer
from persona_lab.engines.answering.supports import SEVERAL, SUBJECT_SHARE
from persona_lab.engines.language import HANGUL, generic_terms, language_of, read, terms
from persona_lab.engines.meaning.encoder import DIMENSIONS
from persona_lab.engines.rules import Language, rules
from persona_lab.models import CitedQuote, Insight, Keyword, Kind

MOST = 3
# Of one kind no more than this, as long as there are others.
OF_A_KIND = 2
# So many findings are looked at, those first that most people share.
LOOKED_AT = 40
# From so many interviews on, that name a topic, further ones count for nothing.
WIDELY = 3

Asking = Kind | None
FRAMES: Final[dict[Language, dict[Asking, str]]] = {
    "en": {
        "pain": "What problems do people have with {topic}?",
        "need": "What do people wish for when it comes to {topic}?",
        "takeaway": "What do people say about {topic}?",
        None: "What do people say about {topic}?",
    },
    "ko": {
        "pain": "{topic}에 관해 불편한 점은 무엇인가요?",
        "need": "{topic}에 관해 바라는 점은 무엇인가요?",
        "takeaway": "{topic}에 대해 어떤 이야기가 나왔나요?",
        None: "{topic}에 대해 어떤 이야기가 나왔나요?",
    },
}
INTRODUCED = r"\b(?:the|an?|my|our|your|their|his|her|its|this|that|these|those)\s+"
OWN = re.compile(r"(?:my|our|your|their|his|her|its)\b", re.IGNORECASE)
PLURAL = re.compile(r"(?<![su])(?<!i)s$")


class Candidate(NamedTuple):
    """A question that could be asked: its kind, and the words it is about in dictionary form."""

    text: str
    kind: Asking
    about: frozenset[str]


def suggested(
    question: str,
    cited: Sequence[CitedQuote],
    insights: Sequence[Insight],
    keywords: Sequence[Keyword],
    asked: Sequence[str],
    language: Language,
) -> tuple[str, ...]:
    """Return up to three questions, the best supported finding's first; none that was asked already.

    It needs the language models, so call it in the workroom.

    Args:
        question: the one that was just answered.
        cited: what its answer cites.
        insights: what is found in the interviews that the question was put to.
        keywords: the words that those interviews use.
        asked: the questions of the conversation so far.
    """
    known = [_about(one, language) for one in (question, *asked)]
    fresh = [
        one
        for one in _candidates(insights, cited, keywords, language)
        if one.about and not any(one.about <= before for before in known)
    ]
    return tuple(one.text for one in _different(fresh))


def _different(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the first few that are about different things, of different kinds where there are any."""
    chosen: list[Candidate] = []
    for most in (OF_A_KIND, MOST):
        for one in candidates:
            kinds = Counter(other.kind for other in chosen)
            is_new = not any(one.about & other.about for other in chosen)
            if len(chosen) < MOST and is_new and kinds[one.kind] < most:
                chosen.append(one)
    return chosen


def _candidates(
    insights: Sequence[Insight], cited: Sequence[CitedQuote], keywords: Sequence[Keyword], language: Language
) -> Iterator[Candidate]:
    said = [one for one in insights if not one.is_rejected and language_of(one.text, language) == language]
    ranked = sorted(said, key=lambda one: (-one.support, -one.score, one.text))[:LOOKED_AT]
    known = _of_the_study(keywords)
    topics = {one.id: its for one in ranked if (its := topic(one, known, language))}
    widely = {name: min(spread(name, insights), WIDELY) for name in topics.values()}
    # Of findings with as many people behind them, that comes first which is about what more people speak of.
    for one in sorted(ranked, key=lambda one: (-one.support, -widely.get(topics.get(one.id, ""), 0))):
        if one.id in topics and not any(_overlap(quote, other) for quote in one.quotes for other in cited):
            yield _asking(one.kind, topics[one.id], language)
    names = {name.casefold().removeprefix("the "): name for name in topics.values()}
    for keyword in keywords:
        # Only of what is known to be a noun can one ask so.
        if keyword.language == language and (name := names.get(keyword.word.casefold())):
            yield _asking(None, name, language)


def _asking(kind: Asking, topic: str, language: Language) -> Candidate:
    return Candidate(FRAMES[language][kind].format(topic=topic), kind, _about(topic, language))


def topic(insight: Insight, known: frozenset[str], language: Language) -> str:
    """Return the thing that the finding is about, as it was said; "" where there is no noun that tells something."""
    texts = [insight.text, *(quote.text for quote in insight.quotes)]
    sentences = tuple(tuple(read(text, language)) for text in texts)
    heard = Heard(sentences, (), np.zeros((0, DIMENSIONS), np.float32))
    names = Namer(heard, language, [range(len(texts))]).name(0).split(", ")
    telling = [name for name in names if not name.isdigit() and _tells(name, known, language)]
    if language == "ko":
        lines = " ".join(sentence.line for one in sentences for sentence in one)
        return next((name for name in telling if _is_thing(name, lines)), "")
    return next((found for name in telling if (found := _introduced(name, " ".join(texts)))), "")


def spread(topic: str, insights: Sequence[Insight]) -> int:
    """Return in how many interviews' findings the topic is named."""
    word = re.escape(topic.removeprefix("the ").split()[-1].removesuffix("s"))
    # Korean writes particles behind a noun.
    said = re.compile(word if HANGUL.search(word) else rf"\b{word}s?\b", re.IGNORECASE)
    return len({quote.interview_id for one in insights for quote in one.quotes if said.search(quote.text)})


def _tells(name: str, known: frozenset[str], language: Language) -> bool:
    """Say whether the name tells something that is not the whole study's: neither "the AI" nor "the AI loses"."""
    return bool(_about(name, language)) and not known & set(terms(name, language))


def _introduced(name: str, said: str) -> str:
    """Return the English name as one would ask for it; "" for what is no thing that one could ask about."""
    words = name.split()
    # "The helpful tool" is helpful to one of them.
    while len(words) > 1 and (words[0].lower() in rules("en").weak or words[0].endswith("ing")):
        words = words[1:]
    if (len(words) == 1 and words[0].lower() in rules("en").weak) or words[-1].endswith(("ing", "ed", "ly")):
        return ""
    stands: list[tuple[str, str]] = re.findall(rf"({INTRODUCED})?(?<![\w-])({re.escape(name)})\b", said, re.IGNORECASE)
    bare = [found for article, found in stands if not article]
    if bare and (PLURAL.search(name) or name.isupper()):
        return " ".join(bare[0].split()[-len(words) :])
    # What never has an article before it need be no noun, and "my trust" is nothing like "the trust".
    is_plain = len(words) == 1 and not PLURAL.search(name)
    fitting = [found for article, found in stands if article and not (is_plain and OWN.match(article))]
    return f"the {' '.join(fitting[0].split()[-len(words) :])}" if fitting else ""


def _is_thing(name: str, line: str) -> bool:
    """Say whether the Korean noun is a thing and no deed: one remembers, but has no memory, in 기억하다."""
    last = name.split()[-1]
    return last not in rules("ko").weak and not re.search(rf" {last} (?:(?:을|를|만|도|은|는) )?(?:하|되|시키) ", line)


def _of_the_study(keywords: Sequence[Keyword]) -> frozenset[str]:
    """Return the terms of the words that most interviews use: what the whole study is about."""
    interviews = {one for keyword in keywords for one in keyword.interviews}
    if len(interviews) < SEVERAL:
        return frozenset()
    wide = [one for one in keywords if len(one.interviews) >= SUBJECT_SHARE * len(interviews)]
    return frozenset(term for one in wide for term in terms(one.word, one.language))


def _about(text: str, language: Language) -> frozenset[str]:
    return frozenset(terms(text, language)) - generic_terms(language)


def _overlap(one: CitedQuote, other: CitedQuote) -> bool:
    return one.interview_id == other.interview_id and one.start < other.end and other.start < one.end
