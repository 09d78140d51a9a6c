"""What somebody said who was erased is nowhere, and what others said beside them is where it was."""

from pathlib import Path
from typing import Any

import pytest

from persona_lab.errors import FileErased, InvalidRequest
from persona_lab.lab.project import Project
from persona_lab.lab.session import Lab
from persona_lab.store.database import Store
from tests.support.leftovers import Words
from tests.support.server import Server

# They are of one person alone: what is said, who says it, and what they are called in Korean.
SAID, SPEAKER = "zibberwock", "Quixelmoor"
KOREAN_SAID, KOREAN_SPEAKER = "뷁쐬뚜", "곽첨솔"
LEFT = Words(SAID, SPEAKER, KOREAN_SAID, KOREAN_SPEAKER)
GROUP = f"""Date: 2026-03-02
Participants: {SPEAKER}, Jun, Seoyeon

Interviewer: What happened the last time you paid?
{SPEAKER}: The {SAID} form is really frustrating. It forgets my {SAID} every single time.
Jun: The hardenbaum page is really slow. It forgets my address every single time, as {SPEAKER} says.
Seoyeon: The coupon field is confusing. I never know where to type the code.
Interviewer: What would help?
{SPEAKER}: I wish the {SAID} would remember my delivery address. Call me at 010-1234-5678.
Jun: I wish the hardenbaum would remember my delivery address.
Seoyeon: I need a bigger button on my phone.
"""
KOREAN = f"""진행자: 지난번 결제는 어떠셨어요?
{KOREAN_SPEAKER}: {KOREAN_SAID} 화면이 정말 답답했어요. 매번 {KOREAN_SAID} 주소를 다시 입력해야 해서 불편해요.
이서연: 쿠폰 입력란을 찾기가 너무 어려웠어요. 버튼이 작아서 불편합니다.
김민수: {KOREAN_SPEAKER}님 말처럼 주소가 저장되지 않아서 너무 짜증났어요.
진행자: 무엇이 있으면 좋을까요?
{KOREAN_SPEAKER}: {KOREAN_SAID} 주소를 기억해 주면 좋겠어요.
이서연: 쿠폰을 자동으로 적용해 주면 좋겠습니다.
"""
ALONE = f"""Interviewer: What happened the last time you paid?
{SPEAKER}: The {SAID} form is really frustrating on my tablet. It forgets my address every single time.
Interviewer: What would help?
{SPEAKER}: I wish the {SAID} would remember my delivery address.
"""
OTHERS = """Interviewer: What happened the last time you paid?
Mina: The card form is really frustrating. It forgets my address every single time.
Interviewer: What would help?
Mina: I wish it would remember my delivery address.
"""


def studied(lab: Lab) -> Project:
    """Make a project in which everything there is was made of what somebody said, alone and among others."""
    project = lab.project("Checkout")
    group = project.upload_text(GROUP, title=f"{SPEAKER} and others")
    korean = project.upload_text(KOREAN, title="한국어")
    project.upload_text(ALONE, title="Alone")
    mina = project.upload_text(OTHERS, title="Mina")
    project.wait()
    korean.correct_speakers({KOREAN_SPEAKER: f"{SPEAKER}", "김민수": "김민수 2"})
    project.redactions()
    group.note(f"Ask again about the {SAID}", turn=1)
    group.note("Jun means the old page", turn=2)
    group.code(f"{SAID} trouble", turn=1)
    group.code("slowness", turn=2)
    group.code("naming", start=group.transcript.turns[2].start, end=group.transcript.turns[2].end)
    mina.note(f"Compare: {SPEAKER} says it, too", turn=1)
    mina.note(f"Elsewhere: “I wish the {SAID} would remember my delivery address”", turn=1)
    mina.note("Only about Mina", turn=1)
    assert len(project.personas()) > 0
    project.ask(f"What about the {SAID}?")
    project.ask("Who needs a bigger button?")
    group.ask("What is frustrating?")
    for insight in project.insights["id"][:2]:
        project.insight(insight).pin()
        project.insight(insight).note(f"It is the {SAID} again")
    group.analyse()
    project.wait()
    for conversation in project.conversations["id"]:
        project.conversation(conversation).mind_map()
    return project


