"""Taking one speaker out of a transcript, so that what everybody else said stands where it stood.

Each character of theirs becomes a character of the mask: no offset moves. The mask tells how much they said, and not
how long their words were.
"""

import re
from collections.abc import Collection, Iterator, Sequence

from persona_lab.models import Masked, Transcript, Turn
from persona_lab.transcripts.redaction.finds import Find
from persona_lab.transcripts.redaction.people import can_be_sought, find_people, key_of, label_name
from persona_lab.transcripts.redaction.plain import plain
from persona_lab.transcripts.redaction.redacted import PSEUDONYM
from persona_lab.transcripts.redaction.scanning import Scan

MASK = "█"
# A blank behind so many, so that lines can be broken.
RUN = 7
ERASED = {"en": "Participant withdrawn", "ko": "철회한 참여자"}
_LINE = re.compile(r"[^\n]+")

Span = tuple[int, int]


def mask(length: int) -> str:
    """Return so many characters that say nothing, and neither begin nor end with a blank."""
    runs = f"{MASK * RUN} " * (length // (RUN + 1) + 1)
    return runs[: length - 1] + MASK if length else ""


def names_in(labels: Collection[str]) -> tuple[str, ...]:
    """Return the names in these labels, and those that are pseudonyms; none of one that says only what somebody is."""
    named = {label_name(label) or (label if PSEUDONYM.fullmatch(label) else "") for label in labels}
    return tuple(sorted(named - {""}, key=lambda one: (-len(one), one)))


def mentions(text: str, names: Collection[str]) -> list[Span]:
    """Return where people write of whoever is called so, in order."""
    marks = [name for name in names if PSEUDONYM.fullmatch(name)]
    people = [name for name in names if name not in marks]
    found = [(find.start, find.end) for find in find_people(plain(text), people)]
    return _joined([*found, *_literally(text, marks)])


def without_names(text: str, names: Collection[str], stands_for: str = "…") -> str:
    """Return a title or the like, with something in place of these names."""
    for start, end in reversed(_joined([*mentions(text, names), *_literally(text, names)])):
        text = text[:start] + stands_for + text[end:]
    return text


def masked(transcript: Transcript, labels: Collection[str], called: Collection[str], found: Scan) -> Masked:
    """Return the transcript without whoever the file calls by one of these labels.

    Where others name them the name is masked: as redaction finds it, and wherever a label is written outside of what
    is said. A line above the talk that introduces them alone goes as a whole.

    Args:
        transcript: with the labels of the file.
        called: what people have corrected the labels to.
        found: what is personal in this transcript.
    """
    names = names_in([*labels, *called])
    written = tuple({*labels, *called, *names})
    theirs = [turn for turn in transcript.turns if turn.speaker in labels]
    others = {turn.speaker for turn in transcript.turns if turn.speaker and turn.speaker not in labels}
    keys = {key_of(name) for name in names}
    keys |= {find.key for label in labels for find in found.beside.get(label, ()) if find.kind in ("name", "mark")}
    inside = [(turn.start, turn.end) for turn in theirs]
    finds = [*found.finds, *find_people(plain(transcript.text), filter(can_be_sought, names))]
    spans = [*inside, *_named(finds, keys)]
    for start, end in _between(transcript):
        spans += _outside(transcript.text, start, end, written, others)
    joined = _joined(spans)
    text = _masked_text(transcript.text, joined)
    numbers = frozenset(turn.index for turn in theirs)
    named = frozenset(
        turn.index
        for turn in transcript.turns
        if turn.index not in numbers and text[turn.start : turn.end] != turn.text
    )
    head = {
        "text": text,
        "metadata": {
            _fact(name, written, others, keys, found): _fact(value, written, others, keys, found)
            for name, value in transcript.metadata.items()
        },
        "remarks": (*(_fact(one, written, others, keys, found) for one in transcript.remarks), _remark(len(theirs))),
        "turns": tuple(_turn(turn, text, names, turn.index in numbers, transcript) for turn in transcript.turns),
    }
    said = tuple(transcript.text[start:end] for start, end in joined)
    rest = transcript.model_copy(update=head)
    return Masked(transcript=rest, turns=numbers, named=named, names=names, said=said)


def _turn(turn: Turn, text: str, names: Sequence[str], is_theirs: bool, transcript: Transcript) -> Turn:
    words = {"text": text[turn.start : turn.end]}
    if is_theirs:
        nobody = {"speaker": ERASED.get(transcript.language, ERASED["en"]), "role": "other", "codes": (), "cues": ()}
        return turn.model_copy(update={**words, **nobody})
    return turn.model_copy(update={**words, "codes": tuple(without_names(code, names) for code in turn.codes)})


def _remark(turns: int) -> str:
    return f"A participant was erased from this interview: {turns:,} turn{' is' if turns == 1 else 's are'} masked."


def _named(finds: Sequence[Find], keys: Collection[str]) -> Iterator[Span]:
    return ((find.start, find.end) for find in finds if find.kind in ("name", "mark") and find.key in keys)


def _outside(text: str, start: int, end: int, names: Sequence[str], others: Collection[str]) -> Iterator[Span]:
    """Yield what is to be masked of a stretch that nobody says."""
    for line in _LINE.finditer(text, start, end):
        found = [(line.start() + first, line.start() + last) for first, last in _literally(line[0], names)]
        if found and _introduces_them_alone(line[0], others) and not _ends_before_a_turn(line, end):
            yield line.span()
        else:
            yield from found


def _ends_before_a_turn(line: re.Match[str], end: int) -> bool:
    # The label before a turn stands on the turn's own line: the time before it stays.
    return line.end() == end


def _introduces_them_alone(line: str, others: Collection[str]) -> bool:
    return next(_literally(line, others), None) is None


def _fact(words: str, names: Sequence[str], others: Collection[str], keys: Collection[str], found: Scan) -> str:
    """Return what stands beside the text without them; a fact about them alone becomes a mask as a whole."""
    spans = [*_literally(words, names), *_named(found.beside.get(words, ()), keys)]
    if spans and _introduces_them_alone(words, others):
        return mask(len(words))
    return _masked_text(words, _joined(spans))


def _between(transcript: Transcript) -> Iterator[Span]:
    at = 0
    for turn in transcript.turns:
        if turn.start > at:
            yield at, turn.start
        at = max(at, turn.end)
    if at < len(transcript.text):
        yield at, len(transcript.text)


def _literally(text: str, names: Collection[str]) -> Iterator[Span]:
    """Yield where one of the names is written, whole and in whatever case."""
    for name in names:
        for found in re.finditer(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", text, re.IGNORECASE):
            yield found.span()


def _joined(spans: Collection[Span]) -> list[Span]:
    """Return the spans in order, those that overlap as one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        elif start < end:
            joined.append((start, end))
    return joined


def _masked_text(text: str, spans: Sequence[Span]) -> str:
    pieces, at = [], 0
    for start, end in spans:
        pieces += [text[at:start], mask(end - start)]
        at = end
    return "".join([*pieces, text[at:]])
