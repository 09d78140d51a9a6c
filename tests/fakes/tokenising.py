"""How the look-alike counts tokens: about as GPT-4's tokeniser does, and independent of the engine's estimate."""

import math
import re

PIECE = re.compile(r"[\uac00-\ud7a3]+|[A-Za-z]+|\d+|[^\s\w]+|\w")


def tokens_of(text: str) -> int:
    total = 0
    for piece in PIECE.findall(text):
        if "\uac00" <= piece[0] <= "\ud7a3":
            total += math.ceil(1.4 * len(piece))
        elif piece[0].isascii() and piece[0].isalpha():
            total += math.ceil(len(piece) / 6)
        elif piece[0].isdigit():
            total += math.ceil(len(piece) / 3)
        else:
            total += 1
    return total
