import json

from persona_lab.models import Original
from persona_lab.store import events, projects, pseudonyms, snapshots
from persona_lab.store.database import Store

MINJI = Original(kind="name", key="김민지", original="김민지", word="이름")
SARAH = Original(kind="name", key="sarah chen", original="Sarah Chen", word="Name")
PHONE = Original(kind="phone", key="+821012345678", original="010-1234-5678", word="전화")


def names(store: Store, project_id: str) -> dict[str, str]:
    return {one.original: one.pseudonym for one in pseudonyms.OfProject(store, project_id).known()}


def test_each_kind_is_counted_by_itself(store: Store, project_id: str) -> None:
    pseudonyms.OfProject(store, project_id).assign([MINJI, PHONE, SARAH])
    assert names(store, project_id) == {"김민지": "[이름1]", "010-1234-5678": "[전화1]", "Sarah Chen": "[Name2]"}


def test_a_pseudonym_once_given_stays(store: Store, project_id: str) -> None:
    known = pseudonyms.OfProject(store, project_id)
    known.assign([MINJI])
    known.assign([SARAH, MINJI.model_copy(update={"original": "민지"}), SARAH])
    assert names(store, project_id) == {"김민지": "[이름1]", "Sarah Chen": "[Name2]"}


def test_projects_dont_share_pseudonyms(store: Store, project_id: str) -> None:
    with store.writing() as connection:
        other = projects.create(connection, epoch=store.epoch, name="Other").id
    pseudonyms.OfProject(store, project_id).assign([MINJI])
    assert pseudonyms.OfProject(store, other).known() == []
    pseudonyms.OfProject(store, other).assign([SARAH])
    assert names(store, other) == {"Sarah Chen": "[Name1]"}


def test_no_event_and_no_snapshot_holds_what_is_hidden(store: Store, project_id: str) -> None:
    with store.reading() as connection:
        before = events.newest(connection, project_id)
    pseudonyms.OfProject(store, project_id).assign([MINJI, PHONE])
    with store.reading() as connection:
        assert events.newest(connection, project_id) == before
        snapshot = snapshots.take(connection, project_id, epoch=store.epoch).model_dump_json()
        log = json.dumps([event.data for event in events.after(connection, project_id, 0, 100)], ensure_ascii=False)
    assert "김민지" not in snapshot + log
    assert "010-1234-5678" not in snapshot + log
