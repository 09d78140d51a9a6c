"""An interview in sections: where its topic shifts, and what each section is called.

The interview is cut into blocks of whole exchanges. Of all ways to put neighbouring blocks
together, the one is taken whose sections are the most alike within, in words and in meaning, at a price
for each section: change points with a kernel by dynamic programming (Arlot, Celisse & Harchaoui 2019, "A
kernel multiple change-point algorithm via model selection", JMLR 20(162)). That words recur within a topic
is Hearst's lexical cohesion (1997, "TextTiling", Computational Linguistics 23(1)).
"""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from persona_lab.engines.analysing.cues import is_small_talk
from persona_lab.engines.analysing.hearing import Heard
from persona_lab.engines.analysing.naming import Namer
from persona_lab.engines.meaning.encoder import encode
from persona_lab.engines.rules import TUNING
from persona_lab.models import Section, Transcript

# A block has at least a twentieth of the words; one that has thrice as many ends wherever a turn does.
BLOCKS = 20
LONGEST_BLOCK = 3
MOST_SECTIONS = 10
# A talk of nine blocks has three sections at least, one of five has two: nobody speaks an hour about one thing.
BLOCKS_FOR = {2: 5, 3: 9}
# A section with fewer sentences that say something is a greeting or a goodbye.
LEAST_SAID = 2

Floats = NDArray[np.float64]
# The first turn and the one behind the last.
Span = tuple[int, int]


def sections(transcript: Transcript, heard: Heard, known: Sequence[str] = ()) -> tuple[Section, ...]:
    """Return the sections in order; they hold every turn once.

    Args:
        known: names that the study's sections have already; one that fits is taken over.
    """
    spans = split(transcript, heard)
    namer = Namer(heard, transcript.language, [range(*span) for span in spans])
    named = _fitting(heard, spans, known)
    return tuple(
        Section(
            name=named.get(number) or namer.name(number),
            first=first,
            last=end - 1,
            terms=namer.terms(number),
            is_main=_says_something(transcript, heard, range(first, end)),
        )
        for number, (first, end) in enumerate(spans)
    )


def split(transcript: Transcript, heard: Heard) -> list[Span]:
    """Return the turns of each section."""
    if not transcript.turns:
        return []
    blocks = _blocks(transcript)
    chosen = _chosen(_costs(_likeness(heard, blocks)), TUNING.section_price)
    edges = [blocks[block][0] for block in chosen] + [len(transcript.turns)]
    return list(pairwise(edges))


def _blocks(transcript: Transcript) -> list[Span]:
    """Return stretches of whole turns, each beginning with a question where it is known who asks."""
    words = [len(turn.text.split()) for turn in transcript.turns]
    enough = sum(words) / BLOCKS
    asking = any(turn.role == "interviewer" for turn in transcript.turns)
    starts, size = [0], words[0]
    for turn, before in zip(transcript.turns[1:], transcript.turns, strict=False):
        begins = turn.role == "interviewer" != before.role or not asking
        if (begins and size >= enough) or size >= LONGEST_BLOCK * max(enough, 1):
            starts.append(turn.index)
            size = 0
        size += words[turn.index]
    return list(zip(starts, [*starts[1:], len(words)], strict=True))


def _likeness(heard: Heard, blocks: Sequence[Span]) -> Floats:
    """Return how alike the blocks are: by their words, and by how their meanings differ from the whole's."""
    by_words, by_meaning = _by_words(heard, blocks), _by_meaning(heard, blocks)
    share = TUNING.section_meaning
    both: Floats = (share * by_meaning + (1 - share) * by_words).round(6)
    return both


def _by_words(heard: Heard, blocks: Sequence[Span]) -> Floats:
    counts = [
        Counter(term for turn in range(*block) for sentence in heard.sentences[turn] for term in sentence.terms)
        for block in blocks
    ]
    spread = Counter(term for count in counts for term in count)
    column = {term: at for at, term in enumerate(sorted(term for term in spread if spread[term] > 1))}
    rows = np.zeros((len(blocks), len(column)))
    for row, count in zip(rows, counts, strict=True):
        for term, times in count.items():
            if term in column:
                row[column[term]] = (1 + math.log(times)) * math.log(len(blocks) / spread[term])
    return _cosines(rows)


def _by_meaning(heard: Heard, blocks: Sequence[Span]) -> Floats:
    rows = np.array([_meaning(heard, range(*block)) for block in blocks])
    return _cosines(rows - rows.mean(axis=0))


def _meaning(heard: Heard, turns: range) -> Floats:
    parts = [heard.of_turn(turn) for turn in turns]
    whole: Floats = np.concatenate(parts).sum(axis=0, dtype=np.float64)
    return whole / (np.linalg.norm(whole) or 1.0)


def _cosines(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = rows / np.where(lengths > 0, lengths, 1.0)
    found: Floats = unit @ unit.T
    return found


def _costs(likeness: Floats) -> Floats:
    """Return how unlike each other the blocks from row to column, the latter left out, are within."""
    count = len(likeness)
    sums = np.zeros((count + 1, count + 1))
    sums[1:, 1:] = likeness.cumsum(axis=0).cumsum(axis=1)
    own = np.concatenate([[0.0], np.cumsum(np.diag(likeness))])
    at = np.arange(count + 1)
    within = sums[at, at][None, :] + sums[at, at][:, None] - sums - sums.T
    lengths = at[None, :] - at[:, None]
    costs = own[None, :] - own[:, None] - within / np.where(lengths > 0, lengths, 1)
    return np.where(lengths > 0, costs, np.inf)


def _chosen(costs: Floats, price: float) -> list[int]:
    """Return with which blocks the sections begin that cost least."""
    count = len(costs) - 1
    best, steps = costs[0], []
    totals = [best[count] + price]
    for number in range(2, min(MOST_SECTIONS, count) + 1):
        through = best[:, None] + costs
        steps.append(through.argmin(axis=0))
        best = through.min(axis=0)
        totals.append(best[count] + price * number)
    starts, end = [], count
    least = max((number for number, blocks in BLOCKS_FOR.items() if count >= blocks), default=1)
    further = max(int(np.argmin(totals)), least - 1)
    for step in reversed(steps[:further]):
        end = int(step[end])
        starts.append(end)
    return [0, *reversed(starts)]


def _fitting(heard: Heard, spans: Sequence[Span], known: Sequence[str]) -> dict[int, str]:
    """Return for each section the known name that fits it, if one does; each name is given to the one it fits best."""
    names = [name.strip() for name in known if name.strip()]
    if not names:
        return {}
    meanings = np.array([_meaning(heard, range(*span)) for span in spans])
    likeness = (meanings @ encode(names).T.astype(np.float64)).round(6)
    found: dict[int, str] = {}
    for at in np.argsort(-likeness, axis=None, kind="stable"):
        section, name = divmod(int(at), len(names))
        if likeness[section, name] < TUNING.section_name_fits:
            break
        if section not in found and names[name] not in found.values():
            found[section] = names[name]
    return found


def _says_something(transcript: Transcript, heard: Heard, turns: range) -> bool:
    said = [
        sentence
        for turn in turns
        if transcript.turns[turn].role != "interviewer"
        for sentence in heard.sentences[turn]
        if len(set(sentence.terms)) >= 2 and not is_small_talk(sentence)
    ]
    return len(said) >= LEAST_SAID
