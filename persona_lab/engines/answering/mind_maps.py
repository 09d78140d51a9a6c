"""A conversation as a mind map: what was answered in it, grouped by what it is about.

Main topics are groups of what was said, near each other in meaning, in words and in what was asked; each is named by
words that recur in it. Within a topic stand apart what is hard, what is wished for, and the rest. Whatever engine made
it, a quote in a map is one that the conversation cites.
"""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from persona_lab.engines.analysing.cues import weigh
from persona_lab.engines.analysing.findings import plain
from persona_lab.engines.analysing.hearing import Heard
from persona_lab.engines.analysing.naming import Namer
from persona_lab.engines.answering.conversing import Said, Talk, shortened, talk_of
from persona_lab.engines.gate.admitting import admitted_citation, passage_of
from persona_lab.engines.gate.presenting import presentable
from persona_lab.engines.language import Sentence, generic_terms, read
from persona_lab.engines.meaning import vectors
from persona_lab.engines.meaning.encoder import DIMENSIONS
from persona_lab.engines.rules import MODEL, TUNING, Language, rules
from persona_lab.models import (
    ChatMessage,
    CitedQuote,
    Conversation,
    MainTopic,
    MindMap,
    MindMapItem,
    Subtopic,
)

# So many topics are taken in at a glance; beside them there may be one of what went unanswered.
TOPICS = 6
# A map of more points is none: those that most people share stay.
POINTS = 60
# About so many points make a topic, where fewer things were asked.
TOPIC_SHARE = 1.5
# What shared words, and the question they answer, count for beside the meaning.
WORDS = 0.7
QUESTION = 0.9
# From here on a sentence tells of something hard, or wished for.
TELLING = 1.0
# So much of a question is repeated.
QUESTION_LETTERS = 120
TITLE_LETTERS = 64
# A phrase is what a topic is about where this share of its points has it.
RECURRING = 1 / 3

# Quiet, and legible on light and on dark alike.
PALETTE: Final = ("#4a7fb5", "#b5803a", "#4f9a72", "#a5639a", "#b9645a", "#4b97a3")
UNANSWERED: Final = "#858585"

KINDS: Final = ("pain", "need", "other")
Matrix = NDArray[np.float64]

FRAMES: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "pain": "What gets in the way",
        "need": "What people ask for",
        "other": "What people do and think",
        "one": "Answers “{question}”; one person says so.",
        "many": "Answers “{question}”; {n} people say so.",
        "unasked-one": "One person says so.",
        "unasked-many": "{n} people say so.",
        "open": "Not in the interviews",
        "open-part": "Questions without an answer",
        "open-item": "The interviews don't tell.",
        "about": "What it is about: {topics}.",
        "nothing": "Nothing in this conversation could be answered from the interviews.",
        "silent": "Nothing has been asked yet.",
        "empty": "Conversation",
        "shown": "The {n} points that most people share are shown.",
        "left-out": "The oldest messages are left out, for all were too much at once: {n}.",
    },
    "ko": {
        "pain": "불편한 점",
        "need": "바라는 점",
        "other": "경험과 생각",
        "one": "“{question}”에 대한 답으로, 1명이 말합니다.",
        "many": "“{question}”에 대한 답으로, {n}명이 말합니다.",
        "unasked-one": "1명이 말합니다.",
        "unasked-many": "{n}명이 말합니다.",
        "open": "인터뷰에 없는 것",
        "open-part": "답을 찾지 못한 질문",
        "open-item": "인터뷰에는 그 내용이 없습니다.",
        "about": "주제: {topics}.",
        "nothing": "이 대화의 질문에 대한 답은 인터뷰에 없습니다.",
        "silent": "아직 질문이 없습니다.",
        "empty": "대화",
        "shown": "가장 많은 사람이 말한 {n}가지만 보여 줍니다.",
        "left-out": "한 번에 다 읽을 수 없어 오래된 메시지 {n}개를 뺐습니다.",
    },
}


