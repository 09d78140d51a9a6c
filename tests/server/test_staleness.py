"""Why a result is stale: measured against what the server would do now."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from persona_lab.engines.base import Context, Portrayer, context_of
from persona_lab.engines.choosing import Engines, Maker, Pace
from persona_lab.engines.merging import merge
from persona_lab.errors import EngineNotSetUp, ProjectNotFound
from persona_lab.models import Failure, Merge, Project, Provenance, SpeakerCorrection, Stale
from persona_lab.server import staleness
from persona_lab.store import insights, interviews, projects, speakers, transcripts
from persona_lab.store.database import Store
from tests.support import making


@dataclass
class Made:
    """As much of an engine as says what it is."""

    name: str = "local"
    model: str = "m1"
    prompt_hash: str = "p1"
    is_remote: bool = False

    @property
    def portrayer(self) -> Portrayer:
        return Portrayer(self.name, self.model, self.prompt_hash)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store(tmp_path_factory.mktemp("store") / "persona_lab.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> Project:
    with store.writing() as connection:
        return projects.create(connection, epoch=store.epoch, name="Study", purpose="Why?", audience="Shoppers")


def analysed(store: Store, project: Project, name: str, **made_by: object) -> str:
    """Upload an interview and keep an analysis of it as one would be made now; return its id."""
    with store.writing() as connection:
        interview, _ = interviews.add(connection, project.id, making.upload(name), allow_duplicate=False)
        transcripts.save(connection, interview.id, making.transcript(), [[], []])
        interviews.complete(connection, interview.id, made(interview.id, project, **made_by))
    return interview.id


def made(interview_id: str, project: Project, attempt: int = 1, **made_by: object):
    today = {
        "engine": "local",
        "model": "m1",
        "prompt_hash": "p1",
        "transcript_sha256": "0" * 64,
        "run_id": f"{interview_id}:{attempt}",
        "context_hash": context_of(project).hash,
        "redaction": "off",
        "speakers": (),
    }
    provenance = Provenance.model_validate({**today, **made_by})
    return making.analysis(provenance.run_id).model_copy(update={"provenance": provenance})


def merged(store: Store, project: Project, **made_by: str) -> None:
    with store.writing() as connection:
        found = interviews.results(connection, project.id)
        runs = {key: result.provenance.run_id for key, result in found.items()}
        by = Merge.model_validate({"model": merge.MODEL, "rules_hash": merge.RULES_HASH, "runs": runs, **made_by})
        insights.save(connection, project.id, [making.insight(*found)], by)


def change(store: Store, project: Project, **values: str) -> None:
    with store.writing() as connection:
        projects.change(connection, project.id, values, epoch=store.epoch)


def engines(**engine: object) -> Engines:
    return Engines("local", {"local": Maker(lambda: Made(**engine), Pace(1))}, lambda engine, _project: engine)


def stale(store: Store, project: Project, **engine: object) -> list[Stale]:
    with store.reading() as connection:
        return staleness.stale(connection, project.id, engines(**engine), epoch=store.epoch)


def reasons(store: Store, project: Project, **engine: object) -> list[str]:
    """Return why the only interview's analysis is stale."""
    return [reason for one in stale(store, project, **engine) if one.what == "analysis" for reason in one.reasons]


def test_what_would_be_made_the_same_is_not_stale(store: Store, project: Project) -> None:
    analysed(store, project, "mina")
    merged(store, project)
    assert stale(store, project) == []


def test_an_empty_project_is_not_stale(store: Store, project: Project) -> None:
    assert stale(store, project) == []


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        ({"model": "m2"}, ["It was analysed by m1; the engine's model is m2 now."]),
        ({"prompt_hash": "p2"}, ["The engine's rules and word lists have changed since (p1 → p2)."]),
        (
            {"name": "llm", "model": "big", "prompt_hash": "x"},
            ["It was analysed by the engine local; the engine is llm now."],
        ),
        ({"is_remote": True}, ["Redaction was “off” for it and is “network” now."]),
    ],
)
def test_another_engine_makes_analyses_stale(
    store: Store, project: Project, engine: dict[str, object], said: list[str]
) -> None:
    analysed(store, project, "mina")
    assert reasons(store, project, **engine) == said


