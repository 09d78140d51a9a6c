"""Which of the words before a colon are the names of those who speak.

A candidate counts when it is a word for a speaker (Interviewer, 참가자), when it
comes again and again as a name would, or when it is written as the labels that
do. Nobody is made up: what is doubtful stays part of what the others say.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from persona_lab.transcripts.clocks import is_alone
from persona_lab.transcripts.forms import Label, candidates
from persona_lab.transcripts.roles import is_speaker_word, role_of

# Share of the paragraphs that begin with names which recur, for names in small letters or said once to count as well.
MOSTLY, NEARLY_ALL = 0.6, 0.9
HOUR = 3600.0
DAY = 24 * HOUR


def find_labels(lines: Sequence[str]) -> list[Label]:
    """Return the labels that say who speaks, at most one a line, in order."""
    openings = _openings(lines)
    found = _without_sounds(candidates(lines), openings)
    speakers = _speakers(found, openings)
    return _since_the_first([label for label in found if label.key in speakers])


def _openings(lines: Sequence[str]) -> set[int]:
    """Return the lines that begin a paragraph: those below a blank one, or all where none is blank."""
    is_filled = [bool(line.strip()) and not is_alone(line) for line in lines]
    filled = [number for number, line in enumerate(is_filled) if line]
    below_blank = {number for number in filled if number == 0 or not is_filled[number - 1]}
    return below_blank if len(below_blank) > 1 else set(filled)


def _without_sounds(found: list[Label], openings: set[int]) -> list[Label]:
    """Leave out "{cough}" and "[typing]", unless brackets are how most of the labels are written."""
    brackets = [label for label in found if label.form == "bracket"]
    if sum(label.line in openings for label in brackets) >= MOSTLY * len(openings):
        return found
    return [label for label in found if not (label.form == "bracket" and label.speaker[0].islower())]


def _speakers(found: Sequence[Label], openings: set[int]) -> set[str]:
    counts = Counter(label.key for label in found)
    certain = {name for name in counts if is_speaker_word(name, counts)}
    has_both_sides = {"interviewer", "participant"} <= {role_of(name, counts) for name in certain if counts[name] > 1}
    doubtful = {label.key for label in found if label.speaker[0].islower() or label.key.startswith("the ")}
    twice = {name for name, count in counts.items() if count > 1 and name not in certain}
    is_talk = len(twice) > 1 and _share(found, twice | certain, openings) >= MOSTLY
    recurring = {
        name
        for name in twice
        if counts[name] >= _enough(has_both_sides=has_both_sides, is_doubtful=name in doubtful and not is_talk)
    }
    if not certain:
        certain = recurring if len(recurring) > 1 or _are_sure(found, recurring) else set()
        return certain | _said_once(found, certain, counts, openings) if certain else certain
    once = set(counts) - certain - recurring - doubtful
    if not recurring and not has_both_sides and len(certain) == 1 and len(once) == 1:
        return certain | once
    if has_both_sides:
        return certain | recurring
    return certain | recurring | _said_once(found, certain | recurring, counts, openings)


def _enough(*, has_both_sides: bool, is_doubtful: bool) -> int:
    """Return how often a word must come before a colon to count as a name.

    More often where the cast is already full, since answers hold lists such as
    "Satisfied: …", and where it begins with a small letter, as few names do.
    """
    return 5 if is_doubtful else 3 if has_both_sides else 2


def _share(found: Sequence[Label], names: set[str], openings: set[int]) -> float:
    """Return which share of the paragraphs begins with one of the names."""
    return sum(label.line in openings and label.key in names for label in found) / max(1, len(openings))


def _said_once(found: Sequence[Label], known: set[str], counts: Counter[str], openings: set[int]) -> set[str]:
    """Return the names that stand in the text once but are written exactly as the known labels are."""
    labels = [label for label in found if label.key in known]
    once = [
        label for label in found if counts[label.key] == 1 and label.key not in known and not label.speaker[0].islower()
    ]
    forms = {(label.form, label.is_bold, label.time is not None) for label in labels if label.is_marked}
    written_alike = [label for label in once if (label.form, label.is_bold, label.time is not None) in forms]
    if len(labels) < 2 * len(known) or sum(label.is_marked for label in labels) < NEARLY_ALL * len(labels):
        written_alike = []
    everybody = known | {label.key for label in once if label.line in openings}
    is_systematic = (
        _share(found, known, openings) >= MOSTLY and _share(found, everybody, openings) >= NEARLY_ALL and len(known) > 1
    )
    return {label.key for label in written_alike} | (everybody - known if is_systematic else set())


def _are_sure(found: Sequence[Label], names: set[str]) -> bool:
    """Whether a lone name is one all the same, for its time or its form."""
    return any(label.key in names and (label.time is not None or label.form in ("bare", "live")) for label in found)


def _since_the_first(labels: list[Label]) -> list[Label]:
    """Count the times from the first one where they are of the day, as in Zoom's saved captions."""
    clocked = [label.time for label in labels if label.form == "clocked" and label.time is not None]
    if not clocked or clocked[0] < HOUR or len(clocked) < len(labels):
        return labels
    return [label if label.time is None else replace(label, time=(label.time - clocked[0]) % DAY) for label in labels]
