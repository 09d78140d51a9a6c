"""MISO makes a persona of its interviews one after the other; shown is what they bear out."""

import json
from typing import Any

import pytest

from persona_lab.engines.miso import portraying
from persona_lab.engines.miso.engine import MisoEngine
from persona_lab.errors import AnalysisCancelled, AnswerNotUnderstood, BudgetSpent
from persona_lab.models import Portrait
from tests.engines.miso.conftest import Kept
from tests.fakes.miso import FakeMiso
from tests.support.portraying import CARD, COUPON, EVENING, SAVE, portrait, quote, trait


def runs(miso: FakeMiso) -> list[dict[str, str]]:
    return [call.body["inputs"] for call in miso.calls if call.path.endswith("/workflows/run")]


def says(**fields: Any) -> dict[str, Any]:
    told = {"persona_summary": "The card form forgets my address.", "persona_style": "", "painpoints": "", "needs": ""}
    return {**told, "insight": "", "insight_quote": "", "thumbnail": "https://evil.example/p.png", **fields}


def portrayed(miso: FakeMiso, engine: MisoEngine, **fields: Any) -> Portrait:
    miso.outputs = lambda _inputs: says(**fields)
    return engine.portray(portrait(), Kept())


def test_each_interview_is_folded_into_the_persona_the_most_typical_first(
    miso: FakeMiso, engine: MisoEngine, run: Kept
) -> None:
    before = portrait()
    found = engine.portray(before, run)
    sent = runs(miso)
    assert [json.loads(one["selected_interviewee"])["interviewee_detail"] for one in sent] == [
        [{"painpoint": [CARD], "behaviour": [EVENING], "insight_quote": [CARD]}],
        [{"painpoint": [COUPON], "need": [SAVE]}],
        [{"painpoint": [CARD]}],
    ]
    assert [one["preprocess_type"] for one in sent] == ["persona"] * 3
    assert sent[0]["selected_persona"] == ""
    assert json.loads(sent[1]["selected_persona"])["persona_summary"] == CARD
    assert COUPON in found.summary
    assert {one.interview_id for one in found.summary_quotes} >= {"b"}
    assert (found.traits, found.name, found.title) == (before.traits, before.name, before.title)
    assert (found.engine, found.model, found.prompt_hash) == engine.portrayer
    assert miso.paid == run.usage.calls == 3


def test_no_picture_is_asked_for_shown_or_loaded(miso: FakeMiso, engine: MisoEngine) -> None:
    found = portrayed(miso, engine)
    assert {one["active_generate_image"] for one in runs(miso)} == {"false"}
    assert "evil.example" not in found.model_dump_json()


def test_what_was_paid_for_is_not_paid_for_again(miso: FakeMiso, engine: MisoEngine, run: Kept) -> None:
    run.cancel_after = 2
    with pytest.raises(AnalysisCancelled):
        engine.portray(portrait(), run)
    run.cancel_after = None
    made = engine.portray(portrait(), run)
    assert made == engine.portray(portrait(), run)
    assert miso.paid == run.usage.calls == 3


def test_sentences_that_nothing_bears_out_are_left_out_and_counted(miso: FakeMiso, engine: MisoEngine) -> None:
    found = portrayed(
        miso,
        engine,
        persona_summary="The card form forgets my address. Airline revenue doubled in Norway.",
        persona_style="https://evil.example",
        insight="The coupon field fails on my phone.",
    )
    assert found.summary == "The card form forgets my address. The coupon field fails on my phone."
    assert found.summary_quotes == (quote("a", CARD), quote("b", COUPON))
    assert "2 aren't shown" in found.note


def test_a_quote_is_kept_if_it_was_said_and_counted_if_not(miso: FakeMiso, engine: MisoEngine) -> None:
    said = portrayed(miso, engine, insight_quote="“when the children sleep” (evenings)")
    assert [one.text for one in said.summary_quotes] == [CARD, "when the children sleep"]
    assert said.note == ""
    invented = portrayed(miso, engine, insight_quote="“I adore the loyalty card” (never)")
    assert [one.text for one in invented.summary_quotes] == [CARD]
    assert "one sentence isn't shown" in invented.note


def test_pains_and_needs_that_nobody_has_are_counted(miso: FakeMiso, engine: MisoEngine) -> None:
    found = portrayed(miso, engine, painpoints="card form forgets the address, airline revenue", needs="a yacht club")
    assert "2 aren't shown" in found.note
    assert found.traits == portrait().traits


def test_a_persona_of_which_nothing_is_borne_out_is_not_understood(miso: FakeMiso, engine: MisoEngine) -> None:
    with pytest.raises(AnswerNotUnderstood, match="rests on what its people said"):
        portrayed(miso, engine, persona_summary="Airline revenue doubled in Norway.")


def test_only_the_interviews_that_tell_most_are_folded_in(miso: FakeMiso, engine: MisoEngine, run: Kept) -> None:
    quotes = [quote("a", CARD).model_copy(update={"interview_id": f"i{n}"}) for n in range(9)]
    engine.portray(portrait(trait("pain", *quotes)), run)
    assert len(runs(miso)) == portraying.FOLDED


def test_what_is_sent_fits_into_what_the_app_takes(miso: FakeMiso, engine: MisoEngine, run: Kept) -> None:
    miso.limits |= {"selected_interviewee": 700, "selected_persona": 300}
    long = [quote("a", CARD).model_copy(update={"text": f"{n} {CARD * 5}"}) for n in range(6)]
    others = [quote("b", COUPON).model_copy(update={"text": f"{n} {COUPON * 5}"}) for n in range(6)]
    engine.portray(portrait(trait("pain", *long), trait("need", *others)), run)
    assert len(runs(miso)) == 2
    for one in runs(miso):
        assert len(one["selected_interviewee"]) <= 700
        assert len(one["selected_persona"]) <= 300


def test_a_persona_without_quotes_costs_nothing(miso: FakeMiso, engine: MisoEngine, run: Kept) -> None:
    bare = portrait().model_copy(update={"traits": (), "summary_quotes": ()})
    assert engine.portray(bare, run).engine == "miso"
    assert miso.calls == []


def test_nothing_is_paid_for_beyond_the_budget(miso: FakeMiso, engine: MisoEngine, run: Kept) -> None:
    run.is_broke = True
    with pytest.raises(BudgetSpent):
        engine.portray(portrait(), run)
    assert miso.paid == 0
