"""A redacted text leads back to what was said, letter by letter."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from persona_lab.models import PrivateKind
from persona_lab.transcripts.redaction import Find, Redacted, Restoring, apart, restore, scan_texts, with_names, word

PRIVATE = (
    ("김민지 씨는", "김민지"),
    ("010-1234-5678", "010-1234-5678"),
    ("minji.kim@naver.com", "minji.kim@naver.com"),
    ("900101-1234568", "900101-1234568"),
    ("My name is Sarah Chen.", "Sarah Chen"),
    ("4111-1111-1111-1111", "4111-1111-1111-1111"),
    ("서울시 강남구 테헤란로 152", "서울시 강남구 테헤란로 152"),
    ("[이름1]", "[이름1]"),
)
ORDINARY = ("결제가 느려요", "2024년", "😀", "e\u0301", "\r\n", "It costs $5.", "[", "]", "결국 ", "name", "1]")


def redacted(text: str) -> Redacted:
    (found,) = scan_texts([text])
    numbers: dict[tuple[PrivateKind, str], str] = {}
    for find in found.finds:
        numbers.setdefault((find.kind, find.key), f"[{word(find.kind, 'ko')}{len(numbers) + 1}]")
    return Redacted.of(text, found.finds, numbers)


texts = st.lists(st.sampled_from([*(said for said, _ in PRIVATE), *ORDINARY]), min_size=1, max_size=8).map(" ".join)


# The Korean model takes seconds to load.
@settings(deadline=None)
@given(texts)
def test_what_was_hidden_comes_back_whole(text: str) -> None:
    assert redacted(text).raw == text


# The Korean model takes seconds to load.
@settings(deadline=None)
@given(texts)
def test_nothing_that_was_hidden_is_left(text: str) -> None:
    hidden = redacted(text)
    for said, private in PRIVATE:
        if said in text and private != "[이름1]":
            assert private not in hidden.text


@given(
    st.text(alphabet="ab가😀\n[1]", max_size=40),
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 6)), max_size=6),
    st.data(),
)
def test_any_span_leads_back_to_the_words_it_shows(
    text: str, places: list[tuple[int, int]], data: st.DataObject
) -> None:
    finds = apart(
        Find(start, min(start + length, len(text)), "name", str(n)) for n, (start, length) in enumerate(places)
    )
    hidden = Redacted.of(text, finds, {("name", find.key): f"[이름{find.key}]" for find in finds})
    assert hidden.raw == text
    start = data.draw(st.integers(0, len(hidden.text)))
    end = data.draw(st.integers(start, len(hidden.text)))
    first, last = hidden.to_raw(start, end)
    assert 0 <= first <= last <= len(text)
    # Seen from the raw side the same span is there again, with the pseudonyms it cut.
    around = hidden.to_redacted(first, last)
    if end > start:
        assert around[0] <= start
        assert end <= around[1]
        assert hidden.part(first, last).raw == text[first:last]
    for one in hidden.hidden:
        assert last <= one.raw_start or first >= one.raw_end or (first <= one.raw_start and one.raw_end <= last)


def test_a_span_beside_a_pseudonym_does_not_take_it_in() -> None:
    hidden = Redacted.of("a김민지b", [Find(1, 4, "name", "김민지")], {("name", "김민지"): "[이름1]"})
    assert hidden.text == "a[이름1]b"
    assert hidden.to_raw(0, 1) == (0, 1)
    assert hidden.to_raw(6, 7) == (4, 5)
    assert hidden.to_raw(3, 4) == (1, 4)
    assert hidden.to_redacted(0, 1) == (0, 1)
    assert hidden.to_redacted(2, 3) == (1, 6)


def test_two_pseudonyms_in_a_row_stay_two() -> None:
    finds = [Find(0, 2, "name", "a"), Find(2, 4, "phone", "b")]
    hidden = Redacted.of("abcd", finds, {("name", "a"): "[이름1]", ("phone", "b"): "[전화1]"})
    assert hidden.to_raw(0, 5) == (0, 2)
    assert hidden.to_raw(5, 10) == (2, 4)
    assert hidden.part(2, 4).text == "[전화1]"


ORIGINALS = {"[이름1]": "김민지", "[Name12]": "Sarah Chen", "[전화1]": "010-1234-5678"}


@given(
    st.lists(st.sampled_from([*ORIGINALS, "[이름2]", "[1]", "[", "이름1]", "그래서 ", "[Na", "x"]), max_size=12),
    st.randoms(use_true_random=False),
)
def test_an_answer_in_pieces_is_restored_as_if_it_came_whole(parts: list[str], cutting: random.Random) -> None:
    text = "".join(parts)
    cuts = sorted(cutting.randrange(len(text) + 1) for _ in range(cutting.randrange(8)))
    restoring = Restoring(ORIGINALS)
    pieces = [restoring.take(text[start:end]) for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert "".join([*pieces, restoring.end()]) == restore(text, ORIGINALS)


def test_what_cannot_become_a_pseudonym_is_not_held_back() -> None:
    restoring = Restoring(ORIGINALS)
    assert restoring.take("see [1") == "see [1"
    assert restoring.take("] and [이") == "] and "
    assert restoring.take("름1] says") == "김민지 says"


def test_a_pseudonym_that_stood_in_the_file_already_is_not_mistaken_for_ours() -> None:
    hidden = redacted("[이름1] 님과 김민지 씨가 왔어요.")
    assert "[이름1]" not in hidden.text or hidden.text.index("[이름") != 0
    assert hidden.raw == "[이름1] 님과 김민지 씨가 왔어요."
    assert restore(hidden.text, {one.pseudonym: one.original for one in hidden.hidden}) == hidden.raw


def test_somebody_known_from_another_interview_is_found_without_any_sign() -> None:
    text = "어제는 표도르민지우랑 Zorblatt Quux 얘기만 했죠, 김민지 없이."
    (found,) = scan_texts(["아무 말"])
    finds = with_names(text, found.finds, ["Zorblatt Quux", "김민지"])
    assert [text[find.start : find.end] for find in finds] == ["Zorblatt Quux", "김민지"]
