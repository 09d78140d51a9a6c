"""A copy of a project with insights of its own making, without a server: as many as wanted, told apart in every way."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from persona_lab.replica import Replica

KINDS = ("pain", "need", "takeaway")
WORDS = "form address coupon card search delivery photo size login price 결제 배송 주소 쿠폰 İstanbul straße".split(" ")  # noqa: SIM905 - shorter so
SECTIONS = ("Payment, address", "Payment", "Delivery, waiting", "Search", "쿠폰, 결제")


def put(replica: Replica, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows to a table; what they leave out is null."""
    if rows:
        frame = pd.DataFrame(rows)
        columns = ", ".join(f'"{name}"' for name in frame.columns)
        replica.connection.cursor().execute(f"INSERT INTO {table} ({columns}) SELECT * FROM frame")


def interview(number: int, *, people: Sequence[str] = ("Mina",)) -> dict[str, Any]:
    return {
        "id": f"i{number}",
        "number": number,
        "title": f"Talk {number}",
        "status": "completed",
        "language": "ko" if number % 3 == 0 else "en",
    }


def copy_of(insights: int, *, interviews: int = 12, seed: int = 1) -> Replica:
    """Return a copy in memory of a project with so many insights."""
    chance = random.Random(seed)  # noqa: S311 - for no secret
    replica = Replica(Path(":memory:"))
    numbers = range(1, interviews + 1)
    put(replica, "interviews", [interview(number) for number in numbers])
    put(replica, "analyses", [{"interview_id": f"i{number}", "run_id": f"r{number}"} for number in numbers])
    put(replica, "merged_runs", [{"interview_id": f"i{number}", "run_id": f"r{number}"} for number in numbers])
    put(replica, "turns", [_turn(number, index) for number in numbers for index in range(20)])
    put(replica, "sections", [one for number in numbers for one in _sections(number)])
    put(
        replica,
        "personas",
        [{"id": f"p{n}", "position": n, "label": f"P{n}", "title": f"Group {n}", "place": "{}"} for n in (1, 2)],
    )
    put(
        replica,
        "assignments",
        [
            {"interview_id": f"i{number}", "persona_id": f"p{1 + number % 2}", "decided_by": "ada"}
            for number in numbers
            if number % 4
        ],
    )
    members: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    quotes: list[dict[str, Any]] = []
    merged: list[dict[str, Any]] = []
    judged: list[dict[str, Any]] = []
    for n in range(insights):
        kind = KINDS[n % 3]
        its = chance.sample(numbers, min(interviews, chance.choice((1, 1, 2, 3, 5))))
        for number in its:
            finding, turn = n, 1 + 2 * chance.randrange(10)
            key = f"i{number}"
            members.append({"insight_id": f"n{n}", "interview_id": key, "finding": finding})
            found.append({"interview_id": key, "finding": finding, "kind": kind, "text": f"Finding {n}"})
            said = f"It is {chance.choice(WORDS)} number {n} that bothers me, every single time I come back."
            span = {"turn": turn, "start": 0, "end": len(said), "text": said, "status": "exact"}
            quotes.append({"interview_id": key, "finding": finding, "kind": kind, **span})
        is_pinned, is_rejected = n % 17 == 3, n % 19 == 5
        said_of = [f"j{n}"] if is_pinned or is_rejected else []
        if said_of:
            what = "pin" if is_pinned else "reject"
            judged.append({"id": f"j{n}", "number": n, "kind": what, "insight_id": f"n{n}", "created_by": "ada"})
        merged.append(
            {
                "id": f"n{n}",
                "kind": kind,
                "text": f"{chance.choice(WORDS)} {chance.choice(WORDS).upper()} takes too long, the {n % 50}th time",
                "score": float(n % 7),
                "keywords": chance.sample(WORDS, 3),
                "survival": 0.5 if len(its) > 2 else 0.0,
                "related": [{"id": f"n{(n + 1) % insights}", "text": "near", "likeness": 0.7}],
                "is_pinned": is_pinned,
                "is_rejected": is_rejected and not is_pinned,
                "is_found": True,
                "judgements": said_of,
            }
        )
    for table, rows in {
        "insight_members": members,
        "findings": found,
        "quotes": quotes,
        "merged_insights": merged,
        "judgements": judged,
    }.items():
        put(replica, table, rows)
    return replica


def _turn(number: int, index: int) -> dict[str, Any]:
    is_asked = index % 2 == 0
    return {
        "interview_id": f"i{number}",
        "index": index,
        "speaker": "Q" if is_asked else "Mina",
        "role": "interviewer" if is_asked else "participant",
        "text": "…",
        "start": 0,
        "end": 1,
    }


def _sections(number: int) -> list[dict[str, Any]]:
    return [
        {
            "interview_id": f"i{number}",
            "section": n,
            "name": SECTIONS[(number + n) % len(SECTIONS)] if n < 3 else f"Only in talk {number}",
            "first": 5 * n,
            "last": 5 * n + 4,
            "is_main": True,
        }
        for n in range(4)
    ]
