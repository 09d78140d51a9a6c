"""Whatever a file holds, turns are slices of the text and cues lie within their turns."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona_lab.errors import TranscriptError
from persona_lab.transcripts import read_transcript
from tests.support.layouts import LAYOUTS, Said

PIECES = [*"ab한글 .?[]{}#👩\u200d\u0301e-\t각", "\r\n", "\n", "[00:12:03]", "[Needs] ", "#0:01:02#", " --> ", "a: "]
WORDS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=30).map("".join)
NAMES = st.sampled_from(["Jane Doe", "김민수", "Ζωή", "นภา", "e\u0301lise", "Participant", "참석자 1"])
TURNS = st.lists(st.builds(Said, NAMES, WORDS), min_size=1, max_size=10)
# Documents can't hold every character; their lines go through the same reader as those of text.
WRITTEN = [
    name for name, layout in LAYOUTS.items() if layout.ending in {".txt", ".md", ".vtt", ".srt", ".json", ".csv"}
]


def check(transcript):
    end = 0
    for index, turn in enumerate(transcript.turns):
        assert turn.index == index
        assert transcript.text[turn.start : turn.end] == turn.text
        assert turn.text == turn.text.strip() != ""
        assert end <= turn.start
        end = turn.end
        place = turn.start
        for cue in turn.cues:
            assert place <= cue.start < cue.end <= turn.end
            assert cue.until is None or cue.until >= 0
            place = cue.end


@pytest.mark.parametrize("name", WRITTEN)
@settings(max_examples=40)
@given(turns=TURNS)
def test_every_turn_is_a_slice_and_every_cue_lies_in_its_turn(name, turns):
    raw = LAYOUTS[name].write(turns)
    try:
        transcript = read_transcript(raw, f"talk{LAYOUTS[name].ending}")
    except TranscriptError:
        return
    assert "\0" not in transcript.text
    check(transcript)
    if LAYOUTS[name].ending == ".md":
        assert transcript.text == raw.decode()
