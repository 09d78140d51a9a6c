"""Quotes that somebody bent: what the gate lets through is what was said, by whom it was said, and as it was meant."""

import random
import unicodedata

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from persona_lab.engines.gate.quotes import Gate
from persona_lab.models import Transcript
from tests.engines.conftest import make_transcript

ENGLISH = make_transcript(
    "Q: Is the checkout form slow for you? I hear the refunds are terrible.",
    "P: Um, I can't pay with my card. I don't think it is good, but the price is right.",
    "P: I waited 15 minutes before I called Anna about the 5 kg parcel. It never, uh, arrived on time.",
    "P: Prices went up by 3.5% and I paid $20 more than last year. The new form is really really slow on my phone.",
    "O: My husband orders everything by telephone.",
    "P: I recommend the app to nobody because it doesn’t remember my address.\r\n  It’s “really” slow… I left 👍",
)
KOREAN = make_transcript(
    "Q: 결제가 많이 느렸나요? 환불이 엉망이라던데요.",
    "P: 음, 결제가 불편하지 않았어요. 환불은 안 됐어요. 가격이 삼만 원 올랐어요.",
    "P: 배송이 3일 걸렸고 어 그 상담원 김민지 씨가 친절했어요. 앱이 좋다고 생각하지 않아요.",
    "P: 저는 2만 원을 냈는데 못 받았어요. 카드번호를 다시 입력해야 하는 게 너무 불편해요.",
    "O: 남편은 모든 것을 전화로 주문합니다.",
    f"P: {unicodedata.normalize('NFD', '결제창이 자꾸 꺼져서 다시 로그인해야 했어요.')}",
    language="ko",
)
GATES = {"en": Gate(ENGLISH), "ko": Gate(KOREAN)}
TRANSCRIPTS = {"en": ENGLISH, "ko": KOREAN}

