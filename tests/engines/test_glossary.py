"""A study's own words: understood, kept together, written as the study writes them."""

import pytest

from persona_lab.engines import indexing
from persona_lab.engines.analysing import analysis
from persona_lab.engines.answering.answers import compose
from persona_lab.engines.base import Context
from persona_lab.engines.glossary import explained, spelled, together
from persona_lab.engines.language import terms
from persona_lab.engines.meaning import vectors
from persona_lab.engines.merging.keywords import Said, keywords
from persona_lab.engines.search import Index
from persona_lab.models import Citation, Delta
from persona_lab.models.glossary import Entry, entries, lines

GMV = ("GMV: gross merchandise value",)
NOTHING = [Delta(text="The interviews don't tell.")]


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("GMV: gross merchandise value", Entry("GMV", "gross merchandise value")),
        ("  GMV =  gross  merchandise value ", Entry("GMV", "gross merchandise value")),
        ("간편결제：비밀번호만으로 하는 결제", Entry("간편결제", "비밀번호만으로 하는 결제")),
        ("checkout flow - how one pays", Entry("checkout flow", "how one pays")),
        ("pay-later", Entry("pay-later", "")),
        ("ratio: 1:2", Entry("ratio", "1:2")),
    ],
)
def test_a_line_is_a_word_and_what_it_means(line: str, entry: Entry) -> None:
    assert entries([line]) == [entry]


def test_a_word_given_twice_means_what_was_said_last() -> None:
    assert entries(["GMV: this", " ", ": nothing", "gmv: that"]) == [Entry("gmv", "that")]
    assert lines({"GMV": "gross\nvalue", "PG": ""}) == ["GMV: gross value", "PG"]


def test_either_name_of_a_thing_leads_to_the_other() -> None:
    assert explained("What happened to our GMV?", GMV) == "gross merchandise value"
    assert explained("Did the gross value of merchandise fall?", GMV) == "GMV"
    assert explained("What about the value?", GMV) == ""
    assert explained("GMV가 왜 떨어졌나요?", ("GMV: 총 거래액",)) == "총 거래액"
    assert explained("GMVX fell", GMV) == ""


def test_an_answer_finds_who_says_it_by_its_other_name(make, passages) -> None:
    short = make("Q: How was the year?", "P: Honestly, GMV dropped sharply after the summer sale.")
    long = make("Q: And you?", "P: The gross merchandise value dropped for us sharply in autumn.")
    both = [*passages(short, "a"), *passages(long, "b")]
    for question in ("Why did GMV drop?", "Why did gross merchandise value drop?"):
        parts = compose(question, both, [], glossary=GMV)
        assert {part.quote.interview_id for part in parts if isinstance(part, Citation)} == {"a", "b"}
    # Without the glossary only who says the word itself is heard.
    alone = compose("What about GMV?", passages(long, "b"), [])
    assert alone == NOTHING
    assert compose("What about GMV?", passages(long, "b"), [], glossary=GMV) != NOTHING


def test_a_search_finds_who_says_it_by_its_other_name() -> None:
    said = ["We lost a lot of gross merchandise value that year.", "The office moved to another street that year."]
    index = Index()
    nothing = vectors.unpacked(b"")
    index.add("i", [terms(text, "en") for text in said], nothing, ["P", "P"])
    for glossary, found in ((GMV, [0]), ((), [])):
        query = indexing.asked("What became of GMV?", [], glossary).query._replace(meaning=b"")
        assert [turn for _, turn, _ in index.search(query, 5)] == found


def test_keywords_keep_a_word_of_several_parts_in_one_piece() -> None:
    english = "The checkout flow is slow. I hate the Checkout Flows, and the checkout."
    korean = "간편결제가 안 돼요. 간편 결제를 자꾸 다시 등록하래요. 결제창도 느려요."
    said = [
        Said("a", "P", "en", terms(english, "en"), english),
        Said("b", "P", "ko", terms(korean, "ko"), korean),
    ]
    plain = {word.word: word.count for word in keywords(said, 50)}
    assert plain["flow"] == 2
    assert "checkout flow" not in plain
    kept = {word.word: word.count for word in keywords(said, 50, ("checkout flow: how one pays", "간편결제"))}
    assert kept["checkout flow"] == 2
    assert kept["checkout"] == 1
    assert "flow" not in kept
    assert plain["간편"] == 2
    assert kept["간편결제"] == 2
    assert "간편" not in kept


def test_the_longer_of_two_words_is_kept() -> None:
    text = "The card form field is tiny, the card form is not."
    kept = together(text, terms(text, "en"), ("card form", "card form field"))
    assert sorted(word for word in kept if " " in word) == ["card form", "card form field"]
    assert "card" not in kept


def test_a_word_is_written_as_the_glossary_has_it() -> None:
    assert spelled("Can we lift gmv and our gmvs, not GMVX?", GMV) == "Can we lift GMV and our GMVs, not GMVX?"
    assert spelled("간편 결제가 느림", ("간편결제",)) == "간편결제가 느림"
    assert spelled("회사 과정, 회사과장", ("사과",)) == "회사 과정, 회사과장"


def test_sections_and_questions_of_an_analysis_are_written_so(make) -> None:
    transcript = make(
        "Q: What about the gmv report?",
        "P: The gmv report is really frustrating. I wait for the gmv report every single Monday.",
        "Q: And the gmv report after that?",
        "P: I wish the gmv report would simply load, because the gmv report is slow for all of us.",
    )
    told = analysis.analyse(transcript, Context(glossary=("GMV: gross merchandise value",)), run_id="r")
    written = " ".join([*(one.name for one in told.sections), *(one.text for one in told.how_might_we)])
    assert "GMV" in written
    assert "gmv" not in written.replace("GMV", "")
    untold = analysis.analyse(transcript, Context(), run_id="r")
    assert "GMV" not in " ".join(one.name for one in untold.sections)
    # What was said stays as it was said.
    assert all(quote.text in transcript.text for one in told.insights for quote in one.quotes)
