"""A project's findings summed up in a cell, by each engine."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from persona_lab.errors import BudgetSpent, Conflict, EngineError, EngineNotSetUp
from persona_lab.lab.project import Project
from persona_lab.lab.session import Lab, connect
from tests.fakes.table import Bench, bench
from tests.support.making import CHECKOUT

PRIVATE = CHECKOUT.replace("Mina", "Sarah Chen").replace("It forgets", "Sarah Chen says it forgets")


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("summing")) as running:
        yield running


@pytest.fixture(scope="module")
def summing(there: Bench, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PERSONA_LAB_HOME", str(tmp_path_factory.mktemp("home")))
        with closing(connect(there.server.url, token=there.server.token)) as connected:
            yield connected


@pytest.fixture
def study(summing: Lab, there: Bench, request: pytest.FixtureRequest) -> Project:
    there.miso.behave()
    there.llm.always(None)
    project = summing.project(request.node.name[:150])
    project.upload_text(PRIVATE, "Sarah Chen")
    project.wait(60)
    return project


def test_the_local_engine_lists_findings_with_their_quotes(study: Project) -> None:
    summary = study.summary()
    assert "1 of 1 participants" in summary.text
    assert len(summary.citations) == len(study.insights)
    text = study.interview("Sarah Chen").transcript.text
    assert all(text[one.quote.start : one.quote.end] == one.quote.text for one in summary.citations)
    assert f"What {len(study.insights)} findings say together" in summary.html()


def test_a_model_sees_pseudonyms_and_its_citations_are_what_was_said(study: Project, there: Bench) -> None:
    study.engine = "llm"
    before = len(there.llm.calls)
    summary = study.summary()
    sent = str(there.llm.calls[before:])
    assert "delivery address" in sent
    assert [private for private in ("Sarah", "Chen") if private in sent] == []
    text = study.interview("Sarah Chen").transcript.text
    assert summary.citations
    assert all(text[one.quote.start : one.quote.end] == one.quote.text for one in summary.citations)
    assert list(study.spending["engine"]) == ["llm"]
    study.budget = 1
    with pytest.raises(BudgetSpent, match="budget is spent"):
        study.summary()


def test_misos_workflow_writes_it_and_that_it_cites_nothing_is_said(study: Project, there: Bench) -> None:
    study.engine = "miso"
    summary = study.summary()
    assert summary.text == "결제가 느리다는 말이 많다."
    assert summary.note == "Written by miso, without quotes: compare it with the findings."
    sent = there.miso.last("/workflows/run")["inputs"]["context"]
    assert sent.startswith("<insights>\n<insight type=")
    assert "Sarah" not in sent
    assert list(study.spending["engine"]) == ["miso"]


@pytest.mark.parametrize("engine", ["llm", "miso"])
def test_a_fault_ends_in_a_sentence(study: Project, there: Bench, engine: str) -> None:
    study.engine = engine
    there.miso.fault("401")
    there.llm.always("401")
    with pytest.raises(EngineError) as failed:
        study.summary()
    assert failed.value.message.endswith(".")
    assert "delivery address" not in there.server.log


def test_without_findings_or_settings_it_says_what_to_do(project: Project) -> None:
    with pytest.raises(Conflict, match="has no findings yet"):
        project.summary()
    with pytest.raises(EngineNotSetUp):
        project.engine = "llm"
