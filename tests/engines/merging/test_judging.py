"""What people say of insights, through every re-analysis."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as some

from persona_lab.engines.merging import judging
from persona_lab.engines.merging.judging import Evidence, judged
from persona_lab.models import (
    Anchor,
    Contradiction,
    Finding,
    Insight,
    InsightMember,
    Judgement,
    JudgementKind,
    Kind,
    Quote,
    Related,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WIDTH = 10


def finding(place: int, text: str, kind: Kind = "pain", score: float = 1.0) -> Finding:
    """Return a finding whose one quote stands at its own place of the interview's first turn."""
    quote = Quote(turn=0, start=place * WIDTH, end=place * WIDTH + WIDTH, text="x" * WIDTH)
    return Finding(kind=kind, text=text, quotes=(quote,), terms=(f"term{place}",), score=score)


def evidence(**findings: Sequence[Finding]) -> Evidence:
    return Evidence(findings, {key: number for number, key in enumerate(findings, start=1)})


def member(name: str) -> InsightMember:
    return InsightMember(interview_id=name[0], finding=int(name[1:]))


def insight(name: str, *members: str, kind: Kind = "pain", **more: object) -> Insight:
    return Insight(id=name, kind=kind, text=f"{name} text", members=tuple(map(member, members)), **more)


def anchors(among: Evidence, *names: str) -> tuple[Anchor, ...]:
    found = [(member(name), among.findings[name[0]][int(name[1:])]) for name in names]
    return tuple(
        Anchor(interview_id=one.interview_id, kind=its.kind, **quote.model_dump())
        for one, its in found
        for quote in its.quotes
    )


def said(
    number: int, kind: JudgementKind, own: tuple[Anchor, ...], others: tuple[Anchor, ...] = (), **more: object
) -> Judgement:
    given: dict[str, object] = {"insight_id": "one", "insight_kind": "pain", "newest_interview": 3, **more}
    return Judgement(
        id=f"j{number}",
        number=number,
        kind=kind,
        anchors=own,
        others=others,
        created_by="mina",
        created_at=NOON,
        **given,
    )


def content(insights: Iterable[Insight]) -> set[tuple[str, ...]]:
    return {tuple(f"{one.interview_id}{one.finding}" for one in each.members) for each in insights}


THREE = evidence(
    a=[finding(0, "a zero"), finding(1, "a one")],
    b=[finding(0, "b zero", score=2.0), finding(1, "b one")],
    c=[finding(0, "c zero")],
)
MERGED = [insight("one", "a0", "b0"), insight("two", "a1"), insight("three", "b1", "c0")]


def test_nothing_said_changes_nothing():
    assert judged(MERGED, [], THREE) == MERGED


def test_a_name_holds_when_findings_get_other_numbers_and_wordings():
    name = said(1, "rename", anchors(THREE, "a0", "b0"), text="Mine")
    again = evidence(
        a=[finding(1, "a one, anew"), finding(0, "a zero, anew")], b=[finding(0, "b zero, anew")], c=[finding(0, "c")]
    )
    found = judged([insight("x", "a1", "b0"), insight("y", "a0"), insight("z", "c0")], [name], again)
    assert {one.text: one.judgements for one in found} == {"Mine": ("j1",), "y text": (), "z text": ()}


def test_the_newer_of_two_names_holds_and_the_older_one_when_that_is_undone():
    older = said(1, "rename", anchors(THREE, "a0", "b0"), text="Older")
    newer = said(2, "rename", anchors(THREE, "a0", "b0"), text="Newer")
    assert "Newer" in {one.text for one in judged(MERGED, [newer, older], THREE)}
    assert "Older" in {one.text for one in judged(MERGED, [older], THREE)}


def test_merged_insights_are_one_with_all_their_findings():
    (joined, other) = judged(
        MERGED, [said(1, "merge", anchors(THREE, "a0", "b0"), anchors(THREE, "a1"), text="One text")], THREE
    )
    assert (joined.id, joined.text, content([joined])) == ("one", "One text", {("a0", "a1", "b0")})
    assert content([other]) == {("b1", "c0")}


def test_what_was_merged_takes_along_what_joined_it_later():
    later = evidence(**THREE.findings, d=[finding(0, "d zero")])
    merge = said(1, "merge", anchors(THREE, "a0", "b0"), anchors(THREE, "a1"))
    found = judged([*MERGED[:1], insight("two", "a1", "d0"), MERGED[2]], [merge], later)
    assert ("a0", "a1", "b0", "d0") in content(found)


def test_what_was_split_off_is_an_insight_of_its_own_named_after_its_clearest_finding():
    found = judged(MERGED, [said(1, "split", anchors(THREE, "b0"), anchors(THREE, "a0"))], THREE)
    assert content(found) == {("a0",), ("b0",), ("a1",), ("b1", "c0")}
    apart = next(one for one in found if content([one]) == {("b0",)})
    rest = next(one for one in found if content([one]) == {("a0",)})
    assert (apart.text, rest.id) == ("b zero", "one")


