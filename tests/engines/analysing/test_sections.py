"""An interview is cut where its topic shifts, and each section is called by words that were said in it."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from persona_lab.engines.analysing.hearing import hear
from persona_lab.engines.analysing.sections import sections, split

PAYING = (
    "Q: How do you pay for groceries?",
    "P: I type the card number into the card form. The card form rejects my bank card on Saturdays.",
    "Q: What does the card form do then?",
    "P: The card form asks for the bank card again, and the payment with the bank card is lost.",
    "Q: Which bank card do you pay with?",
    "P: A bank card from the savings bank. The payment page hardly knows the savings bank.",
)
SLEEPING = (
    "Q: How does the baby sleep?",
    "P: The baby wakes at four in the night. The cradle squeaks and the baby cries in the cradle.",
    "Q: Who gets up for the baby?",
    "P: My husband rocks the cradle until the baby sleeps, and then the cradle squeaks again.",
    "Q: What would help the baby?",
    "P: A cradle without a squeak, so that the baby sleeps through the night.",
)
결제 = (
    "Q: 결제는 어떻게 하세요?",
    "P: 카드 번호를 결제 화면에 입력해요. 결제 화면이 카드 번호를 자꾸 지워요.",
    "Q: 카드 번호는 몇 번 입력하세요?",
    "P: 결제 화면에서 카드 번호를 세 번은 입력해요. 카드 결제가 실패하면 또 입력하고요.",
    "Q: 결제가 실패하면 어떻게 하세요?",
    "P: 카드 결제 대신 계좌 이체로 결제해요.",
)
배송 = (
    "Q: 배송은 어떠세요?",
    "P: 배송 기사님이 문 앞에 상자를 두고 가세요. 비가 오면 상자가 젖어요.",
    "Q: 상자가 젖으면 어떻게 하세요?",
    "P: 배송 기사님께 전화해서 상자를 경비실에 맡겨 달라고 해요.",
    "Q: 경비실에서 상자를 찾으시나요?",
    "P: 네, 퇴근하고 경비실에서 배송 상자를 찾아요.",
)


def test_a_section_ends_where_the_topic_shifts(make):
    for one, other, language in ((PAYING, SLEEPING, "en"), (결제, 배송, "ko")):
        transcript = make(*one, *other, language=language)
        assert len(one) in [first for first, _ in split(transcript, hear(transcript))]


def test_a_section_begins_with_a_question(make):
    transcript = make(*PAYING, *SLEEPING)
    found = sections(transcript, hear(transcript))
    assert {transcript.turns[section.first].role for section in found} == {"interviewer"}


def test_a_section_is_called_by_what_is_said_in_it_and_nowhere_else(make):
    transcript = make(*PAYING, *SLEEPING)
    names = {section.first: section.name.lower() for section in sections(transcript, hear(transcript))}
    last = names[max(first for first in names if first >= len(PAYING))]
    assert "bank card" in names[0] or "card form" in names[0]
    assert "cradle" in last or "baby" in last


def test_a_korean_section_is_called_by_nouns_without_their_particles(make):
    transcript = make(*결제, *배송, language="ko")
    names = [section.name for section in sections(transcript, hear(transcript))]
    assert "결제" in names[0] or "카드" in names[0]
    assert not any(word.endswith(("를", "을", "이", "에", "요")) for name in names for word in name.split(", "))


def test_a_name_that_the_study_knows_is_taken_over_where_it_fits(make):
    transcript = make(*PAYING, *SLEEPING)
    names = [section.name for section in sections(transcript, hear(transcript), ["Paying by bank card", "Gardening"])]
    assert names.count("Paying by bank card") == 1
    assert "Gardening" not in names


def test_greetings_are_no_main_content(make):
    transcript = make("Q: Hello! Shall we begin?", "P: Yes, sure.")
    assert [section.is_main for section in sections(transcript, hear(transcript))] == [False]


SPEECH = st.lists(
    st.tuples(st.sampled_from("PQO"), st.lists(st.sampled_from(["form", "slow", "네.", "?", "카드", "!"]), max_size=9)),
    min_size=1,
    max_size=40,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(speech=SPEECH, language=st.sampled_from(["en", "ko"]))
def test_sections_hold_every_turn_once_and_have_a_name(make, speech, language):
    transcript = make(*(f"{who}: {' '.join(words)}." for who, words in speech), language=language)
    found = sections(transcript, hear(transcript))
    covered = [turn for section in found for turn in range(section.first, section.last + 1)]
    assert covered == list(range(len(transcript.turns)))
    assert all(section.name.strip() for section in found)
    assert found == sections(transcript, hear(transcript))
