"""Answers in the participants' words."""

import pytest

from persona_lab.engines.answers import compose
from persona_lab.engines.asked import query_terms, wanted
from persona_lab.models import Citation, Delta, Message, Transcript


def written(parts: list[Delta | Citation]) -> str:
    return "".join(part.text for part in parts if isinstance(part, Delta))


def quoted(parts: list[Delta | Citation]) -> list[str]:
    return [part.quote.text for part in parts if isinstance(part, Citation)]


@pytest.mark.parametrize(
    "question",
    [
        "Do they own a boat?",
        "What do people think about parking?",
        "Why do users dislike the newsletter?",
        "What?",
        "How do people use groceries stores in Antarctica during blizzards?",
    ],
)
def test_an_unrelated_question_gets_the_plain_word_that_nobody_tells(checkout, passages, question):
    assert compose(question, passages(checkout, "a"), []) == [Delta(text="The interviews don't tell.")]


def test_an_unrelated_korean_question_is_told_so_in_korean(checkout_ko, passages):
    parts = compose("휴가는 보통 어디로 가나요?", passages(checkout_ko, "a"), [])
    assert parts == [Delta(text="인터뷰에는 그 내용이 없습니다.")]


@pytest.mark.parametrize("question", ["What stops people?", "Who buys groceries?", ""])
def test_without_passages_nobody_tells(question):
    assert compose(question, [], []) == [Delta(text="The interviews don't tell.")]


def test_a_search_for_pains_in_general_looks_for_signs_of_pain():
    assert {"frustrat", "annoy"} <= set(query_terms("What are the biggest pains?", []))
    assert {"불편", "답답"} <= set(query_terms("가장 힘든 점은 무엇인가요?", []))
    assert "frustrat" not in query_terms("What problems do people have with coupons?", [])
    assert wanted("What are the biggest pains?", []) == "pain"


def test_each_sentence_is_verbatim_and_followed_by_its_citation(checkout, passages):
    parts = compose("What is wrong with the coupon field?", passages(checkout, "a"), [])
    sentence = "The coupon field doesn't work on my phone, because the keyboard covers the button."
    assert parts[:2] == [
        Delta(text="One of the people interviewed speaks to this:\n\n"),
        Delta(text=f"- “{sentence}” [1]"),
    ]
    citation = parts[2]
    assert isinstance(citation, Citation)
    assert (citation.n, citation.quote.turn, citation.quote.text) == (1, 5, sentence)


def test_citations_have_true_offsets_in_the_transcript(checkout, checkout_ko, passages):
    cases: list[tuple[Transcript, str]] = [
        (checkout, "What frustrates people about the card form?"),
        (checkout_ko, "결제할 때 무엇이 불편한가요?"),
    ]
    for transcript, question in cases:
        citations = [part for part in compose(question, passages(transcript, "a"), []) if isinstance(part, Citation)]
        assert citations
        for citation in citations:
            assert transcript.text[citation.quote.start : citation.quote.end] == citation.quote.text


def test_the_interviewer_is_never_quoted(checkout, checkout_ko, passages):
    for transcript, question in ((checkout, "Is it a problem to pay online?"), (checkout_ko, "불편한 점이 있나요?")):
        parts = compose(question, passages(transcript, "a"), [])
        turns = [part.quote.turn for part in parts if isinstance(part, Citation)]
        assert all(transcript.turns[turn].role == "participant" for turn in turns)


def test_the_number_of_people_is_counted_from_the_sentences_cited(make, passages):
    first = make("P: The card form is frustrating on my phone.")
    second = make("P: I hate the card form, it is slow.")
    third = make("P: I walk to the shop on Sunday.")
    found = [*passages(first, "a"), *passages(second, "b"), *passages(third, "c")]
    parts = compose("What frustrates people about the card form?", found, [])
    assert written(parts).startswith("2 of the people interviewed speak to this:")
    assert sorted(part.quote.interview_id for part in parts if isinstance(part, Citation)) == ["a", "b"]


def test_a_question_for_pains_prefers_pains(make, passages):
    transcript = make("P: The card form has three fields. The card form is frustrating on my phone.")
    parts = compose("What problems do people have with the card form?", passages(transcript, "a"), [])
    assert quoted(parts) == ["The card form is frustrating on my phone."]


def test_a_question_for_wishes_prefers_needs(make, passages):
    transcript = make("P: The card form is frustrating on my phone. I wish the card form had one field.")
    parts = compose("What do people wish for in the card form?", passages(transcript, "a"), [])
    assert quoted(parts) == ["I wish the card form had one field."]


def test_a_question_for_reasons_prefers_reasons(make, passages):
    transcript = make("P: I compare prices in three shops. I compare prices because my budget is small.")
    assert quoted(compose("Why do they compare prices?", passages(transcript, "a"), []))[0] == (
        "I compare prices because my budget is small."
    )


def test_the_interviewers_question_leads_to_the_answer_that_follows(make, passages):
    transcript = make("Q: Which shops do you compare?", "P: Mostly the two supermarkets in my street.")
    parts = compose("Which shops do they compare?", passages(transcript, "a"), [])
    assert quoted(parts) == ["Mostly the two supermarkets in my street."]


def test_a_follow_up_is_about_what_was_asked_before(checkout, passages):
    history = [
        Message(role="user", content="What is wrong with the coupon field?"),
        Message(role="assistant", content="…"),
        Message(role="user", content="And why?"),
    ]
    assert quoted(compose("And why?", passages(checkout, "a"), history)) == [
        "The coupon field doesn't work on my phone, because the keyboard covers the button."
    ]


def test_korean_compounds_speak_of_their_first_part(make, passages):
    transcript = make("P: 결제창이 너무 느려서 답답해요.", language="ko")
    parts = compose("결제는 무엇이 불편한가요?", passages(transcript, "a"), [])
    assert written(parts) == "인터뷰한 사람 가운데 한 명이 말합니다:\n\n- “결제창이 너무 느려서 답답해요.” [1]"


def test_the_order_of_passages_with_equal_scores_does_not_matter(checkout, passages):
    found = passages(checkout, "a")
    question = "What frustrates people about the card form?"
    assert compose(question, found, []) == compose(question, found[::-1], [])


def test_the_subject_of_the_study_need_not_be_named_in_each_complaint(make, passages):
    """In a study of drones everybody speaks of drones, but few complaints say the word again."""
    found = []
    for interview_id, complaint in (
        ("a", "It is so frustrating when the battery dies halfway."),
        ("b", "The noise is annoying for all my neighbours."),
        ("c", "I'm worried that it will hit somebody one day."),
    ):
        said = make("Q: How do you use your drone?", f"P: I fly my drone on Sundays. {complaint}")
        found += passages(said, interview_id)
    parts = compose("What annoys people about drones at work?", found, [])
    assert "The noise is annoying for all my neighbours." in quoted(parts)
    assert any("frustrating when the battery dies" in words for words in quoted(parts))