def test_a_later_merge_joins_what_was_split():
    apart = said(1, "split", anchors(THREE, "b0"), anchors(THREE, "a0"))
    again = said(2, "merge", anchors(THREE, "a0"), anchors(THREE, "b0"))
    assert ("a0", "b0") in content(judged(MERGED, [apart, again], THREE))
    assert ("a0", "b0") not in content(judged(MERGED, [again, said(3, "split", apart.anchors, apart.others)], THREE))


def test_what_was_rejected_stays_so_when_more_people_say_it():
    reject = said(1, "reject", anchors(THREE, "a0", "b0"))
    later = evidence(**THREE.findings, d=[finding(0, "d zero")], e=[finding(0, "e zero")], f=[finding(0, "f zero")])
    grown = [insight("one", "a0", "b0", "d0", "e0", "f0"), *MERGED[1:]]
    assert [one.id for one in judged(grown, [reject], later) if one.is_rejected] == ["one"]


def test_what_was_rejected_alone_does_not_take_a_larger_insight_with_it():
    reject = said(1, "reject", anchors(THREE, "a1"))
    absorbed = [insight("one", "a0", "a1", "b0"), MERGED[2]]
    assert not any(one.is_rejected for one in judged(absorbed, [reject], THREE))


def test_the_parts_of_what_was_rejected_stay_rejected():
    reject = said(1, "reject", anchors(THREE, "a0", "b0"))
    fallen = [insight("x", "a0"), insight("y", "b0"), *MERGED[1:]]
    assert {one.id for one in judged(fallen, [reject], THREE) if one.is_rejected} == {"x", "y"}


def test_a_pin_takes_back_a_rejection_and_a_rejection_a_pin():
    pin, reject = said(1, "pin", anchors(THREE, "a1"), text="Two"), said(2, "reject", anchors(THREE, "a1"))
    two = next(one for one in judged(MERGED, [pin, reject], THREE) if one.id == "two")
    assert (two.is_pinned, two.is_rejected) == (False, True)
    reject, pin = reject.model_copy(update={"number": 1}), pin.model_copy(update={"number": 2})
    two = next(one for one in judged(MERGED, [pin, reject], THREE) if one.id == "two")
    assert (two.is_pinned, two.is_rejected) == (True, False)


def test_what_is_found_no_more_is_shown_when_it_is_pinned_and_is_itself_again_when_it_is_back():
    pin = said(1, "pin", anchors(THREE, "a1"), insight_id="two", text="Two text")
    without = evidence(a=THREE.findings["a"][:1], b=THREE.findings["b"], c=THREE.findings["c"])
    lost = next(one for one in judged([MERGED[0], MERGED[2]], [pin], without) if one.id == "two")
    assert (lost.text, lost.is_found, lost.is_pinned, lost.members) == ("Two text", False, True, ())
    assert [(quote.interview_id, quote.start) for quote in lost.quotes] == [("a", WIDTH)]
    back = next(one for one in judged(MERGED, [pin], THREE) if one.id == "two")
    assert (back.is_found, back.is_pinned, back.quotes) == (True, True, ())


def test_what_is_found_no_more_can_still_be_renamed_and_rejected():
    pin = said(1, "pin", anchors(THREE, "a1"), insight_id="two", text="Two text")
    without = evidence(a=THREE.findings["a"][:1], b=THREE.findings["b"], c=THREE.findings["c"])
    name = said(2, "rename", pin.anchors, text="Renamed")
    reject = said(3, "reject", pin.anchors)
    (lost,) = [one for one in judged([MERGED[0], MERGED[2]], [pin, name, reject], without) if not one.is_found]
    assert (lost.text, lost.is_rejected, lost.is_pinned) == ("Renamed", True, False)


def test_a_pin_on_a_deleted_interview_shows_nothing_of_it():
    pin = said(1, "pin", anchors(THREE, "c0"), insight_id="three", text="Three")
    without = evidence(a=THREE.findings["a"], b=THREE.findings["b"])
    found = judged([*MERGED[:2], insight("three", "b1", "c0")], [pin], without)
    assert content(found) == {("a0", "b0"), ("a1",), ("b1",)}
    assert all(one.is_found for one in found)


def test_a_place_leads_to_a_finding_of_its_kind_first():
    both = evidence(a=[finding(0, "pain"), finding(0, "need", kind="need")])
    name = said(1, "rename", (anchors(both, "a1")), text="Mine", insight_kind="need")
    found = judged([insight("p", "a0"), insight("n", "a1", kind="need")], [name], both)
    assert {one.id: one.text for one in found} == {"p": "p text", "n": "Mine"}


