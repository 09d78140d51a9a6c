"""A server of streams in a process of its own, which publishes when it is told to; that process imports this."""

import time
from multiprocessing.connection import Connection
from pathlib import Path

from persona_lab.server.streaming import hub, stream
from tests.support.streaming import streaming

# Who reads at all is never waited for so long.
STUCK_SECONDS = 1.0
END = ("end", 0, "")


def publish_when_told(workspace: Path, line: Connection, stall_events: int) -> None:
    """Do what is said: make a project, write `count` events of so many bytes, count streams.

    Each event begins with the moment it was written at, by the clock that all processes share.

    Args:
        line: gives address and epoch; takes (what, how many, of which project), and gives an answer to each.
        stall_events: who misses so many is cut off.
    """
    stream.STALL_EVENTS = stall_events
    hub.TICK_SECONDS = 0.1
    with streaming(workspace) as server:
        line.send((server.address, server.store.epoch))
        assert server.hub is not None
        while (told := line.recv()) != END:
            what, count, project_id = told
            match what:
                case "make a project":
                    line.send(server.project())
                case "count streams":
                    line.send(server.hub.streams)
                case "count stuck":
                    line.send(_stuck(server.hub))
                case _:
                    for _ in range(count):
                        server.note(project_id, f"{time.monotonic_ns()} {'x' * int(what)}")
                    line.send(count)


def _stuck(served: hub.Hub) -> int:
    """Return how many streams have waited for their reader for a while."""
    now = time.monotonic()
    streams = [found for channel in list(served._channels.values()) for found in channel.streams]
    return sum(found._blocked_since is not None and now - found._blocked_since > STUCK_SECONDS for found in streams)
