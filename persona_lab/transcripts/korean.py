"""The Korean language model, one for the process.

It takes about 300 MB of memory and two seconds, so it is loaded when the first
Korean text is met and never before.
"""

import functools
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiwipiepy import Kiwi


_loading = threading.Lock()


def kiwi() -> "Kiwi":
    """Return kiwipiepy's analyser, which several threads may use."""
    with _loading:
        return _kiwi()


@functools.cache
def _kiwi() -> "Kiwi":
    from kiwipiepy import Kiwi

    # Its dictionary of several-word names, titles of films and places, would take 180 MB more.
    return Kiwi(num_workers=1, load_multi_dict=False)