def mind_map(conversation: Conversation, messages: Sequence[ChatMessage], language: Language) -> MindMap:
    """Return the conversation as a mind map, in the participants' own words; the same conversation, the same map."""
    talk = talk_of(messages)
    said = _weightiest(talk.said)
    drawn = framed(conversation, messages, talk, _topics(said, len(talk.questions), language), language)
    if len(said) == len(talk.said):
        return drawn
    shown = FRAMES[language]["shown"].format(n=len(said))
    return drawn.model_copy(update={"subtitle": f"{drawn.subtitle} {shown}"})


def framed(
    conversation: Conversation,
    messages: Sequence[ChatMessage],
    talk: Talk,
    topics: Sequence[MainTopic],
    language: Language,
    *,
    engine: str = "local",
    model: str = MODEL,
    left_out: int = 0,
) -> MindMap:
    """Return the map of these topics, with what went unanswered and what the whole rests on; colours by position.

    Args:
        messages: all of the conversation's.
        talk: what of them was mapped, all but the `left_out` oldest messages.
    """
    known = FRAMES[language]
    first = talk.questions[0] if talk.questions else known["empty"]
    title = " ".join(conversation.title.split()) or shortened(first, QUESTION_LETTERS)
    shown = coloured(topics)
    if talk.unanswered:
        shown.append(_unanswered(talk.unanswered, known))
    return MindMap(
        title=title,
        summary=_summary(talk, [topic.title for topic in topics], language),
        root=title,
        subtitle=" ".join(filter(None, [_amounts(talk, language), _left_out(left_out, language)])),
        topics=tuple(shown),
        messages=len(messages),
        left_out=left_out,
        engine=engine,
        model=model,
    )


def coloured(topics: Sequence[MainTopic]) -> list[MainTopic]:
    """Return the topics, each with the colour of its place and with an id."""
    return [
        topic.model_copy(update={"id": topic.id or f"topic-{n}", "color": PALETTE[(n - 1) % len(PALETTE)]})
        for n, topic in enumerate(topics, start=1)
    ]


def presented(topics: Sequence[MainTopic]) -> list[MainTopic]:
    """Return what may be shown of the topics that a model made; without an item, nothing is left of one."""
    shown = []
    for topic in topics:
        parts = [part for one in topic.subtopics if (part := _presented(one)).title and part.items]
        if (title := presentable(topic.title)) and parts:
            shown.append(topic.model_copy(update={"title": title, "subtopics": tuple(parts)}))
    return shown


def relevance(said: Said, language: Language) -> str:
    """Return which question it answers, and how many say so."""
    known = FRAMES[language]
    which = "one" if said.people == 1 else "many"
    if not said.question:
        return known[f"unasked-{which}"].format(n=said.people)
    return known[which].format(question=shortened(said.question, QUESTION_LETTERS), n=said.people)


def cited_words(words: str, cited: Sequence[CitedQuote]) -> CitedQuote | None:
    """Return the words as the first quote that holds them has them; None if the conversation doesn't cite them."""
    if not words.strip():
        return None
    for quote in cited:
        found = admitted_citation(quote.model_copy(update={"text": words, "status": "exact"}), [passage_of(quote)])
        if found.status != "rejected":
            return found
    return None


def _weightiest(said: Sequence[Said]) -> list[Said]:
    kept = sorted(range(len(said)), key=lambda at: (-said[at].people, at))[:POINTS]
    return [said[at] for at in sorted(kept)]


