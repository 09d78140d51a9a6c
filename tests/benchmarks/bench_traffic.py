"""What an hour of watching costs on the wire: polling every 30 s against one stream each.

    python -m tests.benchmarks.bench_traffic

100 analysts, one project of 40 interviews, 100 changes in the hour. Each kind of
exchange is made for real, on a socket whose bytes are counted, request and answer;
the hour is then added up from the sizes seen: nothing is estimated but that the
changes come one at a time.
"""

import socket
import time

import httpx

from tests.benchmarks.servers import Target, persona_lab
from tests.benchmarks.servers import http as client
from tests.benchmarks.tables import machine, print_table

ANALYSTS = 100
INTERVIEWS = 40
CHANGES = 100
HOUR_SECONDS = 3600
POLL_SECONDS = 30
PING_SECONDS = 30


def exchange(target: Target, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """Ask once on a fresh connection; return the bytes sent and what came back."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in {**target.headers, **(headers or {})}.items()]
    request = "\r\n".join([*lines, "", ""]).encode()
    with socket.create_connection(("127.0.0.1", target.port), 30) as line:
        line.sendall(request)
        answer = b""
        while data := line.recv(1_000_000):
            answer += data
    return len(request), answer


def stream_sizes(target: Target, http: httpx.Client) -> tuple[int, int, int]:
    """Return the bytes of opening a stream (request, answer) and of one change."""
    lines = [f"GET {target.stream} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in target.headers.items()]
    request = "\r\n".join([*lines, "", ""]).encode()
    with socket.create_connection(("127.0.0.1", target.port), 30) as line:
        line.sendall(request)
        time.sleep(0.5)
        opened = len(line.recv(100_000))
        interview = http.get(f"{target.publish}/interviews").json()["interviews"][0]["id"]
        http.patch(f"/api/interviews/{interview}", json={"title": "A title as long as titles are"}).raise_for_status()
        time.sleep(0.5)
        return len(request), opened, len(line.recv(100_000))


def fill(target: Target, http: httpx.Client) -> None:
    """Upload the interviews and wait until nothing moves any more."""
    project_id = target.publish.rsplit("/", 1)[1]
    for number in range(INTERVIEWS):
        text = f"Interviewer: How was day {number}?\nParticipant: Slow. I wish it were faster.\n"
        http.post("/api/workflow/async", json={"project_id": project_id, "text": text}).raise_for_status()
    while any(row["status"] != "completed" for row in http.get(f"{target.publish}/interviews").json()["interviews"]):
        time.sleep(0.2)
    time.sleep(1)


def main() -> None:
    print(f"{machine()}\n")
    with persona_lab() as target, client(target) as http:
        fill(target, http)
        asked, whole = exchange(target, f"{target.publish}/interviews")
        tag = next(line[6:].decode() for line in whole.split(b"\r\n") if line.lower().startswith(b"etag: "))
        asked_tagged, unchanged = exchange(target, f"{target.publish}/interviews", {"If-None-Match": tag})
        opening, opened, change = stream_sizes(target, http)
    # A ping frame in its chunk.
    ping = len(b'data: {"type":"ping"}\n\n') + 6
    polls = HOUR_SECONDS // POLL_SECONDS
    # Changes that fall into different polls; 100 changes spread over 120 polls meet at most 100 of them.
    changed = min(CHANGES, polls)
    pings = (HOUR_SECONDS - CHANGES) // PING_SECONDS
    whole_poll, tagged_poll, empty_poll = (
        asked + len(whole),
        asked_tagged + len(whole),
        asked_tagged + len(unchanged),
    )
    per_analyst = {
        "polling": (polls, polls * whole_poll),
        "polling with ETag": (polls, changed * tagged_poll + (polls - changed) * empty_poll),
        "stream": (1, opening + opened + CHANGES * change + pings * ping),
    }
    rows = [
        [name, ANALYSTS * requests, round(ANALYSTS * size / 1e6, 2)] for name, (requests, size) in per_analyst.items()
    ]
    fewer = 100 * (1 - per_analyst["stream"][0] / per_analyst["polling"][0])
    print_table(["", "requests in the hour", "MB both ways"], rows)
    print(f"\n{fewer:.1f} % fewer requests.")
    print(f"Bytes seen: list {len(whole)}, 304 {len(unchanged)}, change {change}, ping {ping}.")
    print(f"The stream delivers {ANALYSTS * CHANGES:,} frames with news and {ANALYSTS * pings:,} pings besides.")


if __name__ == "__main__":
    main()
