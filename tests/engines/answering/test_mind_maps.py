"""A conversation becomes a map of what was answered in it, with the quotes it cites and no others."""

import pytest

from persona_lab.engines.answering.conversing import talk_of
from persona_lab.engines.answering.mind_maps import PALETTE, UNANSWERED, cited_words, joined, mind_map
from persona_lab.engines.base import Alone
from persona_lab.engines.local import LocalEngine
from persona_lab.models import Citation, MindMap, MindMapItem
from tests.support import talking

CARD = "The card form is really frustrating, it forgets my address."
RETYPE = "I have to type my address into the card form again, which is annoying."
WISH = "I wish the card form would remember my delivery address."
SHOPS = "I usually compare prices in three shops before I order groceries."
MARKET = "On Saturdays I buy groceries for my parents at the shops in town."

ENGLISH = (
    ("What is hard about paying?", f"2 of the people interviewed speak to this:\n\n- “{CARD}” [1]\n- “{RETYPE}” [2]"),
    ("What would help?", f"One of the people interviewed speaks to this:\n\n- “{WISH}” [1]"),
    ("Where do they buy groceries?", f"- “{SHOPS}” [1]\n- “{MARKET}” [3]"),
    ("Who owns a boat?", "The interviews don't tell."),
)
KOREAN = (
    (
        "결제할 때 불편한 점은 무엇인가요?",
        "- “카드 번호를 다시 입력해야 하는 게 너무 불편해요.” [1]\n- “카드 결제 창이 자꾸 꺼져서 답답해요.” [2]",
    ),
    ("주말에는 어디로 여행을 가나요?", "인터뷰에는 그 내용이 없습니다."),
)


def items(found: MindMap) -> list[MindMapItem]:
    return [item for topic in found.topics for part in topic.subtopics for item in part.items]


def test_everything_that_was_answered_is_in_the_map_once_with_its_quote():
    conversation, messages = talking.talk(*ENGLISH, title="Checkout")
    found = mind_map(conversation, messages, "en")
    assert sorted(item.quote.text for item in items(found) if item.quote) == sorted((CARD, RETYPE, WISH, SHOPS, MARKET))
    assert (found.title, found.root, found.messages) == ("Checkout", "Checkout", 8)
    assert found.subtitle == "4 questions, 5 quotes from 3 people, 1 question without an answer."


def test_what_is_about_the_same_stands_in_one_topic():
    conversation, messages = talking.talk(*ENGLISH)
    topic_of = {
        item.quote.text: topic.id
        for topic in mind_map(conversation, messages, "en").topics
        for part in topic.subtopics
        for item in part.items
        if item.quote
    }
    assert topic_of[CARD] == topic_of[RETYPE]
    assert topic_of[SHOPS] == topic_of[MARKET] != topic_of[CARD]


def test_pains_and_wishes_stand_apart_within_a_topic():
    conversation, messages = talking.talk(*ENGLISH)
    part_of = {
        item.quote.text: part.title
        for topic in mind_map(conversation, messages, "en").topics
        for part in topic.subtopics
        for item in part.items
        if item.quote
    }
    assert part_of[CARD] == "What gets in the way"
    assert part_of[WISH] == "What people ask for"
    assert part_of[SHOPS] == "What people do and think"


def test_an_item_says_which_question_it_answers_and_how_many_say_so():
    conversation, messages = talking.talk(*ENGLISH)
    others = (talking.quote("It forgets me.", 2), talking.quote("Typing again.", 2), talking.quote("Again.", 3))
    first = messages[1].citations[0]
    widely = messages[1].model_copy(
        update={"citations": (Citation(n=1, quote=first.quote, others=others), messages[1].citations[1])}
    )
    found = mind_map(conversation, [messages[0], widely, *messages[2:]], "en")
    relevance = {item.quote.text: item.relevance for item in items(found) if item.quote}
    assert relevance[CARD] == "Answers “What is hard about paying?”; 3 people say so."
    assert relevance[WISH] == "Answers “What would help?”; one person says so."


def test_what_went_unanswered_is_said_at_the_end():
    conversation, messages = talking.talk(*ENGLISH)
    last = mind_map(conversation, messages, "en").topics[-1]
    assert (last.title, last.color) == ("Not in the interviews", UNANSWERED)
    assert last.subtopics[0].items == (MindMapItem(content="Who owns a boat?", relevance="The interviews don't tell."),)


def test_only_refusals_make_a_map_that_says_so():
    conversation, messages = talking.talk(("Who owns a boat?", "The interviews don't tell."))
    found = mind_map(conversation, messages, "en")
    assert found.summary == "Nothing in this conversation could be answered from the interviews."
    assert [topic.title for topic in found.topics] == ["Not in the interviews"]
    assert found.title == "Who owns a boat?"