REJECTED = {
    "glued from two turns": ("the price is right. I waited 15 minutes", "가격이 삼만 원 올랐어요. 배송이 3일 걸렸고"),
    "glued from two turns with a mark": ("my card … I waited 15 minutes", "환불은 안 됐어요 … 배송이 3일 걸렸고"),
    "glued within a turn": (
        "I can't pay with my card but the price",
        "결제가 불편하지 않았어요. 가격이 삼만 원 올랐어요",
    ),
    "pieces in another order": ("The new form is … Prices went up", "가격이 삼만 원 (…) 결제가 불편하지 않았어요"),
    "a denial dropped": ("I can pay with my card", "환불은 됐어요"),
    "a denial dropped in the middle": ("It arrived on time", "저는 2만 원을 냈는데 받았어요"),
    "a denial dropped from the end": ("it does remember my address", "결제가 불편했어요"),
    "a denial added": ("the price is not right", "배송이 3일 안 걸렸고"),
    "a denial cut off within a word": ("Um, I can", "결제가 안 불편하지 않았어요"),
    "another number": ("I waited 50 minutes before", "배송이 4일 걸렸고"),
    "another number in words": ("I waited fifty minutes before I called Anna", "가격이 사만 원 올랐어요"),
    "another power of ten": ("Prices went up by 35%", "가격이 삼천 원 올랐어요"),
    "a number without its fraction": ("Prices went up by 3", "저는 20만 원을 냈는데"),
    "a number without its unit": ("Prices went up by 3.5", "저는 2"),
    "another unit": ("the 5 g parcel", "저는 2만 달러를 냈는데"),
    "another currency": ("I paid €20 more than last year", "가격이 삼만 엔 올랐어요"),
    "another name": ("before I called Anne about the 5 kg parcel", "상담원 김민주 씨가 친절했어요"),
    "an opposite": ("I paid $20 less than last year", "가격이 삼만 원 내렸어요"),
    "before and after": ("I waited 15 minutes after I called Anna", "카드번호를 먼저 입력해야 하는 게 너무 불편해요"),
    "up and down": ("Prices went down by 3.5%", "카드번호를 다시 입력해야 하는 게 너무 편해요"),
    "two letters": ("it", "앱"),
    "fillers only": ("um, uh", "음, 어, 그"),
    "blank": ("  \r\n", "\u3000"),
    "nothing": ("", ""),
    "marks only": ("…!?", "“…”"),
    "another language": ("카드로 결제할 수 없어요", "I can't pay with my card"),
    "another emoji": ("I left 👎", "결제창이 자꾸 꺼져서 👎"),
    "too long to have been said": ("I waited 15 minutes " * 5_000, "가격이 삼만 원 올랐어요 " * 8_000),
}
FOUND = {
    "verbatim": ("exact", "the price is right", "the price is right", "배송이 3일 걸렸고", "배송이 3일 걸렸고"),
    "a contraction": (
        "normalised",
        "I cannot pay with my card",
        "I can't pay with my card",
        "환불은 안됐어요",
        "환불은 안 됐어요",
    ),
    "fillers": (
        "normalised",
        "It never arrived on time.",
        "It never, uh, arrived on time.",
        "배송이 3일 걸렸고 상담원 김민지 씨가",
        "배송이 3일 걸렸고 어 그 상담원 김민지 씨가",
    ),
    "wide letters": (
        "normalised",
        "Ｉ ｗａｉｔｅｄ １５ ｍｉｎｕｔｅｓ",
        "I waited 15 minutes",
        "３일 걸렸고",
        "3일 걸렸고",
    ),
    "blanks": ("normalised", "the 5kg parcel", "the 5 kg parcel", "가격이 삼만원 올랐어요", "가격이 삼만 원 올랐어요"),
    "in quotation marks": (
        "normalised",
        "“THE price is right.”",
        "the price is right.",
        "「3일 걸렸고」",
        "3일 걸렸고",
    ),
    "its last particle": ("normalised", 'it\'s "REALLY" slow', "It’s “really” slow", "카드번호가", "카드번호를"),
    "a slip": (
        "repaired",
        "It never arived on time",
        "It never, uh, arrived on time",
        "다시 입럭해야 하는 게 너무 불편해요",
        "다시 입력해야 하는 게 너무 불편해요",
    ),
    "a word that says nothing left out": (
        "repaired",
        "The new form is slow on my phone",
        "The new form is really really slow on my phone",
        "카드번호를 다시 입력해야 하는 게 불편해요",
        "카드번호를 다시 입력해야 하는 게 너무 불편해요",
    ),
    "words left out with a mark, which are shown": (
        "repaired",
        "I can't pay … the price is right",
        "I can't pay with my card. I don't think it is good, but the price is right",
        "결제가 불편하지 (…) 삼만 원 올랐어요",
        "결제가 불편하지 않았어요. 환불은 안 됐어요. 가격이 삼만 원 올랐어요",
    ),
    "torn from the denial before it": ("repaired", "it is good", "I don't think it is good", "받았어요", "못 받았어요"),
    "torn from the denial behind it": (
        "repaired",
        "I recommend the app",
        "I recommend the app to nobody",
        "결제가 불편하지",
        "결제가 불편하지 않았어요",
    ),
    "torn from a denial behind a pause": (
        "repaired",
        "arrived on time",
        "It never, uh, arrived on time",
        "앱이 좋다고",
        "앱이 좋다고 생각하지 않아요",
    ),
}


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("how", REJECTED)
def test_what_was_not_said_so_is_rejected(how: str, language: str) -> None:
    assert GATES[language].find(REJECTED[how][language == "ko"]) is None


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("how", FOUND)
def test_what_was_said_is_shown_in_the_transcripts_words(how: str, language: str) -> None:
    status, *pairs = FOUND[how]
    proposed, said = pairs[2:] if language == "ko" else pairs[:2]
    quote = GATES[language].find(proposed)
    assert quote is not None
    assert (quote.status, " ".join(quote.text.split())) == (status, said)
    assert TRANSCRIPTS[language].text[quote.start : quote.end] == quote.text


def test_a_homoglyph_never_reaches_the_reader() -> None:
    quote = GATES["en"].find("I wаited 15 minutes before I called")
    assert quote is not None
    assert (quote.status, quote.text) == ("repaired", "I waited 15 minutes before I called")


@pytest.mark.parametrize(
    ("language", "words"), [("en", "I hear the refunds are terrible"), ("ko", "환불이 엉망이라던데요")]
)
def test_the_interviewers_words_are_not_a_participants(language: str, words: str) -> None:
    gate = GATES[language]
    assert gate.find(words) is not None
    assert gate.find(words, roles=("participant",)) is None
    assert gate.find(words, speaker="P") is None


