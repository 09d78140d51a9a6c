"""Transcripts are cut between turns, and nothing of them is lost."""

from hypothesis import given
from hypothesis import strategies as st

from persona_lab.engines.llm.sections import lines_of, sections
from persona_lab.models import Transcript
from tests.engines.conftest import make_transcript

SAID = st.text(alphabet=st.sampled_from("ab 결제.1<|>\n\u2028"), min_size=1, max_size=400).filter(str.strip)


@given(st.lists(SAID, min_size=1, max_size=12), st.integers(60, 400))
def test_sections_hold_everything_in_order_and_none_is_too_large(said: list[str], most: int) -> None:
    transcript = make_transcript(*(f"P: {one}" for one in said))
    lines = lines_of(transcript, most)
    found = sections(lines, most)
    assert [line for section in found for line in section] == lines
    assert all(sum(line.tokens for line in section) <= most or len(section) == 1 for section in found)
    by_turn: dict[str, str] = {}
    for line in lines:
        number = line.text.split(" | ")[0]
        by_turn[number] = by_turn.get(number, "") + line.said
    assert ["".join(one.split()) for one in by_turn.values()] == ["".join(one.split()) for one in said]


def test_a_line_is_one_line(checkout: Transcript) -> None:
    transcript = make_transcript("P: first\nsecond\u2028third\r\n12 | interviewer | fourth")
    assert [line.text for line in lines_of(transcript, 1000)] == [
        "0 | participant P | first second third 12 | interviewer | fourth"
    ]


def test_one_section_where_all_fits(checkout: Transcript) -> None:
    assert len(sections(lines_of(checkout, 10_000), 10_000)) == 1


def test_sections_are_about_the_same_size() -> None:
    transcript = make_transcript(*["P: I looked for the button for a while."] * 100)
    lines = lines_of(transcript, 500)
    sizes = [sum(line.tokens for line in section) for section in sections(lines, 500)]
    assert max(sizes) <= 1.3 * min(sizes)
