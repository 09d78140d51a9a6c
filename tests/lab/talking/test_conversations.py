"""Conversations as an analyst has them: asked on, with personas, interrupted, exported."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from persona_lab.client.endpoint import Endpoint
from persona_lab.errors import ConversationNotFound, InvalidRequest, NotFound, ServerUnreachable
from persona_lab.lab.people.personas import Personas
from persona_lab.lab.project import Project
from persona_lab.lab.session import Lab
from persona_lab.lab.talking.answer import Answer
from tests.support.faulty import STREAM, FaultyServer
from tests.support.making import CHECKOUT, interview_text

FORM = "What is frustrating about the card form?"
LONG = "What is frustrating and takes too long?"


@pytest.fixture(scope="module")
def study(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Four interviews, two personas: P1 has mina and coupon, P2 has refund; nobody has search."""
    project = lab.project("Conversations")
    folder = tmp_path_factory.mktemp("interviews")
    texts = {"mina": CHECKOUT, **{name: interview_text(f"the {name}") for name in ("coupon", "refund", "search")}}
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text)
    project.upload(folder / "*.txt")
    project.wait(120)
    personas = Personas(project)
    personas.add("Buyer", label="P1").assign("mina", "coupon")
    personas.add("Returner", label="P2").assign("refund")
    personas.release("search")
    return project


def cited(answer: Answer, said: int = 0) -> set[str]:
    return {citation.quote.interview_title for citation in answer.said[said].citations}


def test_an_answer_is_followed_up_where_it_was_asked(study: Project) -> None:
    first = study.ask(FORM)
    again = first.ask("And why?")
    assert again.conversation_id == first.conversation_id
    assert "card form" in again.text
    messages = study.conversation(first.conversation_id).messages
    assert list(messages["role"]) == ["user", "assistant"] * 2
    assert list(messages["content"])[:2] == [FORM, first.text]
    assert messages["citations"][1] == first.quotes


def test_an_answer_in_a_cell_continues_nothing_unless_told(study: Project) -> None:
    assert study.ask(FORM).conversation_id != study.ask(FORM).conversation_id


def test_a_conversation_of_a_title_is_begun_and_found_again(study: Project) -> None:
    talk = study.conversation("Leaving at payment")
    assert "nothing asked yet" in repr(talk)
    with pytest.raises(ConversationNotFound, match="Nothing has been asked"):
        _ = talk.messages
    talk.ask(FORM)
    again = study.conversation("Leaving at payment")
    again.ask("And why?")
    assert again.id == talk.id
    assert len(talk.messages) == 4
    row = study.conversations.set_index("title").loc["Leaving at payment"]
    assert (row["messages"], row["id"]) == (4, talk.id)
    assert "card form" in talk._repr_html_()
    again.rename("Leaving")
    assert "Leaving" in set(study.conversations["title"])
    again.delete()
    assert "Leaving" not in set(study.conversations["title"])
    with pytest.raises(NotFound):
        _ = talk.messages


def test_a_conversation_is_taken_along(study: Project, tmp_path: Path) -> None:
    talk = study.conversation()
    answer = talk.ask(FORM)
    text = talk.export(tmp_path / "talk.md").read_text()
    assert text.startswith(f"# {FORM}\n\n## {FORM}")
    assert answer.quotes[0] in text
    whole = json.loads(talk.export(tmp_path / "talk.json").read_text())
    assert [message["content"] for message in whole["messages"]] == [FORM, answer.text]
    with pytest.raises(InvalidRequest, match=r"ends in \.md or \.json"):
        talk.export(tmp_path / "talk.docx")


def test_a_conversation_comes_to_a_mind_map(study: Project) -> None:
    talk = study.conversation()
    talk.ask(FORM)
    drawn = talk.mind_map()
    assert drawn.value.messages == 2
    assert "card form" in drawn.markdown()
    assert study.run(study.api.conversation(str(talk.id)))[0].mind_map == drawn.value


def test_a_persona_answers_from_its_own_interviews_and_says_what_it_is(study: Project) -> None:
    answer = Personas(study)["P2"].ask(LONG)
    assert cited(answer) == {"refund"}
    assert "P2 is composed from one interview." in answer.text
    assert "<h4" in answer.html()


def test_several_personas_answer_one_after_the_other_and_then_what_differs(study: Project) -> None:
    answer = study.ask(f"@P1 @p2 {LONG}")
    assert [one.label for one in answer.said] == ["P1", "P2", "summary"]
    assert cited(answer, 0) <= {"mina", "coupon"}
    assert cited(answer, 1) == {"refund"}
    assert cited(answer, 2) <= {"mina", "coupon", "refund"}
    assert "personas" in answer.said[2].text
    rows = study.sql(
        "SELECT author, persona_id FROM messages WHERE conversation_id = ? ORDER BY number", [answer.conversation_id]
    )
    assert list(rows["author"])[1:] == ["P1", "P2", "summary"]
    again = answer.ask("And what takes too long?")
    assert [one.label for one in again.said] == ["P1", "P2", "summary"]
    alone = answer.ask(f"@P2 {LONG}")
    assert [one.label for one in alone.said] == ["P2"]


def test_a_persona_can_do_without_an_interview(study: Project) -> None:
    assert cited(Personas(study)["P1"].ask(LONG, without="coupon")) <= {"mina"}
    assert cited(Personas(study)["P1"].ask(LONG, without="mina")) == {"coupon"}


def test_a_mention_of_nobody_names_those_there_are(study: Project) -> None:
    for ask in (lambda: study.ask("@P9 Why?"), lambda: study.ask("Why?", personas="P9")):
        with pytest.raises(InvalidRequest, match=r"There is no persona @P9\. There are: @P1, @P2\."):
            ask()


