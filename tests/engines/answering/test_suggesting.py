"""What one might ask next is about what the answer left out, reads well, and can be answered."""

import pytest

from persona_lab.engines.answering.answers import compose
from persona_lab.engines.answering.suggesting import suggested
from persona_lab.models import Citation, CitedQuote, Insight, InsightMember, Keyword
from tests.support import talking


def insight(kind, quote, *, support=1, **more):
    return Insight(
        id=quote.text, kind=kind, text=quote.text, members=(InsightMember(interview_id=quote.interview_id, finding=0),),
        quotes=(quote,), support=support, participants=5, **more,
    )  # fmt: skip


@pytest.fixture
def said(checkout, passages):
    """Return a function that quotes a sentence of the checkout interview as it stands there."""

    def quoted(words):
        start = checkout.text.index(words)
        turn = next(turn for turn in checkout.turns if turn.start <= start < turn.end)
        return CitedQuote(
            turn=turn.index, start=start, end=start + len(words), text=words, interview_id="a", speaker="P"
        )

    return quoted


@pytest.fixture
def insights(said):
    return [
        insight("pain", said("the card form is really frustrating"), support=3),
        insight("need", said("I wish it would remember my delivery address."), support=2),
        insight("pain", said("The coupon field doesn't work on my phone"), support=4),
    ]


QUESTION = "What is wrong with the coupon field?"


def test_what_the_answer_cites_is_not_asked_for_again(insights, said):
    cited = [said("The coupon field doesn't work on my phone, because the keyboard covers the button.")]
    assert suggested(QUESTION, cited, insights, [], [], "en") == (
        "What problems do people have with the card form?",
        "What do people wish for when it comes to the delivery address?",
    )


def test_every_suggestion_can_be_answered(insights, checkout, passages):
    for question in suggested("Who owns a boat?", [], insights, [], [], "en"):
        parts = compose(question, passages(checkout, "a"), [])
        assert any(isinstance(part, Citation) for part in parts), question


def test_the_best_supported_comes_first(insights):
    first = suggested("Who owns a boat?", [], insights, [], [], "en")[0]
    assert first == "What problems do people have with the coupon field?"


def test_nothing_is_suggested_that_was_asked_already(insights):
    asked: list[str] = []
    for _ in range(5):
        found = suggested(QUESTION, [], insights, [], asked, "en")
        assert not set(found) & set(asked)
        asked += found
    assert len(asked) == 2
    assert suggested(QUESTION, [], insights, [], asked, "en") == ()


def test_what_people_rejected_is_not_asked_for(said):
    rejected = insight("pain", said("the card form is really frustrating"), is_rejected=True)
    assert suggested(QUESTION, [], [rejected], [], [], "en") == ()


def test_keywords_fill_up_where_they_are_known_as_things():
    word = {"language": "en", "count": 3, "participants": 2, "interviews": ("a",), "score": 1.0}
    known = [Keyword(word="want", **word), Keyword(word="parents", **word)]
    quote = talking.quote("My parents want the receipt on paper.")
    found = suggested(QUESTION, [quote], [insight("need", quote)], known, [], "en")
    assert found == ("What do people say about the parents?",)


def test_korean_findings_are_asked_for_in_korean(checkout_ko, passages):
    words = "배송지를 저장할 수 있게 해 주면 좋겠어요."
    start = checkout_ko.text.index(words)
    quote = CitedQuote(turn=3, start=start, end=start + len(words), text=words, interview_id="a", speaker="P")
    found = suggested("환불은 어땠나요?", [], [insight("need", quote)], [], [], "ko")
    assert found == ("배송지에 관해 바라는 점은 무엇인가요?",)
    assert any(isinstance(part, Citation) for part in compose(found[0], passages(checkout_ko, "a"), []))


def test_findings_in_another_language_are_no_source(insights):
    assert suggested("환불은 어땠나요?", [], insights, [], [], "ko") == ()


def test_the_same_findings_give_the_same_questions_in_whatever_order(insights):
    assert suggested("Who?", [], insights, [], [], "en") == suggested("Who?", [], insights[::-1], [], [], "en")


def word(text, interviews, language="en"):
    return Keyword(word=text, language=language, count=9, participants=9, interviews=tuple(interviews), score=1.0)


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("I hate that the AI has lost the invoice.", "What problems do people have with the invoice?"),
        ("I do often get frustrated when I talk about my own internal process.", None),
        ("It is annoying when it does not get the point.", None),
        ("I am tired of the wrong invoice.", "What problems do people have with the invoice?"),
    ],
)
def test_neither_the_studys_subject_nor_a_word_that_names_nothing_is_asked_for(words, asked):
    everybody = [word("ai", "abcd"), word("invoice", "a"), word("point", "ab"), word("printer", "cd")]
    found = suggested("Who owns a boat?", [], [insight("pain", talking.quote(words))], everybody, [], "en")
    assert found[:1] == ((asked,) if asked else ())


def test_what_more_people_speak_of_is_suggested_before_what_one_alone_has():
    alone = talking.quote("The soup is a pain with the ladle.", 1)
    shared = [talking.quote(f"I hate the {which} invoice.", n) for n, which in ((2, "red"), (3, "old"))]
    found = suggested("Who?", [], [insight("pain", one) for one in (alone, *shared)], [], [], "en")
    assert "invoice" in found[0]


def test_a_korean_deed_is_no_thing_to_ask_about():
    quote = talking.quote("한번 가르쳐 놓으면 기억하고 있었으면 좋겠어요.")
    assert suggested("누가 배를 가졌나요?", [], [insight("need", quote)], [], [], "ko") == ()
