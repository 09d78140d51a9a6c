from collections.abc import Callable

import numpy as np
import pytest
from sklearn import metrics

from persona_lab.engines.personas.clusters import agreement, kmeans, sureness
from persona_lab.engines.personas.grouping import group
from persona_lab.engines.personas.told import Told, told
from persona_lab.models import Grouping, Transcript
from tests.engines._people import BAKERS, BAKERS_KO, NURSES, NURSES_KO, people

Make = Callable[..., Transcript]


def homes(found: Grouping) -> set[frozenset[str]]:
    return {frozenset(one.interview_ids) for one in found.groups}


@pytest.fixture
def english(make: Make) -> list[Told]:
    return [*people(make, BAKERS, "baker"), *people(make, NURSES, "nurse")]


@pytest.fixture
def both(make: Make, english: list[Told]) -> list[Told]:
    return [*english, *people(make, BAKERS_KO, "제빵사", "ko"), *people(make, NURSES_KO, "간호사", "ko")]


def test_two_trades_come_out_as_two_groups_without_being_told(english: list[Told]) -> None:
    found = group(english)

    assert homes(found) == {frozenset(f"{trade}-{at}" for at in range(4)) for trade in ("baker", "nurse")}
    assert found.stability[2] >= 0.75


def test_a_group_says_what_sets_it_apart(english: list[Told]) -> None:
    bakers = next(one for one in group(english, count=2).groups if "baker-0" in one.interview_ids)

    assert {"bread", "oven", "dough"} <= {one.word for one in bakers.words}
    assert bakers.medoid.startswith("baker")
    assert all(value > 0 for value in bakers.sureness)
    assert all(quote.interview_id.startswith("baker") for quote in bakers.quotes)


def test_korean_and_english_do_not_part_by_language(both: list[Told]) -> None:
    found = group(both, count=2)

    assert homes(found) == {
        frozenset(one.interview_id for one in both if one.title.startswith(trades))
        for trades in (("baker", "제빵사"), ("nurse", "간호사"))
    }


def test_the_order_of_uploading_and_the_ids_leave_no_trace(both: list[Told]) -> None:
    expected = group(both)
    chance = np.random.default_rng(0)
    names = [f"{chance.random()}" for _ in both]
    for _ in range(5):
        renamed = [one._replace(interview_id=name) for one, name in zip(both, names, strict=True)]
        back = {name: one.interview_id for one, name in zip(both, names, strict=True)}

        found = group([renamed[at] for at in chance.permutation(len(renamed))])

        assert [[back[name] for name in one.interview_ids] for one in found.groups] == [
            list(one.interview_ids) for one in expected.groups
        ]
        assert [one.words for one in found.groups] == [one.words for one in expected.groups]
        assert [back[one.medoid] for one in found.groups] == [one.medoid for one in expected.groups]
        assert found.stability == expected.stability
        chance.shuffle(names)


def test_what_is_asked_groups_nobody(make: Make) -> None:
    said = "P: I bake bread in the oven every morning before the shop opens for the neighbours."
    ways = {"a": "Q: Tell me about hospitals, patients and medication.", "b": "Q: Tell me about ships and harbours."}
    interviews = [told(f"{way}{at}", f"{way}{at}", make(asked, said)) for way, asked in ways.items() for at in range(3)]

    assert len({one.meanings for one in interviews}) == 1
    assert len(group(interviews).groups) == 1


def test_few_interviews_are_taken_together_and_it_says_so(english: list[Told]) -> None:
    found = group(english[2:6])

    assert len(found.groups) == 1
    assert found.note == "With fewer than 6 interviews all are taken together."


def test_no_more_groups_than_interviews(english: list[Told]) -> None:
    found = group(english[:2], count=5)

    assert len(found.groups) == 2
    assert found.note == "There are only 2 interviews for 5 groups."


def test_an_interview_without_participants_is_left_out_and_it_says_so(make: Make, english: list[Told]) -> None:
    silent = told("silent", "silent", make("Q: Is anybody there?"))

    found = group([*english, silent])

    assert "silent" not in {name for one in found.groups for name in one.interview_ids}
    assert found.note == "1 in which no participant says anything was left out."


def test_no_interviews_make_no_groups() -> None:
    assert group([]).groups == ()


def test_the_quotes_are_the_transcripts_words(make: Make) -> None:
    transcripts = {f"{at}": make("Q: Yes?", f"P: {text}") for at, text in enumerate((*BAKERS, *NURSES))}

    found = group([told(name, name, one) for name, one in transcripts.items()])

    quotes = [quote for one in found.groups for quote in one.quotes]
    assert quotes
    assert all(transcripts[one.interview_id].text[one.start : one.end] == one.text for one in quotes)


def test_two_clouds_are_two_clusters() -> None:
    chance = np.random.default_rng(1)
    rows = np.vstack([chance.normal(0, 0.1, (20, 3)), chance.normal(1, 0.1, (30, 3))])
    truth = np.repeat([0, 1], [20, 30])

    found = kmeans(rows, 2)

    assert agreement(truth, found) == 1.0
    assert sureness(rows, found).min() > 0.5


def test_agreement_is_the_adjusted_rand_index() -> None:
    chance = np.random.default_rng(2)
    for _ in range(20):
        one, other = chance.integers(0, 4, 30), chance.integers(0, 3, 30)
        assert agreement(one, other) == pytest.approx(metrics.adjusted_rand_score(one, other))


def test_sureness_is_the_silhouette() -> None:
    rows = np.random.default_rng(3).normal(size=(30, 4))
    labels = kmeans(rows, 3)

    assert sureness(rows, labels) == pytest.approx(metrics.silhouette_samples(rows, labels))


def test_equal_rows_can_be_grouped() -> None:
    assert len(kmeans(np.ones((5, 2)), 3)) == 5