def _topics(said: Sequence[Said], questions: int, language: Language) -> list[MainTopic]:
    if not said:
        return []
    sentences = [tuple(read(one.text, language)) for one in said]
    groups = _groups(said, sentences, questions)
    order = [at for group in groups for at in group]
    # Each thing said is to the namer what a turn is in an interview.
    heard = Heard(tuple(sentences[at] for at in order), (), np.zeros((0, DIMENSIONS), np.float32))
    edges = np.cumsum([0, *(len(group) for group in groups)])
    parts = [range(int(first), int(last)) for first, last in pairwise(edges)]
    namer = Namer(heard, language, parts)
    titles: list[str] = []
    for number, group in enumerate(groups):
        titles.append(_title(namer.name(number), [said[at] for at in group], titles))
    return [
        MainTopic(
            id="",
            title=title,
            subtopics=tuple(_subtopics([(said[at], sentences[at]) for at in group], language)),
        )
        for title, group in zip(titles, groups, strict=True)
    ]


def _title(name: str, said: Sequence[Said], taken: Sequence[str]) -> str:
    """Return the phrases that several of them have; without any the question that most of them answer."""
    phrases = [one for one in name.split(", ") if not one.isdigit() and _names_something(one)]
    recurring = ", ".join(one for one in phrases if _said_by(one, said) >= max(2, RECURRING * len(said)))
    asked = Counter(shortened(one.question, TITLE_LETTERS) for one in said if one.question)
    names = [recurring, *(question for question, _ in asked.most_common()), ", ".join(phrases)]
    found = next((one for one in names if one and one not in taken), shortened(said[0].text, TITLE_LETTERS))
    return found[:1].upper() + found[1:]


def _names_something(phrase: str) -> bool:
    """Say whether the phrase names a subject, as "times" and "point" don't."""
    words = phrase.casefold().split()
    return words[-1] not in rules("en").weak | rules("en").generic and not set(words) <= rules("ko").weak


def _said_by(phrase: str, said: Sequence[Said]) -> int:
    return sum(phrase.casefold() in its.text.casefold() for its in said)


def _subtopics(said: Sequence[tuple[Said, Sequence[Sentence]]], language: Language) -> list[Subtopic]:
    by_kind: dict[str, list[Said]] = {kind: [] for kind in KINDS}
    for one, sentences in said:
        by_kind[_kind(sentences)].append(one)
    return [
        Subtopic(title=FRAMES[language][kind], items=tuple(_item(one, language) for one in _in_order(some)))
        for kind, some in by_kind.items()
        if some
    ]


def _in_order(said: Sequence[Said]) -> list[Said]:
    return sorted(said, key=lambda one: -one.people)


def _kind(sentences: Sequence[Sentence]) -> str:
    cues = [weigh(sentence) for sentence in sentences]
    pain = max((one.pain for one in cues), default=0.0)
    need = max((one.need for one in cues), default=0.0)
    if max(pain, need) < TELLING:
        return "other"
    return "pain" if pain > need else "need"


def _item(said: Said, language: Language) -> MindMapItem:
    return MindMapItem(content=_content(said, language), quote=said.quotes[0], relevance=relevance(said, language))


def _content(said: Said, language: Language) -> str:
    """Return a sentence of the answer as it is; where it is the quote itself, without what was said around it."""
    if said.text != " ".join(said.quotes[0].text.split()):
        return said.text
    first = next(iter(read(said.text, language)), None)
    return plain(said.text, first) if first else said.text