def test_a_conversation_in_which_nothing_was_asked_says_so():
    conversation, messages = talking.talk()
    found = mind_map(conversation, messages, "en")
    assert (found.summary, found.topics) == ("Nothing has been asked yet.", ())


def test_a_korean_conversation_is_mapped_in_korean():
    conversation, messages = talking.talk(*KOREAN)
    found = mind_map(conversation, messages, talk_of(messages).language)
    assert [part.title for topic in found.topics for part in topic.subtopics] == ["불편한 점", "답을 찾지 못한 질문"]
    assert found.subtitle == "질문 2개, 인용 2개(참여자 2명), 답을 찾지 못한 질문 1개."
    assert items(found)[0].relevance == "“결제할 때 불편한 점은 무엇인가요?”에 대한 답으로, 1명이 말합니다."


def test_the_same_conversation_gives_the_same_map_in_the_child_process_too(workroom):
    conversation, messages = talking.talk(*ENGLISH)
    found = LocalEngine(workroom).mind_map(conversation, messages, Alone("map"))
    assert found == mind_map(conversation, messages, "en") == mind_map(conversation, messages, "en")


def test_colours_follow_the_place():
    conversation, messages = talking.talk(*ENGLISH)
    topics = mind_map(conversation, messages, "en").topics
    assert [topic.color for topic in topics[:-1]] == list(PALETTE[: len(topics) - 1])
    assert [topic.id for topic in topics] == [*(f"topic-{n}" for n in range(1, len(topics))), "unanswered"]


def test_what_several_personas_cite_alike_is_one_item():
    conversation, messages = talking.talk(ENGLISH[1])
    again = messages[1].model_copy(update={"author": "P2", "persona_id": "p2", "number": 3})
    assert len(items(mind_map(conversation, [*messages, again], "en"))) == 1


def test_whom_a_question_is_put_to_is_no_part_of_it():
    _, messages = talking.talk(("@P1, @P2 What would help?", f"- “{WISH}” [1]"))
    assert talk_of(messages).questions == ("What would help?",)


def test_a_models_sentence_is_the_item_and_its_quote_stands_beside_it():
    conversation, messages = talking.talk(("What would help?", f"People want to be remembered. [1]\n\n“{WISH}” [1]"))
    said = talk_of(messages).said
    assert [(one.text, one.quotes[0].text) for one in said] == [("People want to be remembered.", WISH)]
    assert items(mind_map(conversation, messages, "en"))[0].content == "People want to be remembered."


def test_a_quote_of_two_lines_is_one_item():
    words = "It is slow.\nAnd it forgets me."
    _, messages = talking.talk(("And?", f"One of them speaks to this:\n\n- “{words}” [1]"))
    assert [one.text for one in talk_of(messages).said] == ["It is slow. And it forgets me."]


def test_many_points_stay_within_six_topics():
    said = "“In shop {n} I buy thing {n} for {n} pounds.” [{n}]"
    asked = [(f"Question {n} about shop {n}?", said.format(n=n)) for n in range(90)]
    found = mind_map(*talking.talk(*asked), "en")
    assert len(found.topics) == 6
    assert len(items(found)) == 60
    assert found.subtitle.endswith("The 60 points that most people share are shown.")


@pytest.mark.parametrize("words", ["remember my delivery address", "remember my  delivery address."])
def test_words_that_are_cited_come_back_as_the_quote_has_them(words):
    quote = talking.quote(WISH, start=100)
    found = cited_words(words, [talking.quote(SHOPS), quote])
    assert found is not None
    assert (found.interview_id, WISH[found.start - 100 : found.end - 100]) == ("i1", found.text)


@pytest.mark.parametrize("words", ["", "  ", "I would pay twice as much for it"])
def test_words_that_are_not_cited_are_no_quote(words):
    assert cited_words(words, [talking.quote(WISH), talking.quote(SHOPS)]) is None


def test_the_nearest_are_joined_first():
    import numpy as np

    rows = np.array([[0.0, 0.0], [5.0, 5.0], [0.1, 0.0], [5.1, 5.0], [9.0, 0.0]])
    assert joined(rows, 3) == [[0, 2], [1, 3], [4]]


def test_a_topic_is_not_called_by_words_that_name_nothing():
    low = "My expectations of the times are low at the point of sale."
    bad = "The times at the point are bad for the boat."
    conversation, messages = talking.talk(("What is hard about it?", f"- “{low}” [1]\n- “{bad}” [2]"))
    assert [topic.title for topic in mind_map(conversation, messages, "en").topics] == ["What is hard about it?"]
