"""What one interview is said to say."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from persona_lab.engines.analysing.analysis import MODEL, PROMPT_HASH, analyse
from persona_lab.engines.base import Context
from persona_lab.models import Analysis, Transcript

CONTEXT = Context(purpose="Why do people leave at payment?")


def texts(analysis: Analysis, kind: str) -> list[str]:
    return [finding.text for finding in analysis.insights if finding.kind == kind]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("On the flip side, the export is slow and frustrating.", "The export is slow and frustrating."),
        ("To be clear though, the export is slow and frustrating.", "The export is slow and frustrating."),
        ("With this, the export is slow and frustrating.", "The export is slow and frustrating."),
        ("Ye sure, the export is slow and frustrating.", "The export is slow and frustrating."),
        (
            "With that export I get slow and frustrating results.",
            "With that export I get slow and frustrating results.",
        ),
    ],
)
def test_a_finding_begins_with_what_it_says(make, said, shown):
    (finding,) = analyse(make("Q: And then?", f"P: {said}"), Context(), run_id="r").insights
    assert finding.text == shown
    assert finding.quotes[0].text == said


def test_pains_are_the_participants_sentences_without_fillers(checkout):
    assert texts(analyse(checkout, CONTEXT, run_id="r"), "pain") == [
        "The card form is really frustrating. It forgets my address and I have to type everything again.",
        "The coupon field doesn't work on my phone, because the keyboard covers the button.",
    ]


def test_needs_are_wishes(checkout):
    assert texts(analyse(checkout, CONTEXT, run_id="r"), "need") == ["I wish it would remember my delivery address."]


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("I don't find the card form frustrating.", "en"),
        ("I wouldn't say the checkout form is slow.", "en"),
        ("There's nothing frustrating about the coupon field.", "en"),
        ("카드 등록이 어렵지 않았어요.", "ko"),
        ("환불 절차가 복잡하다고 생각하지 않아요.", "ko"),
    ],
)
def test_the_tagger_raises_no_pain_that_is_denied(make, said, language):
    transcript = make("Q: How is it?", f"P: {said}", language=language)
    assert texts(analyse(transcript, CONTEXT, run_id="r"), "pain") == []


def test_a_pain_beside_a_denied_one_is_still_a_pain(make):
    said = "I don't find the form slow, but the coupon field is really frustrating."
    assert texts(analyse(make(f"P: {said}"), CONTEXT, run_id="r"), "pain") == [said]


def test_takeaways_are_neither_pains_nor_needs(checkout):
    assert sorted(texts(analyse(checkout, CONTEXT, run_id="r"), "takeaway")) == [
        "I buy groceries for my parents every Saturday morning.",
        "I usually compare prices in three shops before I order groceries.",
    ]


def test_korean_findings_are_told_by_their_endings(checkout_ko):
    analysis = analyse(checkout_ko, CONTEXT, run_id="r")
    assert texts(analysis, "pain") == [
        "결제할 때마다 카드 번호를 다시 입력해야 하는 게 너무 불편해요.",
        "쿠폰이 적용이 안 돼서 고객센터에 전화했어요.",
    ]
    assert texts(analysis, "need") == ["배송지를 저장할 수 있게 해 주면 좋겠어요."]


def test_the_interviewer_is_never_quoted(checkout, checkout_ko):
    for transcript in (checkout, checkout_ko):
        analysis = analyse(transcript, CONTEXT, run_id="r")
        quoted = {quote.turn for finding in analysis.insights for quote in finding.quotes}
        quoted |= {quote.turn for quote in analysis.summary_quotes}
        assert {transcript.turns[turn].role for turn in quoted} == {"participant"}


def test_an_interview_without_known_roles_is_the_participants(make):
    transcript = make("P: The card form is really frustrating and slow.", speaker=False)
    assert texts(analyse(transcript, CONTEXT, run_id="r"), "pain") == ["The card form is really frustrating and slow."]


def test_an_interview_with_an_interviewer_only_has_no_findings(make):
    analysis = analyse(make("Q: Is the card form really frustrating for you?"), CONTEXT, run_id="r")
    assert (analysis.insights, analysis.summary) == ((), "")


def test_the_reason_that_follows_belongs_to_the_quote(make):
    transcript = make("P: The card form is frustrating. Especially when I am on the train.")
    finding = analyse(transcript, CONTEXT, run_id="r").insights[0]
    assert finding.quotes[0].text == "The card form is frustrating. Especially when I am on the train."


def test_the_same_pain_said_twice_is_one_finding_with_two_quotes(make):
    transcript = make(
        "P: The card form on my phone is frustrating.", "Q: Sorry?", "P: On my phone the card form is very annoying."
    )
    pains = [finding for finding in analyse(transcript, CONTEXT, run_id="r").insights if finding.kind == "pain"]
    assert [sorted(quote.turn for quote in finding.quotes) for finding in pains] == [[0, 2]]


def test_an_interview_of_courtesies_is_not_padded(make):
    analysis = analyse(make("Q: Ready?", "P: Sounds good, thank you!", "P: No, nothing else."), CONTEXT, run_id="r")
    assert (analysis.insights, analysis.summary) == ((), "")


def test_a_long_interview_gives_a_bounded_number_of_findings(make):
    things = ["card", "coupon", "basket", "refund", "parcel", "receipt", "login", "search", "photo", "voucher"]
    analysis = analyse(
        make(*(f"P: The {thing} {thing}ing screen is frustrating." for thing in things)), CONTEXT, run_id="r"
    )
    assert len(texts(analysis, "pain")) == 8


def test_a_long_sentence_is_cut_where_a_clause_ends_and_keeps_what_hurts(make):
    long = (
        "The card form on the new page is really frustrating, because it wants my postal code before my street, "
        "and after that it asks for the name of the bank, which nobody I know could ever tell you from memory, "
        "and in the end it wants a telephone number as well."
    )
    (pain,) = texts(analyse(make(f"P: {long}"), CONTEXT, run_id="r"), "pain")
    assert len(pain) <= 202
    assert pain.startswith("The card form on the new page is really frustrating")
    assert pain.endswith(" …")


def test_the_summary_is_made_of_quotes_in_order_of_speech(checkout):
    analysis = analyse(checkout, CONTEXT, run_id="r")
    assert analysis.summary == " ".join(quote.text for quote in analysis.summary_quotes)
    assert [quote.start for quote in analysis.summary_quotes] == sorted(q.start for q in analysis.summary_quotes)


def test_the_result_says_what_made_it(checkout):
    made = analyse(checkout, CONTEXT, run_id="run-7").provenance
    assert (made.engine, made.model, made.prompt_hash, made.run_id) == ("local", MODEL, PROMPT_HASH, "run-7")
    assert made.transcript_sha256 == checkout.sha256


def test_the_same_interview_gives_the_same_result(checkout, checkout_ko):
    for transcript in (checkout, checkout_ko):
        assert analyse(transcript, CONTEXT, run_id="r") == analyse(transcript, CONTEXT, run_id="r")


# fmt: off
WORDS = st.sampled_from([
    "the", "form", "is", "frustrating", "annoying", "I", "wish", "it", "would", "help", "because", "can't", "3.5",
    "😀", "👩\u200d👩\u200d👧", "e\u0301", ".", "?", "!", "...", "\n", "“why?”", "-", "\u200b",
    "결제가", "불편해요", "안", "돼요", "좋겠어요", "\u1112\u1161\u11ab", "ㅠㅠ", "그래서",
])
# fmt: on
SPEECH = st.lists(st.tuples(st.sampled_from("PQ"), st.lists(WORDS, min_size=1, max_size=30)), min_size=1, max_size=6)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(speech=SPEECH, language=st.sampled_from(["en", "ko"]))
@example(speech=[("P", ["can't", "\n", "3.5"])], language="en")
@example(speech=[("P", ["can't", "안", "\n", "3.5"])], language="en")
def test_every_quote_is_an_exact_slice_of_its_turn(make, speech, language):
    transcript: Transcript = make(*(f"{who}: {' '.join(words)}" for who, words in speech), language=language)
    analysis = analyse(transcript, CONTEXT, run_id="r")
    for quote in [*analysis.summary_quotes, *(quote for finding in analysis.insights for quote in finding.quotes)]:
        turn = transcript.turns[quote.turn]
        assert turn.start <= quote.start < quote.end <= turn.end
        assert transcript.text[quote.start : quote.end] == quote.text
        assert quote.status == "exact"


@pytest.mark.parametrize(
    "answer",
    [
        "I have never had problems with the checkout page, not even once.",
        "There is nothing difficult about paying with my phone.",
        "결제하면서 문제가 있었던 적은 한 번도 없어요.",
        "저는 배송 때문에 불편했던 적이 전혀 없습니다.",
    ],
)
def test_a_pain_that_is_denied_is_no_finding(make, answer):
    transcript = make("Q: Any trouble at all?", f"P: {answer}")
    assert "pain" not in {finding.kind for finding in analyse(transcript, Context(), run_id="r").insights}


def test_a_sentence_that_breaks_off_gives_way_to_a_whole_one(make):
    broken, whole = "The biggest problem of the card form is that.", "The card form is slow and loses my address."
    transcript = make("Q: What is hard?", f"P: {broken}", f"P: {whole}")
    assert texts(analyse(transcript, Context(), run_id="r"), "pain")[0] == whole
