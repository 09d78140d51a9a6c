"""What a transcript tells of the talk by itself: when and where, how long, who says how much.

What the file's header says is about the session. It is never taken for something that a participant said.
"""

from typing import get_args

from persona_lab.models import Role, Session, Talk, Transcript

ROLES: tuple[Role, ...] = get_args(Role)
# What headers call these; without blanks, in small letters.
_DATES = """
date interviewdate sessiondate recordedon recorded day
날짜 일자 일시 인터뷰일 인터뷰일시 인터뷰일자 면담일 면담일시 진행일 진행일시 녹음일
"""
DATE = frozenset(_DATES.split())
_PLACES = """
place location venue where site room
장소 인터뷰장소 면담장소 진행장소 위치
"""
PLACE = frozenset(_PLACES.split())


def session(transcript: Transcript) -> Session:
    """Return the session; words are counted as they are written, with blanks between them."""
    words = dict.fromkeys(ROLES, 0)
    turns = dict.fromkeys(ROLES, 0)
    for turn in transcript.turns:
        words[turn.role] += len(turn.text.split())
        turns[turn.role] += 1
    total = sum(words.values())
    return Session(
        date=_stated(transcript, DATE),
        place=_stated(transcript, PLACE),
        duration_seconds=_duration(transcript),
        participants=len({turn.speaker for turn in transcript.turns if turn.role == "participant"}),
        turns=len(transcript.turns),
        words=total,
        talk=tuple(
            Talk(role=role, turns=turns[role], words=words[role], share=round(words[role] / (total or 1), 3))
            for role in ROLES
            if turns[role]
        ),
        facts=dict(transcript.metadata),
    )


def _stated(transcript: Transcript, names: frozenset[str]) -> str | None:
    stated = ((name.casefold().replace(" ", "").replace("_", ""), value) for name, value in transcript.metadata.items())
    return next((value for name, value in stated if name in names), None)


def _duration(transcript: Transcript) -> float | None:
    """Return the seconds from the first time in the file to its last, None where it gives fewer than two."""
    times = [turn.time for turn in transcript.turns if turn.time is not None]
    times += [
        time for turn in transcript.turns for cue in turn.cues for time in (cue.time, cue.until) if time is not None
    ]
    return round(max(times) - min(times), 3) if len(set(times)) > 1 else None
