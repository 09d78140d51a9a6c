"""Which questions lead, and which only look like it."""

import pytest

from persona_lab.engines.analysing.hearing import hear
from persona_lab.engines.analysing.questions import leading


def kinds(make, *lines, language="en"):
    transcript = make(*lines, language=language)
    return [question.kind for question in leading(transcript, hear(transcript))]


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("Don't you think the form is too long?", "suggests"),
        ("Was it frustrating to pay?", "suggests"),
        ("I assume you stopped using it?", "suggests"),
        ("You left the page, didn't you?", "tag"),
        ("So you paid by card, right?", "tag"),
        ("What frustrates you about the form?", "assumes"),
        ("Why is it so hard to pay?", "assumes"),
        ("How do you choose a shop and what do you do when it is closed?", "double"),
    ],
)
def test_english_questions_lead_in_four_ways(make, asked, kind):
    assert kinds(make, f"Q: {asked}", "P: Well.") == [kind]


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("결제가 불편하다고 생각하지 않으세요?", "suggests"),
        ("그래서 그만두셨죠?", "tag"),
        ("왜 그렇게 불편하셨어요?", "assumes"),
        ("가장 답답했던 점은 무엇인가요?", "assumes"),
        ("언제 주문하시고 어떻게 결제하세요?", "double"),
    ],
)
def test_korean_questions_lead_in_four_ways(make, asked, kind):
    assert kinds(make, f"Q: {asked}", "P: 글쎄요.", language="ko") == [kind]


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("What happened the last time you paid?", "en"),
        ("Could you tell me what was difficult, if anything?", "en"),
        ("Was it easy or difficult?", "en"),
        ("How did that make you feel?", "en"),
        ("I guess I understand that.", "en"),
        ("어떤 점이 바뀌면 좋을까요?", "ko"),
        ("결제할 때 불편한 점이 있으셨나요?", "ko"),
        ("최근에 있었던 일을 말씀해 주실 수 있을까요?", "ko"),
    ],
)
def test_open_questions_do_not_lead(make, asked, language):
    assert kinds(make, f"Q: {asked}", "P: Well.", language=language) == []


def test_what_the_participant_has_said_is_not_assumed(make):
    asked = "Q: Why is it so frustrating?"
    assert kinds(make, asked, "P: Well.") == ["assumes"]
    assert kinds(make, "Q: So?", "P: It is frustrating.", asked, "P: Well.") == []
    assert kinds(make, "Q: 어때요?", "P: 불편해요.", "Q: 왜 그렇게 불편하셨어요?", "P: 음.", language="ko") == []


def test_a_participants_question_never_leads(make):
    assert kinds(make, "P: It is slow, isn't it?") == []


def test_a_leading_question_is_quoted_and_says_why(make):
    transcript = make("Q: Thanks. You left the page, didn't you?", "P: Yes.")
    (question,) = leading(transcript, hear(transcript))
    assert (question.quote.turn, question.quote.text) == (0, "You left the page, didn't you?")
    assert question.why == "It only asks for a nod."
