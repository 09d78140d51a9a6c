"""Engines as an analyst chooses, bounds, compares and cancels them; behind them are look-alikes."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from persona_lab.errors import Conflict, EngineNotSetUp, InvalidRequest
from persona_lab.lab.interviews.interview import Interview
from persona_lab.lab.project import Project
from persona_lab.lab.session import Lab, connect
from tests.fakes.table import Bench, bench
from tests.support.making import interview_text
from tests.support.server import Server

WAIT_SECONDS = 60.0


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("engines")
    with bench(folder, llm_call_seconds="60", llm_run_seconds="60", llm_section_tokens="300") as running:
        yield running


@pytest.fixture(scope="module")
def lab(there: Bench) -> Iterator[Lab]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PERSONA_LAB_HOME", str(there.server.workspace))
        with closing(connect()) as connected:
            yield connected


@pytest.fixture(autouse=True)
def well(there: Bench) -> Iterator[None]:
    """Each test begins, and leaves, the look-alikes as good as they can be."""
    yield
    there.miso.behave()
    there.miso.looks = 2
    there.llm.fault_of.clear()


@pytest.fixture
def project(lab: Lab, request: pytest.FixtureRequest) -> Project:
    return lab.project(request.node.name[:150])


def uploaded(project: Project, topic: str, *, text: str | None = None) -> Interview:
    interview = project.upload_text(text or interview_text(topic), topic)
    project.wait(WAIT_SECONDS)
    return interview


def made_by(interview: Interview) -> str:
    assert interview.result is not None, interview.error
    return interview.result.provenance.engine


def eventually(holds: Callable[[], object], seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def long_text(topic: str) -> str:
    """Return an interview of several sections; `topic` 0, 1, 2 … is in each answer."""
    lines = []
    for n in range(24):
        lines.append(f"Interviewer: And what about {topic} {n:02}, when you think of it?")
        lines.append(
            f"Mina: I find {topic} {n:02} really frustrating, because it takes far too long every single time. "
            f"I wish that {topic} {n:02} would simply remember what I did in the weeks before."
        )
    return "\n".join(lines) + "\n"


# Choosing


def test_a_project_that_has_chosen_none_has_the_servers_engine(project: Project) -> None:
    assert project.engine is None
    assert made_by(uploaded(project, "the card form")) == "local"


def test_a_project_is_analysed_by_the_engine_it_has_chosen(project: Project) -> None:
    project.engine = "llm"
    assert project.engine == "llm"
    assert made_by(uploaded(project, "the card form")) == "llm"
    project.engine = "miso"
    assert made_by(uploaded(project, "the basket")) == "miso"
    project.engine = None
    assert project.engine is None
    assert made_by(uploaded(project, "the checkout")) == "local"


def test_new_projects_have_what_connect_was_given(lab: Lab, there: Bench) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PERSONA_LAB_HOME", str(there.server.workspace))
        assert lab.project("before").engine is None
        again = connect(engine="miso")
        assert again.project("after").engine == "miso"
        assert again.project("before").engine is None
        assert again.project("after", engine="llm").engine == "llm"
        connect()
    assert lab.project("later").engine is None


def test_an_engine_nobody_knows_is_refused(project: Project) -> None:
    with pytest.raises(InvalidRequest, match="engine"):
        project.engine = "gpt"
    with pytest.raises(InvalidRequest, match="engine"):
        project.estimate("gpt")


def test_an_engine_that_is_not_set_up_names_its_settings(server: Server) -> None:
    """The shared server has no keys."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PERSONA_LAB_HOME", str(server.workspace))
        with closing(connect()) as plain:
            project = plain.project("no keys")
            interview = uploaded(project, "the card form")
            for engine, setting in (("miso", "PERSONA_LAB_MISO_WORKFLOW_KEY"), ("llm", "PERSONA_LAB_LLM_MODEL")):
                with pytest.raises(EngineNotSetUp, match=setting):
                    project.engine = engine
                with pytest.raises(EngineNotSetUp, match=setting):
                    interview.analyse(engine)
                with pytest.raises(EngineNotSetUp, match=setting):
                    project.estimate(engine)
                with pytest.raises(EngineNotSetUp, match=setting):
                    plain.project(f"with {engine}", engine=engine)
            assert project.engine is None
            assert interview.status == "completed"
    with server.client() as http:
        answer = http.post("/api/projects", json={"name": "x", "engine": "llm"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "engine_not_set_up"


def test_another_engine_makes_what_there_is_stale_and_refresh_makes_it_anew(project: Project) -> None:
    interview = uploaded(project, "the card form")
    project.engine = "llm"
    assert "by the engine local; the engine is llm now" in project.stale.iloc[0]["reasons"]
    assert [one.id for one in project.refresh()] == [interview.id]
    project.wait(WAIT_SECONDS)
    assert made_by(interview) == "llm"
    assert project.stale.empty


# Beside each other


def test_an_analysis_beside_leaves_everything_as_it_is(project: Project, there: Bench) -> None:
    interview = uploaded(project, "the card form")
    before = interview.result, project.insights.to_json(), interview.status
    interview.analyse("llm")
    interview.analyse("miso")
    project.wait(WAIT_SECONDS)
    assert (interview.result, project.insights.to_json(), interview.status) == before
    runs = interview.runs
    assert sorted(runs["engine"]) == ["llm", "local", "miso"]
    assert list(runs[runs["is_current"]]["engine"]) == ["local"]
    assert project.stale.empty
    told = project.sql("SELECT engine FROM provenance WHERE what = 'summary'")
    assert list(told["engine"]) == ["local"]
    events = project.sql("SELECT type FROM events WHERE type LIKE 'analysis:%' ORDER BY seq")["type"]
    assert sorted(events) == ["analysis:added"] * 2 + ["analysis:started"] * 2
    with project.as_of(int(project.stream.seq)) as then:
        assert list(then.sql("SELECT engine FROM provenance WHERE what = 'summary'")["engine"]) == ["local"]
    local, llm = (runs[runs["engine"] == name].iloc[0]["run_id"] for name in ("local", "llm"))
    assert "engine was local and is llm" in repr(project.diff(local, llm))


def test_two_engines_are_compared(project: Project, there: Bench) -> None:
    first, second = uploaded(project, "the card form"), uploaded(project, "the basket")
    with pytest.raises(InvalidRequest, match="analysed by two"):
        project.compare_engines()
    there.llm.fault_of["the basket"] = "invented quotes"
    for interview in (first, second):
        interview.analyse("llm")
    project.wait(WAIT_SECONDS)
    found = project.compare_engines()
    engines = found.engines.set_index("engine")
    assert list(engines.index) == ["llm", "local"]
    assert list(engines["interviews"]) == [2, 2]
    assert engines.loc["local", "rejected_share"] == 0
    assert 0 < engines.loc["llm", "rejected_share"] < 1
    assert engines.loc["local", "tokens"] == 0
    spent = project.spending
    assert engines.loc["llm", "tokens"] == spent["input_tokens"].sum() + spent["output_tokens"].sum() > 0
    assert set(found.findings["found_by"]) <= {"llm", "local", "llm local"}
    assert "llm local" in set(found.findings["found_by"])
    shared = found.findings[found.findings["found_by"] == "llm local"]
    assert (shared[["llm", "local"]] != "").all(axis=None)
    turns = found.agreement.set_index("kind")["turns"]
    assert set(turns) == {4}
    assert "2 interviews by llm, local" in repr(found)
    assert "<table" in found._repr_html_()


def test_a_failed_analysis_beside_says_why_and_the_interview_stays_completed(project: Project, there: Bench) -> None:
    interview = uploaded(project, "the card form")
    there.llm.fault_of["the card form"] = "401"
    interview.analyse("llm")
    project.wait(WAIT_SECONDS)
    assert interview.status == "completed"
    assert interview.error is None
    told = project.sql("SELECT data->>'$.error.code' AS code FROM events WHERE type = 'analysis:failed'")
    assert list(told["code"]) == ["engine_key_refused"]


def test_a_deleted_interviews_analysis_beside_ends_and_shows_nowhere(project: Project, there: Bench) -> None:
    interview = uploaded(project, "the card form")
    kept = uploaded(project, "the basket")
    there.llm.fault_of["the card form"] = "hang"
    interview.analyse("llm")
    eventually(lambda: any("the card form" in str(call) for call in there.llm.calls[-1:]))
    interview.delete()
    assert len(project.interviews) == 1
    interview.restore()
    interview.cancel()
    project.wait(WAIT_SECONDS)
    assert interview.status == kept.status == "completed"


def test_the_projects_own_engine_analyses_again_in_place(project: Project) -> None:
    interview = uploaded(project, "the card form")
    interview.analyse()
    project.wait(WAIT_SECONDS)
    interview.analyse("local")
    project.wait(WAIT_SECONDS)
    runs = interview.runs
    assert list(runs["engine"]) == ["local"] * 3
    assert list(runs["is_current"]) == [False, False, True]
    assert project.sql("SELECT count(*) AS n FROM events WHERE type LIKE 'analysis:%'")["n"][0] == 0


def test_analysed_again_is_paid_for_again(project: Project, there: Bench) -> None:
    project.engine = "llm"
    interview = uploaded(project, "the card form")
    interview.analyse()
    project.wait(WAIT_SECONDS)
    assert len(project.spending) == 2
    project.engine = None
    for _ in range(2):
        interview.analyse("llm")
        project.wait(WAIT_SECONDS)
    assert len(project.spending) == 4


# Stepping in


def test_nobody_steps_in_unless_asked_to(project: Project, there: Bench) -> None:
    project.engine = "llm"
    there.llm.fault_of["the card form"] = "503"
    interview = uploaded(project, "the card form")
    assert interview.status == "failed"
    assert "error 503" in str(interview.error)
    project.fallback = True
    interview.retry()
    project.wait(WAIT_SECONDS)
    assert made_by(interview) == "local"
    assert interview.result is not None
    assert str(interview.result.provenance.instead_of).startswith("llm: The language model's server answered with")
    assert "local stepped in for llm" in project.stale.iloc[0]["reasons"]
    there.llm.fault_of.clear()
    project.refresh()
    project.wait(WAIT_SECONDS)
    assert made_by(interview) == "llm"
    assert project.stale.empty


# What it may cost


def test_an_estimate_is_never_less_than_what_is_spent(project: Project) -> None:
    interview = uploaded(project, "form number", text=long_text("form number"))
    for engine in ("llm", "miso"):
        expected = project.estimate(engine)
        interview.analyse(engine)
        project.wait(WAIT_SECONDS)
        spent = project.spending[project.spending["engine"] == engine]
        assert 0 < spent["calls"].sum() <= expected.calls
        assert spent["input_tokens"].sum() > 0
        if engine == "llm":
            assert spent["input_tokens"].sum() <= expected.input_tokens
            assert spent["output_tokens"].sum() <= expected.output_tokens
    local = project.estimate()
    assert (local.calls, local.input_tokens, local.output_tokens) == (0, 0, 0)


def test_what_was_spent_is_what_was_billed(project: Project, there: Bench) -> None:
    project.engine = "llm"
    before = there.llm.input_tokens, there.llm.output_tokens, there.llm.answered
    uploaded(project, "form number", text=long_text("form number"))
    spent = project.spending
    now = there.llm.input_tokens, there.llm.output_tokens, there.llm.answered
    assert tuple(spent[["input_tokens", "output_tokens", "calls"]].sum()) == tuple(
        b - a for a, b in zip(before, now, strict=True)
    )
    assert set(spent["model"]) == {"look-alike-1"}
    assert len(spent) > 3


def test_a_spent_budget_stops_cleanly_and_a_raised_one_goes_on_where_it_ended(project: Project, there: Bench) -> None:
    project.engine = "llm"
    project.budget = 1
    paid = len(there.llm.paid_for)
    interview = uploaded(project, "a small budget", text=long_text("a small budget"))
    assert interview.status == "failed"
    row = project.row(interview.id)
    assert row is not None
    assert row["error"]["code"] == "budget_spent"
    assert row["error"]["can_retry"] is False
    assert "project.budget =" in row["error"]["message"]
    assert len(there.llm.paid_for) == paid + 1
    project.budget = None
    interview.retry()
    project.wait(WAIT_SECONDS)
    assert interview.status == "completed"
    new = there.llm.paid_for[paid:]
    assert len(new) == len(set(new)) > 3
    project.budget = 1
    assert project.budget == 1
    answer = project.ask("What annoys people?")
    assert not answer.is_complete
    assert "budget is spent" in str(answer.note)


# Cancelling


def test_a_cancelled_analysis_ends_at_once_and_frees_its_engine(project: Project, there: Bench) -> None:
    project.engine = "llm"
    there.llm.fault_of["the card form"] = "hang"
    interview = project.upload_text(interview_text("the card form"), "Mina")
    eventually(lambda: interview.status == "analyzing")
    began = time.monotonic()
    interview.cancel()
    project.wait(WAIT_SECONDS)
    assert time.monotonic() - began < 10
    row = project.row(interview.id)
    assert row is not None
    assert (row["status"], row["error"]["code"], row["error"]["can_retry"]) == ("failed", "analysis_cancelled", True)
    with pytest.raises(Conflict, match="under way"):
        interview.cancel()
    there.llm.fault_of.clear()
    interview.retry()
    project.wait(WAIT_SECONDS)
    assert made_by(interview) == "llm"


def test_a_run_that_is_cancelled_is_stopped_at_miso(project: Project, there: Bench) -> None:
    project.engine = "miso"
    there.miso.fault_of["the stopped form"] = "stream never ends"
    stopped = len(there.miso.stopped)
    interview = project.upload_text(interview_text("the stopped form"), "Mina")
    eventually(lambda: any("the stopped form" in text for text in there.miso.paid_for))
    interview.cancel()
    eventually(lambda: len(there.miso.stopped) > stopped)
    there.miso.behave()
    interview.retry()
    project.wait(WAIT_SECONDS)
    assert made_by(interview) == "miso"


def test_an_analysis_beside_can_be_cancelled(project: Project, there: Bench) -> None:
    interview = uploaded(project, "the card form")
    there.llm.fault_of["the card form"] = "hang"
    interview.analyse("llm")
    interview.cancel()
    project.wait(WAIT_SECONDS)
    assert interview.status == "completed"
    assert interview.error is None
    told = project.sql("SELECT data->>'$.error.code' AS code FROM events WHERE type = 'analysis:failed'")
    assert list(told["code"]) == ["analysis_cancelled"]
    with pytest.raises(Conflict):
        interview.cancel()
    there.llm.fault_of.clear()
    interview.analyse("llm")
    project.wait(WAIT_SECONDS)
    assert sorted(interview.runs["engine"]) == ["llm", "local"]


def test_a_cancelled_second_analysis_leaves_the_first(project: Project, there: Bench) -> None:
    project.engine = "llm"
    interview = uploaded(project, "the card form")
    before = interview.result
    there.llm.fault_of["the card form"] = "hang"
    interview.analyse()
    with pytest.raises(Conflict, match="being analysed"):
        interview.analyse()
    interview.cancel()
    project.wait(WAIT_SECONDS)
    assert interview.result == before
    assert interview.status == "completed"
    assert "cancelled" in str(interview.error)
