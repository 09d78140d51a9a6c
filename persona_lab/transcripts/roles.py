"""Who asks and who answers: by the word on the label, else by who asks the questions."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from persona_lab.models import Role
from persona_lab.transcripts.speech import Reading, Speech
from persona_lab.transcripts.vocabulary import NEUTRAL, PAIRS, ROLES

NUMBERED = re.compile(r"p ?[0-9]{1,3}|r[0-9]{1,3}", re.I)
ENUMERATION = re.compile(r"[\W\d_]+|\b[a-z]\b", re.I)
PARENTHESES = re.compile(r"[(（]([^()（）]*)[)）]")
# "…니까요" gives a reason and "가요" is also "goes", so these endings count only in the forms that ask.
QUESTION = re.compile(r"[?？]|(?:(?<!니)까요|나요|[은는인한던건]가요|는지요|신지요|[습합입됩십봅줍]니까)[.…\s]*$")
# Words that Korean writes together with a name: 김연구원, 인터뷰참가자.
KOREAN_ENDINGS = frozenset(word for known in ROLES.values() for word in known if len(word) > 2 and word[0] >= "가")
LEAST_MISSPELT = 8
TAIL = 120
# Interviewers of one talk ask nearly as often as each other.
ALIKE = 0.6


def role_of(label: str, labels: Iterable[str] = ()) -> Role | None:
    """Return the role that a label names by itself, or None. `labels` are all of the transcript's, for Q and A."""
    plain = label.casefold()
    for part in (*PARENTHESES.findall(plain), PARENTHESES.sub(" ", plain)):
        if role := _role_of_words(part):
            return role
    if NUMBERED.fullmatch(plain):
        return "participant"
    letter = plain.rstrip("0123456789 ")
    others = {other.casefold().rstrip("0123456789 ") for other in labels}
    if any((letter, other) in PAIRS for other in others):
        return "interviewer"
    return "participant" if any((other, letter) in PAIRS for other in others) else None


def is_speaker_word(label: str, labels: Iterable[str] = ()) -> bool:
    """Whether a label is certainly somebody who speaks, even if it stands in the text only once."""
    return role_of(label, labels) is not None or any(word in NEUTRAL for word in _words(label.casefold()))


def _words(plain: str) -> list[str]:
    return [word for word in ENUMERATION.sub(" ", plain).split() if word]


def _role_of_words(plain: str) -> Role | None:
    # The last word tells ("user researcher", "김 연구원"); the first only beside a name ("Participant Jane").
    words = _words(plain)
    for word in [*words[-1:], *(words[:1] if len(words) == 2 else [])]:
        for role, known in ROLES.items():
            if word in known or word.endswith(tuple(KOREAN_ENDINGS & known)):
                return role
    return _role_of_misspelt(words[-1]) if words else None


@cache
def _role_of_misspelt(word: str) -> Role | None:
    """Return the role of a long English word with one letter wrong, "Particpant", where it can be only one."""
    if len(word) < LEAST_MISSPELT or not word.isascii():
        return None
    roles = {role for role, known in ROLES.items() if get_close_matches(word, known, n=1, cutoff=0.92)}
    return roles.pop() if len(roles) == 1 else None


@dataclass(frozen=True)
class Roles:
    """The role of each speaker of one transcript."""

    by_speaker: dict[str, Role]

    @classmethod
    def of(cls, reading: Reading) -> "Roles":
        speakers = list(dict.fromkeys(one.speaker for one in reading.speech if one.speaker))
        named = {speaker: role for speaker in speakers if (role := role_of(speaker, speakers))}
        open_ones = [speaker for speaker in speakers if speaker not in named]
        asking = _who_ask(open_ones, named, _curiosity(reading))
        found: dict[str, Role] = {
            speaker: "interviewer" if speaker in asking else "participant" for speaker in open_ones
        }
        return cls(named | found)

    def __getitem__(self, speech: Speech) -> Role:
        if speech.is_aside:
            return "other"
        if speech.speaker is None:
            # Beside people who are named, words without a name may be anybody's.
            return "other" if self.by_speaker else "participant"
        return self.by_speaker[speech.speaker]


def _curiosity(reading: Reading) -> dict[str, float]:
    """Return for each speaker the share of turns that end in a question, cautious where there are few turns.

    Who speaks less than one turn in ten has 0: two questions don't make an interviewer.
    """
    turns = Counter(one.speaker for one in reading.speech if one.speaker)
    questions = Counter(one.speaker for one in reading.speech if one.speaker and _asks(reading.text, one))
    few = turns.total() / 10
    return {speaker: questions[speaker] / (count + 1) if count >= few else 0 for speaker, count in turns.items()}


def _asks(text: str, speech: Speech) -> bool:
    return bool(QUESTION.search(text[max(speech.start, speech.end - TAIL) : speech.end]))


def _who_ask(open_ones: list[str], named: dict[str, Role], curiosity: dict[str, float]) -> set[str]:
    """Return those of `open_ones` who are interviewers, if any are.

    Nobody is when somebody else is named so; nor when all ask about as much as
    each other, as in a panel. Several are when each asks nearly as much as the
    first and far more than everybody else.
    """
    if "interviewer" in named.values() or not open_ones or len(curiosity) < 2:
        return set()
    first, *rest = sorted(open_ones, key=lambda speaker: -curiosity[speaker])
    if not rest:
        answering = max((curiosity[speaker] for speaker, role in named.items() if role == "participant"), default=0)
        return {first} if curiosity[first] >= answering or first.startswith("면담자") else set()
    least = 0.2 if len(curiosity) == 2 else 0.4
    if curiosity[first] < least:
        return set()
    asking = {speaker for speaker in open_ones if curiosity[speaker] >= max(0.4, ALIKE * curiosity[first])} | {first}
    others = [curiosity[speaker] for speaker in open_ones if speaker not in asking]
    is_clear = bool(others) and min(curiosity[speaker] for speaker in asking) >= 1.5 * max(others)
    return asking if is_clear else set()
