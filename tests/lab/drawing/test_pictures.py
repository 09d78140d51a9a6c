import pytest

from persona_lab.lab.drawing import pictures

HOSTILE = '<script>alert("1")</script>'


def row(title, status="completed", **facts):
    return {"id": "x", "title": title, "status": status, "order": 1, "language": "en", **facts}


def test_interviews_stand_in_their_order_with_state_and_amounts():
    text = pictures.interviews_text(
        [
            row("Second", "failed", order=2, error={"code": "x", "message": "No speech."}),
            row("First", turns=84, pains=1),
        ]
    )
    assert text.replace("\N{NO-BREAK SPACE}", " ").splitlines() == [
        "2 interviews: 1 completed, 1 failed",
        "● Completed · First · 84 turns · 1 pain",
        "▲ Failed · Second · No speech.",
    ]


def test_a_section_nothing_tells_of_is_called_by_its_number():
    assert pictures.section_text("2") == "Section 2"
    assert pictures.section_text("2", locale="ko") == "구간 2"
    assert pictures.section_text("Payment in 2 steps", locale="ko") == "Payment in 2 steps"


def test_korean_words_for_a_korean_notebook():
    picture = pictures.interviews_html([row("결제 인터뷰", language="ko")], locale="ko")
    assert "인터뷰 1건: 완료 1건" in picture
    assert "한국어" in picture


def test_personas_stand_beside_the_interviews_as_soon_as_there_are_any():
    its = row("Mina", persona={"id": "p", "label": "P1", "title": HOSTILE, "position": 1})
    assert "Persona" not in pictures.interviews_html([row("Mina")])
    html = pictures.interviews_html([its, row("Jun", persona=None, order=2)])
    assert "P1 · &lt;script&gt;" in html
    assert html.count("<th ") == 9
    assert all(line.count("<td ") == 9 for line in html.splitlines() if line.startswith("<tr"))
    assert "페르소나" in pictures.interviews_html([its], locale="ko")
    assert "· Mina · P1 · <script>" in pictures.interviews_text([its])


def test_no_interviews_is_said_and_not_drawn_as_an_empty_table():
    assert "<table" not in pictures.interviews_html([])
    assert "project.upload" in pictures.interviews_text([])


def test_a_large_study_shows_its_beginning_and_says_so():
    rows = [row(f"Interview {n}", order=n) for n in range(10_000)]
    picture = pictures.interviews_html(rows)
    assert picture.count("<tr>") == 101
    assert "and 9,900 more" in picture
    assert "10,000 interviews" in picture


def test_hostile_text_is_escaped():
    error = {"code": "x", "message": HOSTILE}
    picture = pictures.interviews_html([row(HOSTILE, "failed", error=error, language=HOSTILE)])
    assert "<script" not in picture
    assert "&lt;script&gt;" in picture


def test_what_is_uncertain_of_how_a_file_was_read_stands_in_its_row():
    doubtful = row("Kim", encoding="cp949", certainty=0.999, remarks=["3 cues had no <time>."])
    text = pictures.interviews_text([doubtful, row("Lee", encoding="utf-8", certainty=1.0, remarks=[], order=2)])
    assert text.replace("\N{NO-BREAK SPACE}", " ").splitlines()[1:] == [
        "● Completed · Kim · read as CP949, 99 % sure · 3 cues had no <time>.",
        "● Completed · Lee",
    ]
    html = pictures.interviews_html([doubtful], locale="ko")
    assert "<small>CP949(으)로 읽음, 확신도 99%</small><br><small>3 cues had no &lt;time&gt;.</small>" in html


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("completed", "completed"),
        ("re-analysing", "completed, analysing again"),
        ("outdated", "completed, findings from an earlier run"),
    ],
)
def test_a_completed_interview_says_whether_its_findings_are_those_of_now(stage, said):
    assert pictures.state_text(row("Kim", stage=stage)) == said


def test_why_findings_are_outdated_stands_in_the_picture():
    outdated = row("Kim", stage="outdated", error={"code": "x", "message": "Try again."})
    assert pictures.interviews_text([outdated]).endswith("findings from an earlier run · Try again.")
