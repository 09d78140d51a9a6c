"""Answers in the participants' words."""

import pytest

from persona_lab.engines import indexing
from persona_lab.engines.answering.answers import compose
from persona_lab.engines.answering.asked import query_terms, wanted
from persona_lab.models import Citation, Delta, Message, Transcript, Voice


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


def test_everybody_with_a_complaint_speaks_though_one_names_the_study_subject_often(make, passages):
    texts = {
        "loud": "AI가 쓴 글은 AI가 고쳐요. AI가 자꾸 틀려서 답답해요. AI 답이 너무 길어서 불편해요.",
        "first": "엑셀에서 일일이 지우고 올려야 해서 번거로워요.",
        "second": "AI를 매일 씁니다. 대화가 길어지면 앞에서 합의한 걸 잊어버려요.",
        "third": "AI는 조카가 깔아 줬어요. 믿고 맡길 수가 없다는 게 제일 답답해요.",
    }
    found = {name: make("Q: 어떠세요?", f"P: {text}", language="ko") for name, text in texts.items()}
    # A search for "AI" finds best who says it most; the others come with what was found in their interviews.
    scored = [
        passage.model_copy(update={"score": 1.0 if name == "loud" else 0.0})
        for name, transcript in found.items()
        for passage in passages(transcript, name)
    ]
    parts = compose("AI를 쓰면서 불편한 점은 무엇인가요?", scored, [])
    assert {part.quote.interview_id for part in parts if isinstance(part, Citation)} == set(texts)


def test_who_tells_how_a_trouble_went_away_does_not_speak_before_who_has_one(make, passages):
    transcript = make(
        "Q: 어떠세요?",
        "P: 화가 나신 분 글을 읽으면 저도 마음이 상하는데, 차분하게 정리해 주면 감정이 좀 가라앉아요.",
        "Q: 또 있나요?",
        "P: 어르신들 말씀을 기계가 못 알아들으면 결국 화는 저한테 내세요.",
        language="ko",
    )
    parts = compose("불편한 점은 무엇인가요?", passages(transcript, "a"), [])
    assert quoted(parts)[0].startswith("어르신들")
    assert not any("가라앉아요" in quote for quote in quoted(parts))


def test_what_people_would_like_to_get_better_is_a_question_for_needs():
    assert wanted("어떤 점이 좋아졌으면 하나요?", []) == "need"


def citations(parts: list[Delta | Citation]) -> list[Citation]:
    return [part for part in parts if isinstance(part, Citation)]


def test_a_citation_names_the_others_who_say_the_same(make, passages):
    found = []
    for interview_id, said in (
        ("a", "The card form forgets my address every time I pay."),
        ("b", "The card form always forgets my address when I pay."),
        ("c", "The card form is blue and has a picture of a ship."),
    ):
        found += passages(make(f"P: {said}"), interview_id)
    parts = compose("What is it like with the address in the card form?", found, [])
    first = citations(parts)[0]
    assert {first.quote.interview_id, *(other.interview_id for other in first.others)} == {"a", "b"}


def test_who_denies_it_does_not_say_the_same(make, passages):
    found = [
        *passages(make("P: The card form forgets my address every time."), "a"),
        *passages(make("P: The card form does not forget my address."), "b"),
    ]
    parts = compose("Does the card form forget the address?", found, [])
    assert len(citations(parts)) == 2
    assert all(not citation.others for citation in citations(parts))


def test_of_many_who_agree_eight_are_shown_one_sentence_each(make, passages):
    found = []
    for n in range(12):
        said = make("P: The card form forgets my address every time. Each time the card form forgets my address again.")
        found += passages(said, f"interview {n:02}")
    first = citations(compose("Does the card form forget the address?", found, []))[0]
    ids = [other.interview_id for other in first.others]
    assert len(ids) == len(set(ids)) == 8
    assert first.quote.interview_id not in ids