def test_another_purpose_makes_analyses_stale_until_it_is_the_old_one_again(store: Store, project: Project) -> None:
    analysed(store, project, "mina")
    change(store, project, purpose="How " + "very " * 30 + "long?", audience="")
    first, second = reasons(store, project)
    assert first.startswith("The project's purpose was “Why?” and is “How very very")
    assert first.endswith("very…” now.")
    assert second == "The project's audience was “Shoppers” and is empty now."
    change(store, project, purpose="Why?", audience="Shoppers")
    assert reasons(store, project) == []


def test_another_name_or_description_makes_nothing_stale(store: Store, project: Project) -> None:
    analysed(store, project, "mina")
    change(store, project, name="Other", description="More")
    assert reasons(store, project) == []


def test_a_context_that_no_event_explains_is_said_all_the_same(store: Store, project: Project) -> None:
    analysed(store, project, "mina", context_hash="of another version")
    assert reasons(store, project) == ["What the project tells the engine of itself has changed since."]


def test_redaction_matters_for_engines_over_the_network_only(store: Store, project: Project) -> None:
    analysed(store, project, "mina", redaction="network")
    change(store, project, redaction="off")
    assert reasons(store, project, is_remote=True) == ["Redaction was “network” for it and is “off” now."]


def test_a_result_that_does_not_tell_is_not_called_stale_for_it(store: Store, project: Project) -> None:
    analysed(store, project, "mina", context_hash=None, redaction=None, speakers=None)
    assert reasons(store, project) == []


def test_a_corrected_role_makes_the_analysis_stale(store: Store, project: Project) -> None:
    interview_id = analysed(store, project, "mina")
    with store.writing() as connection:
        speakers.correct(connection, interview_id, [{"speaker": "P", "name": "Mina", "role": "interviewer"}])
    assert reasons(store, project) == [
        "Mina was taken for a participant and is an interviewer now.",
        "It is being analysed again.",
    ]


def test_a_name_and_a_role_that_is_the_files_own_make_nothing_stale(store: Store, project: Project) -> None:
    interview_id = analysed(store, project, "mina")
    with store.writing() as connection:
        speakers.correct(connection, interview_id, [{"speaker": "P", "name": "Mina", "role": "participant"}])
    assert reasons(store, project) == []


def test_a_role_that_was_taken_back_since_is_said(store: Store, project: Project) -> None:
    analysed(store, project, "mina", speakers=(SpeakerCorrection(speaker="Q", role="other"),))
    assert reasons(store, project) == ["Q was taken for neither of both and is an interviewer now."]


def test_what_could_not_be_analysed_again_says_so(store: Store, project: Project) -> None:
    interview_id = analysed(store, project, "mina")
    with store.writing() as connection:
        interviews.restart(connection, interviews.get(connection, interview_id))
        interviews.fail(connection, interview_id, Failure(code="engine_error", message="Try again."))
    assert reasons(store, project) == ["It could not be analysed again: Try again."]


# Insights


def of_insights(store: Store, project: Project) -> tuple[str, ...]:
    (found,) = [one for one in stale(store, project) if one.what == "insights"]
    assert (found.id, found.title) == (project.id, "Study")
    return found.reasons


def test_insights_are_stale_when_interviews_were_added_or_deleted_since(store: Store, project: Project) -> None:
    first = analysed(store, project, "first")
    merged(store, project)
    analysed(store, project, "second")
    analysed(store, project, "third")
    assert of_insights(store, project) == ("2 interviews were added.",)
    with store.writing() as connection:
        interviews.delete(connection, first)
    assert of_insights(store, project) == ("2 interviews were added.", "1 interview was deleted.")
    merged(store, project)
    assert stale(store, project) == []


