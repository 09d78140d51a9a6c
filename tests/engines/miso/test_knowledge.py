"""A knowledge base from its making to a search in it."""

from collections.abc import Awaitable, Callable
from itertools import islice
from typing import Any

import pytest

from persona_lab.engines.miso import knowledge
from persona_lab.engines.miso.config import App, Limits
from persona_lab.engines.miso.wire import Wire
from persona_lab.errors import EngineError, EngineRefused, EngineTimedOut
from persona_lab.models import CitedQuote, Insight, InsightMember
from tests.fakes.miso import FakeMiso

Do = Callable[[App, Callable[[Wire], Awaitable[Any]]], Any]


def insight(text: str, said: str) -> Insight:
    quote = CitedQuote(turn=1, start=0, end=len(said), text=said, interview_id="i1", interview_title="Kim")
    member = InsightMember(interview_id="i1", finding=0)
    return Insight(id=text, kind="pain", text=text, members=(member,), support=3, participants=9, quotes=(quote,))


FINDINGS = [insight("The form forgets", "It forgets my address ### always"), insight("Coupons fail", "쿠폰이 안 돼요")]


def test_findings_are_fed_indexed_and_found(miso: FakeMiso, wired: Do) -> None:
    async def fed(wire: Wire) -> list[knowledge.Segment]:
        base = await knowledge.create(wire, "Checkout study")
        await knowledge.feed(wire, base, "findings", FINDINGS)
        assert list(await knowledge.bases(wire)) == [base]
        return await knowledge.search(wire, base, "쿠폰이 왜")

    (found,) = wired("knowledge", fed)
    assert found.text.splitlines() == ["pain: Coupons fail", "3 of 9 participants", "“쿠폰이 안 돼요” (Kim)"]
    assert found.document == "findings.txt"
    assert found.score == 0.5
    assert miso.count("/status") >= 2


def test_findings_that_are_fed_again_take_the_place_of_the_old(miso: FakeMiso, wired: Do) -> None:
    async def fed(wire: Wire) -> None:
        base = await knowledge.create(wire, "Checkout study")
        for name in ("a", "b", "findings"):
            first = await knowledge.feed(wire, base, name, FINDINGS)
        second = await knowledge.feed(wire, base, "findings", FINDINGS[:1])
        assert second.id == first.id
        assert len(await knowledge.documents(wire, base)) == 3
        assert len(await knowledge.segments(wire, base, second)) == 1

    wired("knowledge", fed)


def test_segments_are_added_changed_and_deleted_once_indexing_is_over(miso: FakeMiso, wired: Do) -> None:
    async def changed(wire: Wire) -> None:
        base = await knowledge.create(wire, "b")
        document = await knowledge.add_document(wire, base, "d", "one\n###\ntwo")
        with pytest.raises(EngineError):
            await knowledge.add_segments(wire, base, document, ["three"])
        await knowledge.indexed(wire, base, document)
        (added,) = await knowledge.add_segments(wire, base, document, ["three"])
        other = await knowledge.change_segment(wire, base, document, added.model_copy(update={"text": "drei"}))
        assert other.text == "drei"
        await knowledge.delete_segment(wire, base, document, other.id)
        assert [one.text for one in await knowledge.segments(wire, base, document)] == ["one", "two"]
        await knowledge.delete_document(wire, base, document.id)
        assert await knowledge.documents(wire, base) == []
        await knowledge.delete(wire, base)
        await knowledge.delete(wire, base)
        assert miso.bases == {}

    wired("knowledge", changed)


def test_a_document_without_a_batch_is_looked_for_on_every_page(miso: FakeMiso, wired: Do) -> None:
    async def waited(wire: Wire) -> None:
        base = await knowledge.create(wire, "b")
        added = [await knowledge.add_document(wire, base, f"d{at}", "one") for at in range(5)]
        await knowledge.indexed(wire, base, added[-1].model_copy(update={"batch": ""}))

    wired("knowledge", waited)


def test_a_document_that_cant_be_indexed_is_said(wired: Do) -> None:
    async def waited(wire: Wire) -> None:
        base = await knowledge.create(wire, "b")
        await knowledge.indexed(wire, base, await knowledge.add_document(wire, base, "broken", "one"))

    with pytest.raises(EngineRefused, match=r"could not index broken"):
        wired("knowledge", waited)


def test_indexing_is_not_waited_for_for_ever(miso: FakeMiso, wired: Do) -> None:
    miso.looks = 10_000

    async def waited(wire: Wire) -> None:
        base = await knowledge.create(wire, "b")
        await knowledge.indexed(wire, base, await knowledge.add_document(wire, base, "d", "one"))

    with pytest.raises(EngineTimedOut, match="within 1 seconds"):
        wired("knowledge", waited)


def test_a_long_question_is_cut_to_what_is_searched_for(wired: Do) -> None:
    async def searched(wire: Wire) -> list[knowledge.Segment]:
        base = await knowledge.create(wire, "b")
        return await knowledge.search(wire, base, "왜 " * 500)

    assert wired("knowledge", searched) == []


def test_nothing_found_yet_is_nothing_to_feed(wired: Do) -> None:
    async def fed(wire: Wire) -> None:
        await knowledge.feed(wire, await knowledge.create(wire, "b"), "findings", [])

    with pytest.raises(EngineRefused, match="no findings"):
        wired("knowledge", fed)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("401", "engine_key_refused"),
        ("403", "engine_key_refused"),
        ("500", "engine_unavailable"),
        ("502 html", "engine_unavailable"),
        ("hang", "engine_timed_out"),
        ("reset", "engine_unavailable"),
        ("404", "engine_refused"),
    ],
)
def test_a_fault_ends_in_its_error(name: str, code: str, miso: FakeMiso, wired: Do) -> None:
    miso.fault(name)
    with pytest.raises(EngineError) as raised:
        wired("knowledge", lambda wire: knowledge.search(wire, "b1", "왜"))
    assert raised.value.code == code
    if code == "engine_key_refused":
        assert "PERSONA_LAB_MISO_KNOWLEDGE_KEY" in raised.value.message


def test_looks_are_close_together_at_first_and_never_further_apart_than_said() -> None:
    assert list(islice(Limits(poll_seconds=3.0).looks(), 7)) == [0.1875, 0.375, 0.75, 1.5, 3.0, 3.0, 3.0]
