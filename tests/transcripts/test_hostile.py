"""Whatever the bytes: a Transcript whose turns are slices of its text, or a TranscriptError. Nothing else."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from persona_lab.errors import TranscriptError
from persona_lab.samples import paths
from persona_lab.transcripts import FORMATS, check, read_transcript

SAMPLES = [(path.name, path.read_bytes()) for path in paths()]


def survives(raw, filename):
    try:
        transcript = read_transcript(raw, filename)
    except TranscriptError:
        return
    assert check(raw, filename) == transcript.format
    assert all(transcript.text[turn.start : turn.end] == turn.text for turn in transcript.turns)
    transcript.model_dump_json()


@given(st.binary(max_size=400), st.sampled_from(list(FORMATS)))
def test_any_bytes_under_any_known_ending(raw, ending):
    survives(raw, f"kim{ending}")


@given(st.binary(max_size=20), st.text(max_size=30))
def test_any_name(raw, filename):
    survives(raw, filename)


@given(st.text(max_size=300), st.sampled_from([".txt", ".md", ".vtt", ".srt"]))
def test_any_text(text, ending):
    survives(text.encode("utf-8", "replace"), f"kim{ending}")


CUE_PARTS = st.sampled_from(
    [
        "WEBVTT",
        "\n",
        "\n\n",
        "00:01.000 --> 00:02.000",
        "-->",
        "1",
        "<v Kim>",
        "</v>",
        "<v >",
        "<c>",
        "&#0;",
        "Kim: ",
        "NOTE",
        "a",
    ]
)


@given(st.lists(CUE_PARTS, max_size=30), st.sampled_from([".vtt", ".srt"]))
def test_any_order_of_caption_parts(parts, ending):
    survives("".join(parts).encode(), f"kim{ending}")


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(st.data())
def test_a_real_file_with_damage(data):
    filename, raw = data.draw(st.sampled_from(SAMPLES))
    damaged = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=10))
    survives(bytes(damaged), filename)


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 200_000,
        "a" + " " * 500_000,
        "User: " * 50_000,
        "[" * 300_000,
        "* " * 200_000,
        "User:\n" * 50_000,
        "a:b" * 100_000,
        ("a" + " " * 98 + "\n") * 3_000,
        "<v " * 100_000,
        "Kim - " * 100_000,
    ],
)
def test_a_monotonous_file_is_read_in_good_time(text):
    """Patterns that look back and forth would take minutes here."""
    survives((text + "x").encode(), "kim.txt")
    survives((text + "\n00:01.000 --> 00:02.000\nx").encode(), "kim.vtt")
