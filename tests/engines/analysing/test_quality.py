"""The score is what its docstring says, and gets no worse when the interview gets better."""

from hypothesis import given
from hypothesis import strategies as st

from persona_lab.engines.analysing.findings import participant_turns
from persona_lab.engines.analysing.hearing import hear
from persona_lab.engines.analysing.quality import WEIGHTS, assess, score
from persona_lab.engines.analysing.questions import leading

LEVELS = st.dictionaries(st.sampled_from(sorted(WEIGHTS)), st.floats(0, 1), min_size=1)


def quality(transcript, purpose=""):
    heard = hear(transcript)
    return assess(transcript, heard, participant_turns(transcript), leading(transcript, heard), purpose)


def reasons(transcript, purpose=""):
    found = quality(transcript, purpose)
    return {reason.measure: (reason.value, reason.level, reason.text) for reason in found.reasons}


@given(levels=LEVELS, better=st.floats(0, 1), data=st.data())
def test_a_better_measure_never_makes_the_score_worse(levels, better, data):
    measure = data.draw(st.sampled_from(sorted(levels)))
    improved = levels | {measure: max(levels[measure], better)}
    assert 1 <= score(levels) <= score(improved) <= 5


def test_the_score_is_the_weighted_mean_in_five_steps():
    assert score(dict.fromkeys(WEIGHTS, 0.0)) == 1
    assert score(dict.fromkeys(WEIGHTS, 1.0)) == 5
    # 1 + 4 × 3 / (3 + 2) = 3.4
    assert score({"answers": 1.0, "amount": 0.0}) == 3


def test_longer_answers_score_higher(make):
    short = make("Q: How is it?", "P: It is slow.", "Q: Why is it slow?", "P: The form.")
    words = " ".join(["The card form loads for ages on my old phone."] * 30)
    long = make("Q: How is it?", f"P: {words}", "Q: Why is the form slow?", f"P: {words}")
    assert quality(short).score < quality(long).score


def test_each_reason_has_its_number(make):
    transcript = make(
        "Q: How is the shop?",
        "P: The delivery takes three days.",
        "Q: How do you feel about the delivery?",
        "P: It is fine for my parents.",
        "Q: You like the prices, don't you?",
        "P: The prices at the payment page are another story.",
    )
    found = reasons(transcript, "Why do people leave at payment?")
    assert found["answers"] == (6, 0.15, "Half of the answers have 6 words or more.")
    assert found["amount"][0] == 20
    assert found["follow_ups"] == (0.5, 0.833, "Questions that take up what was said before: 1 of 2.")
    assert found["leading"] == (0.333, 0.0, "Leading questions: 1 of 3.")
    assert found["coverage"][2].endswith("1 of 3.")


def test_korean_reasons_are_korean(make):
    transcript = make("Q: 어떠세요?", "P: 결제가 너무 느려요.", "Q: 결제가 왜 느려요?", "P: 몰라요.", language="ko")
    assert reasons(transcript)["answers"][2] == "답변의 절반은 2어절 이상입니다."
    assert reasons(transcript)["follow_ups"][2] == "질문 1개 가운데 1개가 앞서 나온 말을 이어받습니다."


def test_what_cannot_be_measured_is_left_out(make):
    assert set(reasons(make("P: The form is slow.", speaker=False))) == {"answers", "amount"}


def test_a_purpose_in_another_language_is_not_measured(make):
    transcript = make("Q: 어떠세요?", "P: 결제가 너무 느려서 그만뒀어요.", language="ko")
    assert "coverage" not in reasons(transcript, "Why do people leave at payment?")
    assert reasons(transcript, "왜 결제 단계에서 떠나는가?")["coverage"][0] == 1


def test_an_interview_in_which_nobody_answers_has_no_quality(make):
    assert quality(make("Q: Is anybody there?")) is None
