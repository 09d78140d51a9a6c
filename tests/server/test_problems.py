import pytest

from persona_lab import errors
from persona_lab.server.problems import Problem, status_of

STATUS = {
    "error": 400,
    "transcript_error": 422,
    "empty_file": 422,
    "file_too_large": 413,
    "unknown_format": 415,
    "unreadable_text": 422,
    "no_speech": 422,
    "engine_error": 422,
    "engine_unavailable": 409,
    "engine_refused": 422,
    "answer_not_understood": 422,
    "not_found": 404,
    "project_not_found": 404,
    "interview_not_found": 404,
    "coding_not_found": 404,
    "conflict": 409,
    "not_allowed": 401,
    "invalid_request": 422,
    "server_error": 500,
}


@pytest.mark.parametrize(("code", "status"), STATUS.items())
def test_each_error_has_its_status(code: str, status: int) -> None:
    assert status_of(errors.from_code(code, "x")) == status


@pytest.mark.parametrize("cls", list(errors.every()))
def test_every_error_can_be_answered(cls: type[errors.PersonaLabError]) -> None:
    status = Problem(cls()).status_code
    assert status == 503 if issubclass(cls, errors.TooBusy) else 400 <= status <= 500


def test_a_problem_has_the_fields_of_rfc_9457() -> None:
    assert bytes(Problem(errors.EmptyFile("a.txt: the file is empty.")).body) == (
        b'{"type":"about:blank","title":"The file is empty","status":422,"code":"empty_file",'
        b'"detail":"a.txt: the file is empty."}'
    )


def test_only_a_missing_token_asks_for_one() -> None:
    assert Problem(errors.NotAllowed()).headers["www-authenticate"] == "Bearer"
    assert "www-authenticate" not in Problem(errors.NotAllowed(), 403).headers