def _groups(said: Sequence[Said], sentences: Sequence[Sequence[Sentence]], questions: int) -> list[list[int]]:
    """Return positions in groups, the largest first."""
    by_size = round(math.sqrt(len(said) / TOPIC_SHARE))
    count = max(1, min(TOPICS, max(by_size, min(questions, len(said) // 2))))
    groups = joined(_features(said, sentences), count)
    return sorted(groups, key=lambda group: (-len(group), group[0]))


def _features(said: Sequence[Said], sentences: Sequence[Sequence[Sentence]]) -> Matrix:
    """Return a row for each: its meaning, its rare words, and the meaning of the question."""
    asked = list(dict.fromkeys(one.question for one in said))
    questions = _unit(vectors.of_texts(asked))
    rows = [
        _unit(vectors.of_texts([one.text for one in said])),
        WORDS * _words([{term for sentence in one for term in sentence.terms} for one in sentences]),
        QUESTION * questions[[asked.index(one.question) for one in said]],
    ]
    # The last bits depend on the machine's arithmetic; they must not decide a tie.
    return np.concatenate(rows, axis=1).round(6)


def _unit(rows: vectors.Vectors) -> Matrix:
    found: Matrix = rows / vectors.lengths(rows)[:, None]
    return found


def _words(terms: Sequence[set[str]]) -> Matrix:
    known = generic_terms("en") | generic_terms("ko")
    spread = Counter(term for some in terms for term in some - known)
    shared = sorted(term for term, count in spread.items() if count > 1)
    weight = np.array([math.log1p(len(terms) / spread[term]) for term in shared])
    rows = np.array([[term in some for term in shared] for some in terms], dtype=np.float64).reshape(len(terms), -1)
    weighed = rows * weight
    length = np.linalg.norm(weighed, axis=1, keepdims=True)
    found: Matrix = weighed / np.where(length > 0, length, 1.0)
    return found


def joined(rows: Matrix, count: int) -> list[list[int]]:
    """Return the rows' positions in `count` groups: those two are joined that stay nearest together (Ward 1963)."""
    groups = [[at] for at in range(len(rows))]
    while len(groups) > count:
        middles = np.array([rows[group].mean(axis=0) for group in groups])
        sizes = np.array([len(group) for group in groups], dtype=np.float64)
        squares = (middles**2).sum(axis=1)
        apart = squares[:, None] + squares[None] - 2 * middles @ middles.T
        cost = (apart * np.outer(sizes, sizes) / np.add.outer(sizes, sizes)).round(6)
        np.fill_diagonal(cost, np.inf)
        one, other = sorted(divmod(int(cost.argmin()), len(groups)))
        groups[one] = sorted([*groups[one], *groups.pop(other)])
    return groups


def _presented(part: Subtopic) -> Subtopic:
    items = [
        item.model_copy(update={"content": text, "relevance": presentable(item.relevance) or ""})
        for item in part.items
        if (text := presentable(item.content))
    ]
    return part.model_copy(update={"title": presentable(part.title) or "", "items": tuple(items)})


def _unanswered(questions: Sequence[str], known: dict[str, str]) -> MainTopic:
    items = tuple(
        MindMapItem(content=shortened(question, TUNING.finding_letters), relevance=known["open-item"])
        for question in questions
    )
    part = Subtopic(title=known["open-part"], items=items)
    return MainTopic(id="unanswered", title=known["open"], color=UNANSWERED, subtopics=(part,))


def _summary(talk: Talk, titles: Sequence[str], language: Language) -> str:
    known = FRAMES[language]
    if not talk.questions and not talk.said:
        return known["silent"]
    if not talk.said:
        return known["nothing"]
    return known["about"].format(topics=" · ".join(titles))


def _amounts(talk: Talk, language: Language) -> str:
    """Return how many questions, quotes and people there are: "4 questions, 12 quotes from 5 people."."""
    asked, quotes = len(talk.questions), len({one.quotes[0] for one in talk.said})
    people = len({(quote.interview_id, quote.speaker) for quote in talk.citations})
    silent = len(talk.unanswered)
    if language == "ko":
        parts = [f"질문 {asked}개"]
        parts += [f"인용 {quotes}개(참여자 {people}명)"] if quotes else []
        parts += [f"답을 찾지 못한 질문 {silent}개"] if silent else []
        return ", ".join(parts) + "."
    parts = [_counted(asked, "question")]
    parts += [f"{_counted(quotes, 'quote')} from {_counted(people, 'person', 'people')}"] if quotes else []
    parts += [f"{_counted(silent, 'question')} without an answer"] if silent else []
    return ", ".join(parts) + "."


def _left_out(messages: int, language: Language) -> str:
    return FRAMES[language]["left-out"].format(n=messages) if messages else ""


def _counted(n: int, one: str, many: str | None = None) -> str:
    return f"{n} {one if n == 1 else many or one + 's'}"
