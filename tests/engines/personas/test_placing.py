from collections.abc import Callable

import pytest

from persona_lab.engines.personas.placing import place
from persona_lab.engines.personas.told import Told, told
from persona_lab.models import Axis, AxisType, Transcript
from tests.engines._people import BAKERS, BAKERS_KO, NURSES, NURSES_KO, people

Make = Callable[..., Transcript]

TRADE = Axis(
    key="k1",
    name="Trade",
    types=(
        AxisType(key="t1", name="Bakers", description="They bake bread and pastry. 오븐에 빵을 굽는 사람"),
        AxisType(
            key="t2", name="Nurses", description="They care for patients in a hospital. 병원에서 환자를 돌보는 사람"
        ),
    ),
)
TRAVEL = Axis(
    key="k2",
    name="Travel",
    types=(
        AxisType(key="u1", name="By bicycle", description="Rides a bicycle to work"),
        AxisType(key="u2", name="By train", description="Takes the train or the underground"),
    ),
)


@pytest.mark.parametrize(
    ("texts", "language", "key"),
    [(BAKERS, "en", "t1"), (NURSES, "en", "t2"), (BAKERS_KO, "ko", "t1"), (NURSES_KO, "ko", "t2")],
)
def test_an_interview_is_placed_by_what_its_participant_says(
    make: Make, texts: tuple[str, ...], language: str, key: str
) -> None:
    transcript = make("Q: Hospital or bakery?", *(f"P: {text}" for text in texts), language=language)

    (found,) = place([told("a", "A", transcript)], [TRADE])

    assert found.place == {"k1": key}


def test_the_evidence_is_the_participants_words(make: Make) -> None:
    transcript = make("Q: Are you a nurse in a hospital with patients?", f"P: {BAKERS[0]}")

    (found,) = place([told("a", "A", transcript)], [TRADE])

    assert found.place == {"k1": "t1"}
    assert 0 < found.score <= 1
    assert found.evidence
    for quote in found.evidence:
        assert transcript.text[quote.start : quote.end] == quote.text
        assert quote.turn == 1
        assert quote.speaker == "P"


def test_an_axis_nothing_was_said_of_stays_out(make: Make) -> None:
    (found,) = place(people(make, BAKERS[:1], "baker"), [TRADE, TRAVEL])

    assert found.place == {"k1": "t1"}
    assert found.scores["k2"] == {"u1": 0.0, "u2": 0.0}


def test_what_is_denied_places_nobody(make: Make) -> None:
    interview = told("a", "A", make("Q: And?", "P: I never bake any bread, and I don't care for patients either."))

    (found,) = place([interview], [TRADE])

    assert found.place == {}
    assert found.score == 0.0
    assert found.evidence == ()


def test_the_order_of_types_moves_nobody(make: Make) -> None:
    said = {"en": BAKERS, "ko": NURSES_KO}
    transcripts = [make(*(f"P: {text}" for text in texts), language=language) for language, texts in said.items()]
    interviews = [told(f"{at}", f"{at}", one) for at, one in enumerate(transcripts)]
    turned = TRADE.model_copy(update={"types": TRADE.types[::-1]})

    assert [one.place for one in place(interviews, [turned, TRAVEL])] == [
        one.place for one in place(interviews, [TRAVEL, TRADE])
    ]


def test_without_axes_or_words_there_is_no_place(make: Make) -> None:
    silent: list[Told] = [told("a", "A", make("Q: Hello?"))]

    assert place(silent, [TRADE])[0].place == {}
    assert place(people(make, BAKERS[:1], "baker"), [])[0].place == {}
