"""Make the model of Korean syllables: persona_lab/transcripts/syllables.npz.

    python -m tests.models.make_syllables FOLDER

FOLDER holds the sets that `korean.LEARNED` names. The same folder gives the same file.
"""

import sys
from collections import Counter
from itertools import chain
from pathlib import Path

import numpy as np

from persona_lab.transcripts.syllables import FIRST, PATH, STEP, Vocabulary, everyday
from persona_lab.transcripts.vocabulary import ASIDES, METADATA, NEUTRAL, ROLES
from tests.models.korean import learned

DISCOUNT = 0.75
# A sign or syllable beyond the everyday ones joins them when it comes this often.
LEAST_OTHER = 3
# How often each label of interviews is put beside the texts.
LABELS = 20


def counted(keys):
    return np.unique(keys, return_counts=True)


def weights(values):
    return np.minimum(np.round(-np.log(np.maximum(values, 1e-30)) * STEP), 255).astype(np.uint8)


def planes(keys):
    """Return the steps between sorted keys, lowest bytes first, which packs well."""
    return np.ascontiguousarray(np.diff(keys, prepend=0).astype(np.uint32).view(np.uint8).reshape(-1, 4).T)


def sums(groups, values, size):
    return np.bincount(groups, values, size)


def fit(numbers, size):
    """Return the arrays of an interpolated Kneser-Ney model of threes."""
    numbers = numbers.astype(np.int64)
    threes, three_counts = counted((numbers[:-2] * size + numbers[1:-1]) * size + numbers[2:])
    # Below the highest order a sequence counts once for each different character before it.
    pairs, pair_counts = counted(threes % size**2)
    singles = np.bincount(pairs % size, minlength=size)

    # 11,172 syllables and some signs are possible; half a discount goes to each that was never met.
    single = np.maximum(singles - DISCOUNT, 0) / singles.sum()
    single += (1 - single.sum()) / size

    first, second = pairs // size, pairs % size
    total, kinds = sums(first, pair_counts, size), sums(first, None, size)
    single_weight = np.where(total > 0, DISCOUNT * kinds / np.maximum(total, 1), 1.0)
    pair = (pair_counts - DISCOUNT) / total[first] + single_weight[first] * single[second]

    # Every pair that begins a three is a key, though in the text's first place it may not end one.
    context = np.searchsorted(pairs, threes // size)
    context = np.minimum(context, len(pairs) - 1)
    is_known = pairs[context] == threes // size
    threes, three_counts, context = threes[is_known], three_counts[is_known], context[is_known]
    third = threes % size
    total, kinds = sums(context, three_counts, len(pairs)), sums(context, None, len(pairs))
    pair_weight = np.where(total > 0, DISCOUNT * kinds / np.maximum(total, 1), 1.0)
    after = np.searchsorted(pairs, second[context] * size + third)
    lower = pair[after]
    three = (three_counts - DISCOUNT) / total[context] + pair_weight[context] * lower
    print(f"{len(pairs):,} pairs, {len(threes):,} threes")
    return {
        "single_values": weights(single),
        "single_weights": weights(single_weight),
        "pair_steps": planes(pairs),
        "pair_values": weights(pair),
        "pair_weights": weights(pair_weight),
        "three_steps": planes(context * size + third),
        "three_values": weights(three),
    }


def labels() -> str:
    """Return the words that stand before a colon in interviews, of which other texts have few."""
    words = {*chain(*ROLES.values()), *NEUTRAL, *METADATA, *ASIDES}
    return "".join(f"\n{word}: \n{word} 1 \n" for word in sorted(words) if not word.isascii())


def main() -> None:
    text = "\n\n".join([*learned(Path(sys.argv[1])), labels() * LABELS])
    common = set(everyday())
    counts = Counter(character for character in text if "\x80" <= character < "\uffff" and character not in common)
    others = sorted(character for character, count in counts.items() if count >= LEAST_OTHER)
    vocabulary = Vocabulary("".join(others))
    print(f"{len(text):,} characters; {vocabulary.size - FIRST:,} known beyond ASCII")
    arrays = fit(vocabulary.numbers(text), vocabulary.size)
    np.savez_compressed(PATH, others=np.array([ord(character) for character in others], np.uint16), **arrays)
    print(f"{PATH}: {PATH.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
