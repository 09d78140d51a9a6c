import base64
import hashlib
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from persona_lab.lab.drawing.report import Told, report_html, report_text
from persona_lab.lab.measuring.saturation import Heard, Saturation, Settings
from persona_lab.lab.people.cards import Card
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
    PersonaRecord,
    Project,
    Provenance,
    Stale,
    Transcript,
    Turn,
)
from tests.support.making import portrait

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


def card(picture=""):
    persona = PersonaRecord(
        id="p1",
        project_id="p1",
        position=1,
        label="P1",
        created_by="minji",
        created_at=AT,
        updated_at=AT,
        portrait=portrait("It has to be <quick>.", "i1"),
        interview_ids=("i1",),
    )
    return Card(persona, {"i1": "Checkout 01"}, [], picture)


def transcript(said="Before. Six dollars more. After."):
    text = f"Q: What <happened>?\n{said}"
    asked = Turn(index=0, speaker="Q", role="interviewer", text="What <happened>?", start=3, end=19)
    answer = Turn(index=1, speaker="P1", role="participant", text=said, start=20, end=20 + len(said), time=62.4)
    return Transcript(text=text, sha256="0", format="txt", encoding="utf-8", language="en", turns=(asked, answer))


def saturation(interviews=8):
    heard = [Heard(f"i{n}", f"C {n}", "2026-03-02", frozenset({n % 3}), frozenset({n % 3})) for n in range(interviews)]
    return Saturation("Checkout study", heard, Settings(4, 2, 0.05, 20, 0))


def everything(locale="en"):
    found = insight()
    quote = found.quotes[0].model_copy(update={"start": 28, "end": 45})
    more = [found.model_copy(update={"id": f"s{n}", "support": 1, "text": f"Alone {n}"}) for n in range(7)]
    its = {"transcripts": {"i1": transcript()}, "personas": [card()], "saturation": saturation()}
    return Told(PROJECT, [record(1)], [found.model_copy(update={"quotes": (quote,)}), *more], **its)


class Balance(HTMLParser):
    """Notes every element that is closed in the wrong place or not at all."""

    EMPTY = ("meta", "br", "rect", "img", "path", "polyline", "polygon")

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
    assert 'href="#interview' not in page_of([], [insight(interview_id="gone")])


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


def test_a_picture_stands_in_the_page_itself_or_not_at_all():
    page = page_of(
        [record(1)], [], personas=[card("data:image/svg+xml;base64,AAAA"), card("https://example.org/a.png")]
    )
    assert re.findall(r"<img src=\"([^\"]*)\"", page) == ["data:image/svg+xml;base64,AAAA"]
    assert "img-src data:;" in page


def test_the_policy_allows_the_pages_own_style_and_nothing_else():
    page = page_of([record(1)], [insight()])
    style = page[page.index("<style>") + len("<style>") : page.index("</style>")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"content=\"default-src 'none'; style-src 'sha256-{digest}';" in page


def test_every_element_is_closed_where_it_should_be():
    balance = Balance()
    balance.feed(page_of([record(1), record(2, status="failed")], [insight(), insight(participants=60)]))
    balance.feed(report_html(everything()))
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


def test_a_quote_leads_to_its_place_with_the_question_before_it() -> None:
    page = report_html(everything())
    assert 'P1, <a href="#interview-1">Checkout 01</a>, <a href="#interview-1-turn-1">turn 1</a>' in page
    place = page[page.index('id="interview-1-turn-1"') :]
    assert "P1 · turn 1 · 1:02" in place
    assert "What &lt;happened&gt;?" in place
    assert "<mark>Six dollars more.</mark> After." in place


def test_every_link_leads_somewhere_and_every_place_is_there_once() -> None:
    page = report_html(everything())
    places = re.findall(r' id="([^"]+)"', page)
    assert len(places) == len(set(places))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(places)


def test_the_contents_list_what_is_there_and_no_more() -> None:
    contents = re.compile(r'<li><a href="#(\w+)">')
    whole = ["pain", "personas", "saturation", "interviews", "methods", "places"]
    assert contents.findall(report_html(everything())) == whole
    assert contents.findall(page_of([record(1)], [])) == ["interviews", "methods"]


def test_what_one_participant_said_is_folded_away_where_it_is_much() -> None:
    page = report_html(everything())
    folded = page[page.index('<details class="alone">') :]
    assert "2 more, each of one participant" in folded
    assert page.index("Alone 4") < page.index('<details class="alone">') < page.index("Alone 5")


def test_a_quote_that_says_what_the_finding_says_is_not_said_twice() -> None:
    page = page_of([record(1)], [insight(text="Six dollars more.")])
    assert "“Six dollars more.”" not in page
    assert "In these words: P1, " in page


def test_saturation_is_said_and_drawn_in_the_pages_language() -> None:
    page = report_html(everything())
    assert "Saturated after 4 interviews: what followed brought at most 5\u00a0% new information." in page
    assert '<svg class="chart"' in page
    korean = report_html(everything(), locale="ko")
    assert "인터뷰 4건 이후 포화되었습니다." in korean
    drawn = korean[korean.index('<svg class="chart"') : korean.index("</svg>", korean.index('<svg class="chart"'))]
    assert "포화" in drawn
    assert not {"saturated", "interviews", "merged"} & set(re.findall(r">(\w+)<", drawn))


@pytest.mark.parametrize(("interviews", "told"), [(0, None), (1, None), (5, "the method needs 6, and there are 5")])
def test_saturation_of_few_interviews_says_so(interviews: int, told: str | None) -> None:
    page = page_of([record(1)], [], saturation=saturation(interviews))
    assert (told in page) if told else "Were these interviews enough?" not in page


def test_limits_and_the_checking_of_quotes_are_said() -> None:
    page = report_html(everything())
    assert "These are the words of 1 participant." in page
    assert "compared by a program, character by character" in page


# As Markdown


def test_markdown_says_the_same() -> None:
    text = report_text(everything())
    for told in (
        "# Checkout study",
        "- **Purpose**: Why do people leave at payment?",
        "### The delivery cost comes last\n\n3 of 5 participants",
        "> “Six dollars more.”\n>\n> — P1, Checkout 01, turn 1",
        "### P1 · It has to be &lt;quick&gt;.",
        "Saturated after 4 interviews",
        "| Checkout 01 | local | rules-1 | `9f2c4e1a77b0` |",
    ):
        assert told in text
    assert report_text(everything(), locale="ko").startswith("# Checkout study\n\n- **목적**")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("*bold* _it_ `code` [a](b)", r"\*bold\* \_it\_ \`code\` \[a\](b)"),
        ("<b>&amp;\n# head", r"&lt;b&gt;&amp;amp; \# head"),
        ("- item", r"\- item"),
        ("12. item", r"12\. item"),
        ("a | b", r"a \| b"),
    ],
)
def test_what_was_said_is_no_markdown(said: str, shown: str) -> None:
    text = report_text(Told(PROJECT, [record(1, summary=said)], [insight(text=said, said=f"{said} ")]))
    assert f"### {shown}\n" in text
    assert f"\n\n{shown}\n\n" in text
    assert f"> “{shown}”" in text
