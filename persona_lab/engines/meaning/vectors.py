"""Meanings as they are kept: a vector of whole numbers for each text, which compares exactly.

Products of numbers up to 127 over 512 columns stay below 2²⁴, so sums of them are
exact in float32, whatever order a machine adds them in. The same texts give the
same likenesses everywhere.
"""

import functools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from persona_lab.engines.meaning.encoder import DIMENSIONS, Rows, encode

LARGEST = 127
# A question is looked for, and then compared with what is found.
QUESTIONS = 64
# So many rows are spread out to float32 at once.
BLOCK = 4096

Vectors = NDArray[np.int8]


def of_texts(texts: Sequence[str]) -> Vectors:
    """Return the meaning of each text, one row each; zeros for an empty one."""
    return rounded(encode(texts) * np.array([[bool(text.strip())] for text in texts], np.float32).reshape(-1, 1))


@functools.lru_cache(maxsize=QUESTIONS)
def of_question(text: str) -> Vectors:
    """Return the meaning of one text by itself, as one row; that of the last few is remembered."""
    found = of_texts([text])
    found.flags.writeable = False
    return found


def of_passages(passages: Sequence[Rows]) -> Vectors:
    """Return the meaning of each passage: that of its sentences, on average."""
    sums = [passage.sum(axis=0) for passage in passages]
    return rounded(np.array(sums, np.float32).reshape(-1, DIMENSIONS))


def rounded(rows: Rows) -> Vectors:
    """Return rows in whole numbers, the largest of each row 127."""
    largest = np.abs(rows).max(axis=1, keepdims=True, initial=0.0)
    whole: Vectors = np.round(rows * LARGEST / np.where(largest > 0, largest, 1)).astype(np.int8)
    return whole


def packed(vectors: Vectors) -> bytes:
    return vectors.tobytes()


def unpacked(data: bytes) -> Vectors:
    return np.frombuffer(data, np.int8).reshape(-1, DIMENSIONS)


def lengths(vectors: Vectors) -> NDArray[np.float64]:
    """Return each row's length; 1 for a row of zeros, which is then like nothing."""
    found = np.zeros(len(vectors))
    for first, block in blocks(vectors):
        found[first : first + len(block)] = np.sqrt(np.einsum("ij,ij->i", block, block, dtype=np.float64))
    return np.where(found > 0, found, 1.0)


def likeness(vectors: Vectors, others: Vectors, known: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Return the cosine of each row with each of the others, to six places.

    Args:
        known: the `lengths` of the rows, where they have been measured already.
    """
    right = others.astype(np.float32).T
    products = np.zeros((len(vectors), len(others)))
    for first, block in blocks(vectors):
        products[first : first + len(block)] = block @ right
    scale = (lengths(vectors) if known is None else known)[:, None] * lengths(others)[None, :]
    found: NDArray[np.float64] = (products / scale).round(6)
    return found


def blocks(vectors: Vectors) -> Iterator[tuple[int, Rows]]:
    """Yield the rows in float32, a block at a time, with the number of its first."""
    for first in range(0, len(vectors), BLOCK):
        yield first, vectors[first : first + BLOCK].astype(np.float32)
