import base64
import hashlib
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from persona_lab.lab.drawing.report import Told, report_html
from persona_lab.models import (
    Analysis,
    CitedQuote,
    Failure,
    Insight,
    InsightMember,
    Interview,
    InterviewRecord,
    Merge,
    Note,
    Project,
    Provenance,
    Stale,
)

AT = datetime(2026, 3, 14, 9, tzinfo=UTC)
HOSTILE = '<script>alert("1")</script>'
PROJECT = Project(
    id="p1",
    name="Checkout study",
    purpose="Why do people leave at payment?",
    audience="Monthly shoppers",
    seq=214,
    created_at=AT,
    updated_at=AT,
)


def record(n, title="Checkout 01", status="completed", summary="Leaves when the total jumps.", **facts):
    made_by = Provenance(
        engine="local", model="rules-1", prompt_hash="9f2c4e1a77b0cafe", transcript_sha256="ab" * 32, run_id="r1"
    )
    interview = Interview(
        id=f"i{n}",
        project_id="p1",
        number=n,
        title=title,
        filename="a.txt",
        status=status,
        stage=status,
        sha256="ab" * 32,
        size_bytes=1,
        created_by="minji",
        created_at=AT,
        updated_at=AT,
        **{"language": "en", "participants": 1, "turns": 84, **facts},
    )
    analysis = Analysis(language=interview.language or "en", summary=summary, provenance=made_by)
    return InterviewRecord(interview=interview, result=analysis if status == "completed" else None)


def insight(
    text="The delivery cost comes last", interview_id="i1", support=3, participants=5, said="Six dollars more."
):
    quote = CitedQuote(
        turn=1,
        start=0,
        end=len(said),
        text=said,
        interview_id=interview_id,
        interview_title="Checkout 01",
        speaker="P1",
    )
    return Insight(
        id="f1",
        kind="pain",
        text=text,
        members=(InsightMember(interview_id=interview_id, finding=0),),
        support=support,
        participants=participants,
        quotes=(quote,),
    )


def page_of(interviews, insights, stale=(), notes=(), *, project=PROJECT, locale="en", **more):
    return report_html(Told(project, interviews, insights, stale, notes, **more), locale=locale)


class Balance(HTMLParser):
    """Notes every element that is closed in the wrong place or not at all."""

    EMPTY = ("meta", "br", "rect")

    def __init__(self):
        super().__init__()
        self.open = []
        self.wrong = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.EMPTY and (not self.open or self.open.pop() != tag):
            self.wrong.append(tag)


def test_the_page_tells_the_study_its_findings_and_what_was_said():
    page = page_of([record(1)], [insight()])
    for told in (
        "Checkout study",
        "Why do people leave at payment?",
        "Monthly shoppers",
        "The delivery cost comes last",
        "3 of 5 participants",
        "“Six dollars more.”",
        "Leaves when the total jumps.",
    ):
        assert told in page


def test_a_quote_leads_to_the_interview_it_comes_from():
    page = page_of([record(1), record(2, "Checkout 02")], [insight(interview_id="i2")])
    assert 'P1, <a href="#interview-2">Checkout 01</a>' in page
    assert 'id="interview-2"' in page


def test_a_quote_of_an_interview_that_is_not_in_the_report_leads_nowhere():
    assert 'href="#' not in page_of([], [insight(interview_id="gone")])


def test_support_is_drawn_as_one_square_for_each_participant():
    page = page_of([record(1)], [insight(support=3, participants=5)])
    assert (page.count('class="on"'), page.count('class="off"')) == (3, 2)


@pytest.mark.parametrize(("support", "participants", "width"), [(30, 60, 120), (70, 60, 240)])
def test_support_among_many_is_drawn_as_one_bar_that_never_overflows(support, participants, width):
    page = page_of([record(1)], [insight(support=support, participants=participants)])
    assert f'class="on" width="{width}"' in page


def test_the_methods_name_what_made_each_result():
    page = page_of([record(1)], [])
    methods = page[page.index("How this was made") :]
    for told in ("local", "rules-1", "9f2c4e1a77b0", "ab" * 32):
        assert told in methods


