"""Sentences and content words."""

import unicodedata

import pytest

from persona_lab.engines import language


def said(text: str, code: str) -> list[str]:
    return [text[start:end] for start, end in language.sentences(text, code)]


def test_abbreviations_and_numbers_do_not_end_a_sentence():
    text = "Dr. Kim uses e.g. Excel 3.5 at 9 a.m. every day. It works."
    assert said(text, "en") == ["Dr. Kim uses e.g. Excel 3.5 at 9 a.m. every day.", "It works."]


def test_a_question_inside_quotation_marks_does_not_end_the_sentence():
    assert said('He said "why?" and left. I stayed.', "en") == ['He said "why?" and left.', "I stayed."]


def test_an_ellipsis_before_a_small_letter_does_not_end_the_sentence():
    assert said("I tried... and then it broke. Sad.", "en") == ["I tried... and then it broke.", "Sad."]


def test_lower_case_typists_get_sentences_too():
    assert said("i use it daily. it's fine.", "en") == ["i use it daily.", "it's fine."]


def test_lists_break_at_lines_and_wrapped_lines_do_not():
    text = "What I use:\n- Excel\n- Paper"
    assert said(text, "en") == ["What I use:", "- Excel", "- Paper"]
    assert said("I open the file and\nread it.", "en") == ["I open the file and\nread it."]


def test_spans_never_hold_the_blanks_around_them():
    text = "  One is here.   Two is here. \n\n  Three is here.  "
    assert said(text, "en") == ["One is here.", "Two is here.", "Three is here."]


def test_korean_sentences_are_told_apart_without_full_stops():
    assert said("앱이 느려서 껐어요 다른 앱을 찾아 봤어요", "ko") == ["앱이 느려서 껐어요", "다른 앱을 찾아 봤어요"]


def test_emoji_do_not_shift_korean_spans():
    assert said("😀 결제가 안 돼요. 😡 답답해요.", "ko") == ["😀 결제가 안 돼요.", "😡 답답해요."]


def test_korean_in_decomposed_letters_is_understood_and_its_spans_are_true():
    text = unicodedata.normalize("NFD", "결제가 안 돼요. 답답해요.")
    assert language.terms(text, "ko") == ["결제", "답답"]
    assert said(text, "ko") == [unicodedata.normalize("NFD", part) for part in ("결제가 안 돼요.", "답답해요.")]


def test_english_terms_are_stems_without_stop_words():
    assert language.terms("The cards were declined; I'm comparing prices.", "en") == [
        "card",
        "declin",
        "compar",
        "price",
    ]


def test_korean_terms_are_in_dictionary_form():
    assert language.terms("영수증을 찾았는데 파일을 못 열었어요", "ko") == ["영수증", "찾다", "파일", "열다"]


def test_english_words_in_korean_text_are_stemmed():
    assert language.terms("checkout에서 coupons 적용이 안 됐어요", "ko") == ["checkout", "coupon", "적용"]


@pytest.mark.parametrize("code", ["en", "fr", ""])
def test_an_english_interview_with_a_korean_word_stays_english(code):
    assert language.terms("We sell kimchi, or 김치, to restaurants", code) == ["sell", "kimchi", "김치", "restaur"]


@pytest.mark.parametrize("code", ["en", "ko"])
@pytest.mark.parametrize("text", ["", "   \n ", "...", "😀"])
def test_text_without_words_has_no_sentences(text, code):
    assert language.sentences(text, code) == []
    assert language.terms(text, code) == []


def test_words_are_shown_with_the_capitals_people_give_them():
    texts = [
        "Excel is fine. I like Excel. recipe cards, an ai",
        "Recipes and AI. We use AI, and AI is fine; my recipe.",
    ]
    assert [language.cased(word, texts) for word in ("excel", "ai", "recipe", "boat")] == [
        "Excel", "AI", "recipe", "boat",
    ]  # fmt: skip
    assert language.cased("ai", ["그래서 AI가 편해요."]) == "AI"
