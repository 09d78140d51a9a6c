"""Interviews written for these tests, and the way to make more of them."""

import hashlib
from collections.abc import Callable, Iterator, Sequence

import pytest

from persona_lab.engines.gate import presenting
from persona_lab.engines.workroom import Workroom
from persona_lab.models import Passage, Role, Transcript, Turn

ROLES: dict[str, Role] = {"Q": "interviewer", "P": "participant", "O": "other"}


def make_transcript(*lines: str, language: str = "en", speaker: bool = True) -> Transcript:
    """Return a transcript of lines such as "P: I like it"; Q is the interviewer, P the participant."""
    turns: list[Turn] = []
    text = ""
    for index, line in enumerate(lines):
        who, said = line.split(": ", maxsplit=1)
        text += f"{who}: "
        turns.append(
            Turn(
                index=index,
                speaker=who if speaker else None,
                role=ROLES[who] if speaker else "other",
                text=said,
                start=len(text),
                end=len(text) + len(said),
            )
        )
        text += said + "\n\n"
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Transcript(text=text, sha256=sha256, format="txt", encoding="utf-8", language=language, turns=tuple(turns))


def make_passages(transcript: Transcript, interview_id: str, turns: Sequence[int] | None = None) -> list[Passage]:
    """Return turns of a transcript as a search would, each with the same score."""
    return [
        Passage(
            interview_id=interview_id,
            interview_title=f"Interview {interview_id}",
            turn=turn.index,
            speaker=turn.speaker,
            role=turn.role,
            text=turn.text,
            start=turn.start,
            score=1.0,
        )
        for turn in transcript.turns
        if turns is None or turn.index in turns
    ]


@pytest.fixture
def checkout() -> Transcript:
    return make_transcript(
        "Q: Thank you for taking the time. Is it a terrible problem for you to pay online?",
        "P: Sounds good, thank you!",
        "Q: What happened the last time you paid?",
        "P: Well, um, the card form is really frustrating. It forgets my address and I have to type everything again."
        " I wish it would remember my delivery address. I buy groceries for my parents every Saturday morning.",
        "Q: Did anything break?",
        "P: No, I never had a problem with refunds. The coupon field doesn't work on my phone, because the keyboard"
        " covers the button. I usually compare prices in three shops before I order groceries.",
    )


@pytest.fixture
def checkout_ko() -> Transcript:
    return make_transcript(
        "Q: 결제할 때 불편한 점이 있으셨나요?",
        "P: 음, 그러니까 결제할 때마다 카드 번호를 다시 입력해야 하는 게 너무 불편해요. 환불은 불편하지 않았어요.",
        "Q: 어떤 점이 바뀌면 좋을까요?",
        "P: 배송지를 저장할 수 있게 해 주면 좋겠어요. 저는 토요일마다 부모님 댁에 보낼 식료품을 주문합니다."
        " 쿠폰이 적용이 안 돼서 고객센터에 전화했어요.",
        "Q: 감사합니다.",
        "P: 네, 감사합니다.",
        language="ko",
    )


@pytest.fixture(scope="session")
def make() -> Callable[..., Transcript]:
    return make_transcript


@pytest.fixture(scope="session")
def passages() -> Callable[..., list[Passage]]:
    return make_passages


@pytest.fixture(scope="session")
def workroom() -> Iterator[Workroom]:
    room = Workroom()
    # Loads the language models, which no test's time limit is meant for.
    points = [presenting.Point("a form", "a form"), presenting.Point("결제 화면", "결제 화면")]
    room.run(presenting.judged, points, "ko")
    yield room
    room.close()