def test_a_failed_interview_is_listed_with_its_reason():
    failed = record(1, status="failed", error=Failure(code="no_speech", message="The file holds no speech."))
    page = page_of([failed], [])
    assert "The file holds no speech." in page
    assert "Interviews (1 failed)" in page


def test_hostile_text_is_escaped():
    project = PROJECT.model_copy(update={"name": HOSTILE, "purpose": HOSTILE, "audience": HOSTILE, "method": HOSTILE})
    found = insight(text=HOSTILE, said=HOSTILE)
    page = page_of([record(1, title=HOSTILE, summary=HOSTILE, language='"><script>')], [found], project=project)
    assert "<script" not in page


def test_the_page_has_no_script_and_loads_nothing():
    page = page_of([record(1)], [insight()])
    assert not re.search(r"<script|<link|<img|<iframe|https?:|url\(|@import| style=", page)


def test_the_policy_allows_the_pages_own_style_and_nothing_else():
    page = page_of([record(1)], [insight()])
    style = page[page.index("<style>") + len("<style>") : page.index("</style>")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"content=\"default-src 'none'; style-src 'sha256-{digest}';" in page


def test_every_element_is_closed_where_it_should_be():
    balance = Balance()
    balance.feed(page_of([record(1), record(2, status="failed")], [insight(), insight(participants=60)]))
    assert (balance.open, balance.wrong) == ([], [])


def test_the_page_says_which_language_it_and_its_quotes_are_in():
    page = page_of([record(1, language="ko")], [insight()], locale="ko")
    assert '<html lang="ko">' in page
    assert '<blockquote dir="auto" lang="ko">' in page
    assert "참여자 5명 중 3명" in page


def test_the_same_project_gives_the_same_page():
    assert page_of([record(1)], [insight()]) == page_of([record(1)], [insight()])


def test_an_empty_study_says_so():
    page = page_of([], [])
    assert "No findings yet." in page
    assert "This study has no interviews yet." in page


STALE = [
    Stale(what="analysis", id="i1", title=HOSTILE, reasons=("The purpose was “a” & is “b” now.", "So it is.")),
    Stale(what="insights", id="p1", title="Checkout study", reasons=("2 interviews were added.",)),
]


def test_what_is_stale_is_said_before_all_findings() -> None:
    page = page_of([record(1)], [insight()], STALE)
    assert '<a href="#interview-1">&lt;script&gt;' in page
    assert "The purpose was “a” &amp; is “b” now. So it is." in page
    assert "<strong>Findings</strong>" in page
    assert page.index("2 interviews were added.") < page.index("The delivery cost comes last")
    assert "May no longer be true" not in page_of([record(1)], [insight()])


def test_the_report_says_what_merged_the_findings() -> None:
    merged = insight().model_copy(update={"merge": Merge(model="merge-1", rules_hash="abc<", runs={})})
    assert "Merged by merge-1 (rules <code>abc&lt;</code>)." in page_of([record(1)], [merged])


def test_notes_stand_at_what_they_are_about_with_the_replies_beneath() -> None:
    def note(key, text, **where):
        return Note(id=key, project_id="p1", text=text, created_by="minji", created_at=AT, updated_at=AT, **where)

    found = insight()
    notes = [
        note("n1", HOSTILE, interview_id="i1", turn=3),
        note("n2", "Zwei", insight_id=found.id),
        note("n3", "Drei", insight_id=found.id, parent_id="n2"),
        note("n4", "Of another", insight_id="elsewhere"),
    ]
    page = page_of([record(1)], [found], notes=notes)
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; <small>turn 3 · minji · 2026-03-14</small>" in page
    assert page.index("Zwei <small>minji") < page.index("↳ Drei <small>minji")
    assert "Of another" not in page
    assert "<script" not in page
    assert "메모" in page_of([record(1)], [found], notes=notes, locale="ko")
    assert "Notes" not in page_of([record(1)], [found])
