"""What a line of the log holds, and what it never does."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from persona_lab import logs
from persona_lab.errors import InterviewNotFound
from tests.support.logging import unchanged

log = logging.getLogger("persona_lab.somewhere")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """The log as JSON lines; the loggers are as before afterwards."""
    stream = io.StringIO()
    with unchanged():
        logs.set_up("json", stream)
        yield stream


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_line_is_an_object_with_what_it_is_about(written: io.StringIO) -> None:
    with logs.about(request_id="ab" * 16, interview_id=None):
        logs.note(interview_id="i1")
        log.info("kept %d files", 3, extra={"told": {"status": 200}})
    (line,) = lines(written)
    del line["at"]
    assert line == {
        "level": "info",
        "logger": "persona_lab.somewhere",
        "message": "kept 3 files",
        "request_id": "ab" * 16,
        "interview_id": "i1",
        "status": 200,
    }


def test_what_it_was_about_ends_with_it(written: io.StringIO) -> None:
    with logs.about(interview_id="i1"):
        pass
    log.info("done")
    assert "interview_id" not in lines(written)[0]


def test_an_errors_words_are_left_out(written: io.StringIO) -> None:
    try:
        raise ValueError("Mina hates the checkout")
    except ValueError as error:
        log.exception("it failed")
        log.warning("it failed again: %s", error)
    log.warning("not found: %s", InterviewNotFound("Mina's interview is gone."))
    first, second, third = lines(written)
    assert (first["error"], second["message"], third["message"]) == (
        "ValueError",
        "it failed again: ValueError",
        "not found: interview_not_found",
    )
    assert first["where"][-1].startswith("test_logs.py:")
    assert "Mina" not in written.getvalue()


def test_other_packages_say_where_and_nothing_else(written: io.StringIO) -> None:
    for name in ("dbos", "sqlalchemy.engine", "httpx"):
        logging.getLogger(name).error("could not do it for %s", "Mina")
    assert "Mina" not in written.getvalue()
    assert [line["logger"] for line in lines(written)] == ["dbos", "sqlalchemy.engine", "httpx"]
    assert all(line["message"].startswith("test_logs:") for line in lines(written))


def test_uvicorn_speaks_for_itself(written: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    assert lines(written)[0]["message"] == "Invalid HTTP request received."


@pytest.mark.parametrize("sent", ["4bf92f3577b34da6a3ce929d0e0e4736", "9F1C2E34-0000-4abc-8def-0123456789ab"])
def test_a_proxys_id_is_taken(sent: str) -> None:
    assert logs.request_id_of(sent) == sent


@pytest.mark.parametrize("sent", ["", "Mina-Kim-010-1234-5678", "abc", "a" * 65, "ab" * 16 + "\n", "１" * 20])
def test_what_could_be_words_is_no_id(sent: str) -> None:
    made = logs.request_id_of(sent)
    assert made != sent
    assert len(made) == 32


def test_a_terminal_gets_text() -> None:
    record = log.makeRecord("persona_lab.x", logging.WARNING, "x.py", 1, "it is %s", ("late",), None)
    record.told = {"status": 503}
    line = logs.Text().format(record)
    assert line[12:] == " warning it is late status=503"