def test_a_persona_says_what_it_is_composed_from(checkout, passages):
    voice = Voice(persona_id="p", label="P1", participants=4)
    parts = compose("What is wrong with the coupon field?", passages(checkout, "a"), [], voice)
    assert written(parts).startswith("P1 is composed from 4 interviews. One of these people speaks to this:\n\n- “")


def test_a_persona_refuses_and_still_says_what_it_is(checkout, checkout_ko, passages):
    voice = Voice(persona_id="p", label="P1", participants=1)
    english = compose("Do they own a boat?", passages(checkout, "a"), [], voice)
    assert written(english) == "P1 is composed from one interview. The interviews don't tell."
    korean = compose("휴가는 보통 어디로 가나요?", passages(checkout_ko, "a"), [], voice)
    assert written(korean) == "P1은(는) 인터뷰 1건으로 구성한 페르소나입니다. 인터뷰에는 그 내용이 없습니다."


def test_who_is_asked_about_by_name_is_the_only_one_quoted(make, passages):
    found = []
    for name in ("Kim", "Lee"):
        said = make("P: The coupon field is too small for my thumb.")
        found += [one.model_copy(update={"speaker": name}) for one in passages(said, name)]
    parts = compose("What did Lee say about the coupon field?", found, [])
    assert [citation.quote.speaker for citation in citations(parts)] == ["Lee"]


def test_where_few_speak_to_it_what_stands_near_follows_apart_and_is_not_counted(make, passages):
    late = make("P: The delivery came two days late and nobody told me about the delay.")
    shoes = make("P: I ordered the blue shoes for my daughter and wore them at home.")
    fast = make("P: I pay extra for the fast delivery of birthday presents.")
    found = [*passages(late, "a"), *passages(shoes, "b"), *passages(fast, "c")]
    parts = compose("Why was the delivery two days late?", found, [])
    before, _, after = written(parts).partition("\n\nNear to it:\n\n")
    assert before.startswith("One of the people interviewed speaks to this:\n\n- “The delivery came two days late")
    assert after == "- “I pay extra for the fast delivery of birthday presents.” [2]"
    assert [part.n for part in parts if isinstance(part, Citation)] == [1, 2]


def test_the_second_sentence_is_of_another_turn_where_one_person_speaks(make, passages):
    transcript = make(
        "P: The coupon field is broken on my phone whenever I pay late. "
        "The coupon field is wrong about discounts from friends and family.",
        "Q: And on the tablet?",
        "P: On the tablet the coupon field is wrong and hides the button.",
    )
    parts = compose("What is wrong with the coupon field?", passages(transcript, "a"), [])
    turns = [part.quote.turn for part in parts if isinstance(part, Citation)]
    assert turns == [0, 2, 0]


@pytest.mark.parametrize("kept", ["as it is read", "as it was read otherwise"])
def test_a_sentence_is_compared_as_it_is_kept_unless_its_turn_was_read_otherwise(checkout, passages, kept):
    question = "Why are coupons a bother on a phone?"
    found = passages(checkout, "a", [5])
    sentences = indexing.turns(checkout).sentences[5]
    encoded = compose(question, found, [])
    assert compose(question, [one.model_copy(update={"meanings": sentences}) for one in found], []) == encoded
    # Nothing is near to what means nothing.
    blank = bytes(len(sentences) if kept == "as it is read" else len(sentences) - 512)
    answer = compose(question, [one.model_copy(update={"meanings": blank}) for one in found], [])
    assert (answer == encoded) is (kept != "as it is read")


def test_a_sentence_that_only_the_glossary_gives_words_is_encoded(checkout, passages):
    found = passages(checkout, "a")
    kept = [
        one.model_copy(update={"meanings": its})
        for one, its in zip(found, indexing.turns(checkout).sentences, strict=True)
    ]
    glossary = ["coupon field: where a voucher goes"]
    for question in ("What is wrong with where a voucher goes?", "What is wrong with the coupon field?"):
        assert compose(question, kept, [], None, glossary) == compose(question, found, [], None, glossary)
