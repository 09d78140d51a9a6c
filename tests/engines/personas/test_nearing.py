"""Which group an interview is nearest to, by what its participants mean."""

import random

import pytest

from persona_lab.engines.personas.nearing import nearest
from persona_lab.engines.personas.told import Told, told
from tests.support import making

PAYING = (
    "The card form forgets my delivery address whenever I pay for the order.",
    "Paying takes ages since the checkout wants my card number again.",
    "I leave the shop when the payment page asks for my address twice.",
)
GARDENING = (
    "My tomatoes need water every morning in the summer garden.",
    "The roses in our garden got sick after all that rain.",
    "I plant beans and lettuce in the soil behind the house.",
)


def interview(name: str, said: str) -> Told:
    return told(name, name, making.transcript(said))


@pytest.fixture(scope="module")
def groups() -> dict[str, list[Told]]:
    return {
        "paying": [interview(f"p{n}", said) for n, said in enumerate(PAYING)],
        "gardening": [interview(f"g{n}", said) for n, said in enumerate(GARDENING)],
    }


def test_an_interview_is_near_those_who_speak_of_the_same_and_shows_the_words(groups: dict[str, list[Told]]) -> None:
    said = "The checkout asked for my card and address again when I paid."
    near = nearest([interview("new", said)], groups)[0]
    assert near.key == "paying"
    assert 0 < near.score <= 1
    assert [(quote.text, quote.start, quote.interview_id) for quote in near.evidence] == [(said, 18, "new")]


def test_a_member_does_not_count_for_its_own_group(groups: dict[str, list[Told]]) -> None:
    misplaced = {"paying": [*groups["paying"], groups["gardening"][0]], "gardening": groups["gardening"][1:]}
    assert nearest([groups["gardening"][0]], misplaced)[0].key == "gardening"


def test_the_order_of_interviews_changes_nothing(groups: dict[str, list[Told]]) -> None:
    everyone = [one for its in groups.values() for one in its]
    before = {one.interview_id: near for one, near in zip(everyone, nearest(everyone, groups), strict=True)}
    for seed in range(3):
        mixed = random.Random(seed)  # noqa: S311 - the same orders each time
        turned = {key: mixed.sample(its, len(its)) for key, its in groups.items()}
        again = mixed.sample(everyone, len(everyone))
        assert {one.interview_id: near for one, near in zip(again, nearest(again, turned), strict=True)} == before


def test_with_one_group_everybody_is_nearest_to_it(groups: dict[str, list[Told]]) -> None:
    near = nearest([interview("new", "My roses want water.")], {"gardening": groups["gardening"]})[0]
    assert (near.key, near.score > 0) == ("gardening", True)


def test_who_says_nothing_is_near_nobody_and_that_is_no_error(groups: dict[str, list[Told]]) -> None:
    silent = groups["paying"][0]._replace(interview_id="silent", turns=(), meanings=b"")
    assert (nearest([silent], groups)[0].score, nearest([silent], groups)[0].evidence) == (0.0, ())
    assert nearest([silent], {})[0].key == ""
