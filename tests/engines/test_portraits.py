from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from persona_lab.engines.portraits import Basis, portray
from persona_lab.engines.told import Told, told
from persona_lab.models import CitedQuote, Contradiction, Insight, InsightMember, Kind, Portrait, Transcript
from tests.engines._people import BAKERS, BAKERS_KO, NURSES, NURSES_KO

Make = Callable[..., Transcript]
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def interviews(make: Make, texts: tuple[str, ...], name: str, language: str = "en") -> dict[str, Transcript]:
    return {f"{name}-{at}": make("Q: Yes?", f"P: {text}", language=language) for at, text in enumerate(texts)}


def all_told(transcripts: Mapping[str, Transcript]) -> list[Told]:
    return [told(name, name, one) for name, one in transcripts.items()]


def cited(transcripts: Mapping[str, Transcript], interview_id: str, words: str) -> CitedQuote:
    start = transcripts[interview_id].text.index(words)
    return CitedQuote(interview_id=interview_id, turn=1, start=start, end=start + len(words), text=words, speaker="P")


def insight(text: str, *quotes: CitedQuote, kind: Kind = "pain") -> Insight:
    members = tuple(InsightMember(interview_id=one.interview_id, finding=0) for one in quotes)
    return Insight(id=text[:12], kind=kind, text=text, members=members, quotes=quotes, support=len(quotes))


@pytest.fixture
def bakers(make: Make) -> dict[str, Transcript]:
    return interviews(make, BAKERS, "baker")


@pytest.fixture
def nurses(make: Make) -> dict[str, Transcript]:
    return interviews(make, NURSES, "nurse")


def portrait_of(
    members: Mapping[str, Transcript],
    others: Mapping[str, Transcript],
    *insights: Insight,
    persona_id: str = "p-1",
    language: str = "en",
    taken: tuple[str, ...] = (),
) -> Portrait:
    runs = dict.fromkeys(members, "run")
    basis = Basis(persona_id, all_told(members), all_told(others), insights, {}, runs, taken)
    return portray(basis, language=language, made_at=NOON)


def test_a_trait_counts_the_personas_own_people_only(
    bakers: dict[str, Transcript], nurses: dict[str, Transcript]
) -> None:
    everybody = {**bakers, **nurses}
    slow = insight(
        "The oven is old and slow.",
        cited(everybody, "baker-1", "the oven is old and slow"),
        cited(everybody, "baker-3", "My oven burns the dough at the back."),
        cited(everybody, "nurse-1", "The night shift on the ward is exhausting."),
    )

    found = portrait_of(bakers, nurses, slow)

    (pain,) = [one for one in found.traits if one.kind == "pain"]
    assert (pain.support, pain.participants) == (2, 4)
    assert {one.interview_id for one in pain.quotes} == {"baker-1", "baker-3"}
    assert found.participants == 4


def test_what_only_others_say_is_no_trait(bakers: dict[str, Transcript], nurses: dict[str, Transcript]) -> None:
    tired = insight("Nights are exhausting.", cited(nurses, "nurse-1", "The night shift on the ward is exhausting."))

    assert [one for one in portrait_of(bakers, nurses, tired).traits if one.kind == "pain"] == []


def test_goals_and_habits_are_told_in_the_first_person(
    bakers: dict[str, Transcript], nurses: dict[str, Transcript]
) -> None:
    found = portrait_of(bakers, nurses)

    assert [one.text for one in found.traits if one.kind == "goal"] == [
        "I want to make sure that the bread is warm when people come."
    ]
    habits = [one.text for one in found.traits if one.kind == "behaviour"]
    assert "I bake bread in the oven every morning before the shop opens." in habits


@pytest.mark.parametrize(("language", "own", "other"), [("en", BAKERS, NURSES), ("ko", BAKERS_KO, NURSES_KO)])
def test_each_quote_is_the_transcripts_words(
    make: Make, language: str, own: tuple[str, ...], other: tuple[str, ...]
) -> None:
    members = interviews(make, own, "own", language)

    found = portrait_of(members, interviews(make, other, "other", language), language=language)

    quotes = [*found.summary_quotes, *(quote for one in found.traits for quote in (*one.quotes, *one.against))]
    assert quotes
    for quote in quotes:
        assert members[quote.interview_id].text[quote.start : quote.end] == quote.text
    assert found.title
    assert found.summary
    assert {one.kind for one in found.traits} >= {"goal", "behaviour"}


def test_a_quote_that_is_no_longer_in_the_transcript_is_left_out(
    bakers: dict[str, Transcript], nurses: dict[str, Transcript]
) -> None:
    old = cited(bakers, "baker-1", "the oven is old and slow").model_copy(update={"text": "the oven is brand new"})

    assert [one for one in portrait_of(bakers, nurses, insight("New oven", old)).traits if one.kind == "pain"] == []


def test_disagreement_inside_the_persona_is_shown(bakers: dict[str, Transcript], nurses: dict[str, Transcript]) -> None:
    everybody = {**bakers, **nurses}
    slow = insight("The oven is old and slow.", cited(bakers, "baker-1", "the oven is old and slow"))
    against = [
        Contradiction(**cited(everybody, name, words).model_dump(), against=slow.members[0], likeness=0.6)
        for name, words in (
            ("baker-3", "the bread is warm when people come"),
            ("nurse-0", "I care for twelve patients"),
        )
    ]

    found = portrait_of(bakers, nurses, slow.model_copy(update={"contradictions": tuple(against)}))

    (pain,) = [one for one in found.traits if one.kind == "pain"]
    assert [one.text for one in pain.against] == ["the bread is warm when people come"]


def test_the_words_are_those_the_others_do_not_use(
    bakers: dict[str, Transcript], nurses: dict[str, Transcript]
) -> None:
    words = {one.word for one in portrait_of(bakers, nurses).words}

    assert {"bread", "oven", "dough"} <= words
    assert not words & {"patients", "ward", "medication"}


def test_the_name_follows_from_the_id_and_is_nobodys(make: Make, bakers: dict[str, Transcript]) -> None:
    name = portrait_of(bakers, {}).name
    assert name == portrait_of(bakers, {}).name

    said = portrait_of(bakers, {"o": make("Q: Who helps?", f"P: My colleague {name} does the accounts.")}).name

    assert said != name
    assert portrait_of(bakers, {}, taken=(name,)).name == said
    assert len({portrait_of(bakers, {}, persona_id=f"p-{at}").name for at in range(8)}) > 4


def test_a_korean_name_is_not_taken_where_a_particle_follows_it(make: Make) -> None:
    members = interviews(make, BAKERS_KO, "빵집", "ko")
    name = portrait_of(members, {}, language="ko").name

    other = {"o": make(f"P: {name}이가 도와줘요.", language="ko")}

    assert portrait_of(members, other, language="ko").name != name


def test_the_order_of_interviews_leaves_no_trace(bakers: dict[str, Transcript], nurses: dict[str, Transcript]) -> None:
    turned = portrait_of(dict(reversed(bakers.items())), dict(reversed(nurses.items())))

    assert turned == portrait_of(bakers, nurses)


def test_a_persona_without_interviews_says_nothing() -> None:
    found = portrait_of({}, {})

    assert (found.traits, found.words, found.summary, found.medoid, found.participants) == ((), (), "", None, 0)
    assert found.name