@pytest.mark.parametrize(
    ("language", "words"), [("en", "orders everything by telephone"), ("ko", "남편은 모든 것을 전화로")]
)
def test_another_speakers_words_are_not_taken_for_the_claimed_ones(language: str, words: str) -> None:
    assert GATES[language].find(words, speaker="P") is None
    found = GATES[language].find(words, speaker="o ")
    assert found is not None
    assert found.turn == 4


def test_the_same_words_in_two_turns_are_the_first_ones_unless_a_turn_is_claimed(make) -> None:
    transcript: Transcript = make("P: It is slow, the form.", "Q: Is it?", "P: it is SLOW the form")
    found = [Gate(transcript).find(text) for text in ("the form", "IT IS SLOW, THE FORM")]
    assert [quote and quote.turn for quote in found] == [0, 0]
    assert Gate(transcript).find("It is slow the form", turn=2).turn == 2


def test_a_letter_is_not_torn_from_its_marks(make) -> None:
    transcript: Transcript = make("P: We met at the café\u0301 and it was fine 👍🏽 really")
    assert Gate(transcript).find("We met at the cafe") is None
    quote = Gate(transcript).find("it was fine 👍")
    assert quote is None or quote.text.endswith("👍🏽")


PIECES = st.lists(
    st.sampled_from([*ENGLISH.text.split(), *KOREAN.text.split(), "not", "안", "7", "…", "👍", "\u0301", "\r\n"]),
    max_size=12,
)


@settings(max_examples=400, deadline=None)
@given(pieces=PIECES, blank=st.sampled_from([" ", "  ", "\u3000", ""]), language=st.sampled_from(["en", "ko"]))
def test_whatever_is_proposed_only_spans_of_one_turn_come_back(pieces: list[str], blank: str, language: str) -> None:
    transcript = TRANSCRIPTS[language]
    quote = GATES[language].find(blank.join(pieces))
    if quote is not None:
        turn = transcript.turns[quote.turn]
        assert turn.start <= quote.start < quote.end <= turn.end
        assert transcript.text[quote.start : quote.end] == quote.text


@st.composite
def stretches(draw: st.DrawFn) -> tuple[str, str]:
    """Return a language and a verbatim stretch of three words or more of one turn."""
    language = draw(st.sampled_from(["en", "ko"]))
    words = draw(st.sampled_from([turn.text.split(" ") for turn in TRANSCRIPTS[language].turns]))
    start = draw(st.integers(0, len(words) - 3))
    return language, " ".join(words[start : draw(st.integers(start + 3, len(words)))])


@settings(max_examples=300, deadline=None)
@given(stretches())
def test_a_verbatim_stretch_is_exact_or_shown_with_its_denial(drawn: tuple[str, str]) -> None:
    language, stretch = drawn
    assume(stretch.strip(" ,.…"))
    quote = GATES[language].find(stretch)
    assert quote is not None
    if quote.status == "exact":
        assert quote.text == stretch.strip()
    else:
        assert quote.status == "repaired"
        assert stretch.strip() in quote.text
        assert len(quote.text) > len(stretch.strip())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=stretches(), seed=st.integers(0, 1_000))
def test_noise_in_case_blanks_and_marks_leads_to_the_same_place(drawn: tuple[str, str], seed: int) -> None:
    language, stretch = drawn
    chance = random.Random(seed)  # noqa: S311 - the same each time, nothing secret
    noisy = "".join(chance.choice((letter.upper(), letter)) for letter in stretch)
    noisy = noisy.replace(" ", chance.choice(("  ", "\n", "\u00a0 "))).replace("’", "'").replace("“", '"')
    plain, found = GATES[language].find(stretch), GATES[language].find(f"“{noisy}”")
    assert plain is not None
    assert found is not None
    assert found.turn == plain.turn
    assert found.start < plain.end
    assert plain.start < found.end


@settings(max_examples=300, deadline=None)
@given(drawn=stretches(), seed=st.integers(0, 1_000))
def test_a_slip_is_repaired_at_its_place_or_rejected(drawn: tuple[str, str], seed: int) -> None:
    language, stretch = drawn
    chance = random.Random(seed)  # noqa: S311 - the same each time, nothing secret
    at = chance.randrange(len(stretch))
    slip = stretch[:at] + chance.choice("xe가은") + stretch[at + chance.randint(0, 1) :]
    plain, found = GATES[language].find(stretch), GATES[language].find(slip)
    assert plain is not None
    if found is not None:
        assert found.turn == plain.turn
        assert found.start < plain.end
        assert plain.start < found.end
