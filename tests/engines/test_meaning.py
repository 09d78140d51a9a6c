"""Texts that say the same are near each other, exactly and everywhere alike."""

import numpy as np
import pytest

from persona_lab.engines.meaning import vectors
from persona_lab.engines.meaning.encoder import DIMENSIONS, encode


def cosine(one: str, other: str) -> float:
    return float(vectors.likeness(vectors.of_texts([one]), vectors.of_texts([other]))[0, 0])


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("I fear being replaced by AI.", "I'm worried that AI will take my job.", "The parking garage was closed."),
        ("결제가 너무 오래 걸려요.", "결제 화면이 느려요.", "주차장이 일요일에 닫혀 있어요."),
        ("결제가 너무 오래 걸려요.", "Paying takes far too long.", "The parking garage was closed."),
    ],
)
def test_what_says_the_same_is_nearer_than_what_does_not(text, near, far):
    assert cosine(text, near) > cosine(text, far) + 0.2


def test_rows_have_unit_length_and_no_texts_no_rows():
    assert np.allclose(np.linalg.norm(encode(["Hello there.", "안녕하세요."]), axis=1), 1, atol=1e-3)
    assert encode([]).shape == (0, DIMENSIONS)


def test_packing_loses_next_to_nothing():
    texts = ["The card form is slow.", "환불이 오래 걸려요.", "I like the coupons."]
    exact = encode(texts)
    assert np.abs(vectors.likeness(vectors.of_texts(texts), vectors.of_texts(texts)) - exact @ exact.T).max() < 0.01
    packed = vectors.of_texts(texts)
    assert np.array_equal(vectors.unpacked(vectors.packed(packed)), packed)


def test_likeness_is_the_same_whatever_stands_beside_it():
    """Sums of products stay whole numbers, so neither order nor blocks can change the last bit."""
    many = np.random.default_rng(0).integers(-127, 128, (5000, DIMENSIONS)).astype(np.int8)
    whole = vectors.likeness(many, many[:3])
    assert np.array_equal(whole[4321], vectors.likeness(many[4321:4322], many[:3])[0])
    exact = (many[4321].astype(np.int64) @ many[0].astype(np.int64)) / np.linalg.norm(many[4321] * 1.0)
    assert whole[4321, 0] == pytest.approx(exact / np.linalg.norm(many[0] * 1.0), abs=1e-6)


def test_an_empty_passage_means_nothing():
    found = vectors.of_passages([encode(["The card form is slow."]), encode([]), encode(["Yes.", "It is slow."])])
    assert found.shape == (3, DIMENSIONS)
    assert not found[1].any()
    assert vectors.likeness(found[1:2], found)[0].tolist() == [0.0, 0.0, 0.0]
    assert vectors.of_passages([]).shape == (0, DIMENSIONS)
