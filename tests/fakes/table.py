"""Every fault at every engine, met by a real server: what became of the interview, and how long it took.

`python -m tests.fakes.table` writes what was measured into the engines' documentation.
"""

import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from persona_lab.models import ENGINES
from tests.fakes.faults import BEARABLE, LASTING, EngineName, Fault, of
from tests.fakes.miso import KEY_OF, FakeMiso
from tests.fakes.openai import IN_ANSWER, IN_STREAM, KEY, MODEL, OpenAiLookAlike
from tests.support.making import interview_text
from tests.support.server import Server
from tests.support.uploading import interviews_of, log_of, upload

DOCUMENT = Path(__file__).parents[2] / "persona_lab" / "engines" / "FAULTS.md"
REMOTE: tuple[EngineName, ...] = ("miso", "llm")
SETTINGS = {
    "miso_run_seconds": "8",
    "miso_silence_seconds": "3",
    "miso_concurrency": "30",
    "llm_call_seconds": "4",
    "llm_run_seconds": "12",
    "llm_retries": "2",
    "llm_concurrency": "30",
}
# How long an interview may take in all: what its engine has, and what the server needs around it.
LONGEST_SECONDS: dict[EngineName, float] = {"miso": 8.0 + 6.0, "llm": 12.0 + 6.0}
ENDED = ("completed", "failed")
WAIT_SECONDS = 120.0


class Case(NamedTuple):
    """One interview that meets one fault; `words` are in no other's transcript."""

    engine: EngineName
    fault: Fault
    words: str

    @property
    def name(self) -> str:
        return f"{self.engine} {self.fault.name}"


class Measured(NamedTuple):
    """What became of it, as the board shows it."""

    case: Case
    interview: dict[str, Any]
    seconds: float

    @property
    def told(self) -> tuple[str, str, str]:
        """State, code and sentence, the look-alikes' own addresses left out."""
        error = self.interview["error"] or {"code": "", "message": ""}
        sentence = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:…", error["message"])
        return self.interview["status"], error["code"], sentence

    @property
    def is_retry_shown(self) -> bool:
        return bool(self.interview["error"] and self.interview["error"]["can_retry"])


class Bench(NamedTuple):
    """A server between two look-alikes; `projects` has the project of each engine."""

    server: Server
    http: httpx.Client
    miso: FakeMiso
    llm: OpenAiLookAlike
    projects: dict[EngineName, str]


def cases() -> list[Case]:
    """Return every fault at every engine where it can be met while an interview is analysed."""
    found: list[Case] = []
    for engine in REMOTE:
        for fault in of(engine, LASTING + BEARABLE):
            # The language model's forms don't come in streams; its answers do, see tests/engines/llm.
            if engine == "llm" and fault.name in IN_STREAM - IN_ANSWER - WITHOUT_STREAM:
                continue
            found.append(Case(engine, fault, f"form number {len(found):03}"))
    return found


# Of what can happen to streams, this can happen to any answer.
WITHOUT_STREAM = {"reset mid-body", "slow drip"}


@contextmanager
def bench(folder: Path, **settings: str) -> Iterator[Bench]:
    """Start the look-alikes, the server, and a project for each engine in which one interview has gone well."""
    with FakeMiso() as miso, OpenAiLookAlike() as llm:
        keys = {f"miso_{app}_key": key for app, key in KEY_OF.items()}
        there = {"miso_url": miso.url, "llm_base_url": llm.url, "llm_model": MODEL, "llm_api_key": KEY}
        with Server(folder, **{**keys, **there, **SETTINGS, **settings}) as server, server.client() as http:
            projects = {engine: project_of(http, engine) for engine in REMOTE}
            for project_id in projects.values():
                # Loads what is loaded once, and shows how the endpoint can be asked.
                upload(http, project_id, interview_text("the first form"))
            for project_id in projects.values():
                wait(http, project_id)
            yield Bench(server, http, miso, llm, projects)


