"""Projects with a history: any interleaving of what analysts and analyses may do, written to a real store."""

import contextlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from hypothesis import strategies
from sqlalchemy import Connection, select

from persona_lab.engines.merging import judging as laying
from persona_lab.errors import Conflict, InvalidRequest, NotFound
from persona_lab.models import (
    PURGED,
    TOMBSTONE,
    Axis,
    AxisType,
    Citation,
    CitedQuote,
    Event,
    Failure,
    Insight,
    Merge,
    Proposal,
    Snapshot,
    Transcript,
)
from persona_lab.replica import TABLES, VIEWS, Replica
from persona_lab.server.editing import judging
from persona_lab.server.forms import NewJudgement
from persona_lab.store import (
    assignments,
    axes,
    beside,
    codings,
    conversations,
    events,
    insights,
    interviews,
    judgements,
    notes,
    personas,
    projects,
    snapshots,
    speakers,
    transcripts,
)
from persona_lab.store.database import Store
from persona_lab.store.people import accounts, invitations, members
from persona_lab.store.removing import erasing, forgetting, trash
from persona_lab.store.schema.tables import interviews as rows
from persona_lab.transcripts.redaction import Scan
from persona_lab.transcripts.redaction.masking import masked
from tests.support import making

DEEDS = (
    "upload",
    "upload",
    "start",
    "read",
    "complete",
    "complete",
    "fail",
    "retry",
    "rename",
    "name speaker",
    "change role",
    "change role",
    "delete",
    "restore",
    "code",
    "code",
    "uncode",
    "merge",
    "merge",
    "judge",
    "judge",
    "unjudge",
    "change project",
    "share",
    "take in",
    "take in",
    "take out",
    "invite",
    "protect",
    "begin beside",
    "end beside",
    "end beside",
    "fail beside",
    "cancel",
    "note",
    "note",
    "note insight",
    "reply",
    "edit note",
    "delete note",
    "talk",
    "talk",
    "say",
    "say",
    "say",
    "rename talk",
    "delete talk",
    "set axes",
    "add persona",
    "add persona",
    "change persona",
    "move persona",
    "delete persona",
    "propose",
    "propose",
    "decide",
    "decide",
    "restore trashed",
    "restore trashed",
    "purge",
    "purge",
    "erase",
)
# What is done, and to which of the interviews there are by then.
deeds = strategies.lists(strategies.tuples(strategies.sampled_from(DEEDS), strategies.integers(0, 3)), max_size=30)


NEVER = beside.Started("", "llm", "never")


class History(NamedTuple):
    """A project after its deeds: the log, and the snapshot that must say the same."""

    log: list[Event]
    snapshot: Snapshot
    transcripts: dict[str, Transcript]


def made(store: Store, steps: Sequence[tuple[str, int]]) -> History:
    """Make a project and do to it what `steps` say, each in a transaction of its own."""
    with store.writing() as connection:
        project = projects.create(connection, epoch=store.epoch, name="Study", company_id="acme")
    said: dict[str, Transcript] = {}
    for number, step in enumerate(steps):
        do(store, project.id, step, number, said)
    with store.reading() as connection:
        log = events.after(connection, project.id, 0, 10_000)
        snapshot = snapshots.take(connection, project.id, epoch=store.epoch)
        said = {key: transcripts.get(connection, key) for key in said if transcripts.is_read(connection, key)}
    return History(log, snapshot, said)


def do(store: Store, project_id: str, step: tuple[str, int], number: int, said: dict[str, Transcript]) -> None:
    """Do one thing to the project, in a transaction of its own.

    Args:
        number: how many things were done before; texts and results differ by it.
        said: the transcripts by interview id; that of a newly read interview is added.
    """
    # What the state doesn't allow is refused and leaves no trace, which is part of the test.
    if step[0] in ("judge", "unjudge"):
        with contextlib.suppress(Conflict, NotFound, InvalidRequest):
            _judge(store, project_id, *step, number)
        return
    with contextlib.suppress(Conflict, NotFound), store.writing() as connection:
        _do(connection, store.epoch, project_id, *step, number, said)


