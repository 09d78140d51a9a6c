"""What an engine that goes over the network gets to see, and how what it says comes back."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any

import pytest

from persona_lab.engines.answering.conversing import talk_of
from persona_lab.engines.base import UNTOLD, Alone, Context, Run
from persona_lab.engines.redacting.engine import Redacting, guarded
from persona_lab.engines.redacting.scans import Scans
from persona_lab.models import (
    Analysis,
    ChatMessage,
    Citation,
    CitedQuote,
    Conversation,
    Delta,
    Finding,
    HowMightWe,
    Insight,
    LeadingQuestion,
    MainTopic,
    Message,
    MindMap,
    MindMapItem,
    Passage,
    PersonaTrait,
    Portrait,
    Provenance,
    Quality,
    QualityReason,
    Quote,
    Section,
    Session,
    Subtopic,
    Summary,
    Trait,
    Transcript,
    Voice,
)
from persona_lab.transcripts import read_transcript
from tests.support import making, talking
from tests.support.hiding import Direct, Map

PRIVATE = (
    "김민지",
    "민지",
    "박서준",
    "서준",
    "Sarah",
    "Chen",
    "010-1234-5678",
    "01012345678",
    "minji.kim@naver.com",
    "900101-1234568",
    "테헤란로",
    "152",
    "홍길동",
)
KOREAN = (
    "면담자: 홍길동\n\n"
    "홍길동: 자기소개 부탁드려요.\n"
    "박서준: 저는 박서준입니다. 김민지 씨랑 서울시 강남구 테헤란로 152에서 일해요. "
    "결제가 너무 느려서 민지 씨가 화를 냈어요.\n"
    "홍길동: 연락은 어떻게 하세요?\n"
    "박서준: 010-1234-5678이나 minji.kim@naver.com으로요. 주민번호 900101-1234568을 적으라는 게 제일 싫어요.\n"
)
ENGLISH = (
    "Interviewer: Who helped you?\n"
    "Sarah Chen: I called 김민지 at 010-1234-5678. Sarah from sales is somebody else.\n"
    "Interviewer: And then?\n"
    "Sarah Chen: It worked.\n"
)


class Distant:
    """An engine over the network that keeps what it got, and says what it is told to."""

    name, model, prompt_hash = "distant", "m", "p"
    is_remote = True

    def __init__(self) -> None:
        self.got: list[str] = []
        self.seen: Transcript | None = None
        self.told: Context | None = None
        self.analysis: Callable[[Transcript], dict[str, Any]] = lambda _seen: {}
        self.parts: Callable[[Sequence[Passage]], list[Delta | Citation]] = lambda _passages: []

    def analyse(self, transcript: Transcript, context: Context, run: Run) -> Analysis:
        self.got += [transcript.model_dump_json(), context.model_dump_json()]
        self.seen, self.told = transcript, context
        made = Provenance(
            engine="distant", model="m", prompt_hash="p", transcript_sha256=transcript.sha256, run_id=run.id
        )
        said = {"summary": "", **self.analysis(transcript)}
        return Analysis(language=transcript.language, provenance=made, **said)

    def mind_map(self, conversation: Conversation, messages: Sequence[ChatMessage], run: Run) -> MindMap:
        # An offset may happen to be a house number.
        offsets = {"citations": {"__all__": {"quote": {"start", "end"}}}}
        self.got += [conversation.model_dump_json(), *(one.model_dump_json(exclude=offsets) for one in messages)]
        said = talk_of(messages).said
        items = tuple(MindMapItem(content=one.text, quote=one.quotes[0]) for one in said)
        topic = MainTopic(id="", title="All", subtopics=(Subtopic(title="All", items=items),))
        return MindMap(title=conversation.title, root="", topics=(topic,), messages=len(messages))

    async def answer(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Message],
        voice: Voice | None = None,
        context: Context = UNTOLD,
    ) -> AsyncGenerator[Delta | Citation]:
        self.got += [question, *(one.model_dump_json() for one in [*passages, *history])]
        self.got += [voice.model_dump_json()] if voice else []
        self.got += [context.model_dump_json()]
        for part in self.parts(passages):
            yield part


def read(text: str, name: str = "interview.txt") -> Transcript:
    return read_transcript(text.encode(), name)


def passages_of(transcript: Transcript, interview_id: str) -> list[Passage]:
    return [
        Passage(
            interview_id=interview_id,
            interview_title=f"{turn.speaker}, 34",
            turn=turn.index,
            speaker=turn.speaker,
            role=turn.role,
            text=turn.text,
            start=turn.start,
            score=1.0,
        )
        for turn in transcript.turns
    ]


INTERVIEWS = {"ko": read(KOREAN), "en": read(ENGLISH)}


@pytest.fixture
def inner() -> Distant:
    return Distant()


@pytest.fixture
def pseudonyms() -> Map:
    return Map()


@pytest.fixture
def engine(inner: Distant, pseudonyms: Map) -> Redacting:
    scans = Scans(Direct())
    made = guarded(inner, "network", scans=scans, pseudonyms=pseudonyms, transcript_of=INTERVIEWS.__getitem__)
    assert isinstance(made, Redacting)
    return made


def answer(engine: Redacting, question: str, passages: Sequence[Passage], *history: Message) -> list[Delta | Citation]:
    async def collect() -> list[Delta | Citation]:
        return [part async for part in engine.answer(question, passages, history)]

    return asyncio.run(collect())


CONTEXT = Context(
    purpose="박서준 씨와 Sarah Chen에게 왜 떠나는지 묻는다",
    audience="010-1234-5678",
    company="가상회사",
    sections=("도입", "박서준 씨의 결제"),
    takeaways=("Sarah Chen pays late",),
    glossary=("김민지: 팀장",),
)


def test_no_original_reaches_the_engine_in_an_analysis(engine: Redacting, inner: Distant) -> None:
    for transcript in INTERVIEWS.values():
        engine.analyse(transcript, CONTEXT, Alone("1"))
    assert [private for private in PRIVATE if private in "".join(inner.got)] == []
    assert INTERVIEWS["ko"].sha256 not in "".join(inner.got)


def test_what_is_told_of_the_study_keeps_its_form(engine: Redacting, inner: Distant, pseudonyms: Map) -> None:
    engine.analyse(INTERVIEWS["ko"], CONTEXT, Alone("1"))
    assert inner.told is not None
    seo_jun = pseudonyms.kept["name", "박서준"].pseudonym
    assert inner.told.company == "가상회사"
    assert inner.told.sections == ("도입", f"{seo_jun} 씨의 결제")
    assert inner.told.takeaways == (f"{pseudonyms.kept['name', 'sarah chen'].pseudonym} pays late",)
    assert len(inner.told.glossary) == 1


def test_no_original_reaches_the_engine_in_a_question(engine: Redacting, inner: Distant) -> None:
    passages = [one for key, transcript in INTERVIEWS.items() for one in passages_of(transcript, key)]
    history = [
        Message(role="user", content="What did Sarah Chen say to 김민지?"),
        Message(role="assistant", content="박서준 씨는 01012345678로 전화했습니다. minji.kim@naver.com"),
    ]
    answer(engine, "박서준 씨는 뭐라고 했나요? 홍길동도요?", passages, *history)
    assert [private for private in PRIVATE if private in "".join(inner.got)] == []


def test_no_original_reaches_the_engine_in_a_personas_description(engine: Redacting, inner: Distant) -> None:
    passages = [one for key, transcript in INTERVIEWS.items() for one in passages_of(transcript, key)]
    voice = Voice(
        persona_id="a",
        label="P1",
        title="Like Sarah Chen",
        summary="박서준 씨처럼 010-1234-5678로 전화합니다.",
        pains=("Sarah never calls back.",),
        needs=("김민지 씨의 답장",),
    )

    async def spoken() -> None:
        async for _ in engine.answer("Why?", passages, [], voice):
            pass

    asyncio.run(spoken())
    assert [private for private in PRIVATE if private in "".join(inner.got)] == []
    assert [got for got in inner.got if '"persona_id":"a"' in got]


def test_no_original_reaches_the_engine_in_a_mind_map_and_all_come_back(engine: Redacting, inner: Distant) -> None:
    turns = [(key, turn) for key, transcript in INTERVIEWS.items() for turn in transcript.turns]
    cited = [
        CitedQuote(
            turn=turn.index, start=turn.start, end=turn.end, text=turn.text, interview_id=key,
            interview_title="박서준, 34", speaker=turn.speaker,
        )
        for key, turn in turns
    ]  # fmt: skip
    asked, messages = talking.talk(("박서준 씨와 Sarah Chen은 뭐라고 했나요?", "?"), title="홍길동과 Sarah Chen")
    content = "\n".join(f"- “{quote.text}” [{n}]" for n, quote in enumerate(cited, start=1))
    citations = tuple(Citation(n=n, quote=quote) for n, quote in enumerate(cited, start=1))
    messages[1] = messages[1].model_copy(update={"content": content, "citations": citations, "author": "박서준"})
    found = engine.mind_map(asked, messages, Alone("1"))
    assert [private for private in PRIVATE if private in "".join(inner.got)] == []
    items = found.topics[0].subtopics[0].items
    assert [item.quote for item in items] == cited
    # Of the ways in which somebody is named, the longest comes back in an engine's own words.
    assert items[1].content == cited[1].text.replace("민지 씨가", "김민지 씨가")
    assert (found.title, found.messages) == ("홍길동과 Sarah Chen", 2)


def test_turns_and_labels_fit_the_redacted_text(engine: Redacting, inner: Distant) -> None:
    engine.analyse(INTERVIEWS["ko"], CONTEXT, Alone("1"))
    assert inner.seen is not None
    for turn, raw in zip(inner.seen.turns, INTERVIEWS["ko"].turns, strict=True):
        assert inner.seen.text[turn.start : turn.end] == turn.text
        assert (turn.index, turn.role) == (raw.index, raw.role)
        assert turn.speaker is not None
        assert turn.speaker.startswith("[이름")
    assert inner.seen.metadata == {}


def test_one_person_is_one_pseudonym_in_every_interview(engine: Redacting, inner: Distant, pseudonyms: Map) -> None:
    engine.analyse(INTERVIEWS["ko"], CONTEXT, Alone("1"))
    name = pseudonyms.kept["name", "김민지"].pseudonym
    engine.analyse(INTERVIEWS["en"], CONTEXT, Alone("2"))
    assert inner.seen is not None
    assert f"I called {name} at {pseudonyms.kept['phone', '+821012345678'].pseudonym}" in inner.seen.text
    assert pseudonyms.kept["name", "sarah chen"].pseudonym in inner.seen.text


def test_quotes_come_back_in_the_words_that_were_said(engine: Redacting, inner: Distant) -> None:
    transcript = INTERVIEWS["ko"]

    def analysis(seen: Transcript) -> dict[str, Any]:
        turn = seen.turns[1]
        sentence = turn.text[turn.text.index("결제가") :]
        start = turn.start + turn.text.index("결제가")
        right = Quote(turn=1, start=start, end=start + len(sentence), text=sentence)
        displaced = Quote(turn=0, start=0, end=3, text=sentence)
        cut = Quote(turn=1, start=turn.start, end=turn.start + 12, text=turn.text[:12])
        invented = Quote(turn=1, start=start, end=start + 5, text="결제가 빨라요")
        return {
            "summary": f"{seen.turns[1].speaker}은 결제가 느리다고 했다.",
            "summary_quotes": (right, displaced, cut),
            "insights": (
                Finding(kind="pain", text=f"{sentence[:20]}", quotes=(right, invented), terms=("결제", "[이름2]")),
                Finding(kind="need", text="아무도 한 적 없는 말", quotes=(invented,)),
            ),
        }

    inner.analysis = analysis
    found = engine.analyse(transcript, CONTEXT, Alone("1"))
    right, displaced, cut = found.summary_quotes
    assert right.text == "결제가 너무 느려서 민지 씨가 화를 냈어요."
    assert displaced.text == right.text
    assert "박서준" in cut.text
    for quote in (*found.summary_quotes, *found.insights[0].quotes):
        assert transcript.text[quote.start : quote.end] == quote.text
        assert transcript.turns[quote.turn].start <= quote.start < quote.end <= transcript.turns[quote.turn].end
        assert quote.status == "exact"
    assert found.summary == "박서준은 결제가 느리다고 했다."
    assert [finding.kind for finding in found.insights] == ["pain"]
    assert not any("[" in term for term in found.insights[0].terms)
    assert found.rejected_quotes == 2
    assert found.provenance.transcript_sha256 == transcript.sha256


def test_citations_come_back_in_the_words_that_were_said(engine: Redacting, inner: Distant) -> None:
    passages = passages_of(INTERVIEWS["ko"], "ko")

    def parts(shown: Sequence[Passage]) -> list[Delta | Citation]:
        passage = shown[3]
        head = {"interview_id": "ko", "interview_title": passage.interview_title, "speaker": passage.speaker}
        at = passage.text.index("주민번호")
        text = passage.text[at:]
        start = passage.start + at
        right = CitedQuote(turn=3, start=start, end=start + len(text), text=text, **head)
        invented = CitedQuote(turn=3, start=start, end=start + 4, text="그런 말은 없다", **head)
        elsewhere = CitedQuote(turn=99, start=0, end=4, text="어디에도", **head)
        return [Citation(n=n, quote=quote) for n, quote in enumerate((right, invented, elsewhere), start=1)]

    inner.parts = parts
    right, invented, elsewhere = (part.quote for part in answer(engine, "뭐가 싫은가요?", passages))
    assert right.text == "주민번호 900101-1234568을 적으라는 게 제일 싫어요."
    assert INTERVIEWS["ko"].text[right.start : right.end] == right.text
    assert (right.speaker, right.interview_title, right.status) == ("박서준", "박서준, 34", "exact")
    assert (invented.status, elsewhere.status) == ("rejected", "rejected")


def test_a_pseudonym_that_is_split_over_two_deltas_is_restored(engine: Redacting, inner: Distant) -> None:
    def parts(shown: Sequence[Passage]) -> list[Delta | Citation]:
        speaker = str(shown[3].speaker)
        title = shown[3].interview_title
        return [Delta(text=piece) for piece in (f"({title}) ", speaker[:2], speaker[2:4], f"{speaker[4:]}은 [1", "] [")]

    inner.parts = parts
    said = answer(engine, "누가 그랬나요?", passages_of(INTERVIEWS["ko"], "ko"))
    assert "".join(part.text for part in said if isinstance(part, Delta)) == "(박서준, 34) 박서준은 [1] ["


def test_the_same_passage_is_hidden_as_in_the_analysis(engine: Redacting, inner: Distant) -> None:
    engine.analyse(INTERVIEWS["ko"], CONTEXT, Alone("1"))
    seen = inner.seen
    shown: list[Passage] = []
    inner.parts = lambda passages: shown.extend(passages) or []
    answer(engine, "누가?", passages_of(INTERVIEWS["ko"], "ko"))
    assert seen is not None
    assert [passage.text for passage in shown] == [turn.text for turn in seen.turns]
    assert [passage.speaker for passage in shown] == [turn.speaker for turn in seen.turns]


def test_a_local_engine_and_a_project_that_says_off_see_everything(inner: Distant, pseudonyms: Map) -> None:
    scans = Scans(Direct())
    rest = {"scans": scans, "pseudonyms": pseudonyms, "transcript_of": INTERVIEWS.__getitem__}
    assert guarded(inner, "off", **rest) is inner
    inner.is_remote = False
    assert guarded(inner, "network", **rest) is inner


def test_every_text_of_an_analysis_comes_back_with_its_originals(engine: Redacting, inner: Distant) -> None:
    transcript = INTERVIEWS["ko"]

    def analysis(seen: Transcript) -> dict[str, Any]:
        name = seen.turns[1].speaker or ""
        quote = Quote(turn=1, start=seen.turns[1].start, end=seen.turns[1].end, text=seen.turns[1].text)
        asked = Quote(turn=0, start=seen.turns[0].start, end=seen.turns[0].end, text=seen.turns[0].text)
        return {
            "insights": (Finding(kind="need", text=name, quotes=(quote,)),),
            "profile": (Trait(name="job", value=name, quotes=(quote,)),),
            "sections": (Section(name=name, first=0, last=len(seen.turns) - 1, terms=(name,)),),
            "leading_questions": (LeadingQuestion(kind="tag", why=name, quote=asked),),
            "quality": Quality(score=3, reasons=(QualityReason(measure="answers", value=1, level=1, text=name),)),
            "how_might_we": (HowMightWe(text=name, findings=(0,)),),
            "session": Session(place=name),
        }

    inner.analysis = analysis
    found = engine.analyse(transcript, CONTEXT, Alone("1"))
    assert found.quality is not None
    texts = [
        found.insights[0].text,
        found.profile[0].value,
        found.sections[0].name,
        found.leading_questions[0].why,
        found.quality.reasons[0].text,
        found.how_might_we[0].text,
    ]
    assert texts == ["박서준"] * len(texts)
    assert found.profile[0].quotes[0].text == transcript.turns[1].text
    assert found.leading_questions[0].quote.text == transcript.turns[0].text
    assert found.session is None
    assert "[이름" not in found.model_dump_json()


def test_what_is_told_of_the_study_with_a_question_is_hidden_too(inner: Distant, engine: Redacting) -> None:
    async def collect() -> None:
        async for _ in engine.answer("왜 떠나나요?", passages_of(INTERVIEWS["ko"], "ko"), [], None, CONTEXT):
            pass

    asyncio.run(collect())
    told = Context.model_validate_json(inner.got[-1])
    assert told.company == "가상회사"
    assert told.glossary != CONTEXT.glossary
    assert told.glossary[0].endswith(": 팀장")
    seen = " ".join(inner.got)
    assert [original for original in ("박서준", "김민지", "Sarah Chen", "010-1234-5678") if original in seen] == []


def test_findings_are_summed_up_from_pseudonyms_and_the_summary_says_names(inner: Distant, engine: Redacting) -> None:
    transcript = INTERVIEWS["ko"]
    turn = next(one for one in transcript.turns if "민지 씨가 화를" in one.text)
    quote = CitedQuote(
        turn=turn.index, start=turn.start, end=turn.end, text=turn.text, interview_id="ko", interview_title="박서준"
    )
    found = Insight(
        id="a", kind="pain", text="김민지 씨가 화를 냄", members=(), support=1, participants=2, quotes=(quote,)
    )

    def summarise(insights: Sequence[Insight], _run: Run) -> Summary:
        inner.got += [one.model_dump_json(exclude={"quotes": {"__all__": {"start", "end"}}}) for one in insights]
        cited = Citation(n=1, quote=insights[0].quotes[0])
        return Summary(text=f"{insights[0].text} [1]", citations=(cited,), findings=1, engine="distant", model="m")

    inner.summarise = summarise
    made = engine.summarise([found], Alone("run-1"))
    assert (made.text, made.citations[0].quote) == ("김민지 씨가 화를 냄 [1]", quote)
    assert [original for original in ("박서준", "김민지", "민지 씨") if original in " ".join(inner.got)] == []
    (seen,) = engine.seen([found])
    assert "민지" not in seen.model_dump_json()
    assert (seen.support, seen.participants) == (1, 2)


def test_a_portrait_is_written_from_pseudonyms_and_its_quotes_are_what_was_said(
    inner: Distant, engine: Redacting
) -> None:
    transcript = INTERVIEWS["ko"]
    turn = next(one for one in transcript.turns if "민지 씨가 화를" in one.text)
    quote = CitedQuote(
        turn=turn.index, start=turn.start, end=turn.end, text=turn.text, interview_id="ko", speaker=turn.speaker
    )
    trait = PersonaTrait(kind="pain", text="김민지 씨가 화를 냄", support=1, participants=1, quotes=(quote,))
    before = making.portrait().model_copy(
        update={
            "language": "ko",
            "title": "김민지",
            "summary": "박서준",
            "summary_quotes": (quote,),
            "traits": (trait,),
        }
    )

    def portray(seen: Portrait, _run: Run) -> Portrait:
        inner.got.append(
            seen.model_dump_json(exclude={"traits": {"__all__": {"quotes": {"__all__": {"start", "end"}}}}})
        )
        said = seen.traits[0].quotes[0]
        at = said.text.index("결제가")
        part = said.model_copy(update={"start": said.start + at, "text": said.text[at : at + 10]})
        part = part.model_copy(update={"end": part.start + 10})
        invented = said.model_copy(update={"text": "Ich mag es"})
        summary = f"{seen.traits[0].text}."
        written = {"summary": summary, "summary_quotes": (part, invented), "engine": "distant", "traits": ()}
        return seen.model_copy(update=written)

    inner.portray = portray
    made = engine.portray(before, Alone("run-1"))
    assert [
        original for original in ("박서준", "김민지", "민지 씨", "010-1234") if original in " ".join(inner.got)
    ] == []
    assert (made.summary, made.engine, made.traits, made.name) == (
        "김민지 씨가 화를 냄.",
        "distant",
        before.traits,
        before.name,
    )
    (cited,) = made.summary_quotes
    assert transcript.text[cited.start : cited.end] == cited.text
    assert cited.text.startswith("결제가 너무 느려서")
    assert cited.speaker == quote.speaker
