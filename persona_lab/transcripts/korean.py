"""The Korean language model, one for the process.

It takes about 500 MB of memory and two seconds, so it is loaded when the first
Korean text is met and never before.
"""

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiwipiepy import Kiwi


@functools.cache
def kiwi() -> "Kiwi":
    """Return kiwipiepy's analyser."""
    from kiwipiepy import Kiwi

    return Kiwi(num_workers=1)