def _judge(store: Store, project_id: str, deed: str, which: int, number: int) -> None:
    with store.reading() as connection:
        shown = insights.merged(connection, project_id)
        standing = judgements.of_project(connection, project_id)
    if deed == "unjudge":
        judging.undo(store, project_id, standing[which % len(standing)].id if standing else "none")
    elif shown:
        insight = shown[which % len(shown)]
        body = NewJudgement(
            kind=("rename", "pin", "reject", "merge", "split")[number % 5],
            text=f"Name {number}",
            others=[one.id for one in shown[:2]],
            interviews=[one.interview_id for one in insight.members[:1]],
        )
        judging.judge(store, project_id, insight.id, body, user="mina")


def _do(
    connection: Connection, epoch: str, project_id: str, deed: str, which: int, number: int, said: dict[str, Transcript]
) -> None:
    if deed in ("restore trashed", "purge"):
        _trash(connection, project_id, deed, which)
        return
    if deed == "upload":
        interviews.add(connection, project_id, making.upload(f"file {number % 5}"), allow_duplicate=which == 0)
        return
    if deed == "merge":
        found = interviews.results(connection, project_id)
        one, *others = [list(found)] if which == 0 else [[key] for key in found] or [[]]
        merged = [making.insight(*ids, name=f"slow-form-{n}") for n, ids in enumerate([one, *others]) if ids]
        evidence = laying.evidence(found, interviews.of_project(connection, project_id))
        shown = laying.judged(merged, judgements.of_project(connection, project_id), evidence)
        runs = {key: result.provenance.run_id for key, result in found.items()}
        merge = Merge(model="test", rules_hash="r", runs=runs)
        insights.save(connection, project_id, merged, merge, shown=shown)
        return
    if deed in ("talk", "say", "rename talk", "delete talk"):
        _talk(connection, project_id, deed, which, number)
        return
    if deed == "change project":
        projects.change(connection, project_id, {"purpose": f"Why {which}?"}, epoch=epoch)
        return
    if deed in ("share", "take in", "take out", "invite", "protect"):
        _team(connection, epoch, project_id, deed, which, number)
        return
    if deed in ("note insight", "reply", "edit note", "delete note"):
        _annotate(connection, project_id, deed, which, number)
        return
    if deed in ("set axes", "add persona", "change persona", "move persona", "delete persona"):
        _people(connection, project_id, deed, which, number)
        return
    of_project = select(rows.c.id).where(rows.c.project_id == project_id).order_by(rows.c.number)
    known = list(connection.scalars(of_project))
    if not known:
        return
    interview_id = known[which % len(known)]
    words = f"Thing {number} is slow."
    match deed:
        case "start":
            interviews.start(connection, interview_id)
        case "read":
            transcripts.save(
                connection, interview_id, said.setdefault(interview_id, making.transcript(words)), [[], []]
            )
            interviews.was_read(connection, interview_id, said[interview_id])
        case "complete":
            transcript = said.setdefault(interview_id, making.transcript(words))
            transcripts.save(connection, interview_id, transcript, [[], []])
            interviews.complete(
                connection,
                interview_id,
                making.analysis(f"{interview_id}:{number}", transcript.turns[1].text),
                interviews.Began(making.NOON, projects.get(connection, project_id, epoch=epoch).seq),
            )
        case "fail":
            interviews.fail(connection, interview_id, Failure(code="no_speech", message=words))
        case "retry":
            interviews.retry(connection, interview_id)
        case "rename":
            interviews.change(connection, interview_id, {"title": f"Title {number}"})
        case "name speaker":
            # Who answered may have been erased.
            label = next((one.speaker for one in speakers.of(connection, interview_id)[1:]), "P")
            speakers.correct(connection, interview_id, [{"speaker": label, "name": f"Mina {number}"}])
        case "change role":
            role = ("other", "interviewer")[number % 2]
            speakers.correct(connection, interview_id, [{"speaker": "Q", "role": role}])
        case "code":
            coded = codings.Judgement(f"code {number % 3}", "mina", making.span(number % 2))
            codings.add(connection, interviews.get(connection, interview_id), coded)
        case "uncode":
            for coding in codings.of_interview(connection, interview_id)[:1]:
                codings.remove(connection, coding.id)
        case "note":
            interviews.get(connection, interview_id)
            notes.add(connection, project_id, notes.Place(interview_id, number % 2), f"Note {number}", user="mina")
        case "begin beside":
            beside.start(connection, interview_id, ("miso", "llm")[number % 2])
        case "end beside":
            transcript = said.setdefault(interview_id, making.transcript(words))
            transcripts.save(connection, interview_id, transcript, [[], []])
            # What has ended meanwhile, or never began, is told once more than it may be.
            for begun in beside.under_way(connection, interview_id)[:1] or [NEVER._replace(interview_id=interview_id)]:
                found = making.analysis(begun.run_id, transcript.turns[1].text)
                seq = projects.get(connection, project_id, epoch=epoch).seq
                for _ in range(2):
                    beside.add(connection, begun, found, interviews.Began(making.NOON, seq))
        case "fail beside":
            for begun in beside.under_way(connection, interview_id)[:1]:
                beside.fail(connection, begun, Failure(code="engine_busy", message=words))
        case "cancel":
            beside.cancel(connection, interview_id)
        case "propose" | "decide":
            there = [*personas.of_project(connection, project_id), None]
            persona = there[number % len(there)]
            chosen = persona.id if persona else None
            if deed == "decide":
                assignments.decide(connection, project_id, interview_id, chosen, user="mina")
            else:
                found = Proposal(persona_id=chosen, score=number / 100, model="test", made_at=making.NOON)
                assignments.propose(connection, project_id, interview_id, found)
        case "delete":
            interviews.delete(connection, interview_id)
        case "restore":
            interviews.restore(connection, interview_id)
        case "erase":
            _erase(connection, interview_id, said)


