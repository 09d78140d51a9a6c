"""A real S3 on loopback: moto's server, one for each worker of the test run, a bucket for whoever wants one."""

import logging
from functools import cache
from secrets import token_hex
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from persona_lab.store.files.bucket import Bucket

KEYS = {"key_id": "AKIATESTINGTESTING", "secret_key": "verysecretverysecret"}
REGION = "us-east-1"


@cache
def endpoint() -> str:
    """Start the server, and return its address; it ends with this process."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    return f"http://{host}:{port}"


def client(at: str | None = None) -> Any:
    """Return somebody else's way into the buckets."""
    return boto3.client(
        "s3",
        endpoint_url=at or endpoint(),
        region_name=REGION,
        aws_access_key_id=KEYS["key_id"],
        aws_secret_access_key=KEYS["secret_key"],
    )


def made(at: str | None = None) -> str:
    """Make a bucket, and return the URL of a prefix in it."""
    name = f"test-{token_hex(6)}"
    client(at).create_bucket(Bucket=name)
    return f"s3://{name}/persona lab"


def opened(url: str, at: str | None = None) -> Bucket:
    return Bucket(url, endpoint=at or endpoint(), region=REGION, **KEYS)


def settings(url: str, at: str | None = None) -> dict[str, str]:
    """Return the settings of a server that has its files there."""
    return {
        "files": url,
        "files_endpoint": at or endpoint(),
        "files_region": REGION,
        "files_key_id": KEYS["key_id"],
        "files_key": KEYS["secret_key"],
    }
