"""Files in a bucket that speaks S3: Amazon's, Supabase's, MinIO and others.

Large files are written in parts. Parts of an upload that a killed server left are
invisible and cost money, so the bucket should have a rule that removes them
(`AbortIncompleteMultipartUpload`).
"""

import contextlib
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from persona_lab.errors import FilesUnavailable, InvalidRequest
from persona_lab.store.files.kept import PIECE_BYTES, Stored

if TYPE_CHECKING:
    from obstore.store import S3Store

log = logging.getLogger(__name__)

# Of a part, so that a slow line gets one through in time, and how many of one file are on their way at once.
PART_BYTES = 5 * 1024 * 1024
PARTS_AT_ONCE = 2
CONNECT_SECONDS = 5
REQUEST_SECONDS = 30
RETRIES = 3
RETRY_SECONDS = 15
PAGE = 1000
# As S3 says it.
NO_BUCKET = "NoSuchBucket"
REFUSED = (
    "The bucket of uploaded files refuses the server's keys. Check PERSONA_LAB_FILES_KEY_ID and …_FILES_KEY, "
    "and what they may do."
)


class Bucket:
    """A depot that is a bucket, or what is under a prefix in one.

    What is left out is taken from the environment variables of AWS, or the machine's own role there.

    Args:
        url: `s3://bucket/prefix`.
        endpoint: where it is, for others than Amazon's: `https://PROJECT.supabase.co/storage/v1/s3`.

    Raises:
        InvalidRequest: the URL or the endpoint is none.
    """

    place = "bucket"

    def __init__(
        self,
        url: str,
        *,
        endpoint: str | None = None,
        region: str | None = None,
        key_id: str | None = None,
        secret_key: str | None = None,
    ) -> None:
        self._store = _opened(
            url, endpoint, region=region, access_key_id=key_id, secret_access_key=secret_key, endpoint=endpoint
        )

    def put(self, name: str, content: IO[bytes]) -> None:
        import obstore

        with _explained():
            obstore.put(self._store, name, content, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)

    def move(self, name: str, to: str) -> None:
        import obstore

        with _explained():
            obstore.copy(self._store, name, to)
        self.remove(name)

    def pieces(self, name: str) -> Iterator[bytes]:
        import obstore

        with _explained():
            for piece in obstore.get(self._store, name).stream(min_chunk_size=PIECE_BYTES):
                yield bytes(piece)

    def remove(self, name: str) -> None:
        import obstore

        with contextlib.suppress(FileNotFoundError), _explained():
            obstore.delete(self._store, name)

    def listed(self, under: str = "") -> Iterator[Stored]:
        import obstore

        with _explained():
            for page in obstore.list(self._store, under or None, chunk_size=PAGE):
                for found in page:
                    yield Stored(found["path"], found["last_modified"])


def _opened(url: str, at: str | None, **given: str | None) -> "S3Store":
    from obstore.exceptions import BaseError
    from obstore.store import S3Store

    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc or parts.username or parts.query or parts.fragment:
        raise InvalidRequest("--files, or PERSONA_LAB_FILES, must look like s3://bucket/prefix.")
    if at is not None and urlsplit(at).scheme not in ("http", "https"):
        raise InvalidRequest("PERSONA_LAB_FILES_ENDPOINT must begin with https:// or http://.")
    config: Any = {key: value for key, value in given.items() if value is not None}
    # Only whoever says http:// gets it.
    client: Any = {
        "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
        "timeout": timedelta(seconds=REQUEST_SECONDS),
        **({"allow_http": True} if at and at.startswith("http://") else {}),
    }
    try:
        return S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            client_options=client,
            retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=RETRY_SECONDS)},
            # Every S3 understands addresses with the bucket in the path; few have one host name for each bucket.
            virtual_hosted_style_request=False,
            **config,
        )
    except BaseError:
        # Its words may repeat what it was given.
        raise InvalidRequest("The bucket's settings can't be used. Check PERSONA_LAB_FILES and …_FILES_*.") from None


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Say in a sentence that the bucket can't be reached; the library's own words may hold addresses and names."""
    from obstore import exceptions

    try:
        yield
    except (exceptions.BaseError, OSError) as error:
        if NO_BUCKET in str(error):
            raise FilesUnavailable("There is no such bucket. Check PERSONA_LAB_FILES.") from None
        if isinstance(error, exceptions.NotFoundError | FileNotFoundError):
            raise FileNotFoundError from None
        log.warning("the bucket could not do it: %s", type(error).__name__)
        if isinstance(error, exceptions.UnauthenticatedError | exceptions.PermissionDeniedError):
            raise FilesUnavailable(REFUSED) from None
        raise FilesUnavailable from None
