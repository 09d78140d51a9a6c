"""Waiting for a knowledge base to take a project's findings."""

import json
import time

from persona_lab.errors import EngineTimedOut, ServerUnreachable, from_code
from persona_lab.lab.following.feed import Feed
from persona_lab.models import Fed
from persona_lab.replica import Replica

# MISO is given five minutes to index; uploading comes before it.
WAIT_SECONDS = 480.0
CAME = """
SELECT type, data FROM events WHERE seq > ? AND type IN ('knowledge:fed', 'knowledge:failed') ORDER BY seq LIMIT 1
"""


def wait_until_fed(feed: Feed, replica: Replica, seq: int, seconds: float = WAIT_SECONDS) -> Fed:
    """Return what was fed, as it is announced after event `seq`.

    Raises:
        PersonaLabError: it could not be fed; the error that is announced.
        ServerUnreachable: the line to the server is down for good.
        EngineTimedOut: nothing was announced.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for kind, data in replica.rows(CAME, [seq]):
            told = json.loads(data)
            if kind == "knowledge:fed":
                return Fed.model_validate(told["knowledge"])
            raise from_code(told["error"]["code"], told["error"]["message"])
        if feed.connection.state == "offline":
            raise ServerUnreachable(feed.connection.reason or None)
        with feed.changed:
            feed.changed.wait(0.2)
    raise EngineTimedOut("The server has not said yet what came of it. `project.stream.log` shows it when it does.")
