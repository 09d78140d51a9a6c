"""A bucket for trying: moto's S3, which keeps what it is given in memory, with a folder that outlives it.

What a request changes is in the folder before it is answered. Run as `python -m persona_lab.team.bucket FOLDER PORT`;
the keys are those of the environment, as Amazon's own programs read them.
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

NAME = "persona-lab"
REGION = "us-east-1"
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Mirrored:
    """A WSGI application whose bucket is in a folder, too: a file for each object, under its name written out."""

    def __init__(self, app: Wsgi, folder: Path) -> None:
        self._app = app
        self._folder = folder

    def load(self) -> None:
        """Make the bucket with all that is in the folder."""
        bucket = _backend().create_bucket(NAME, REGION)
        for path in self._folder.iterdir():
            if path.suffix == ".part":
                path.unlink()
            else:
                _backend().put_object(bucket.name, unquote(path.name), path.read_bytes())

    def __call__(self, request: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = list(self._app(request, start_response))
        if request["REQUEST_METHOD"] in ("PUT", "POST", "DELETE"):
            # As WSGI has it, bytes as Latin-1.
            path = request["PATH_INFO"].encode("latin-1").decode()
            if key := path.removeprefix(f"/{NAME}").lstrip("/"):
                self._mirror(key)
            else:
                self._remove_deleted()
        return answer

    def _remove_deleted(self) -> None:
        """Look at everything: several were deleted at once, by a body that isn't read here."""
        for path in self._folder.iterdir():
            self._mirror(unquote(path.name))

    def _mirror(self, key: str) -> None:
        place = self._folder / quote(key, safe=" ")
        found = _backend().get_object(NAME, key)
        if found is None:
            place.unlink(missing_ok=True)
            return
        if place.exists() and place.stat().st_size == found.size and place.read_bytes() == found.value:
            return
        part = place.with_name(f"{place.name}.part")
        part.write_bytes(found.value)
        part.replace(place)


def _backend() -> Any:
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.s3.models import s3_backends

    return s3_backends[DEFAULT_ACCOUNT_ID]["aws"]


def main(folder: Path, port: int) -> None:
    """Serve the folder's bucket on loopback until the process is ended."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    app = Mirrored(DomainDispatcherApplication(create_backend_app), folder)
    app.load()
    # One thread: the order in which things change is the order in which they are written.
    server = make_server("127.0.0.1", port, app, threaded=False)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
