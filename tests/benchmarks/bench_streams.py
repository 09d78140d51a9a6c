"""What an event stream costs, beside sse-starlette and, where nginx has it, nchan.

    python -m tests.benchmarks.bench_streams [READERS …]

For each number of readers: memory per idle stream, then 50 events of about 600
bytes, each published when all readers have the one before. CPU is the server's
alone, publishing included. Then what happens to readers that never read, to those
who stay while others come and go, and to a thousand that come back at once.
"""

import gc
import os
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tests.benchmarks.readers import Readers, allow_many_files, connect, marker
from tests.benchmarks.servers import Target, has_nchan, http, nchan, persona_lab, sse_starlette
from tests.benchmarks.tables import machine, percentile, print_table

EVENTS = 50
EVENT_BYTES = 600
GAP_SECONDS = 0.02


def cpu_seconds(target: Target) -> float:
    """Return the CPU time of all the server's threads, in seconds, from the scheduler's own counters."""
    paths = [path for pid in target.pids for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    return sum(int(path.read_text().split()[0]) for path in paths) / 1e9


def resident_kilobytes(target: Target) -> float:
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in target.pids)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024


def fan_out(target: Target, n: int) -> list[object]:
    before = resident_kilobytes(target)
    readers = Readers(target, n)
    with http(target) as publisher:

        def publish(number: int) -> None:
            body = target.event(marker(number), EVENT_BYTES)
            publisher.request(target.method, target.publish, content=body).raise_for_status()

        readers.warm_up(publish)
        each = (resident_kilobytes(target) - before) / n
        sent = [0.0]
        gc.disable()
        began, used = time.perf_counter(), cpu_seconds(target)
        for number in range(1, EVENTS + 1):
            sent.append(time.perf_counter())
            publish(number)
            readers.wait_for(number, sent=sent)
            time.sleep(GAP_SECONDS)
        used, took = cpu_seconds(target) - used, time.perf_counter() - began
        gc.enable()
    delivered = sum(len(seen) for seen in readers.seen)
    wrong = sum(seen != list(range(1, EVENTS + 1)) for seen in readers.seen)
    delays = [1000 * delay for delay in readers.delays]
    readers.close()
    return [
        n,
        target.name,
        round(delivered / used),
        round(used / delivered * 1e6, 1),
        round(percentile(delays, 0.5), 1),
        round(percentile(delays, 0.99), 1),
        round(each, 1),
        wrong,
        round(took, 1),
    ]


def stuck_readers(target: Target) -> list[object]:
    """100 readers and ten that never read, 2,000 events of 20 KB."""
    events, size = 2000, 20_000
    readers = Readers(target, 100)
    stuck = [connect(target) for _ in range(10)]
    with http(target) as publisher:

        def publish(number: int) -> None:
            publisher.request(target.method, target.publish, content=target.event(marker(number), size))

        readers.warm_up(publish)
        before = peak = resident_kilobytes(target)
        sent = [0.0]
        for number in range(1, events + 1):
            sent.append(time.perf_counter())
            publish(number)
            for key, _ in readers.selector.select(0):
                readers._take(key.data, sent)
            peak = max(peak, resident_kilobytes(target)) if number % 50 == 0 else peak
        readers.wait_for(events, sent=sent)
    time.sleep(1.5)
    cut = sum(_is_cut(reader) for reader in stuck)
    delays = [1000 * delay for delay in readers.delays]
    wrong = sum(seen != list(range(1, events + 1)) for seen in readers.seen)
    readers.close()
    return [
        target.name,
        cut,
        round((peak - before) / 1024, 1),
        round(percentile(delays, 0.5), 1),
        round(percentile(delays, 0.99), 1),
        wrong,
    ]


