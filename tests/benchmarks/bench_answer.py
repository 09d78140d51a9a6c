"""From a question to the answer's first words and to its end, as a client of the server gets them.

    python -m tests.benchmarks.bench_answer FOLDER [ROUNDS]

FOLDER holds interviews as text files, of which the first fifty by name are loaded. Each
question is asked ROUNDS times, all in turn; the first time, which reads its sentences,
is counted by itself, and so are those asked while twenty further interviews are
analysed. The baseline is the same route over a project without interviews: what of the
time is the server's, whatever it answers.
"""

import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle
from pathlib import Path

import httpx
from httpx_sse import connect_sse

from tests.benchmarks.tables import SPREAD_HEADS, machine, print_table, spread
from tests.support.server import Server

INTERVIEWS = 50
IN_FLIGHT = 20
ROUNDS = 10
QUESTIONS = (
    "What frustrates people about AI at work?",
    "How do people check whether an answer is right?",
    "What do people say about losing their skills?",
    "Why do people prefer to write themselves?",
    "What do people wish for?",
    "How do colleagues react when somebody uses AI?",
    "What do people say about deadlines and saving time?",
    "What do people think of images made by AI?",
    "Do they own a boat?",
    "What does insulin cost?",
)

# Milliseconds to the first words, and to the end.
Times = tuple[float, float]


def asked(http: httpx.Client, project_id: str, question: str) -> Times:
    body = {"project_id": project_id, "messages": [{"role": "user", "content": question}]}
    started = time.perf_counter()
    first = 0.0
    with connect_sse(http, "POST", "/api/chat", json=body) as source:
        for event in source.iter_sse():
            if not first and '"delta"' in event.data:
                first = time.perf_counter()
    if not first:
        raise RuntimeError(f"no answer to {question!r}: {event.data}")
    return 1000 * (first - started), 1000 * (time.perf_counter() - started)


def upload(http: httpx.Client, project_id: str, paths: Iterable[Path]) -> list[str]:
    """Return the ids of the interviews, whose analyses have begun."""
    ids = []
    for path in paths:
        body = {"project_id": project_id, "title": path.stem, "text": path.read_text("utf-8")}
        ids.append(http.post("/api/workflow/async", json=body).raise_for_status().json()["interview_id"])
    return ids


def finish(http: httpx.Client, ids: Iterable[str]) -> None:
    for interview_id in ids:
        http.post("/api/workflow/process", json={"interview_id": interview_id}, timeout=600).raise_for_status()


def is_finished(http: httpx.Client, interview_id: str) -> bool:
    return bool(http.get(f"/api/interviews/{interview_id}").raise_for_status().json()["status"] == "completed")


def asked_meanwhile(http: httpx.Client, project_id: str, paths: Sequence[Path]) -> list[Times]:
    """Return what the questions took that were asked while these were analysed."""
    ids = upload(http, project_id, paths)
    found = []
    for question in cycle(QUESTIONS):
        times = asked(http, project_id, question)
        if all(is_finished(http, interview_id) for interview_id in ids):
            return found
        found.append(times)
    return found


def rows(name: str, found: list[Times]) -> Iterator[list[object]]:
    yield [f"{name}: first words", *spread([first for first, _ in found])]
    yield [f"{name}: whole answer", *spread([whole for _, whole in found])]


def main() -> None:
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server, server.client() as http:
        empty = str(http.post("/api/projects", json={"name": "Empty"}).json()["id"])
        paths = sorted(Path(sys.argv[1]).glob("*.txt"))[: INTERVIEWS + IN_FLIGHT]
        project_id = str(http.post("/api/projects", json={"name": "Answers"}).json()["id"])
        finish(http, upload(http, project_id, paths[:INTERVIEWS]))
        asked(http, project_id, "How do people use AI?")
        new = [asked(http, project_id, question) for question in QUESTIONS]
        again, nothing = [], []
        for _ in range(rounds):
            for question in QUESTIONS:
                again.append(asked(http, project_id, question))
                nothing.append(asked(http, empty, question))
        meanwhile = asked_meanwhile(http, project_id, paths[INTERVIEWS:])
    print(f"Question → answer, milliseconds. {INTERVIEWS} interviews, {len(QUESTIONS)} questions. {machine()}.")
    print_table(
        ["", *SPREAD_HEADS],
        [
            *rows("no interviews (baseline)", nothing),
            *rows("asked before", again),
            *rows("for the first time", new),
            *rows(f"during {IN_FLIGHT} analyses (n={len(meanwhile)})", meanwhile),
        ],
    )


if __name__ == "__main__":
    main()
