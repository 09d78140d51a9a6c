import pytest

from persona_lab.transcripts import read_transcript
from persona_lab.transcripts.roles import role_of

ASKING = """Interviewer, INTERVIEWER 2, Moderator, UX Researcher, Assistant, AI, Host, Kim (Interviewer),
Interviewer Kim, 인터뷰어, 진행자, 연구원, 김연구원, 김 연구원, 질문자, 사회자, 박지민(연구원)"""
ANSWERING = """Interviewee, Participant, Participant 3, Participant A, User, P1, P 12, Respondent, Customer,
참가자, 참가자1, 참여자 2, 응답자, 고객, 사용자, 피면담자, 인터뷰이"""


@pytest.mark.parametrize("label", [label.strip() for label in ASKING.split(",")])
def test_labels_of_those_who_ask(label):
    assert role_of(label) == "interviewer"


@pytest.mark.parametrize("label", [label.strip() for label in ANSWERING.split(",")])
def test_labels_of_those_who_answer(label):
    assert role_of(label) == "participant"


@pytest.mark.parametrize("label", ["Observer", "Notetaker", "Support Agent", "관찰자", "통역", "상담원"])
def test_labels_of_those_who_do_neither(label):
    assert role_of(label) == "other"


@pytest.mark.parametrize("label", ["Kim", "Speaker 1", "화자 2", "면담자", "Q", "A", "홍길동"])
def test_labels_that_do_not_tell(label):
    assert role_of(label) is None


def roles(*lines):
    transcript = read_transcript("\n\n".join(lines).encode(), "kim.txt")
    return {turn.speaker: turn.role for turn in transcript.turns}


def test_letters_tell_beside_each_other():
    assert roles("Q: Slow?", "A: Yes.", "Q: Why?") == {"Q": "interviewer", "A": "participant"}


def test_면담자_asks_beside_a_피면담자():
    assert roles("면담자: 말씀해 주세요.", "피면담자: 네, 그러니까요.", "면담자: 네.") == {
        "면담자": "interviewer",
        "피면담자": "participant",
    }


def test_면담자_answers_beside_a_연구원():
    assert roles("연구원: 언제 쓰세요?", "면담자: 아침에요.") == {"연구원": "interviewer", "면담자": "participant"}


def test_without_words_that_tell_the_one_who_asks_is_the_interviewer():
    assert roles(
        "Speaker 1: When do you shop?", "Speaker 2: At night.", "Speaker 1: Why?", "Speaker 2: It is quiet."
    ) == {
        "Speaker 1": "interviewer",
        "Speaker 2": "participant",
    }


def test_korean_questions_need_no_question_mark():
    assert (
        roles("민수: 언제 쓰시나요", "영희: 아침에요", "민수: 왜 그럴까요", "영희: 조용해서요")["민수"] == "interviewer"
    )


def test_there_can_be_several_participants():
    assert roles(
        "Kim: Slow?", "Lee: Yes.", "Kim: And you?", "Park: No.", "Kim: Why?", "Lee: No idea.", "Park: Luck."
    ) == {
        "Kim": "interviewer",
        "Lee": "participant",
        "Park": "participant",
    }


def test_there_can_be_several_interviewers():
    lines = ["Kim: Slow?", "Lee: Yes.", "Park: Why?", "Lee: No idea.", "Kim: And then?", "Lee: Luck.", "Park: Really?"]
    assert roles(*lines, "Lee: Yes.") == {"Kim": "interviewer", "Park": "interviewer", "Lee": "participant"}


def test_면담자_asks_where_the_others_have_names_and_answer():
    assert roles("면담자: 언제 쓰세요?", "홍길동: 아침에요.", "면담자: 왜요?", "홍길동: 조용해서요.") == {
        "면담자": "interviewer",
        "홍길동": "participant",
    }


def test_면담자_answers_where_somebody_with_a_name_asks():
    assert roles("김연: 언제 쓰시나요?", "면담자: 아침에요.", "김연: 왜 그럴까요?", "면담자: 조용해서 그렇죠.") == {
        "김연": "interviewer",
        "면담자": "participant",
    }


def test_question_and_response_tell_beside_each_other():
    assert roles("Question: Slow?", "Response: Yes.", "Question: Why?") == {
        "Question": "interviewer",
        "Response": "participant",
    }


def test_a_name_beside_an_interviewer_is_a_participant_even_if_it_asks():
    assert roles("Interviewer: Go on.", "Kim: Shall I?", "Interviewer: Yes.", "Kim: Where?")["Kim"] == "participant"


def test_nobody_is_the_interviewer_of_a_panel():
    assert set(roles("Kim: Is it?", "Lee: Is it?", "Kim: Yes.", "Lee: Yes.").values()) == {"participant"}


def test_text_without_speakers_is_one_participants():
    assert roles("I left.", "Was it slow?") == {None: "participant"}


@pytest.mark.parametrize("ending", ["그러니까요.", "좋죠.", "바쁘니까.", "집에 가요."])
def test_korean_endings_that_only_look_like_questions_do_not_make_an_interviewer(ending):
    assert roles("민수: 네.", f"영희: {ending}", "민수: 아.", f"영희: {ending}")["영희"] == "participant"


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("Particpant", "participant"),
        ("Interviwer", "interviewer"),
        # May be either, and is too far from both, are no word for a role.
        ("Interviewe", None),
        ("Partisan", None),
    ],
)
def test_a_misspelt_word_still_names_a_role(label, role):
    assert role_of(label) == role
