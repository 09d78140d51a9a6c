import pytest

from persona_lab.models import Transcript
from persona_lab.store import interviews, projects, transcripts
from persona_lab.store.database import Store
from tests.support import making


def read(store: Store, project_id: str, said: str) -> str:
    """Return the id of an interview whose transcript is kept."""
    with store.writing() as connection:
        made, _ = interviews.add(connection, project_id, making.upload(said), allow_duplicate=False)
        transcripts.save(connection, made.id, making.transcript(said), [[], []])
    return made.id


def pages(store: Store, project_id: str) -> list[dict[str, Transcript]]:
    found: list[dict[str, Transcript]] = []
    after = 0
    with store.reading() as connection:
        while page := transcripts.page(connection, project_id, after=after):
            found.append({record.interview_id: record.transcript for record in page})
            after = page[-1].number
    return found


@pytest.fixture
def study(store: Store) -> str:
    with store.writing() as connection:
        return projects.create(connection, epoch=store.epoch, name="Study").id


@pytest.mark.parametrize(("limit", "value"), [("PAGE", 2), ("PAGE_CHARACTERS", 50)])
def test_the_pages_hold_every_transcript_once_in_order(store, study, monkeypatch, limit, value):
    monkeypatch.setattr(transcripts, limit, value)
    ids = [read(store, study, f"It is slow, number {n}.") for n in range(5)]
    found = pages(store, study)
    assert [len(page) for page in found] == [2, 2, 1]
    assert [key for page in found for key in page] == ids
    assert found[1][ids[2]].turns[1].text == "It is slow, number 2."


def test_a_page_holds_one_transcript_however_long_it_is(store, study, monkeypatch):
    monkeypatch.setattr(transcripts, "PAGE_CHARACTERS", 1)
    ids = [read(store, study, f"Number {n}.") for n in range(3)]
    assert [list(page) for page in pages(store, study)] == [[key] for key in ids]


def test_what_was_deleted_or_is_another_projects_is_in_no_page(store, study):
    kept, deleted = read(store, study, "This stays."), read(store, study, "This goes.")
    with store.writing() as connection:
        other = projects.create(connection, epoch=store.epoch, name="Other").id
        interviews.delete(connection, deleted)
    read(store, other, "Not yours.")
    assert [list(page) for page in pages(store, study)] == [[kept]]
