"""What a line's number means, and how a long transcript is cut."""

from collections.abc import Callable

import pytest

from persona_lab.engines.gate.quotes import Gate
from persona_lab.engines.miso.lines import Numbered, lines_of, parts_of, text_of
from persona_lab.engines.miso.reading import Said
from persona_lab.models import Transcript

Make = Callable[..., Transcript]


def numbered(transcript: Transcript, *script: Said) -> Numbered:
    return Numbered(transcript, lines_of(transcript, 50_000), script, Gate(transcript))


def test_each_turn_is_one_line_whatever_stands_in_it(make: Make) -> None:
    transcript = make("Q: How\nis it?", "P: Slow.\n\nVery\u2028slow.")
    assert text_of(lines_of(transcript, 50_000)) == "Question: How is it?\nAnswer: Slow. Very slow."


def test_korean_lines_have_korean_labels(checkout_ko: Transcript) -> None:
    lines = text_of(lines_of(checkout_ko, 50_000)).split("\n")
    assert [line.partition(": ")[0] for line in lines] == ["질문", "답변"] * 3
    assert len(lines) == len(checkout_ko.turns)


def test_several_participants_are_told_apart(make: Make) -> None:
    transcript = make("Q: Well?", "P: Slow indeed.", "P: Not for me.")
    first, second, third = transcript.turns
    several = transcript.model_copy(update={"turns": (first, second, third.model_copy(update={"speaker": "Kim"}))})
    assert text_of(lines_of(several, 50_000)) == "Question: Well?\nAnswer (P): Slow indeed.\nAnswer (Kim): Not for me."


def test_a_long_turn_becomes_several_lines_that_are_its_text(make: Make) -> None:
    transcript = make("P: " + "It is slow. " * 50 + "x" * 300)
    lines = lines_of(transcript, 100)
    assert all(len(line.sent) <= 100 for line in lines)
    assert all(transcript.text[line.start : line.end] == line.text for line in lines)
    assert "".join(line.text for line in lines) == transcript.turns[0].text


def test_parts_hold_every_line_once_and_begin_with_questions(make: Make) -> None:
    lines = [f"{'Q' if at % 2 == 0 else 'P'}: Line number {at} says this much." for at in range(60)]
    whole = lines_of(make(*lines), 50_000)
    parts = parts_of(whole, 400)
    assert [line for part in parts for line in part] == whole
    assert all(len(text_of(part)) <= 400 for part in parts)
    assert len(parts) > 5
    assert {part[0].turn.role for part in parts} == {"interviewer"}


def test_a_short_transcript_is_one_part(checkout: Transcript) -> None:
    assert len(parts_of(lines_of(checkout, 50_000), 50_000)) == 1


def test_evidence_becomes_the_words_of_its_turn(checkout: Transcript) -> None:
    (quote,) = numbered(checkout).quotes([4], "Typing again")
    assert quote.turn == 3
    assert checkout.text[quote.start : quote.end] == quote.text
    assert Gate(checkout).check(quote).status == "exact"


def test_of_a_long_line_the_sentence_nearest_to_the_claim_is_quoted(checkout: Transcript) -> None:
    (quote,) = numbered(checkout).quotes([4], "wishes that the delivery address were remembered")
    assert quote.text == "I wish it would remember my delivery address."


def test_clean_words_lead_to_the_words_that_were_said(checkout: Transcript) -> None:
    script = Said(lines=(4,), text="The card form is really frustrating.")
    (quote,) = numbered(checkout, script).quotes([4], "Typing")
    assert quote.text == "the card form is really frustrating."


@pytest.mark.parametrize("first", [0, 1, 2])
def test_counting_from_elsewhere_is_noticed(checkout: Transcript, first: int) -> None:
    script = [Said(lines=(turn.index + first,), text=turn.text) for turn in checkout.turns]
    line = numbered(checkout, *script).line(3 + first)
    assert line is not None
    assert line.turn.index == 3


def test_numbers_that_fit_no_counting_are_evidence_of_nothing(checkout: Transcript) -> None:
    script = [Said(lines=(turn.index + 1,), text="전혀 다른 이야기입니다 그렇죠") for turn in checkout.turns]
    assert numbered(checkout, *script).quotes([1, 2, 3], "anything") == []


@pytest.mark.parametrize("number", [0, -1, 99, 10**30])
def test_a_line_that_isnt_there_is_no_evidence(checkout: Transcript, number: int) -> None:
    assert numbered(checkout).quotes([number], "anything") == []


def test_the_same_line_twice_is_one_quote(checkout: Transcript) -> None:
    assert len(numbered(checkout).quotes([4, 4], "Typing again")) == 1
