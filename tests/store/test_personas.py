"""Personas are told apart by their ids alone, and nothing moves an interview unseen."""

import threading

import pytest

from persona_lab.errors import Conflict, InvalidRequest, PersonaNotFound
from persona_lab.models import Assignment, Axis, AxisType, Event, Interview, Persona, Proposal
from persona_lab.store import assignments, axes, events, interviews, personas, snapshots
from persona_lab.store.database import Store
from tests.support import making


def axis(name: str, *types: str, key: str = "") -> Axis:
    return Axis(key=key, name=name, types=tuple(AxisType(key="", name=one) for one in types))


def set_axes(store: Store, project_id: str, *wanted: Axis, force: bool = False) -> tuple[Axis, ...]:
    with store.writing() as connection:
        return axes.change(connection, project_id, wanted, user="mina", force=force)


def add(store: Store, project_id: str, **told: object) -> Persona:
    with store.writing() as connection:
        return personas.add(connection, project_id, user="mina", **told)


def there(store: Store, project_id: str) -> list[Persona]:
    with store.reading() as connection:
        return personas.of_project(connection, project_id)


def uploaded(store: Store, project_id: str, name: str) -> Interview:
    with store.writing() as connection:
        return interviews.add(connection, project_id, making.upload(name), allow_duplicate=False)[0]


def proposal(persona: Persona | None, score: float = 0.5) -> Proposal:
    return Proposal(persona_id=persona.id if persona else None, score=score, model="test", made_at=making.NOON)


def propose(store: Store, interview: Interview, persona: Persona | None, score: float = 0.5) -> Assignment:
    with store.writing() as connection:
        return assignments.propose(connection, interview.project_id, interview.id, proposal(persona, score))


def decide(store: Store, interview: Interview, persona: Persona | None, user: str = "mina") -> Assignment:
    with store.writing() as connection:
        chosen = persona.id if persona else None
        return assignments.decide(connection, interview.project_id, interview.id, chosen, user=user)


def of(store: Store, interview: Interview) -> Assignment:
    with store.reading() as connection:
        return assignments.of(connection, interview.id)


def log_of(store: Store, project_id: str) -> list[Event]:
    with store.reading() as connection:
        return events.after(connection, project_id, 0, 1000)


# Axes


def test_keys_are_made_from_names_in_any_script(store: Store, project_id: str) -> None:
    made = set_axes(store, project_id, axis("Role at work", "Buyer", "User"), axis("나이", "30대 이하", "40대"))
    assert [one.key for one in made] == ["role-at-work", "나이"]
    assert [one.key for one in made[1].types] == ["30대-이하", "40대"]


def test_a_renamed_axis_keeps_its_key_and_the_old_name_gets_another(store: Store, project_id: str) -> None:
    role = set_axes(store, project_id, axis("Role", "Buyer"))[0]
    renamed = role.model_copy(update={"name": "Function"})
    made = set_axes(store, project_id, renamed, axis("Role", "Guest"))
    assert [(one.key, one.name) for one in made] == [("role", "Function"), ("role-2", "Role")]


def test_the_same_axes_given_by_name_again_change_and_announce_nothing(store: Store, project_id: str) -> None:
    set_axes(store, project_id, axis("Role", "Buyer", "User"))
    before = log_of(store, project_id)
    set_axes(store, project_id, axis("Role", "Buyer", "User"))
    assert log_of(store, project_id) == before


def test_a_name_or_a_key_that_is_there_twice_is_refused(store: Store, project_id: str) -> None:
    with pytest.raises(InvalidRequest, match="“Role” is there twice"):
        set_axes(store, project_id, axis("Role", "A"), axis("Role", "B"))
    with pytest.raises(InvalidRequest, match="the key “x” is there twice"):
        set_axes(store, project_id, axis("A", "A", key="x"), axis("B", "B", key="x"))
    with pytest.raises(InvalidRequest, match="tells nobody apart"):
        set_axes(store, project_id, axis("Role"))


