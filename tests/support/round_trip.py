"""Writing an interview in a layout and reading it back: how much comes out right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from persona_lab.models import Role, Transcript
from persona_lab.transcripts import read_transcript
from tests.support.layouts import Cast, Layout, Said

# Names for those who ask and those who answer, as the layouts can give them.
NAMES: Mapping[tuple[str, Cast], tuple[list[str], list[str]]] = {
    ("en", "roles"): (["Interviewer", "Moderator"], ["Participant", "Participant 2", "Participant 3"]),
    ("en", "names"): (["Jane Doe", "Mary Ann O'Neil"], ["Tom Lee", "Zoë Álvarez", "Ravi Kumar"]),
    ("en", "numbers"): (["Speaker 1", "Speaker 3"], ["Speaker 2", "Speaker 4", "Speaker 5"]),
    ("ko", "roles"): (["인터뷰어", "진행자"], ["참가자", "참가자 2", "참가자 3"]),
    ("ko", "names"): (["김민수", "이서연"], ["박지훈", "최유나", "한도윤"]),
    ("ko", "numbers"): (["참석자 1", "참석자 3"], ["참석자 2", "참석자 4", "참석자 5"]),
}
LETTERS = (["Q", "Q2"], ["A", "A2", "A3"])


@dataclass(frozen=True)
class Truth:
    """One turn as it is known: the number of its speaker among those of the role, and the words."""

    role: Role
    person: int
    words: str


@dataclass(frozen=True)
class Result:
    """How many turns there were, and of how many words, speaker and role came out right."""

    turns: int
    words: int
    speakers: int
    both: int
    roles: int


def names(role: Role, layout: Layout, language: str) -> list[str]:
    """Return the names that the layout gives to people of the role."""
    asking, answering = LETTERS if layout.cast == "letters" else NAMES[language, layout.cast]
    return asking if role == "interviewer" else answering


def cast(truth: Sequence[Truth], layout: Layout, language: str) -> tuple[list[Said], dict[str, Role]]:
    """Return the turns with names, and the role of each name.

    Turns of one speaker in a row are one, as they come out of captions.
    """
    said: list[Said] = []
    roles: dict[str, Role] = {}
    for turn in truth:
        people = names(turn.role, layout, language)
        name = people[turn.person % len(people)]
        roles[name] = turn.role
        if said and said[-1].speaker == name:
            said[-1] = Said(name, f"{said[-1].words}\n{turn.words}")
        else:
            said.append(Said(name, turn.words))
    return said, roles


def compare(said: Sequence[Said], roles: Mapping[str, Role], transcript: Transcript) -> Result:
    """Match what was read with what was written, in order, by their words without white space."""
    found = [("".join(turn.text.split()), turn) for turn in transcript.turns]
    words = speakers = both = right = place = 0
    by_number = dict(enumerate(found))
    for number, one in enumerate(said):
        plain = "".join(one.words.split())
        hit = next((n for n in range(place, min(place + 8, len(found))) if found[n][0] == plain), None)
        turn = found[hit][1] if hit is not None else by_number.get(number, (None, None))[1]
        if turn is None:
            continue
        place = hit + 1 if hit is not None else place
        words += hit is not None
        speakers += turn.speaker == one.speaker
        both += hit is not None and turn.speaker == one.speaker
        right += turn.role == roles[one.speaker]
    return Result(len(said), words, speakers, both, right)


def round_trip(truth: Sequence[Truth], layout: Layout, *, language: str) -> tuple[Result, Transcript, bytes]:
    """Write the interview in the layout, read it back, and compare."""
    said, roles = cast(truth, layout, language)
    raw = layout.write(said)
    transcript = read_transcript(raw, f"interview{layout.ending}")
    return compare(said, roles, transcript), transcript, raw