def project_of(http: httpx.Client, engine: str | None, **fields: object) -> str:
    made = http.post("/api/projects", json={"name": f"By {engine}", "engine": engine, **fields})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def wait(http: httpx.Client, project_id: str) -> dict[str, dict[str, Any]]:
    """Wait until no interview is in flight; return all of them by id."""
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        found = {one["id"]: one for one in interviews_of(http, project_id)}
        if all(one["status"] in ENDED and one["stage"] != "re-analysing" for one in found.values()):
            return found
        time.sleep(0.1)
    raise AssertionError([one for one in found.values() if one["status"] not in ENDED])


def measure(there: Bench, some: Sequence[Case]) -> list[Measured]:
    """Upload an interview for each case, all at once, and return what became of them."""
    fakes = {"miso": there.miso, "llm": there.llm}
    for case in some:
        fakes[case.engine].fault_of[case.words] = case.fault.name
    # A run whose line broke never ends, whoever asks for it.
    there.miso.looks = 10_000
    ids = {case.words: upload(there.http, there.projects[case.engine], interview_text(case.words)) for case in some}
    ended: dict[str, dict[str, Any]] = {}
    took: dict[str, float] = {}
    for engine in {case.engine for case in some}:
        ended |= wait(there.http, there.projects[engine])
        took |= seconds_of(log_of(there.http, there.projects[engine]))
    return [Measured(case, ended[ids[case.words]], took[ids[case.words]]) for case in some]


def seconds_of(log: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return how long each interview was with its engine, by id."""
    began: dict[str, datetime] = {}
    took: dict[str, float] = {}
    for event in log:
        data = event["data"]
        if event["type"] == "interview:status_changed" and data["status"] == "analyzing":
            began[data["interview_id"]] = datetime.fromisoformat(event["at"])
        if event["type"] in ("interview:completed", "interview:failed"):
            at = datetime.fromisoformat(event["at"])
            took[data["interview_id"]] = (at - began[data["interview_id"]]).total_seconds()
    return took


def document(measured: Sequence[Measured]) -> str:
    """Return the table as Markdown."""
    return HEAD.format(**SETTINGS) + "\n".join(_row(one) for one in measured) + "\n"


def rows_of(text: str) -> dict[tuple[str, str], tuple[str, str, str]]:
    """Return what a document says: by engine and fault, the state, code and sentence."""
    lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith(("| miso", "| llm"))]
    cells = [[cell.strip() for cell in line] for line in lines]
    return {(engine, title): (state, code.strip("`"), told) for engine, title, state, code, told, *_ in cells}


def _row(one: Measured) -> str:
    state, code, sentence = one.told
    shown = f"`{code}`" if code else ""
    retry = "" if state == "completed" else "yes" if one.is_retry_shown else "no"
    if one.interview["error"] and one.interview["error"]["retry_at"]:
        retry = "yes, when it said"
    cells = (one.case.engine, one.case.fault.title, state, shown, sentence, retry, f"{one.seconds:.1f}")
    return "| " + " | ".join(cells) + " |"


HEAD = """# What becomes of an interview when its engine fails

Each row was measured: an interview is uploaded to a real server whose engine is a look-alike that misbehaves in
this way at every call that concerns the interview. A failed interview keeps its file and what was paid for; Retry
goes on from there. "Retry helps" says whether the same may succeed with nothing changed; where it says no, change
what the sentence names first.

The limits were shortened for it, so that times are seconds and not minutes: a MISO run may take {miso_run_seconds} s
(usually 290) and be silent for {miso_silence_seconds} s (35); a call to a language model may take
{llm_call_seconds} s (180), an interview {llm_run_seconds} s (1,200), and a call that failed for a passing reason is
made {llm_retries} times again (4). Many interviews were under way at once.

A persona's portrait, a mind map and a summary of findings meet the same faults and end with the same codes, but for
what is no fault in a text; a test has every one of them. A persona whose engine fails shows what code makes of its
evidence, with the sentence, until it is asked again.

`python -m tests.fakes.table` makes this file anew, and a test compares all but the seconds.

| engine | what goes wrong | state | code | what people are told | Retry helps | seconds |
| --- | --- | --- | --- | --- | --- | ---: |
"""


def main() -> int:
    assert set(REMOTE) < set(ENGINES)
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder)) as there:
        DOCUMENT.write_text(document(measure(there, cases())), encoding="utf-8")
    print(DOCUMENT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