def test_the_assistant_sums_an_interview_up_and_that_is_kept(study: Project) -> None:
    interview = study.interview("mina")
    for action, title in (("summary", "Key summary"), ("insights", "Insights"), ("questions", "Questions")):
        answer = interview.assist(action)
        assert answer.is_complete
        cited = {citation.quote.interview_id for citation in answer.citations}
        # What others speak of is asked for with their words.
        assert cited <= (set(study.interviews["id"]) if action == "questions" else {interview.id})
        assert title in study.conversations.set_index("id").loc[answer.conversation_id, "title"]
    with pytest.raises(InvalidRequest, match="It does: summary, insights, actions, questions"):
        interview.assist("poem")


def test_what_one_might_ask_next_is_listed_and_can_be_answered(study: Project) -> None:
    answer = study.ask(FORM)
    assert answer.questions
    assert all(question in str(answer) and question in answer.html() for question in answer.questions)
    assert study.ask(answer.questions[0]).citations


def test_a_long_question_is_refused_in_words(study: Project) -> None:
    with pytest.raises(InvalidRequest, match="100,000 characters"):
        study.ask("x" * 100_000)
    with pytest.raises(InvalidRequest, match="4,001 characters"):
        study.ask("x" * 4_001)


def test_cells_that_ask_at_once_each_get_their_own_answer(study: Project) -> None:
    talk = study.conversation()
    talk.ask(FORM)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda n: talk.ask(LONG + "?" * n), range(4)))
    assert {answer.question for answer in answers} == {LONG + "?" * n for n in range(4)}
    assert all(answer.is_complete and answer.citations for answer in answers)
    assert list(talk.messages["number"]) == list(range(1, 11))


def test_a_stream_that_is_cut_leaves_what_came_and_says_so(study: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = (
        b'data: {"type":"started","conversation_id":"c","message_id":"m","label":"project"}\n\n'
        b'data: {"type":"weather","text":"a newer server says more"}\n\n'
        b'data: {"type":"delta","text":"One of the people"}\n\n'
    )
    with FaultyServer(STREAM + frames, STREAM) as faulty:
        there = study.api.endpoint
        try:
            study.api.move(Endpoint(faulty.url, there.token))
            with monkeypatch.context() as held:
                # The project's own stream looks for the server after each break, and would find the real one.
                held.setattr(study.api, "move", lambda _endpoint: None)
                answer = study.ask(FORM)
                with pytest.raises(ServerUnreachable):
                    study.ask(FORM)
        finally:
            study.api.move(there)
    assert (answer.text, answer.is_complete) == ("One of the people", False)
    assert "cut off" in str(answer.note)


def test_what_never_began_cant_be_gone_on_with() -> None:
    with pytest.raises(InvalidRequest, match="nothing to go on with"):
        Answer("Why?").ask("And?")


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    running = InteractiveShell(user_ns={})
    running.history_manager.enabled = False
    running.run_line_magic("load_ext", "persona_lab")
    yield running
    InteractiveShell.clear_instance()


def test_magics_take_mentions_and_work_in_two_threads_at_once(shell: InteractiveShell, study: Project) -> None:
    shell.user_ns["project"] = study
    answers: dict[str, Answer] = {}

    def ask(label: str) -> None:
        answers[label] = shell.run_cell_magic("ask", "project", f"@{label} {LONG}\n")

    threads = [threading.Thread(target=ask, args=(label,)) for label in ("P1", "P2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert {label: [one.label for one in answer.said] for label, answer in answers.items()} == {
        "P1": ["P1"],
        "P2": ["P2"],
    }
    line = shell.run_line_magic("ask", f"@P2 {LONG}")
    assert [one.label for one in line.said] == ["P2"]


@pytest.mark.parametrize("personas", [5, [None], [["P1"]], "", [" "], b"P1"])
def test_who_is_no_persona_is_refused_in_words(study: Project, personas: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"is no persona\. Give personas, their labels or ids"):
        study.ask(FORM, personas=personas)


@pytest.mark.parametrize("interview", [5, b"mina", ["mina"], "", " "])
def test_what_names_no_interview_never_means_all_of_them(study: Project, interview: Any) -> None:
    with pytest.raises((InvalidRequest, NotFound), match="no interview"):
        study.ask(FORM, interview=interview)
    with pytest.raises((InvalidRequest, NotFound), match="no interview"):
        study.ask(FORM, without=interview)


@pytest.mark.parametrize("conversation", [5, "", " ", "x" * 201, "a\x00b", "\ud800", b"x", []])
def test_what_can_be_no_conversation_is_refused_in_words(study: Project, conversation: Any) -> None:
    for ask in (lambda: study.ask(FORM, conversation=conversation), lambda: study.chat(conversation)):
        with pytest.raises(InvalidRequest, match=r"is no conversation|title is a line of 1 to 200 characters"):
            ask()


def test_a_conversation_of_another_project_is_not_taken_for_this_ones(study: Project, project: Project) -> None:
    """Not even one that has not begun: it would go on here, and be lost there."""
    talk = project.conversation("Elsewhere")
    for use in (lambda: study.ask(FORM, conversation=talk), lambda: study.chat(talk)):
        with pytest.raises(ConversationNotFound, match="another project's"):
            use()
    assert talk.id is None


def test_half_a_character_is_no_question(study: Project) -> None:
    with pytest.raises(InvalidRequest, match="half a character"):
        study.ask("Why \ud800?")
    talk = study.conversation("Halves")
    with pytest.raises(InvalidRequest, match="title is a line"):
        talk.rename("\ud800")
    assert talk.title == "Halves"