def said_at_their_places(project: Project) -> list[Any]:
    """Return the words of the group interview's quotes, once they were found where they are said to stand."""
    group = project.interview("… and others")
    transcript = group.transcript
    quotes = project.sql(f"SELECT * FROM quotes WHERE interview_id = '{group.id}'").to_dict("records")
    for one in [*transcript.turns, *group.codes(others=True).itertuples()]:
        assert transcript.text[one.start : one.end] == one.text
    for quote in quotes:
        assert transcript.text[quote["start"] : quote["end"]] == quote["text"]
    return [quote["text"] for quote in quotes]


def test_whoever_is_erased_is_nowhere_and_the_others_are_where_they_were(
    running: Server, lab: Lab, tmp_path: Path, database: str | None
) -> None:
    project = studied(lab)
    store = Store(database or running.workspace / "persona_lab.sqlite")
    before = LEFT.in_tables(store)
    assert {"events", "interviews", "transcripts", "turns", "analyses", "codings", "notes", "messages"} <= set(before)
    assert {"insights", "judgements", "personas", "pseudonyms", "conversations", "speaker_corrections"} <= set(before)
    assert any(".duckdb" in name for name in LEFT.in_files(tmp_path / "mine"))
    files = LEFT.in_files(running.workspace)
    assert sum(name.startswith("files/") for name in files) == 3, files
    length = len(project.interview(f"{SPEAKER} and others").transcript.text)
    they = project.participant(SPEAKER)
    with pytest.raises(
        InvalidRequest, match=r"6 turns, 1 interview with nobody else as a whole, 2 interviews with others.*sure=True"
    ):
        they.erase()
    assert LEFT.in_tables(store) == before
    erased = they.erase(sure=True)
    assert (erased.told.purged, erased.told.masked, erased.told.turns, erased.told.files) == (1, 2, 6, 3)
    project.wait()

    assert LEFT.in_tables(store) == {}
    if database:
        assert LEFT.in_every_table(database) == []
    store.close()
    assert LEFT.in_files(running.workspace) == []

    group = project.interview("… and others")
    assert (group.status, len(group.transcript.text)) == ("completed", length)
    assert "hardenbaum" in "".join(said_at_their_places(project))
    assert "Participants: ███████ ██, Jun, Seoyeon" in group.transcript.text
    assert [one["speaker"] for one in project.speakers.to_dict("records") if one["interview"] == "한국어"] == [
        "진행자",
        "철회한 참여자",
        "이서연",
        "김민수 2",
    ]
    texts = set(project.notes["text"])
    assert {"Jun means the old page", "Only about Mina"} <= texts
    assert set(project.sql("SELECT code FROM codings")["code"]) == {"slowness", "naming"}
    answers = project.sql("SELECT content FROM messages WHERE role <> 'user'")["content"]
    assert sorted(map(bool, answers)) == [False, True], list(answers)
    assert "bigger button" in "".join(answers)
    assert set(project.interviews["title"]) == {"… and others", "한국어", "Mina"}
    with running.client() as http:
        gone = http.get(f"/api/interviews/{group.id}/file")
        assert (gone.status_code, gone.json()["code"]) == (404, FileErased.code)
        deeds = http.get(f"/api/projects/{project.id}/history").json()["deeds"]
    (deed,) = [one for one in deeds if one["type"] == "participant:erased"]
    assert deed["actor"]
    assert deed["words"] == f"Project “Checkout”: freed of a participant for good by {deed['actor']}."
    asked = "Whose form is really frustrating and forgets the delivery address?"
    assert set(project.search(asked, k=20)["role"]) <= {"interviewer", "participant"}
    with pytest.raises(InvalidRequest, match=f"“{SPEAKER}” took part in no interview"):
        project.participant(SPEAKER)
    lab.close()
    assert LEFT.in_files(tmp_path / "mine") == []
