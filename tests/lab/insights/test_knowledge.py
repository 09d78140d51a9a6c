"""A project's findings in a MISO knowledge base: fed from a cell, redacted, replaced and never piled up."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from persona_lab.errors import Conflict, EngineError, EngineKeyRefused, EngineNotSetUp, EngineUnavailable
from persona_lab.lab.project import Project
from persona_lab.lab.session import Lab, connect
from tests.fakes.miso import KEY_OF, Base, FakeMiso
from tests.support.making import CHECKOUT
from tests.support.server import Server

PRIVATE = (
    "Interviewer: Who helped you to pay, Sarah Chen?\n"
    "Sarah Chen: I called 415-555-0132 and it was really frustrating, because Sarah Chen had to wait every time.\n"
    "Interviewer: What would help?\n"
    "Sarah Chen: I wish it would remember my delivery address.\n"
)
KEY = KEY_OF["knowledge"]


@pytest.fixture(scope="module")
def miso() -> Iterator[FakeMiso]:
    with FakeMiso() as serving:
        yield serving


@pytest.fixture(scope="module")
def fed_server(miso: FakeMiso, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose only key of MISO is the one of the knowledge base."""
    workspace = tmp_path_factory.mktemp("feeding")
    with Server(workspace, miso_url=miso.url, miso_knowledge_key=KEY, miso_attempts="1") as running:
        yield running


@pytest.fixture(scope="module")
def feeding(fed_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PERSONA_LAB_HOME", str(tmp_path_factory.mktemp("home")))
        connected = connect(fed_server.url, token=fed_server.token)
        yield connected
        connected.close()


@pytest.fixture
def study(feeding: Lab, miso: FakeMiso, request: pytest.FixtureRequest) -> Project:
    miso.behave()
    return feeding.project(request.node.name[:150])


def documents(miso: FakeMiso, base: str) -> list[str]:
    return ["\n".join(one["content"] for one in texts) for texts in miso.bases[base].texts.values()]


def test_findings_are_fed_with_pseudonyms_and_fed_again_they_take_their_own_place(
    study: Project, miso: FakeMiso
) -> None:
    study.upload_text(PRIVATE, "Sarah Chen")
    study.wait(60)
    first = study.feed_knowledge()
    assert first.findings == len(study.insights) > 0
    assert first.quotes >= first.findings
    assert first.redaction == "network"
    (document,) = documents(miso, first.base)
    assert "1 of 1 participants" in document
    assert "delivery address" in document
    assert [private for private in ("Sarah", "Chen", "415-555-0132") if private in document] == []
    second = study.feed_knowledge()
    assert (second.base, second.document) == (first.base, first.document)
    assert len(documents(miso, first.base)) == 1
    told = study.sql("SELECT type FROM events WHERE type LIKE 'knowledge:%'")
    assert list(told["type"]) == ["knowledge:begun", "knowledge:fed"] * 2


def test_a_project_that_says_off_is_fed_as_it_is(study: Project, miso: FakeMiso) -> None:
    study.redaction = "off"
    study.upload_text(PRIVATE, "Sarah Chen")
    study.wait(60)
    fed = study.feed_knowledge()
    assert fed.redaction == "off"
    assert "Sarah Chen had to wait" in documents(miso, fed.base)[0]


def test_without_findings_there_is_nothing_to_feed(study: Project) -> None:
    with pytest.raises(Conflict, match="has no findings yet"):
        study.feed_knowledge()


def test_a_key_for_one_base_alone_says_which_setting_is_missing(
    study: Project, miso: FakeMiso, fed_server: Server
) -> None:
    study.upload_text(CHECKOUT, "mina")
    study.wait(60)
    miso.fault("403", path="/datasets")
    with pytest.raises(EngineKeyRefused, match="set PERSONA_LAB_MISO_KNOWLEDGE_BASE to the id of its base"):
        study.feed_knowledge()
    assert KEY not in fed_server.log
    assert "card form" not in fed_server.log


@pytest.mark.parametrize(("fault", "error"), [("401", EngineKeyRefused), ("500", EngineUnavailable)])
def test_a_fault_ends_in_a_sentence(
    study: Project, miso: FakeMiso, fed_server: Server, fault: str, error: type[EngineError]
) -> None:
    study.upload_text(CHECKOUT, "mina")
    study.wait(60)
    miso.fault(fault)
    with pytest.raises(error) as refused:
        study.feed_knowledge()
    assert refused.value.message.endswith(".")
    assert KEY not in refused.value.message + fed_server.log
    miso.behave()
    assert study.feed_knowledge().findings > 0


def test_without_a_key_the_setting_is_named(project: Project) -> None:
    project.upload_text(CHECKOUT, "mina")
    project.wait(60)
    with pytest.raises(EngineNotSetUp, match="PERSONA_LAB_MISO_KNOWLEDGE_KEY is not set"):
        project.feed_knowledge()


def test_the_base_of_the_settings_is_used_and_others_are_neither_listed_nor_made(
    miso: FakeMiso, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    miso.behave()
    base = "11111111-2222-4333-8444-555555555555"
    miso.bases[base] = Base("ours")
    before = set(miso.bases)
    monkeypatch.setenv("PERSONA_LAB_HOME", str(tmp_path / "home"))
    keys = {"miso_url": miso.url, "miso_knowledge_key": KEY, "miso_knowledge_base": base}
    with Server(tmp_path / "workspace", **keys) as running:
        lab = connect(running.url, token=running.token)
        try:
            study = lab.project("Own base")
            study.upload_text(CHECKOUT, "mina")
            study.wait(60)
            assert study.feed_knowledge().base == base
        finally:
            lab.close()
    assert set(miso.bases) == before


def test_a_server_that_is_killed_while_it_feeds_says_so_when_it_is_back(
    miso: FakeMiso, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    miso.behave()
    monkeypatch.setenv("PERSONA_LAB_HOME", str(tmp_path / "home"))
    server = Server(tmp_path / "workspace", miso_url=miso.url, miso_knowledge_key=KEY, miso_attempts="1").start()
    lab = connect(server.url, token=server.token)
    try:
        study = lab.project("Killed")
        study.upload_text(CHECKOUT, "mina")
        study.wait(60)
        miso.fault("hang")
        with ThreadPoolExecutor(1) as pool:
            feeding = pool.submit(study.feed_knowledge)
            until_begun(study)
            server.kill()
            server.start()
            with pytest.raises(EngineUnavailable, match=r"^The server ended before the findings were fed\."):
                feeding.result(60)
        miso.behave()
        assert study.feed_knowledge().findings > 0
        told = study.sql("SELECT type FROM events WHERE type LIKE 'knowledge:%' ORDER BY seq")
        assert list(told["type"]) == [f"knowledge:{what}" for what in ("begun", "failed", "begun", "fed")]
    finally:
        lab.close()
        server.stop()


def until_begun(study: Project) -> None:
    deadline = time.monotonic() + 30
    while not len(study.sql("SELECT seq FROM events WHERE type = 'knowledge:begun'")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