def test_renaming_and_reordering_axes_moves_nobody(store: Store, project_id: str, interview: Interview) -> None:
    role, age = set_axes(store, project_id, axis("Role", "Buyer", "User"), axis("Age", "Young", "Old"))
    buyer = add(store, project_id, place={"role": "buyer", "age": "old"})
    decide(store, interview, buyer)
    before = there(store, project_id), of(store, interview)
    turned = role.model_copy(update={"name": "Rolle", "types": role.types[::-1]})
    set_axes(store, project_id, age, turned)
    assert (there(store, project_id), of(store, interview)) == before
    assert [event.type for event in log_of(store, project_id)][-1] == "axes:changed"


def test_a_type_that_a_persona_stands_on_is_not_taken_away_unasked(
    store: Store, project_id: str, interview: Interview
) -> None:
    set_axes(store, project_id, axis("Role", "Buyer", "User"))
    buyer = add(store, project_id, place={"role": "buyer"})
    decide(store, interview, buyer)
    before = log_of(store, project_id)
    with pytest.raises(Conflict) as refused:
        set_axes(store, project_id, axis("Role", "User"))
    assert refused.value.message == (
        "P1 stands on “Role: Buyer”; its interviews would lose that place: “first”. "
        "Say force to take it away nevertheless, or keep it."
    )
    assert log_of(store, project_id) == before


def test_by_force_the_place_goes_and_the_interviews_stay(store: Store, project_id: str, interview: Interview) -> None:
    set_axes(store, project_id, axis("Role", "Buyer", "User"), axis("Age", "Old"))
    buyer = add(store, project_id, place={"role": "buyer", "age": "old"})
    decided = decide(store, interview, buyer)
    set_axes(store, project_id, axis("Age", "Old"), force=True)
    assert there(store, project_id)[0].place == {"age": "old"}
    assert of(store, interview) == decided
    assert [event.type for event in log_of(store, project_id)[-2:]] == ["axes:changed", "persona:updated"]


def test_a_place_must_be_there_and_be_free(store: Store, project_id: str) -> None:
    set_axes(store, project_id, axis("Role", "Buyer"))
    buyer = add(store, project_id, place={"role": "buyer"})
    with store.reading() as connection:
        axes.check(connection, project_id, {"role": "buyer"}, but=buyer.id)
        with pytest.raises(InvalidRequest, match="no axis “age”"):
            axes.check(connection, project_id, {"age": "old"})
        with pytest.raises(InvalidRequest, match="no type “seller”"):
            axes.check(connection, project_id, {"role": "seller"})
        with pytest.raises(Conflict, match="P1 stands there already"):
            axes.check(connection, project_id, {"role": "buyer"})


# Personas


def test_a_persona_is_announced_whole(store: Store, project_id: str) -> None:
    made = add(store, project_id, title="Busy buyers")
    event = log_of(store, project_id)[-1]
    assert (event.type, event.data) == ("persona:added", {"persona": made.model_dump(mode="json")})


def test_labels_go_by_position_and_are_never_given_twice(store: Store, project_id: str) -> None:
    first, second = add(store, project_id), add(store, project_id)
    with store.writing() as connection:
        personas.delete(connection, second.id)
    assert [first.label, second.label, add(store, project_id).label] == ["P1", "P2", "P3"]
    with pytest.raises(Conflict, match="Another persona is called “p1”"):
        add(store, project_id, label="p1")


def test_moving_changes_positions_and_nothing_else(store: Store, project_id: str) -> None:
    made = [add(store, project_id) for _ in range(3)]
    with store.writing() as connection:
        personas.move(connection, made[2].id, 1)
    after = there(store, project_id)
    assert [(one.label, one.position) for one in after] == [("P3", 1), ("P1", 2), ("P2", 3)]
    assert {one.id for one in after} == {one.id for one in made}


def test_what_differs_in_nothing_is_not_announced(store: Store, project_id: str) -> None:
    made = add(store, project_id, title="Buyers")
    before = log_of(store, project_id)
    with store.writing() as connection:
        assert personas.change(connection, made.id, {"title": "Buyers"}) == made
    assert log_of(store, project_id) == before


