"""The gate that every quote passes."""

import unicodedata

from persona_lab.engines.gate import quotes
from persona_lab.models import Quote, Transcript


def said(transcript: Transcript, quote: Quote | None) -> str:
    assert quote is not None
    return transcript.text[quote.start : quote.end]


def test_words_that_were_said_are_found_with_true_offsets(make):
    transcript = make("P: I like it.", "P: The form is slow. I left.")
    quote = quotes.find("The form is slow.", transcript)
    assert quote == Quote(turn=1, start=18, end=35, text="The form is slow.", status="exact")
    assert said(transcript, quote) == "The form is slow."


def test_other_quotation_marks_and_blanks_are_normalised_and_the_original_is_shown(make):
    transcript = make("P: 😀 It’s “really”\n  slow… I left.")
    quote = quotes.find('It\'s "really" slow... I left.', transcript)
    assert quote is not None
    assert (quote.status, quote.text) == ("normalised", "It’s “really”\n  slow… I left.")
    assert said(transcript, quote) == quote.text


def test_korean_typed_in_other_unicode_form_is_found(make):
    transcript = make(f"P: {unicodedata.normalize('NFD', '결제가 너무 불편해요.')}", language="ko")
    quote = quotes.find("너무 불편해요.", transcript)
    assert quote is not None
    assert quote.status == "normalised"
    assert unicodedata.normalize("NFC", said(transcript, quote)) == "너무 불편해요."


def test_two_turns_are_never_glued_together(make):
    transcript = make("P: The form is slow.", "P: I left.")
    assert quotes.find("The form is slow. I left.", transcript) is None
    glued = Quote(turn=0, start=3, end=transcript.turns[1].end, text=transcript.text[3 : transcript.turns[1].end])
    assert quotes.check(glued, transcript).status == "rejected"


def test_words_nobody_said_are_rejected(make):
    transcript = make("P: The form is slow.")
    assert quotes.check(Quote(turn=0, start=3, end=20, text="The form is fast."), transcript).status == "rejected"


def test_a_wrong_place_is_put_right(make):
    transcript = make("P: I like it.", "P: The form is slow.")
    checked = quotes.check(Quote(turn=0, start=0, end=5, text="The form is slow."), transcript)
    assert (checked.turn, checked.status, said(transcript, checked)) == (1, "exact", "The form is slow.")


def test_the_named_turn_comes_before_the_others(make):
    transcript = make("P: It is slow.", "P: It is slow.")
    assert quotes.check(Quote(turn=1, start=0, end=3, text="It is slow."), transcript).turn == 1


def test_a_status_that_was_claimed_is_not_believed(make):
    transcript = make("P: The form is slow.")
    claimed = Quote(turn=0, start=3, end=20, text="The form is fast.", status="exact")
    assert quotes.check(claimed, transcript).status == "rejected"


def test_a_turn_that_does_not_exist_is_no_error(make):
    transcript = make("P: The form is slow.")
    assert quotes.find("slow", transcript, turn=7) is None
    assert quotes.check(Quote(turn=7, start=0, end=4, text="slow"), transcript).turn == 0


def test_nothing_is_not_a_quote(make):
    assert quotes.find("  ", make("P: The form is slow.")) is None
