"""What was purged is nowhere: in no table, no file, no copy, no record of jobs."""

from pathlib import Path

from persona_lab.lab.project import Project
from persona_lab.lab.session import Lab, connect
from persona_lab.store.database import Store
from tests.support.leftovers import Words
from tests.support.server import Server

# They stand in one interview alone: what is said, who says it, what its file is called.
SAID, SPEAKER, FILE = "zibberwock", "Quixelmoor", "Vandersnip"
LEFT = Words(SAID, SPEAKER, FILE)
THEIRS = (
    f"Interviewer: What happened the last time you paid?\n"
    f"{SPEAKER}: The {SAID} form is really frustrating. It forgets my {SAID} every single time.\n"
    f"Interviewer: What would help?\n"
    f"{SPEAKER}: I wish the {SAID} would remember my delivery address. Call me at 010-1234-5678.\n"
    f"Interviewer: Anything good?\n"
    f"{SPEAKER}: I love that the {SAID} is quick on my phone.\n"
)
OTHERS = (
    "Interviewer: What happened the last time you paid?\n"
    "Jun: The card form is really frustrating. It forgets my address every single time.\n"
    "Interviewer: What would help?\n"
    "Jun: I wish it would remember my delivery address.\n"
)


def studied(lab: Lab, folder: Path) -> Project:
    """Make a project in which everything there is was made of two interviews."""
    project = lab.project("Checkout")
    folder.mkdir()
    for name, text in ((FILE, THEIRS), ("jun", OTHERS)):
        (folder / f"{name}.txt").write_text(text)
    theirs, _ = project.upload(str(folder / "*.txt"))
    project.wait()
    project.redactions()
    theirs.note(f"Ask again about the {SAID}", turn=1)
    theirs.code(f"{SAID} trouble", turn=1)
    theirs.correct_speakers({SPEAKER: f"{SPEAKER} the first"})
    personas = project.personas()
    assert len(personas) > 0
    project.ask(f"What about the {SAID}?")
    theirs.ask("What is frustrating?")
    for insight in project.insights["id"][:2]:
        project.insight(insight).pin()
        project.insight(insight).note(f"It is the {SAID} again")
    theirs.analyse()
    project.wait()
    for conversation in project.conversations["id"]:
        project.conversation(conversation).mind_map()
    return project


def test_a_purged_interview_is_nowhere(running: Server, lab: Lab, tmp_path: Path, database: str | None) -> None:
    project = studied(lab, tmp_path / "texts")
    store = Store(database or running.workspace / "persona_lab.sqlite")
    before = LEFT.in_tables(store)
    assert {"events", "interviews", "transcripts", "turns", "analyses", "codings", "notes", "messages"} <= set(before)
    assert {"insights", "judgements", "personas", "pseudonyms", "conversations"} <= set(before), before
    files = LEFT.in_files(tmp_path / "mine") + LEFT.in_files(running.workspace)
    assert any(".duckdb" in name for name in files), files
    assert any(name.startswith("files/") for name in files), files
    theirs = project.interview(FILE)
    theirs.delete()
    project.wait()
    (purged,) = project.trash.purge(FILE, sure=True)
    assert purged.files == 1
    project.wait()
    assert LEFT.in_tables(store) == {}
    if database:
        assert LEFT.in_every_table(database) == []
    store.close()
    assert LEFT.in_files(running.workspace) == []
    lab.close()
    assert LEFT.in_files(tmp_path / "mine") == []


def test_a_purged_project_is_nowhere(running: Server, lab: Lab, tmp_path: Path, database: str | None) -> None:
    project = studied(lab, tmp_path / "texts")
    with running.client() as http:
        assert http.delete(f"/api/projects/{project.id}").status_code == 204
    assert [one.title for one in lab.trash] == ["Checkout"]
    (purged,) = lab.trash.purge("Checkout", sure=True)
    assert purged.files == 2
    assert len(lab.trash) == 0
    with running.client() as http:
        gone = http.get(f"/api/projects/{project.id}")
        assert (gone.status_code, gone.json()["code"]) == (404, "project_purged")
        deeds = http.get(f"/api/projects/{project.id}/history").json()["deeds"]
    assert [deed["seq"] for deed in deeds if deed["seq"]] == list(range(1, purged.events + 2))
    store = Store(database or running.workspace / "persona_lab.sqlite")
    assert LEFT.in_tables(store) == {}
    store.close()
    if database:
        assert LEFT.in_every_table(database) == []
    assert LEFT.in_files(running.workspace) == []
    assert LEFT.in_files(tmp_path / "mine") == []


def test_a_notebook_that_comes_back_keeps_nothing_of_a_purged_project(
    running: Server, lab: Lab, tmp_path: Path, database: str | None
) -> None:
    project = studied(lab, tmp_path / "texts")
    lab.close()
    with running.client() as http:
        assert http.delete(f"/api/projects/{project.id}").status_code == 204
        assert http.post(f"/api/projects/{project.id}/purge").status_code == 200
    assert LEFT.in_files(tmp_path / "mine") != []
    connect(running.url, token=running.token).close()
    assert LEFT.in_files(tmp_path / "mine") == []
