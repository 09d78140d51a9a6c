import json

import pytest

from persona_lab.errors import NoSpeech, UnreadableText
from persona_lab.transcripts import read_transcript


def read(document, columns=None):
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    return read_transcript(raw, "kim.json", columns)


def said(document):
    return [(turn.speaker, turn.text, turn.time) for turn in read(document).turns]


KIM_AND_LEE = [("Kim", "Is it slow?", 0.5), ("Lee", "Yes, it is.", 2.0)]


def test_a_podcasts_transcript_is_read():
    segments = [
        {"speaker": "Kim", "startTime": 0.5, "endTime": 1.0, "body": "Is it"},
        {"speaker": "Kim", "startTime": 1.0, "endTime": 1.5, "body": "slow?"},
        {"speaker": "Lee", "startTime": 2.0, "endTime": 3.5, "body": "Yes, it is."},
    ]
    document = {"version": "1.0.0", "segments": segments}
    assert said(document) == KIM_AND_LEE
    turn = read(document).turns[0]
    assert [(turn.text[cue.start - 5 : cue.end - 5], cue.time, cue.until) for cue in turn.cues] == [
        ("Is it", 0.5, 1.0),
        ("slow?", 1.0, 1.5),
    ]


def test_whispers_segments_become_paragraphs_where_nobody_is_named():
    words = [{"word": "slow", "start": 0, "end": 1}]
    segments = [
        {"id": 0, "start": 0.0, "end": 2.0, "text": " It is slow", "words": words},
        {"id": 1, "start": 2.0, "end": 3.0, "text": " and dull."},
        {"id": 2, "start": 9.0, "end": 9.5, "text": " I left."},
    ]
    assert said({"text": " It is slow and dull. I left.", "segments": segments, "language": "en"}) == [
        (None, "It is slow and dull.", 0.0),
        (None, "I left.", 9.0),
    ]


def test_otters_speakers_are_named_and_its_samples_are_seconds():
    document = {
        "speakers": [{"id": 7, "speaker_name": "Kim"}],
        "transcripts": [
            {"speaker_id": 7, "start_offset": 8000, "end_offset": 24000, "transcript": "Is it slow?"},
            {
                "speaker_id": None,
                "speaker_model_label": "2",
                "start_offset": 32000,
                "end_offset": 48000,
                "transcript": "Yes.",
            },
        ],
    }
    assert said(document) == [("Kim", "Is it slow?", 0.5), ("Speaker 2", "Yes.", 2.0)]


def test_utterances_are_preferred_to_their_words_and_milliseconds_are_told():
    def utterance(speaker, start, text):
        words = [{"text": word, "start": start, "end": start + 400, "speaker": speaker} for word in text.split()]
        return {"speaker": speaker, "start": start, "end": start + 1500, "text": text, "words": words}

    assert (
        said({"utterances": [utterance("Kim", 500, "Is it slow?"), utterance("Lee", 2000, "Yes, it is.")]})
        == KIM_AND_LEE
    )


def test_a_speaker_may_be_an_object_or_a_number():
    assert said([{"speaker": {"label": "1", "name": "Kim"}, "text": "Slow?"}, {"speaker": 0, "text": "Yes."}]) == [
        ("Kim", "Slow?", None),
        ("Speaker 0", "Yes.", None),
    ]


def test_revs_monologues_are_put_together():
    elements = [{"type": "text", "value": "Is"}, {"type": "punct", "value": " "}, {"type": "text", "value": "it?"}]
    assert said({"monologues": [{"speaker": 0, "elements": elements}]}) == [("Speaker 0", "Is it?", None)]


def test_one_object_a_line_is_read():
    assert said(b'{"speaker": "Kim", "text": "Slow?"}\n\n{"speaker": "Lee", "text": "Yes."}\n') == [
        ("Kim", "Slow?", None),
        ("Lee", "Yes.", None),
    ]


def test_a_transcript_in_one_string_is_read_as_text():
    assert said({"transcript": "Interviewer: Slow?\nParticipant: Yes."})[1] == ("Participant", "Yes.", None)


def test_keys_can_be_named():
    transcript = read([{"wer": "Kim", "was": "Ja", "text": "x"}], {"speaker": "wer", "text": "was"})
    assert transcript.text == "Kim: Ja\n"


def test_keys_that_are_not_there_are_told():
    with pytest.raises(UnreadableText) as error:
        read([{"text": "a"}], {"text": "was"})
    assert error.value.message == "kim.json: it has no list whose items have was."


def test_half_characters_and_zero_bytes_do_not_reach_the_text():
    assert read(rb'[{"speaker": "K\u0000im", "text": "a\ud800b \ud83d\ude00"}]').text == "Kim: ab 😀\n"


@pytest.mark.parametrize("time", ["-1", "1e999", "NaN", "true", '"later"', "99999999999999"])
def test_an_absurd_time_is_none(time):
    assert read(f'[{{"speaker": "Kim", "start": {time}, "text": "Yes."}}]'.encode()).turns[0].time is None


def test_json_without_speech_is_told():
    with pytest.raises(NoSpeech) as error:
        read({"settings": [{"colour": "red"}]})
    assert error.value.message == (
        "kim.json: it is JSON, but no list in it has items with a text. Export it as .txt, .vtt or .srt."
    )


def test_json_that_is_cut_off_is_told_where():
    with pytest.raises(UnreadableText) as error:
        read(b'{"segments": [\n{"text": "a"')
    assert error.value.message == ("kim.json: it is no JSON or is cut off (line 2). Export it again, or name it .txt.")


@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"a":' * 100_000])
def test_json_nested_without_end_is_refused(raw):
    with pytest.raises(UnreadableText) as error:
        read(raw)
    assert error.value.message == "kim.json: it is nested too deeply. Save the transcript as .txt."