def _erase(connection: Connection, interview_id: str, said: dict[str, Transcript]) -> None:
    """Erase who answers, as if somebody else were interviewed beside them; nothing if that was done."""
    before = interviews.get(connection, interview_id, even_deleted=True)
    if not transcripts.is_read(connection, interview_id) or before.masked:
        return
    interviews.fail(connection, interview_id, Failure(code="analysis_cancelled", message="It was cancelled."))
    beside.cancel(connection, interview_id)
    raw = transcripts.get(connection, interview_id, as_filed=True)
    rest = masked(raw, {"P"}, set(), Scan(()))
    said[interview_id] = rest.transcript
    indexed = erasing.Indexed([[], []], b"", [b"", b""], "test")
    erased = erasing.Erased(frozenset("P"), rest, indexed, "…", "….txt", lambda words: False)
    erasing.mask(connection, interview_id, erased)


def _trash(connection: Connection, project_id: str, deed: str, which: int) -> None:
    there = trash.of_project(connection, project_id)
    for one in there[which % len(there or "1") :][:1]:
        if deed == "purge":
            forgetting.forget(connection, one.kind, one.id)
        else:
            trash.get(connection, one.kind, one.id)
            trash.restore(connection, one.kind, one.id)


def _team(connection: Connection, epoch: str, project_id: str, deed: str, which: int, number: int) -> None:
    somebody = f"user-{which}"
    match deed:
        case "share":
            projects.change(connection, project_id, {"visibility": ("private", "public")[number % 2]}, epoch=epoch)
        case "take in":
            row = accounts.ensure(connection, somebody, "acme", names=(somebody,))
            user = accounts.get(connection, "acme", row.id)
            members.add(connection, project_id, user, ("member", "admin")[number % 2], by="mina")
        case "take out":
            members.remove(connection, project_id, somebody)
        case "invite":
            invitations.create(connection, project_id, role="member", email=None, days=7, by="mina")
        case "protect":
            projects.protect(connection, project_id, f"hash {number}" if number % 2 else None)


def _annotate(connection: Connection, project_id: str, deed: str, which: int, number: int) -> None:
    text = f"Remark {number}"
    if deed == "note insight":
        for insight in insights.merged(connection, project_id)[:1]:
            notes.add(connection, project_id, notes.Place(insight_id=insight.id), text, user="jun")
    known = notes.of_project(connection, project_id)
    for note in known[which % len(known or "1") :][:1]:
        match deed:
            case "reply":
                notes.reply(connection, project_id, note.id, text, user="anna")
            case "edit note":
                notes.change(connection, note.id, text)
            case "delete note":
                notes.delete(connection, note.id)