def test_what_speaks_against_a_finding_goes_where_it_goes():
    against = Contradiction(turn=3, start=0, end=4, text="fine", interview_id="c", against=member("b0"), likeness=0.5)
    whole = [MERGED[0].model_copy(update={"contradictions": (against,)}), *MERGED[1:]]
    found = judged(whole, [said(1, "split", anchors(THREE, "b0"), anchors(THREE, "a0"))], THREE)
    assert {content([one]).pop(): len(one.contradictions) for one in found if one.contradictions} == {("b0",): 1}


def test_who_was_near_what_was_merged_away_is_near_what_it_became():
    near = [*MERGED[:2], MERGED[2].model_copy(update={"related": (Related(id="two", text="two text", likeness=0.6),)})]
    found = judged(near, [said(1, "merge", anchors(THREE, "a0", "b0"), anchors(THREE, "a1"), text="Both")], THREE)
    three = next(one for one in found if one.id == "three")
    assert [(one.id, one.text) for one in three.related] == [("one", "Both")]


def test_an_id_of_before_leads_to_what_the_finding_is_part_of_now():
    from persona_lab.engines.merging.merge import insight_id

    assert judging.named("two", MERGED, THREE) == MERGED[1]
    assert judging.named(insight_id("pain", "b zero"), MERGED, THREE) == MERGED[0]
    assert judging.named("nothing", MERGED, THREE) is None


# Any findings, merged in any way, under any judgements.

NAMES = [f"{interview}{number}" for interview in "abc" for number in range(3)]
FULL = evidence(**{one: [finding(n, f"{one} {n}", score=float(n)) for n in range(3)] for one in "abc"})


def partition(marks: Sequence[int]) -> list[Insight]:
    groups: dict[int, list[str]] = {}
    for name, mark in zip(NAMES, marks, strict=True):
        groups.setdefault(mark, []).append(name)
    return [insight(f"m{mark}", *names) for mark, names in groups.items()]


partitions = some.lists(some.integers(0, 4), min_size=9, max_size=9).map(partition)
some_names = some.lists(some.sampled_from(NAMES), min_size=1, max_size=4, unique=True)


@some.composite
def judgement_lists(draw: some.DrawFn) -> list[Judgement]:
    made = []
    for number in range(1, draw(some.integers(1, 6)) + 1):
        kind = draw(some.sampled_from(["merge", "split", "rename", "pin", "reject"]))
        own = draw(some_names)
        others = [name for name in draw(some_names) if name not in own]
        if kind in ("merge", "split") and not others:
            continue
        its = anchors(FULL, *others) if kind in ("merge", "split") else ()
        text = f"Name {number}" if kind != "reject" else ""
        made.append(said(number, kind, anchors(FULL, *own), its, text=text, insight_id=f"m{number % 3}"))
    return made


def homes(insights: Iterable[Insight]) -> dict[InsightMember, str]:
    return {one: each.id for each in insights for one in each.members}


def places(its: Iterable[Anchor], among: Evidence) -> set[InsightMember]:
    return {
        InsightMember(interview_id=anchor.interview_id, finding=number)
        for anchor in its
        for number, one in enumerate(among.findings.get(anchor.interview_id, ()))
        if one.quotes[0].start == anchor.start
    }


@settings(max_examples=150, deadline=None)
@given(partitions, judgement_lists(), some.permutations(range(3)), some.sets(some.sampled_from("abc"), max_size=2))
def test_whatever_is_found_the_newest_judgement_holds_and_no_finding_is_lost(merged, judgements, order, deleted):
    """Findings are numbered anew by `order`, and some interviews are deleted."""
    numbers = {key: n for n, key in enumerate("abc", start=1) if key not in deleted}
    among = Evidence({key: [FULL.findings[key][n] for n in order] for key in numbers}, numbers)
    moved = {(key, n): InsightMember(interview_id=key, finding=order.index(n)) for key in numbers for n in range(3)}
    now = []
    for one in merged:
        members = [moved[m.interview_id, m.finding] for m in one.members if m.interview_id not in deleted]
        if members:
            now.append(one.model_copy(update={"members": tuple(members)}))
    found = judged(now, judgements, among)
    assert judged(now, list(reversed(judgements)), among) == found
    assert sorted(map(str, homes(found))) == sorted(map(str, homes(now)))
    assert len({one.id for one in found}) == len(found)
    assert sum(len(one.members) for one in found) == len(homes(now))
    newest = max(judgements, key=lambda one: one.number, default=None)
    if newest is None:
        return
    home = homes(found)
    own, others = places(newest.anchors, among), places(newest.others, among)
    if newest.kind == "merge":
        assert len({home[one] for one in own | others}) <= 1
    elif newest.kind == "split":
        assert not {home[one] for one in own} & {home[one] for one in others}
    elif newest.kind == "pin" and {one.interview_id for one in newest.anchors} - deleted:
        assert any(one.is_pinned and newest.id in one.judgements for one in found)
