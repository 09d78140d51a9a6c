"""Who is asked is read from the question's text."""

import pytest

from persona_lab.errors import InvalidRequest
from persona_lab.models import Persona, now
from persona_lab.server.talking.mentions import called, mentioned


def persona(label: str) -> Persona:
    return Persona(
        id=f"id-{label}", project_id="p", position=1, label=label, created_by="m", created_at=now(), updated_at=now()
    )


THERE = [persona(label) for label in ("P1", "P2", "P10", "학생", "Busy parent")]


@pytest.mark.parametrize(
    ("text", "labels", "question"),
    [
        ("@P1 Would you pay?", ["P1"], "Would you pay?"),
        ("@P1 @P2 Would you pay?", ["P1", "P2"], "Would you pay?"),
        ("@p1, @p2: Would you pay?", ["P1", "P2"], "Would you pay?"),
        ("@P1 and @P2 Would you pay?", ["P1", "P2"], "Would you pay?"),
        ("@P10 Would you pay?", ["P10"], "Would you pay?"),
        ("@P1은 배송비를 낼 건가요?", ["P1"], "배송비를 낼 건가요?"),
        ("@P1과 @P2에게 묻습니다: 왜요?", ["P1", "P2"], "묻습니다: 왜요?"),
        ("@학생은 어떻게 생각해요?", ["학생"], "어떻게 생각해요?"),
        ("@Busy Parent what now?", ["Busy parent"], "what now?"),
        ("What would @P2 say, and @P1?", ["P2", "P1"], "What would P2 say, and P1?"),
        ("What would @p1 say about price?", ["P1"], "What would P1 say about price?"),
        ("@P2 What would @P1 say?", ["P2", "P1"], "What would P1 say?"),
        ("What do you think of @P1?", ["P1"], "What do you think of P1?"),
        ("@P1's worst day?", ["P1"], "P1's worst day?"),
        ("Would you pay, @P1?", ["P1"], "Would you pay?"),
        ("Would you pay, @P1 and @P2?", ["P1", "P2"], "Would you pay?"),
        ("Would you pay? @P1 @P2", ["P1", "P2"], "Would you pay?"),
        ("그럼 @P1은 뭐라고 할까요?", ["P1"], "그럼 P1은 뭐라고 할까요?"),
        ("배송비에 대해 @P1과 @P2는 어떻게 다른가요?", ["P1", "P2"], "배송비에 대해 P1과 P2는 어떻게 다른가요?"),
        ("왜 그만두셨나요, @학생님?", ["학생"], "왜 그만두셨나요?"),
        ("@P1은?", ["P1"], ""),
        ("@P1 @P2", ["P1", "P2"], ""),
        ("Hey @P1!", ["P1"], "Hey P1!"),
        ("(@P1) Why?", ["P1"], "(P1) Why?"),
        ("@P1 @p1 Why?", ["P1"], "Why?"),
        ("Why?", [], "Why?"),
        ("Did mina@P1.example write? P1@host too", [], "Did mina@P1.example write? P1@host too"),
        ("Meet at 5 @ the shop", [], "Meet at 5 @ the shop"),
        ("  Two\n lines  stay ", [], "  Two\n lines  stay "),
    ],
)
def test_who_is_called_is_taken_out_and_who_is_spoken_of_stays(text: str, labels: list[str], question: str) -> None:
    put = mentioned(text, THERE)
    assert ([one.label for one in put.personas], put.question) == (labels, question)


@pytest.mark.parametrize("text", ["@P3 Why?", "@P1x Why?", "@P100 Why?", "@P1 @nobody Why?", "@학생회 왜요?"])
def test_a_mention_of_nobody_names_those_there_are(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"There is no persona @.*There are: @P1, @P2, @P10, @학생, @Busy parent"):
        mentioned(text, THERE)


def test_a_mention_where_there_are_no_personas_says_so() -> None:
    with pytest.raises(InvalidRequest, match="the project has none yet"):
        mentioned("@P1 Why?", [])


def test_personas_are_called_by_label_or_id() -> None:
    assert [one.label for one in called(["p2", "id-P1", "@P2", "p2"], THERE)] == ["P2", "P1"]
    with pytest.raises(InvalidRequest, match="no persona @P7"):
        called(["P7"], THERE)
