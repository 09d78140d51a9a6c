"""What it costs to know who asks: GET /api/projects/{id}, p50 and p99, by each way to be let in.

python -m tests.benchmarks.bench_identity [--requests 2000]
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from tests.support import postgresql
from tests.support.accounts import PEOPLE, Accounts
from tests.support.server import Server


def measured(http: httpx.Client, project_id: str, requests: int) -> list[float]:
    """Return how long each request took, in milliseconds, in order of length."""
    taken = []
    for number in range(requests + requests // 10):
        begun = time.perf_counter()
        assert http.get(f"/api/projects/{project_id}").status_code == 200
        if number >= requests // 10:
            taken.append(1000 * (time.perf_counter() - begun))
    return sorted(taken)


def told(name: str, taken: Sequence[float]) -> None:
    p50, p99 = (taken[(len(taken) - 1) * share // 100] for share in (50, 99))
    print(f"{name:42} p50 {p50:5.2f} ms   p99 {p99:6.2f} ms   {len(taken):,} requests", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2000)
    requests = parser.parse_args().requests
    with tempfile.TemporaryDirectory() as folder:
        for name, more in (("SQLite", {}), ("PostgreSQL", {"database": postgresql.database()})):
            with Server(Path(folder) / name, **more) as server, server.client() as http:
                made = http.post("/api/projects", json={"name": "Bench"}).json()["id"]
                told(f"the workspace's token, {name}", measured(http, made, requests))
        with Accounts(Path(folder) / "team", postgresql.database()) as server:
            for one in PEOPLE:
                server.as_(one).get("/api/me")
            with server.as_("olga") as http:
                made = http.post("/api/projects", json={"name": "Bench"}).json()["id"]
                http.post(f"/api/projects/{made}/members", json={"user": "max"})
            with server.as_("max") as http:
                told("a member's JWT, PostgreSQL", measured(http, made, requests))
                token = http.post("/api/tokens", json={"name": "bench"}).json()["token"]
            with server.with_token(token) as http:
                told("a member's token for notebooks, PostgreSQL", measured(http, made, requests))


if __name__ == "__main__":
    main()