def _talk(connection: Connection, project_id: str, deed: str, which: int, number: int) -> None:
    if deed == "talk":
        conversations.make(connection, project_id, title=f"Talk {number}", user="mina")
        return
    known = conversations.of_project(connection, project_id)
    if not known:
        return
    conversation = known[which % len(known)]
    match deed:
        case "say":
            quote = making.span()
            cited = CitedQuote(interview_id="i", interview_title="Mina", speaker="P", **quote.model_dump())
            conversations.say(
                connection,
                conversation,
                role=("user", "assistant")[number % 2],
                author="mina",
                content=f"Thing {number} is slow [1].",
                citations=[Citation(n=1, quote=cited, others=(cited,))] * (number % 2),
            )
        case "rename talk":
            conversations.rename(connection, conversation.id, f"Title {number % 2}")
        case "delete talk":
            conversations.delete(connection, conversation.id)


def _people(connection: Connection, project_id: str, deed: str, which: int, number: int) -> None:
    types = tuple(AxisType(key=f"t{n}", name=f"Type {n}, {number}") for n in range(1 + number % 3))
    if deed == "set axes":
        role = Axis(key="role", name=("Role", "Rolle")[number % 2], types=types)
        axes.change(connection, project_id, [role], user="mina", force=bool(which % 2))
        return
    there = personas.of_project(connection, project_id)
    if deed == "add persona":
        known = axes.get(connection, project_id)
        place = {"role": known[0].types[0].key} if known and which % 2 else {}
        axes.check(connection, project_id, place)
        personas.add(connection, project_id, user="mina", title=f"Title {number}", place=place)
        return
    if not there:
        return
    chosen = there[which % len(there)]
    if deed == "change persona":
        personas.change(connection, chosen.id, {"portrait": making.portrait(f"Portrait {number}")})
    elif deed == "move persona":
        personas.move(connection, chosen.id, 1 + number % 3)
    else:
        personas.delete(connection, chosen.id)