def churn(target: Target) -> list[object]:
    """100 readers stay while others come and go: as many a second as asked, half of them without a word."""
    seconds, rate, hold = 10.0, 300, 0.3
    readers = Readers(target, 100)
    passing: deque[tuple[float, socket.socket]] = deque()
    come = number = 0
    with http(target) as publisher:

        def publish(number: int) -> None:
            publisher.request(target.method, target.publish, content=target.event(marker(number), EVENT_BYTES))

        readers.warm_up(publish)
        before, files, used = resident_kilobytes(target), open_files(target), cpu_seconds(target)
        began = now = time.perf_counter()
        sent = [0.0]
        while (now := time.perf_counter()) - began < seconds:
            while passing and now - passing[0][0] > hold:
                leave(passing.popleft()[1], at_once=come % 2 == 0)
            if come < (now - began) * rate:
                passing.append((now, connect(target)))
                come += 1
            if number < (now - began) * 20:
                number += 1
                sent.append(time.perf_counter())
                publish(number)
            for key, _ in readers.selector.select(0):
                readers._take(key.data, sent)
        for _, reader in passing:
            leave(reader, at_once=False)
        readers.wait_for(number, sent=sent)
        used = cpu_seconds(target) - used
        time.sleep(2)
        left, growth = open_files(target) - files, resident_kilobytes(target) - before
    delays = [1000 * delay for delay in readers.delays]
    wrong = sum(seen != list(range(1, number + 1)) for seen in readers.seen)
    readers.close()
    return [
        target.name,
        come,
        left,
        round(growth / 1024, 1),
        round(percentile(delays, 0.5), 1),
        round(percentile(delays, 0.99), 1),
        wrong,
        round(used, 1),
    ]


def leave(reader: socket.socket, *, at_once: bool) -> None:
    """Close the connection; at once means by a reset, as when a machine is switched off behind a proxy."""
    if at_once:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    reader.close()


def open_files(target: Target) -> int:
    return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in target.pids)


def _is_cut(reader: socket.socket) -> bool:
    """Read what the kernel still holds; say whether the server ended the connection."""
    reader.settimeout(0.5)
    try:
        while reader.recv(1_000_000):
            pass
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True
    finally:
        reader.close()
    return True


def all_back_at_once(target: Target, n: int, missed: int) -> list[object]:
    """`n` readers return at the same moment, each having missed the same `missed` events."""
    with http(target) as publisher:
        seq = publisher.get(target.publish).json()
        place = {"Last-Event-ID": f"{seq['epoch']}-{seq['seq']}"}
        for number in range(1, missed + 1):
            publisher.request(target.method, target.publish, content=target.event(marker(number), EVENT_BYTES))
        began, used = time.perf_counter(), cpu_seconds(target)
        readers = Readers(target, n, headers=place)
        sent = [began] * (missed + 1)
        readers.wait_for(missed, sent=sent)
        took, used = time.perf_counter() - began, cpu_seconds(target) - used
        wrong = sum(seen != list(range(1, missed + 1)) for seen in readers.seen)
    readers.close()
    return [target.name, n, missed, round(took, 2), round(percentile(readers.delays, 0.99), 2), round(used, 2), wrong]


def main(counts: list[int]) -> None:
    allow_many_files()
    print(f"{machine()}\n")
    targets: list[Callable[[], AbstractContextManager[Target]]] = [persona_lab, sse_starlette]
    if has_nchan():
        targets.insert(1, nchan)
    rows = []
    for n in counts:
        for start in targets:
            with start() as target:
                rows.append(fan_out(target, n))
    heads = ["readers", "server", "deliveries per CPU-s", "µs each", "p50 ms", "p99 ms", "KB per stream", "wrong", "s"]
    print_table(heads, rows)
    print("\n100 readers and ten that never read, 2,000 events of 20 KB")
    rows = []
    for start in targets:
        with start() as target:
            rows.append(stuck_readers(target))
    print_table(["server", "cut off", "growth MB", "p50 ms", "p99 ms", "wrong"], rows)
    print(
        "\n100 readers, while 300 others a second come and go for 10 s, half of them without a word; 20 events a second"
    )
    rows = []
    for start in targets:
        with start() as target:
            rows.append(churn(target))
    heads = ["server", "came and went", "files left open", "growth MB", "p50 ms", "p99 ms", "wrong", "server CPU s"]
    print_table(heads, rows)
    print("\nall back at once")
    with persona_lab() as target:
        row = all_back_at_once(target, 1000, 100)
    print_table(["server", "readers", "missed", "s until all have all", "p99 s", "server CPU s", "wrong"], [row])


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [100, 1000, 5000])
