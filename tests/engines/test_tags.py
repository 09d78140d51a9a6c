"""What kind of thing a sentence says."""

import numpy as np
import pytest

import persona_lab
from persona_lab.engines.analysing.analysis import PROMPT_HASH, analyse
from persona_lab.engines.base import Context
from persona_lab.engines.language import read
from persona_lab.engines.rules import PROMPT_HASH as RULES_HASH
from persona_lab.engines.tags import score, tag
from persona_lab.engines.tags.features import PLACES, piece, row
from persona_lab.engines.tags.model import KINDS, SIGNS, model, probabilities
from persona_lab.engines.tags.tone import tone
from persona_lab.errors import InvalidRequest


def kinds(*sentences: str, language=None) -> list[str]:
    return [tagged.kind for tagged in tag(sentences, language)]


def test_a_pain_without_a_word_of_complaint_is_found():
    assert kinds("I had to copy every number by hand again because the file was not saved.") == ["pain"]


def test_a_wish_is_a_need_and_a_question_is_nothing():
    assert kinds("I wish it could export to PDF.", "What did you dislike?") == ["need", "none"]


def test_korean_kinds_are_told_apart():
    assert kinds(
        "앱이 자꾸 꺼져서 너무 불편해요.",
        "배송이 빨라서 정말 좋아요.",
        "검색 기능이 있었으면 좋겠어요.",
        "저는 서울에서 마케팅 일을 합니다.",
    ) == ["pain", "delight", "need", "none"]


def test_where_there_is_no_word_there_is_nothing():
    told = tag(["", "I wish it could export to PDF.", " …?! ", "앱이 자꾸 꺼져서 너무 불편해요."])
    assert [one.kind for one in told] == ["none", "need", "none", "pain"]
    assert (told[0].score, told[2].score) == (1.0, 1.0)


@pytest.mark.parametrize("given", [None, 5, b"It crashed.", ["It crashed.", None]])
def test_what_is_no_text_is_refused_in_words(given):
    with pytest.raises(InvalidRequest, match="is no text"):
        tag(given)


def test_a_korean_story_of_wasted_hours_is_a_pain():
    assert kinds("엑셀에 다시 옮겨 적느라 매주 두 시간이 걸려요.") == ["pain"]


@pytest.mark.parametrize(
    "sentence",
    [
        "I don't think there is any issue.",
        "I have never had problems with the checkout.",
        "There is nothing difficult about it.",
        "I wasn't annoyed by the ads.",
        "I'm not concerned about privacy.",
        "We never run into bugs.",
        "앱이 느리지는 않아요.",
        "그다지 복잡하지 않았어요.",
        "오류는 한 번도 못 봤어요.",
        "결제하면서 문제가 있었던 적은 없어요.",
        "불편했던 적은 한 번도 없어요.",
        "느리다는 느낌은 못 받았어요.",
        "문제 될 건 없어요.",
        "I have never had a problem with it. It never crashed.",
    ],
)
def test_a_pain_that_is_denied_is_none(sentence):
    assert kinds(sentence) != ["pain"]


@pytest.mark.parametrize(
    "sentence",
    [
        "The problem is that it never saves.",
        "I can't export my notes.",
        "I have never had a problem with the app. But the export is frustrating.",
        "결제가 안 되는 문제가 있었던 적이 많아요.",
        "불편한데 방법이 없어요.",
        "문제가 생겨도 연락할 데가 없어요.",
        "불편할 수밖에 없어요.",
    ],
)
def test_a_pain_told_with_a_not_stays_one(sentence):
    assert kinds(sentence) == ["pain"]


def test_a_word_that_is_taken_back_sounds_the_other_way():
    assert tone("it is good").good == tone("it is good").balance > 0
    assert tone("it is not good").bad > 0 == tone("it is not good").good
    assert tone("there was no problem").good > 0
    assert tone("the table has four columns") == (0, 0, 0)


def test_a_use_is_a_need_that_is_met():
    assert kinds("Data exploration") == ["need_met"]


def test_one_sentence_may_stand_alone():
    assert persona_lab.tag("It takes forever to load and I lose my work.") == tag(
        ["It takes forever to load and I lose my work."]
    )


def test_sentences_of_both_languages_keep_their_order():
    mixed = ["The export is broken.", "앱이 자꾸 꺼져요.", "I love the quick plots."]
    assert tag(mixed) == [tag(sentence)[0] for sentence in mixed]


def test_nothing_has_no_tags():
    assert tag([]) == []


@pytest.mark.parametrize("text", ["", " ", "…", "???", "가" * 5_000, "word " * 2_000, "\x00", "🙂"])
def test_whatever_the_text_it_has_a_kind_and_a_likelihood(text):
    (tagged,) = tag(text)
    assert tagged.kind in KINDS
    assert 0 <= tagged.score <= 1


def test_an_unknown_language_is_named():
    with pytest.raises(ValueError, match="'fr'"):
        tag("Bonjour", "fr")


def test_a_sentence_read_already_is_scored_the_same():
    text = "The card form is really slow."
    (likely,) = score(read(text, "en"))
    assert sum(likely.values()) == pytest.approx(1, abs=1e-5)
    assert round(likely[tag(text)[0].kind], 3) == tag(text)[0].score


def test_the_likelihoods_of_the_kinds_add_up():
    scores = np.array([[0.0, 1.0, -2.0, 3.0, -40.0]], np.float32)
    assert probabilities(scores).sum() == pytest.approx(1)


def test_places_come_in_order_and_only_once():
    found = row(piece(read("Slow, slow, slow export!", "en"), "Slow, slow, slow export!", "en"))
    assert found.places.tolist() == sorted(set(found.places.tolist()))
    assert found.places.max() < PLACES


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_model_has_a_weight_of_each_kind_for_each_feature(language):
    known = model(language)
    assert known.grams.shape == (PLACES, len(KINDS))
    assert known.near.shape == (len(known.landmarks), len(KINDS))
    assert known.signs.shape == (SIGNS, len(KINDS))
    assert known.start.shape == known.lean.shape == (len(KINDS),)


def test_provenance_tells_the_models_from_the_rules_alone():
    assert PROMPT_HASH != RULES_HASH


def test_a_story_without_cue_words_is_a_finding(make):
    transcript = make(
        "Q: What happened?", "P: I had to copy every number by hand again because the file was not saved."
    )
    (finding,) = analyse(transcript, Context(), run_id="r").insights
    assert (finding.kind, finding.quotes[0].turn) == ("pain", 1)