def folded(log: Sequence[Event]) -> dict[str, Any]:
    """Return what the events alone say of the project, in the form of a snapshot."""
    project: dict[str, Any] = {}
    merged: list[Any] = []
    merge: dict[str, Any] | None = None
    records: dict[str, dict[str, Any]] = {}
    coded: dict[str, dict[str, Any]] = {}
    judged: dict[str, dict[str, Any]] = {}
    noted: dict[str, dict[str, Any]] = {}
    talks: dict[str, dict[str, Any]] = {}
    said: dict[str, dict[str, Any]] = {}
    people: dict[str, dict[str, Any]] = {}
    assigned: dict[str, dict[str, Any]] = {}
    placed: list[Any] = []
    for event in log:
        if event.type == TOMBSTONE:
            continue
        if event.type == PURGED:
            held = {
                "interview": records,
                "coding": coded,
                "note": noted,
                "conversation": talks,
                "message": said,
                "persona": people,
                "assignment": assigned,
            }
            gone = event.data["gone"]
            for kind, known in held.items():
                for key in gone.get(kind, []):
                    known.pop(key, None)
            coded = {key: row for key, row in coded.items() if row["interview_id"] not in gone.get("interview", [])}
            said = {key: row for key, row in said.items() if row["conversation_id"] not in gone.get("conversation", [])}
            noted = {key: row for key, row in noted.items() if row["interview_id"] not in gone.get("interview", [])}
            records |= {one["interview"]["id"]: one for one in event.data.get("records", [])}
            coded |= {one["id"]: one for one in event.data.get("codings", [])}
            noted |= {one["id"]: one for one in event.data.get("notes", [])}
            talks |= {one["id"]: one for one in event.data.get("conversations", [])}
            said |= {one["id"]: one for one in event.data.get("messages", [])}
            people |= {one["id"]: one for one in event.data.get("personas", [])}
            assigned |= {one["interview_id"]: one for one in event.data.get("assignments", [])}
            if "insights" in event.data:
                merged, merge = event.data["insights"], event.data["merge"]
                judged = {row["id"]: row for row in event.data["judgements"]}
        elif "project" in event.data:
            project = event.data["project"]
        elif "conversation" in event.data:
            talks[event.data["conversation"]["id"]] = event.data["conversation"]
            said |= {row["id"]: row for row in event.data.get("messages", [])}
        elif event.type == "message:added":
            said[event.data["message"]["id"]] = event.data["message"]
        elif event.type == "conversation:deleted":
            talks.pop(event.data["conversation_id"], None)
            said = {key: row for key, row in said.items() if row["conversation_id"] != event.data["conversation_id"]}
        elif event.type == "insights:merged":
            merged, merge = event.data["insights"], event.data["merge"]
        elif event.type in ("insight:judged", "insight:unjudged"):
            known = {row["id"]: row for row in merged if row["id"] not in event.data["gone"]}
            known |= {row["id"]: row for row in event.data["changed"]}
            merged = list(known.values())
            judged |= {row["id"]: row for row in [event.data.get("judgement")] if row}
            judged.pop(event.data.get("judgement_id"), None)
        elif event.type == "interview:deleted":
            records.pop(event.data["interview_id"], None)
            coded = {key: row for key, row in coded.items() if row["interview_id"] != event.data["interview_id"]}
            noted = {key: row for key, row in noted.items() if row["interview_id"] != event.data["interview_id"]}
        elif event.type.startswith("analysis:"):
            # Beside the interview's own: the state doesn't move.
            continue
        elif event.type.startswith(("member:", "invitation:", "password:")):
            # Who takes part is asked of the server, and never kept in a notebook.
            continue
        elif event.type == "axes:changed":
            placed = event.data["axes"]
        elif event.type == "persona:assigned":
            assigned[event.data["assignment"]["interview_id"]] = event.data["assignment"]
        elif event.type == "persona:deleted":
            people.pop(event.data["persona_id"], None)
        elif event.type.startswith("persona:"):
            people[event.data["persona"]["id"]] = event.data["persona"]
        elif event.type == "coding:added":
            coded[event.data["coding"]["id"]] = event.data["coding"]
        elif event.type == "coding:removed":
            coded.pop(event.data["coding_id"], None)
        elif event.type in ("note:added", "note:updated", "note:restored"):
            noted[event.data["note"]["id"]] = event.data["note"]
        elif event.type == "note:deleted":
            noted.pop(event.data["note_id"], None)
        else:
            interview = event.data["interview"]
            result = event.data.get("result") or records.get(interview["id"], {}).get("result")
            records[interview["id"]] = {"interview": interview, "result": result}
            coded |= {row["id"]: row for row in event.data.get("codings", [])}
            noted |= {row["id"]: row for row in event.data.get("notes", [])}
    seq = log[-1].seq
    listed = sorted(records.values(), key=lambda record: record["interview"]["number"])
    return Snapshot.model_validate(
        {
            "epoch": project["epoch"],
            "seq": seq,
            "project": {**project, "seq": seq},
            "interviews": listed,
            "insights": sorted(merged, key=lambda row: laying.order(Insight.model_validate(row))),
            "judgements": sorted(judged.values(), key=lambda row: row["number"]),
            "merge": merge,
            "axes": placed,
            "personas": sorted(people.values(), key=lambda row: (row["position"], row["id"])),
            "assignments": sorted(assigned.values(), key=lambda row: row["interview_id"]),
            "codings": sorted(coded.values(), key=lambda row: (row["created_at"], row["id"])),
            "notes": sorted(noted.values(), key=lambda row: (row["created_at"], row["id"])),
            "conversations": sorted(talks.values(), key=lambda row: (row["created_at"], row["id"])),
            "messages": sorted(said.values(), key=lambda row: (row["created_at"], row["number"])),
        }
    ).model_dump(mode="json")


def tables(replica: Replica) -> dict[str, list[str]]:
    """Return every row of every table, with the cursor, in an order that doesn't depend on when it was written."""
    found = {
        table: sorted(str(row) for row in replica.rows(f'SELECT CAST(COLUMNS(*) AS VARCHAR) FROM "{table}"'))
        for table in [*TABLES, *VIEWS]
    }
    return found | {"cursor": [str(replica.cursor())]}
