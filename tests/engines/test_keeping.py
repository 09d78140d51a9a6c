"""What is kept of an interview that is redacted before storage."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest

from persona_lab.engines import keeping
from persona_lab.engines.base import UNTOLD, Alone, Context, Run
from persona_lab.engines.redacting.engine import guarded
from persona_lab.engines.redacting.scans import Scans
from persona_lab.models import Analysis, Citation, Delta, Message, Passage, Provenance, Transcript, Voice
from persona_lab.transcripts import read_transcript
from tests.support.hiding import Direct, Map

PRIVATE = ("홍길동", "박서준", "서준", "김민지", "민지", "Sarah", "Chen", "010-1234-5678", "415-555-0132", "@")
KOREAN = (
    "면담자: 홍길동\r\n장소: 서울시 강남구 테헤란로 152\r\n\r\n"
    "홍길동: 자기소개 부탁드려요. 😀\r\n"
    "박서준: 저는 박서준이고 김민지 씨랑 일해요. 결제가 너무 느려서 민지 씨가 화를 냈어요.\r\n"
    "홍길동: 연락은 어떻게 하세요?\r\n"
    "박서준: [불편] 010-1234-5678이나 minji@naver.com으로요.\r\n"
)
CAPTIONS = """WEBVTT

00:00:01.000 --> 00:00:03.000
Interviewer: Who helped you?

00:00:03.000 --> 00:00:05.000
Sarah Chen: Call me, I am Sarah

00:00:05.000 --> 00:00:08.000
Sarah Chen: Chen, on 415-555-0132. It is slow.

00:00:08.000 --> 00:00:09.000
Interviewer: And?

00:00:09.000 --> 00:00:12.000
Sarah Chen: Slow. Write to sarah.chen@example.org.
"""
CODED = (
    "Interviewer: What is bad?\nSarah Chen: [Pain Point] The form.\n"
    "Interviewer: And?\nSarah Chen: [Needs] Call [Name1] or me.\n"
)


@pytest.fixture
def pseudonyms() -> Map:
    return Map()


@pytest.fixture
def scans() -> Scans:
    return Scans(Direct())


@pytest.mark.parametrize(("text", "name"), [(KOREAN, "a.txt"), (CAPTIONS, "a.vtt"), (CODED, "a.txt")])
def test_nothing_of_the_original_is_in_it_and_every_offset_is_right(
    text: str, name: str, scans: Scans, pseudonyms: Map
) -> None:
    raw = read_transcript(text.encode(), name)
    kept = keeping.redacted(raw, scans, pseudonyms)
    written = kept.model_dump_json()
    assert [private for private in PRIVATE if private in written] == []
    assert [kept.text[turn.start : turn.end] for turn in kept.turns] == [turn.text for turn in kept.turns]
    for before, turn in zip(raw.turns, kept.turns, strict=True):
        assert (turn.role, turn.time, turn.codes) == (before.role, before.time, before.codes)
        assert [(cue.time, cue.until) for cue in turn.cues] == [(cue.time, cue.until) for cue in before.cues]
        places = [place for cue in turn.cues for place in (cue.start, cue.end)]
        assert places == sorted(places)
        assert all(turn.start <= place <= turn.end for place in places)


def test_what_says_how_the_file_was_read_stays_and_one_remark_counts(scans: Scans, pseudonyms: Map) -> None:
    raw = read_transcript(KOREAN.encode(), "a.txt")
    kept = keeping.redacted(raw, scans, pseudonyms)
    same = {"sha256", "format", "encoding", "certainty", "language", "repair"}
    assert kept.model_dump(include=same) == raw.model_dump(include=same)
    assert kept.remarks == (*raw.remarks, "Personal details were replaced before storage: 11 in all.")
    assert kept.metadata == {"면담자": "[이름1]", "장소": "[주소1]"}
    assert [turn.speaker for turn in kept.turns] == ["[이름1]", "[이름2]"] * 2
    assert kept.turns[1].text == "저는 [이름2]이고 [이름3] 씨랑 일해요. 결제가 너무 느려서 [이름3] 씨가 화를 냈어요."


def test_what_looks_like_a_pseudonym_in_a_file_is_not_taken_for_one(scans: Scans, pseudonyms: Map) -> None:
    kept = keeping.redacted(read_transcript(CODED.encode(), "a.txt"), scans, pseudonyms)
    assert kept.turns[3].text.endswith("Call [Mark1] or me.")
    assert kept.turns[3].speaker == "[Name1]"
    assert kept.remarks == ("Personal details were replaced before storage: 2 in all.",)


class Distant:
    """An engine over the network that keeps what it got and speaks of everybody whom it saw."""

    name, model, prompt_hash = "distant", "m", "p"
    is_remote = True

    def __init__(self) -> None:
        self.got = ""

    def analyse(self, transcript: Transcript, context: Context, run: Run) -> Analysis:
        self.got += transcript.text + context.purpose
        made = Provenance(engine="distant", model="m", prompt_hash="p", transcript_sha256="", run_id=run.id)
        return Analysis(language="en", summary=self.got, provenance=made)

    async def answer(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Message],
        voice: Voice | None = None,
        context: Context = UNTOLD,
    ) -> AsyncGenerator[Delta | Citation]:
        yield Delta(text=f"{question} {passages[0].speaker} in {passages[0].interview_title}")


def test_an_engine_over_the_network_sees_the_same_pseudonyms_and_nothing_is_put_back(
    scans: Scans, pseudonyms: Map
) -> None:
    kept = keeping.redacted(read_transcript(CAPTIONS.encode(), "a.vtt"), scans, pseudonyms)
    inner = Distant()
    engine = guarded(inner, "storage", scans=scans, pseudonyms=pseudonyms, transcript_of=lambda _id: kept)
    found = engine.analyse(kept, Context(purpose="Why did Sarah Chen leave?"), Alone("1"))
    assert found.summary == inner.got == kept.text + "Why did [Name1] leave?"
    turn = kept.turns[1]
    passage = Passage(
        interview_id="a", interview_title="Pilot", turn=1, speaker=turn.speaker, role=turn.role, text=turn.text,
        start=turn.start, score=1.0,
    )  # fmt: skip

    async def answered() -> str:
        said = [part async for part in engine.answer("What of Sarah Chen, [Name1]?", [passage], [])]
        return "".join(part.text for part in said if part.type == "delta")

    assert asyncio.run(answered()) == "What of [Name1], [Name1]? [Name1] in Pilot"
