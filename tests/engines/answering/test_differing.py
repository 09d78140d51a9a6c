"""Several personas' answers side by side: what they share, what only one has, and who has nothing to say."""

import re

import pytest

from persona_lab.engines.answering.differing import differences
from persona_lab.models import Citation, Delta, Voice
from tests.support import talking

ADDRESS = "The card form forgets my delivery address every time."
ADDRESS_TOO = "Every time I pay, the card form forgets my delivery address."
COUPON = "The coupon field is covered by the keyboard on my phone."
PRICE = "Shipping costs more than the shampoo that I ordered."
NO_PROBLEM = "The card form never forgets my delivery address."


def voice(label):
    return Voice(persona_id=label.lower(), label=label)


def answered(label, *quotes):
    """Return an answer that consists of quotes."""
    if not quotes:
        return voice(label), "The interviews don't tell.", []
    text = f"{len(quotes)} of the people interviewed speak to this:\n\n"
    text += "\n".join(f"- “{quote.text}” [{n}]" for n, quote in enumerate(quotes, start=1))
    return voice(label), text, [Citation(n=n, quote=quote) for n, quote in enumerate(quotes, start=1)]


def written(parts):
    return "".join(part.text for part in parts if isinstance(part, Delta))


def cited(parts):
    return {part.n: part.quote for part in parts if isinstance(part, Citation)}


def test_what_two_say_alike_stands_together_and_what_one_says_apart():
    parts = differences(
        [
            answered("P1", talking.quote(ADDRESS, 1), talking.quote(COUPON, 2)),
            answered("P2", talking.quote(PRICE, 3), talking.quote(ADDRESS_TOO, 4)),
            answered("P3"),
        ],
        "en",
    )
    assert written(parts) == (
        "2 of 3 personas speak to this.\n\n"
        "P1 and P2 say something similar:\n\n"
        f"- P1: “{ADDRESS}” [1]\n- P2: “{ADDRESS_TOO}” [2]\n\n"
        f"Only in the answer of P1:\n\n- “{COUPON}” [3]\n\n"
        f"Only in the answer of P2:\n\n- “{PRICE}” [4]\n\n"
        "The interviews of P3 don't tell."
    )
    assert [quote.text for quote in cited(parts).values()] == [ADDRESS, ADDRESS_TOO, COUPON, PRICE]


def test_the_same_words_are_cited_once():
    quote = talking.quote(ADDRESS, 1)
    parts = differences([answered("P1", quote), answered("P2", quote)], "en")
    assert f"- P1, P2: “{ADDRESS}” [1]" in written(parts)
    assert list(cited(parts)) == [1]


def test_a_denial_is_never_like_what_it_denies():
    parts = differences([answered("P1", talking.quote(ADDRESS, 1)), answered("P2", talking.quote(NO_PROBLEM, 2))], "en")
    assert "similar" not in written(parts)


def test_where_nobody_has_anything_to_say_that_is_all_there_is_to_say():
    assert written(differences([answered("P1"), answered("P2")], "en")) == "The interviews don't tell."


def test_every_line_cites_or_leads_to_lines_that_do():
    answers = [answered("P1", talking.quote(ADDRESS, 1), talking.quote(COUPON, 2)), answered("P2")]
    parts = differences(answers, "en")
    lines = [line for line in written(parts).split("\n") if line]
    assert lines[0] == "1 of 2 personas speaks to this."
    assert [line for line in lines if line.startswith("- ") and not re.search(r" \[\d\]$", line)] == []
    assert [line for line in lines[1:] if not line.startswith("- ")] == [
        "Only in the answer of P1:",
        "The interviews of P2 don't tell.",
    ]


def test_sentences_of_a_model_keep_their_words_and_their_quotes():
    quote = talking.quote(ADDRESS, 1)
    told = (voice("P1"), "One person has to type again. [1]", [Citation(n=1, quote=quote)])
    assert "- One person has to type again. [1]" in written(differences([told, answered("P2")], "en"))


@pytest.mark.parametrize("labels", [("P1", "P2"), ("서두르는 사람", "꼼꼼한 사람")])
def test_korean_answers_are_compared_in_korean(labels):
    one, other = "카드 번호를 매번 다시 입력해야 해서 불편해요.", "결제할 때마다 카드 번호를 매번 다시 입력해야 해요."
    parts = differences(
        [answered(labels[0], talking.quote(one, 1)), answered(labels[1], talking.quote(other, 2)), answered("P3")], "ko"
    )
    assert written(parts) == (
        "페르소나 3개 가운데 2개가 말합니다.\n\n"
        f"{labels[0]}, {labels[1]} 모두 비슷하게 말합니다:\n\n"
        f"- {labels[0]}: “{one}” [1]\n- {labels[1]}: “{other}” [2]\n\n"
        "P3의 인터뷰에는 그 내용이 없습니다."
    )
