"""A mind map for tests: two topics of different kinds, and what went unanswered."""

from persona_lab.models import MainTopic, MindMap, MindMapItem, Subtopic
from tests.support import talking

CARD = "The card form forgets my address."


def mind_map(*, korean: bool = False, **changed: object) -> MindMap:
    """Return the map; `changed` fields stand instead of its own."""
    return (_korean() if korean else _english()).model_copy(update=changed)


def _english() -> MindMap:
    card = MindMapItem(
        content="The card form forgets.",
        quote=talking.quote(CARD, 1, speaker="Mina"),
        relevance="Answers “What is hard?”; one person says so.",
    )
    coupon = MindMapItem(content="Coupons fail.", quote=talking.quote("The coupon fails.", 2), relevance="")
    wish = MindMapItem(content="Remember me.", quote=talking.quote("I wish it would remember me.", 3))
    boat = MindMapItem(content="Who owns a boat?", relevance="The interviews don't tell.")
    return MindMap(
        title="Checkout",
        summary="What it is about: Card form.",
        root="Checkout",
        subtitle="3 questions, 3 quotes from 3 people, 1 question without an answer.",
        topics=(
            MainTopic(
                id="topic-1",
                title="Card form",
                color="#4a7fb5",
                subtopics=(
                    Subtopic(title="What gets in the way", items=(card, coupon)),
                    Subtopic(title="What people ask for", items=(wish,)),
                ),
            ),
            MainTopic(
                id="unanswered",
                title="Not in the interviews",
                color="#858585",
                subtopics=(Subtopic(title="Questions without an answer", items=(boat,)),),
            ),
        ),
        messages=6,
    )


def _korean() -> MindMap:
    words = "결제할때마다카드번호를다시입력해야해서너무불편하고배송지도매번새로적어야해서그냥창을닫아버린적이많아요"
    item = MindMapItem(content=words, quote=talking.quote(words, speaker="민아"), relevance="1명이 말합니다.")
    part = Subtopic(title="불편한 점", items=(item,))
    return MindMap(
        title="결제 연구",
        root="결제 연구",
        summary="주제: 카드 번호.",
        subtitle="질문 1개, 인용 1개(참여자 1명).",
        topics=(MainTopic(id="topic-1", title="카드 번호", color="#4a7fb5", subtopics=(part,)),),
        messages=2,
    )
