from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from persona_lab.engines.personas.portraits import Basis, portray
from persona_lab.engines.personas.told import Told, told
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
    seed: str = "p-1",
    language: str = "en",
    taken: tuple[str, ...] = (),
) -> Portrait:
    runs = dict.fromkeys(members, "run")
    basis = Basis(seed, all_told(members), all_told(others), insights, {}, runs, taken)
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


def test_the_name_follows_from_the_seed_and_is_nobodys(make: Make, bakers: dict[str, Transcript]) -> None:
    name = portrait_of(bakers, {}).name
    assert name == portrait_of(bakers, {}).name

    said = portrait_of(bakers, {"o": make("Q: Who helps?", f"P: My colleague {name} does the accounts.")}).name

    assert said != name
    assert portrait_of(bakers, {}, taken=(name,)).name == said
    assert len({portrait_of(bakers, {}, seed=f"p-{at}").name for at in range(8)}) > 4


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


TESTERS = (
    "I open the Excel sheet. The AI is slow.",
    "My Excel sheet is long.",
    "The Excel sheet has an apron.",
)
SAILORS = ("The boat has a mast.", "I paint the boat in May.", "A boat needs the AI too.")


def test_the_title_names_what_many_of_its_people_speak_of_and_others_hardly_as_they_write_it(make: Make) -> None:
    own, other = interviews(make, TESTERS, "tester"), interviews(make, SAILORS, "sailor")

    assert portrait_of(own, other).title == "Sheet"
    # Of one alone is the apron, and of both sides the AI.
    assert portrait_of(own, other).summary.startswith("More than others they speak of sheet: “")


def test_who_is_compared_with_nobody_speaks_most_of_something(make: Make) -> None:
    texts = ("An AI reads the sheet.", "I ask the AI for a sheet.", "Some AI is in my phone.")
    found = portrait_of(interviews(make, texts, "tester"), {})

    assert found.title == "AI, sheet"
    assert found.summary.startswith("They speak most of AI and sheet: “")
    assert "others" not in found.summary


def test_where_no_word_sets_them_apart_the_title_says_so(make: Make) -> None:
    same = interviews(make, SAILORS, "sailor")

    assert portrait_of(same, interviews(make, SAILORS, "other")).title == "No word sets them apart"


def test_what_one_alone_says_is_told_as_one_voice_and_what_several_say_comes_first(
    bakers: dict[str, Transcript], nurses: dict[str, Transcript]
) -> None:
    slow = insight("The oven is slow.", cited(bakers, "baker-1", "the oven is old and slow"))
    both = insight(
        "The oven fails.",
        cited(bakers, "baker-1", "the oven is old and slow"),
        cited(bakers, "baker-3", "My oven burns the dough at the back."),
    )

    assert "One of 4 on what gets in the way: “the oven is old and slow”." in portrait_of(bakers, nurses, slow).summary
    assert "What gets in the way of 2 of 4: “the oven is old" in portrait_of(bakers, nurses, both).summary


def test_everybody_is_heard_before_anybody_is_heard_twice(make: Make) -> None:
    loud = " ".join(f"The {thing} is broken again." for thing in ("oven", "door", "lamp", "phone", "clock", "van"))
    people = interviews(make, (loud, "My back hurts at night."), "baker")
    pains = [cited(people, "baker-0", f"The {thing} is broken again.") for thing in ("oven", "door", "lamp", "phone")]
    found = portrait_of(
        people,
        {},
        *(insight(one.text, one).model_copy(update={"score": 9.0}) for one in pains),
        insight("My back hurts at night.", cited(people, "baker-1", "My back hurts at night.")),
    )

    told = [one.text for one in found.traits if one.kind == "pain"]
    assert told.index("My back hurts at night.") == 1


def test_what_is_asked_for_is_not_told_again_as_a_goal(bakers: dict[str, Transcript]) -> None:
    warm = "I want to make sure that the bread is warm when people come."
    need = insight(warm, cited(bakers, "baker-3", warm), kind="need")

    assert [one.kind for one in portrait_of(bakers, {}, need).traits if one.text == warm] == ["need"]


@pytest.mark.parametrize(
    "text",
    [
        "As a baker, it's critical that I stay up to date with the oven every day.",
        "I've always wanted to bake bread in a wooden oven.",
        "I usually feel tired of the dough when the shop opens.",
        "I should knead the dough every morning before the shop opens.",
    ],
)
def test_what_ought_to_be_and_what_is_felt_is_no_habit(make: Make, text: str) -> None:
    found = portrait_of({"one": make("Q: Yes?", f"P: {text}")}, {})

    assert [one.text for one in found.traits if one.kind == "behaviour"] == []
