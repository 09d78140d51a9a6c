import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from persona_lab.errors import EmptyFile, InvalidRequest
from persona_lab.lab.project import Project
from persona_lab.lab.session import Lab
from tests.support.making import CHECKOUT, interview_text


@pytest.mark.parametrize(
    "shown",
    [Project.board, Project.monitor, Project.chat, Project.personas],
    ids=["board", "monitor", "chat", "personas"],
)
def test_labels_that_are_not_there_are_refused_with_those_that_are(
    project: Project, shown: Callable[..., object]
) -> None:
    with pytest.raises(InvalidRequest, match=r'no labels in “xx”. There are: "en" \(English\), "ko" \(Korean\)'):
        shown(project, locale="xx")


def test_labels_are_in_the_labs_language_unless_a_call_names_another(lab: Lab) -> None:
    lab.locale = "ko"
    project = lab.project("Language")
    assert (project.board().locale, project.monitor().locale, project.chat().locale) == ("ko", "ko", "ko")
    assert project.board(locale="en").locale == "en"
    lab.locale = "en"
    assert project.board().locale == "en"


def test_a_report_is_in_the_labs_language_too(lab: Lab, tmp_path: Path) -> None:
    lab.locale = "ko"
    project = lab.project("A report's language")
    assert 'lang="ko"' in project.report(tmp_path / "ko.html").read_text(encoding="utf-8")[:200]
    assert 'lang="en"' in project.report(tmp_path / "en.html", locale="en").read_text(encoding="utf-8")[:200]
    lab.locale = "en"


@pytest.fixture
def korean(lab: Lab) -> Iterator[Lab]:
    lab.locale = "ko"
    yield lab
    lab.locale = "en"


def test_what_came_of_uploading_and_waiting_is_told_in_the_labs_language(korean: Lab, tmp_path: Path) -> None:
    project = korean.project("What came of it")
    for name, raw in (("a.txt", CHECKOUT.encode()), ("b.pdf", b"%PDF-1.4 cut off"), ("c.txt", b"")):
        (tmp_path / name).write_bytes(raw)
    uploads = project.upload(tmp_path)
    assert repr(uploads).splitlines() == [
        "인터뷰 2건 업로드, 받지 못한 것 1건:",
        "c.txt: 파일이 비어 있습니다. 대화록이 들어 있는 파일을 선택하세요.",
    ]
    assert '<th style="text-align:left">받지 못한 이유</th>' in uploads._repr_html_()
    first, failed = repr(project.wait(60)).splitlines()
    assert first == "인터뷰 2건 중 1건 완료, 1건 실패:"
    assert failed.startswith("  b: 파일의 내용을 읽을 수 없습니다.")
    shown = project.board()._repr_mimebundle_()[0]
    assert "파일의 내용을 읽을 수 없습니다." in shown["text/html"]
    assert "발언 4개 · 참여자 1명" in shown["text/plain"]
    assert "파일의 내용을 읽을 수 없습니다." in project.report(tmp_path / "r.html").read_text(encoding="utf-8")
    assert "파일의 내용을 읽을 수 없습니다." in project.report(tmp_path / "r.md").read_text(encoding="utf-8")


def test_the_only_file_that_is_refused_is_refused_in_the_labs_language(korean: Lab, tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_bytes(b"")
    with pytest.raises(EmptyFile, match=r"c\.txt: the file is empty") as refused:
        korean.project("Refused").upload(tmp_path / "c.txt")
    assert refused.value._render_traceback_()[0].startswith("EmptyFile: 파일이 비어 있습니다.")


def test_why_something_is_stale_is_told_in_the_labs_language(korean: Lab, tmp_path: Path) -> None:
    project = korean.project("Stale", purpose="Why do people leave?")
    first = project.upload_text(CHECKOUT, "Mina")
    project.wait(60)
    project.personas().propose(1)
    project.change(purpose="Who stays?")
    first.correct_speakers(roles={"Mina": "other"})
    project.wait(60)
    project.change(purpose="Who comes back?")
    project.upload_text(interview_text("refunds"), "Jun").delete()
    reasons = project.stale["reasons"]
    assert len(reasons) >= 2
    for told in reasons:
        assert not re.search(r"\b(was|were|is|are|has|have)\b", re.sub("“.*?”", "", told)), told
    assert any("프로젝트의 목적: “Who stays?” → “Who comes back?”." in told for told in reasons)
    html = project.report(tmp_path / "r.html").read_text(encoding="utf-8")
    assert "프로젝트의 목적: “Who stays?” → “Who comes back?”." in html


def test_a_lab_has_no_language_without_labels(lab: Lab) -> None:
    with pytest.raises(InvalidRequest, match="no labels in “xx”"):
        lab.locale = "xx"
    assert lab.locale == "en"


def test_a_file_that_is_no_file_is_refused_in_words(project: Project) -> None:
    with pytest.raises(InvalidRequest, match="Give the file to write"):
        project.conversation().export(5)
