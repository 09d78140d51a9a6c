"""Whatever the bytes: a Transcript whose turns are slices of its text, or a TranscriptError. Nothing else."""

import re
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from persona_lab.errors import TranscriptError
from persona_lab.samples import paths
from persona_lab.transcripts import FORMATS, check, read_transcript
from tests.support.damage import damaged as wounded
from tests.support.files import hwp_of, of_every_kind, rtf_of, word_of

VALID = of_every_kind()
SAMPLES = [(path.name, path.read_bytes()) for path in paths()]


def survives(raw, filename):
    transcript, refusal = outcome(raw, filename)
    if transcript is None:
        # A sentence, and nothing of the machinery.
        assert refusal.endswith(".")
        assert not re.search(r"Error|Exception|Traceback", refusal)
        return
    assert check(raw, filename) == transcript.format
    assert all(transcript.text[turn.start : turn.end] == turn.text for turn in transcript.turns)
    transcript.model_dump_json()


def outcome(raw, filename):
    try:
        return read_transcript(raw, filename), ""
    except TranscriptError as error:
        return None, error.message


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


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=150)
@given(st.sampled_from(list(VALID)), st.integers(0, 2**32))
def test_a_damaged_file_of_every_kind(ending, seed):
    """`tests/benchmarks/fuzz_transcripts.py` does the same by the hundred thousand."""
    random = Random(seed)  # noqa: S311 - hypothesis shows the seed of what fails
    survives(wounded(VALID[ending], ending, random), f"kim{ending}")


@pytest.mark.parametrize(
    ("filename", "raw"),
    [
        ("kim.rtf", rtf_of("{" * 500_000)),
        ("kim.rtf", rtf_of("}" * 500_000)),
        ("kim.rtf", rtf_of(r"\'b0" * 200_000)),
        ("kim.rtf", rtf_of(r'{\field{\*\fldinst{ HYPERLINK "x"' * 20_000)),
        ("kim.html", b"<div>" * 100_000),
        ("kim.html", b"<!--" * 100_000),
        ("kim.html", b"<p " + b"a=b " * 200_000),
        ("kim.html", b"<table><tr>" + b"<td>" * 100_000),
        ("kim.csv", b'"' * 500_000),
        ("kim.csv", b"speaker,text\n" + b'",' * 200_000),
        ("kim.csv", b"," * 1_000_000),
        ("kim.json", b"[" * 500_000),
        ("kim.json", b'{"a":' * 200_000),
        ("kim.json", b"[" + b'[{"text":"a"}],' * 50_000 + b"1]"),
        ("kim.sbv", b" " * 500_000 + b"0:00:00.000,0:00:01.000\na"),
        ("kim.docx", word_of("<w:p>" * 50_000)),
        ("kim.docx", word_of("<w:p/>" * 200_000)),
        ("kim.hwp", hwp_of(section=bytes(100_000))),
        ("kim.hwp", hwp_of(section=b"\x42\0\0\0\x43\x04\x10\0\x0b" * 1_000)),
        ("kim.pdf", b"%PDF-1.4\n" + b"1 0 obj " * 100_000),
        ("kim.pdf", b"%PDF-1.4\n" + b"<<" * 100_000 + b"startxref\n9\n%%EOF"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_monotonous_file_of_another_kind_is_read_in_good_time(filename, raw):
    survives(raw, filename)


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