def test_insights_are_stale_with_what_they_rest_on(store: Store, project: Project) -> None:
    analysed(store, project, "mina", model="m0")
    merged(store, project)
    assert of_insights(store, project) == ("1 analysis that they rest on is stale.",)


def test_insights_say_that_a_merge_is_to_come(store: Store, project: Project) -> None:
    analysed(store, project, "mina")
    with store.writing() as connection:
        interviews.add(connection, project.id, making.upload("new"), allow_duplicate=False)
    assert of_insights(store, project) == (
        "1 interview was added.",
        "They are merged again when the interview that is being analysed is done.",
    )


def test_insights_are_stale_when_findings_are_merged_otherwise_now(store: Store, project: Project) -> None:
    analysed(store, project, "mina")
    merged(store, project, model="merge-0")
    (reason,) = of_insights(store, project)
    assert reason.startswith("Findings are merged otherwise now (merge-0 ")


def test_insights_that_do_not_tell_what_they_were_merged_from_are_stale(store: Store, project: Project) -> None:
    interview_id = analysed(store, project, "mina")
    with store.writing() as connection:
        insights.save(connection, project.id, [making.insight(interview_id)])
    assert of_insights(store, project) == ("It isn't known what they were merged from: that was an earlier version.",)


# Making it anew


def refreshed(store: Store, project: Project, **engine: object) -> tuple[list[str], bool]:
    with store.writing() as connection:
        begun = staleness.refresh(connection, project.id, engines(**engine), epoch=store.epoch)
    return [one.title for one in begun.interviews], begun.merging


def test_only_what_is_stale_is_begun_again_and_once(store: Store, project: Project) -> None:
    analysed(store, project, "fresh")
    old = analysed(store, project, "old", model="m0")
    merged(store, project)
    assert refreshed(store, project) == (["old"], False)
    with store.reading() as connection:
        again = interviews.get(connection, old)
        assert (again.status, again.stage, again.attempt) == ("completed", "re-analysing", 2)
        assert interviews.result(connection, old) == made(old, project, model="m0")
    assert refreshed(store, project) == ([], False)


def test_stale_insights_of_fresh_analyses_are_only_merged(store: Store, project: Project) -> None:
    analysed(store, project, "mina")
    assert refreshed(store, project) == ([], True)
    merged(store, project)
    assert refreshed(store, project) == ([], False)


def test_a_project_that_is_not_there_is_not_found(store: Store) -> None:
    with store.writing() as connection, pytest.raises(ProjectNotFound):
        staleness.refresh(connection, "nobody", engines(), epoch=store.epoch)


def test_a_field_that_says_nothing_does_not_change_the_context() -> None:
    assert Context().hash == Context(purpose="").hash
    assert Context(purpose="a").hash != Context(audience="a").hash


def test_an_engine_that_has_lost_its_settings_makes_nothing_stale_that_it_made(store: Store, project: Project) -> None:
    def lost() -> Made:
        raise EngineNotSetUp("PERSONA_LAB_LLM_MODEL is not set.")

    there = Engines("llm", {"llm": Maker(lost, Pace(1))}, lambda engine, _project: engine)
    analysed(store, project, "by it", engine="llm")
    analysed(store, project, "by another")
    with store.reading() as connection:
        found = staleness.stale(connection, project.id, there, epoch=store.epoch)
    assert [(one.title, one.reasons) for one in found if one.what == "analysis"] == [
        ("by another", ("It was analysed by the engine local; the engine is llm now.",))
    ]
    with store.writing() as connection, pytest.raises(EngineNotSetUp, match="PERSONA_LAB_LLM_MODEL"):
        staleness.refresh(connection, project.id, there, epoch=store.epoch)