def test_a_deleted_persona_leaves_its_interviews_to_nobody(store: Store, project_id: str, interview: Interview) -> None:
    buyers, users = add(store, project_id), add(store, project_id)
    other = uploaded(store, project_id, "second")
    decide(store, interview, buyers)
    propose(store, other, buyers)
    decide(store, other, users)
    with store.writing() as connection:
        personas.delete(connection, buyers.id)
    assert of(store, interview) == Assignment(interview_id=interview.id)
    assert (of(store, other).belongs_to, of(store, other).proposal) == (users.id, None)
    told = [event.type for event in log_of(store, project_id)[-3:]]
    assert told == ["persona:assigned", "persona:assigned", "persona:deleted"]
    with store.reading() as connection, pytest.raises(PersonaNotFound):
        personas.get(connection, buyers.id)


def test_a_picture_is_kept_once_and_can_go(store: Store, project_id: str) -> None:
    made = add(store, project_id)
    with store.writing() as connection:
        shown = personas.show(connection, made.id, b"picture")
        assert personas.show(connection, made.id, b"picture") == shown
        assert personas.picture(connection, shown) == b"picture"
        assert personas.show(connection, made.id, None).picture is None


# Assignments


def test_a_proposal_never_moves_what_somebody_decided(store: Store, project_id: str, interview: Interview) -> None:
    buyers, users = add(store, project_id), add(store, project_id)
    propose(store, interview, buyers)
    assert of(store, interview).belongs_to == buyers.id
    decide(store, interview, buyers)
    after = propose(store, interview, users)
    assert (after.belongs_to, after.decided_by, after.is_disputed) == (buyers.id, "mina", True)


def test_who_decided_first_stays_in_the_log(store: Store, project_id: str, interview: Interview) -> None:
    buyers = add(store, project_id)
    first = decide(store, interview, buyers)
    before = log_of(store, project_id)
    assert decide(store, interview, buyers, user="jun") == first
    assert log_of(store, project_id) == before
    assert decide(store, interview, None, user="jun").decided_by == "jun"
    decided = [event.data["assignment"]["decided_by"] for event in log_of(store, project_id)[-2:]]
    assert decided == ["mina", "jun"]


def test_decided_for_none_is_not_undecided(store: Store, project_id: str, interview: Interview) -> None:
    buyers = add(store, project_id)
    decide(store, interview, None)
    after = propose(store, interview, buyers)
    assert (after.belongs_to, after.is_decided, after.is_disputed) == (None, True, True)


def test_the_same_proposal_again_is_not_announced(store: Store, project_id: str, interview: Interview) -> None:
    buyers = add(store, project_id)
    first = propose(store, interview, buyers)
    before = log_of(store, project_id)
    assert propose(store, interview, buyers) == first
    assert log_of(store, project_id) == before
    propose(store, interview, buyers, score=0.6)
    assert len(log_of(store, project_id)) == len(before) + 1


def test_two_who_decide_at_once_leave_one_decision_and_one_event(
    store: Store, project_id: str, interview: Interview
) -> None:
    buyers = add(store, project_id)
    at_once = threading.Barrier(8)

    def work(user: str) -> None:
        at_once.wait()
        decide(store, interview, buyers, user=user)

    threads = [threading.Thread(target=work, args=(f"user {number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [event.type for event in log_of(store, project_id)].count("persona:assigned") == 1


def test_a_snapshot_carries_all_three(store: Store, project_id: str, interview: Interview) -> None:
    made = set_axes(store, project_id, axis("Role", "Buyer"))
    buyers = add(store, project_id, place={"role": "buyer"})
    decided = decide(store, interview, buyers)
    with store.reading() as connection:
        taken = snapshots.take(connection, project_id, epoch=store.epoch)
    assert (taken.axes, taken.personas, taken.assignments) == (made, (buyers,), (decided,))
