import random

import pytest

from persona_lab.lab.insights import shown
from persona_lab.lab.insights.view import View
from persona_lab.lab.insights.wording import words_of
from persona_lab.widgets.packed import pack
from tests.support.insights import copy_of

DARK = ":root { --jp-layout-color1: rgb(17, 17, 17); --jp-ui-font-color1: rgb(250, 250, 250); }"
HOSTILE = "<img src=x onerror=\"document.title='broken'\"><b>bold</b>"
TOPICS = [
    {"key": "name:payment", "name": "Payment", "where": "in 2 interviews"},
    {"key": "place:i1:1", "name": "Search", "where": "Mina"},
]
PERSONAS = [
    {"id": "p1", "label": "P1 · Buyers", "participants": 3},
    {"id": "p2", "label": "P2 · Users", "participants": 2},
]
VIEW = {**View()._asdict(), "kinds": []}


def row(key="a", place=1, **facts):
    return {
        "id": key,
        "kind": "pain",
        "text": f"Insight {key}",
        "support": 2,
        "participants": 5,
        "words": "card form",
        "marks": "",
        "is_pinned": False,
        "is_rejected": False,
        "place": place,
        "name_place": place,
        "personas": {},
        "topics": [],
        **facts,
    }


ROWS = [
    row("a", 1, support=4, topics=[0], personas={"p1": 2}),
    row("b", 2, support=1, marks="rests on one person", topics=[0, 1], personas={"p2": 1}),
    row("c", 3, kind="need", support=3, words="price"),
    row("d", 4, kind="takeaway", topics=[1]),
    row("e", 5, is_rejected=True, marks="rejected by ada"),
]
DETAILS = {
    "about": "English 2/5 · Keywords: card",
    "parts": [
        {
            "key": "quotes",
            "title": "In their own words (1)",
            "is_open": True,
            "quotes": [
                {
                    "text": "카드가 너무 느려요.",
                    "speaker": "Mina",
                    "interview_title": "Talk 1",
                    "language": "ko",
                    "interview_id": "i1",
                    "turn": 3,
                    "start": 40,
                }
            ],
            "lines": [],
        },
        {
            "key": "related",
            "title": "Near it, and not merged",
            "is_open": False,
            "quotes": [],
            "lines": [{"text": "The card is lost", "deed": "merge", "id": "b"}],
        },
        {
            "key": "judged",
            "title": "What people said of it",
            "is_open": False,
            "quotes": [],
            "lines": [{"text": "pinned by ada, 2026-03-02", "deed": "take back", "id": "j1"}],
        },
    ],
}


@pytest.fixture
def open_insights(open_widget):
    """Return a function that opens a board of insights in a page of its own."""

    def open_page(rows=ROWS, *, style="", width=900, height=900, topics=TOPICS, personas=PERSONAS, view=None, **traits):
        state = {
            "project_name": "Checkout study",
            "locale": "en",
            "connection": "live",
            "rows": pack(rows).decode(),
            "topics": topics,
            "personas": personas,
            "notice": "",
            "nothing": "No insights yet.",
            "undoable": "",
            "view": {**VIEW, **(view or {})},
            "selected": [],
            **traits,
        }
        return open_widget("insights", ("base", "insights"), state, style=style, width=width, height=height)

    return open_page


def shows(page):
    return page.eval_on_selector_all(".pl-insight", "all => all.map((one) => one.dataset.id)")


def status(page):
    return page.get_by_role("status").inner_text()


def sent(page, kind="do"):
    return [message for message in page.evaluate("sent") if message["kind"] == kind]


def saved(page, trait):
    return page.evaluate("trait => window.saved.at(-1)[trait]", trait)


def done(page, number, *, error="", said="", insight=""):
    page.evaluate("m => receive(m)", {"kind": "done", "id": number, "error": error, "said": said, "insight": insight})


def bring(page, rows):
    page.evaluate("text => set('rows', packed(text))", pack(rows).decode())


def opened(page, key="a", details=DETAILS):
    page.locator(f"[data-id={key}] .pl-open").click()
    page.evaluate("m => receive(m)", {"kind": "details", "insight": key, "details": details})
    return page.locator(f"[data-id={key}]")


def focused(page):
    return page.evaluate("document.activeElement.closest('.pl-insight')?.dataset.id")


# Looking


def test_rows_stand_by_kind_and_support_and_say_both_in_words(open_insights):
    page = open_insights()
    assert shows(page) == ["a", "b", "c", "d"]
    first = page.locator("[data-id=a]").inner_text()
    assert "Pain" in first
    assert "4 of 5 participants" in first
    assert "rests on one person" in page.locator("[data-id=b]").inner_text()
    assert status(page) == "4 insights"


@pytest.mark.parametrize("seed", range(3))
def test_what_the_page_shows_is_what_the_query_gives_in_its_order(open_insights, seed):
    replica = copy_of(150, seed=seed)
    told = shown.shown(replica, words_of("en"))
    page = open_insights(told.rows, topics=told.topics, personas=told.personas)
    chance = random.Random(seed)  # noqa: S311 - for no secret
    keys = [topic["key"] for topic in told.topics]
    for _ in range(12):
        view = View(
            kinds=tuple(chance.sample(("pain", "need", "takeaway"), chance.choice((0, 0, 1, 2)))),
            persona=chance.choice(("", "", "p1")),
            text=chance.choice(("", "", " Coupon", "결제", "STRASSE", "straße")),
            alone=chance.random() < 0.2,
            rejected=chance.random() < 0.2,
            section=chance.choice(("", "", *keys[:3])),
            sort=chance.choice(("kind", "support", "name")),
        )
        page.evaluate("view => set('view', view)", {**view._asdict(), "kinds": list(view.kinds)})
        while page.locator("[data-key=grow]").is_visible():
            page.locator("[data-key=grow]").dispatch_event("click")
        assert shows(page) == [key for (key,) in replica.rows(f"SELECT id FROM ({view.sql})")], view


def test_filters_narrow_the_list_and_python_is_told(open_insights):
    page = open_insights()
    page.get_by_role("button", name="Needs 1", exact=True).click()
    assert shows(page) == ["c"]
    assert saved(page, "view")["kinds"] == ["need"]
    assert status(page) == "1 of 4 insights"
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_role("searchbox").fill("PRICE")
    page.wait_for_function("document.querySelectorAll('.pl-insight').length === 1")
    assert (shows(page), saved(page, "view")["text"]) == (["c"], "PRICE")
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_label("All personas").select_option("p1")
    assert shows(page) == ["a"]
    assert "P1 · Buyers 2/3" in page.locator("[data-id=a]").inner_text()
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_role("button", name="Rests on one person", exact=True).click()
    assert shows(page) == ["b"]


def test_what_was_rejected_is_hidden_and_can_be_reached(open_insights):
    page = open_insights()
    page.get_by_role("button", name="Rejected 1").click()
    assert shows(page) == ["e"]
    assert "rejected by ada" in page.locator("[data-id=e]").inner_text()
    opened(page, "e").get_by_role("button", name="Restore").click()
    assert sent(page)[0]["deed"] == "restore"


def test_a_topic_says_how_much_of_each_kind_it_holds_and_filters(open_insights):
    page = open_insights()
    topic = page.get_by_role("button", name="Payment")
    assert "in 2 interviews" in topic.inner_text()
    assert "Pains 2" in topic.inner_text()
    widths = topic.locator("i").evaluate_all("all => all.map((one) => one.getBoundingClientRect().width > 1)")
    assert widths == [True, False, False]
    topic.focus()
    page.keyboard.press("Enter")
    assert shows(page) == ["a", "b"]
    assert saved(page, "view")["section"] == "name:payment"
    assert page.get_by_role("button", name="Payment").get_attribute("aria-pressed") == "true"
    assert page.evaluate("document.activeElement.dataset.key") == "name:payment"
    page.keyboard.press("Enter")
    assert shows(page) == ["a", "b", "c", "d"]


def test_topics_count_what_the_other_filters_leave(open_insights):
    page = open_insights()
    page.get_by_role("button", name="Takeaways 1", exact=True).click()
    assert "Takeaways 1" in page.get_by_role("button", name="Search").inner_text()
    assert "Pains" not in page.get_by_role("button", name="Search").inner_text()


def test_a_topic_that_is_no_more_is_looked_at_no_more(open_insights):
    page = open_insights(view={"section": "name:payment"})
    assert shows(page) == ["a", "b"]
    page.evaluate("set('topics', [])")
    assert saved(page, "view")["section"] == ""
    assert shows(page) == ["a", "b", "c", "d"]


def test_an_insight_opens_in_place_with_quotes_in_their_own_language(open_insights):
    page = open_insights()
    element = opened(page)
    assert sent(page, "open") == [{"kind": "open", "insight": "a"}]
    assert element.locator(".pl-open").get_attribute("aria-expanded") == "true"
    assert "“카드가 너무 느려요.”" in element.inner_text()
    assert element.locator("[lang=ko]").count() == 1
    assert "Mina, Talk 1" in element.inner_text()
    element.get_by_text("Near it, and not merged").click()
    element.get_by_role("button", name="Merge: The card is lost").click()
    assert sent(page) == [{"kind": "do", "id": 1, "deed": "merge", "insights": ["a", "b"], "text": ""}]


def test_a_quote_leads_to_its_place_where_there_is_a_reader(open_insights):
    page = open_insights(can_open=True)
    opened(page).locator(".pl-place").first.press("Enter")
    assert page.evaluate("sent.at(-1)") == {"kind": "open", "interview_id": "i1", "turn": 3, "start": 40}


def test_a_quote_leads_nowhere_without_a_reader(open_insights):
    assert opened(open_insights()).locator(".pl-place").count() == 0


def test_a_judgement_is_taken_back_where_it_stands(open_insights):
    page = open_insights()
    element = opened(page)
    element.get_by_text("What people said of it").click()
    element.get_by_role("button", name="Take back: pinned by ada").click()
    assert sent(page)[0] == {"kind": "do", "id": 1, "deed": "take back", "insights": ["a"], "text": "j1"}


# Doing


def test_a_row_says_that_it_is_being_done_and_then_how_it_ended(open_insights):
    page = open_insights()
    opened(page).get_by_role("button", name="Pin").click()
    assert sent(page) == [{"kind": "do", "id": 1, "deed": "pin", "insights": ["a"], "text": ""}]
    assert page.locator("[data-id=a] .pl-trouble").inner_text() == "Being done: Pin …"
    page.locator("[data-id=a]").get_by_role("button", name="Reject").click(force=True)
    assert len(sent(page)) == 1
    bring(page, [row("a", 1, support=4, is_pinned=True, marks="pinned by ada"), *ROWS[1:]])
    page.evaluate("set('undoable', 'Pinned: “Insight a”')")
    done(page, 1, said="Pinned: “Insight a”", insight="a")
    assert not page.locator("[data-id=a] .pl-trouble").is_visible()
    assert status(page) == "Pinned: “Insight a”"
    page.get_by_role("button", name="Undo (Pinned: “Insight a”)").click()
    assert sent(page)[1] == {"kind": "do", "id": 2, "deed": "undo", "insights": [], "text": ""}


def test_an_error_stands_beside_its_row_and_is_spoken(open_insights):
    page = open_insights()
    opened(page).get_by_role("button", name="Reject").click()
    done(page, 1, error="What this insight rests on is being analysed again.")
    assert page.locator("[data-id=a] .pl-trouble").inner_text().startswith("Not done: What this insight rests on")
    assert status(page).startswith("Not done: What this insight rests on")
    page.locator("[data-id=a]").get_by_role("button", name="Reject").click()
    assert "Not done" not in page.locator("[data-id=a] .pl-trouble").inner_text()


def test_renaming_by_keyboard(open_insights):
    page = open_insights()
    page.locator("[data-id=a] .pl-open").focus()
    page.keyboard.press("F2")
    page.keyboard.type("Cards are slow")
    page.keyboard.press("Enter")
    assert sent(page) == [{"kind": "do", "id": 1, "deed": "rename", "insights": ["a"], "text": "Cards are slow"}]
    assert focused(page) == "a"
    page.keyboard.press("F2")
    page.keyboard.press("Escape")
    assert page.get_by_label("New name").count() == 0
    assert focused(page) == "a"


def test_what_is_typed_as_a_name_stays_while_rows_arrive(open_insights):
    page = open_insights()
    page.locator("[data-id=b] .pl-open").focus()
    page.keyboard.press("F2")
    page.keyboard.type("Half a na")
    bring(page, [*ROWS, row("f", 6, support=5)])
    assert shows(page)[0] == "f"
    page.keyboard.type("me")
    assert page.get_by_label("New name").input_value() == "Half a name"


def test_several_are_chosen_with_space_and_merged(open_insights):
    page = open_insights()
    page.locator("[data-id=a] .pl-check").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert saved(page, "selected") == ["a", "b"]
    assert "2 chosen" in page.locator(".pl-picked").inner_text()
    assert focused(page) == "b"
    page.get_by_role("button", name="Merge").click()
    assert sent(page)[0]["insights"] == ["a", "b"]
    bring(page, [row("a", 1, support=5), *ROWS[2:]])
    done(page, 1, said="Merged: “Insight a”", insight="a")
    assert saved(page, "selected") == []


def test_choosing_the_first_moves_no_row(open_insights):
    page = open_insights()
    before = page.locator("[data-id=b]").bounding_box()
    page.locator("[data-id=b] .pl-check").check()
    assert page.locator("[data-id=b]").bounding_box() == before


def test_only_what_is_shown_of_the_chosen_is_worked_on(open_insights):
    page = open_insights(selected=["a", "c"])
    page.get_by_role("button", name="Pains 2", exact=True).click()
    page.locator(".pl-picked").get_by_role("button", name="Pin").click()
    assert sent(page)[0]["insights"] == ["a"]


def test_rejecting_by_keyboard_leaves_the_focus_on_the_next_row(open_insights):
    page = open_insights()
    page.locator("[data-id=a] .pl-open").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Delete")
    assert sent(page)[0] == {"kind": "do", "id": 1, "deed": "reject", "insights": ["b"], "text": ""}
    bring(page, [ROWS[0], row("b", 2, is_rejected=True), *ROWS[2:]])
    done(page, 1, said="Rejected: “Insight b”", insight="b")
    assert shows(page) == ["a", "c", "d"]
    assert focused(page) == "c"
    page.evaluate("set('undoable', 'Rejected: “Insight b”')")
    page.keyboard.press("Control+z")
    assert sent(page)[1]["deed"] == "undo"


def test_arrows_go_through_the_rows_and_one_of_them_is_in_the_way_of_tab(open_insights):
    page = open_insights()
    page.locator("[data-id=a] .pl-open").focus()
    for key, where in (("ArrowDown", "b"), ("End", "d"), ("ArrowDown", "d"), ("Home", "a"), ("ArrowUp", "a")):
        page.keyboard.press(key)
        assert focused(page) == where
    assert page.locator(".pl-insight [tabindex='0']").count() == 2


def test_keys_that_work_here_do_not_reach_the_notebook(open_insights):
    page = open_insights()
    page.evaluate("window.heard = []; document.addEventListener('keydown', (event) => heard.push(event.key))")
    page.locator("[data-id=a] .pl-open").focus()
    for key in ("ArrowDown", "Enter", "Escape", "x"):
        page.keyboard.press(key)
    assert page.evaluate("heard") == ["x"]


# Staying true


def test_rows_that_arrive_leave_the_focus_and_what_is_open(open_insights):
    page = open_insights()
    opened(page, "b")
    page.locator("[data-id=b] .pl-open").focus()
    bring(page, [row("f", 6, support=5), *ROWS])
    assert shows(page) == ["f", "a", "b", "c", "d"]
    assert focused(page) == "b"
    assert "카드가" in page.locator("[data-id=b]").inner_text()
    assert status(page) == "5 insights"


def test_the_focus_within_an_open_insight_stays_when_its_details_change(open_insights):
    page = open_insights()
    opened(page).get_by_text("What people said of it").click()
    page.get_by_role("button", name="Take back").focus()
    page.evaluate("m => receive(m)", {"kind": "details", "insight": "a", "details": {**DETAILS, "about": "Other"}})
    assert page.evaluate("document.activeElement.dataset.key") == "take back j1"
    assert page.locator("[data-id=a] details[open]").count() == 2


def test_what_is_to_come_and_what_has_changed_since_is_said(open_insights):
    page = open_insights(notice="3 interviews are still being analysed.")
    assert page.get_by_text("3 interviews are still being analysed.").is_visible()
    page.evaluate("set('notice', '')")
    assert not page.locator(".pl-notice-line").is_visible()


def test_no_insights_say_why(open_insights):
    page = open_insights([], topics=[])
    assert page.get_by_text("No insights yet.").is_visible()
    bring(page, ROWS)
    assert not page.locator(".pl-empty").is_visible()
    page.get_by_role("searchbox").fill("nobody says this")
    page.get_by_text("No insight fits these filters.").wait_for()


def test_a_line_that_is_down_and_a_kernel_that_is_gone_are_said(open_insights):
    page = open_insights(connection="reconnecting")
    assert page.locator(".pl-light").inner_text() == "Reconnecting"
    opened(page)
    page.evaluate("fire('comm_live_update')")
    assert page.get_by_text("The kernel is gone.").is_visible()
    assert page.locator(".pl-light").inner_text() == "Offline"
    page.locator("[data-id=a]").get_by_role("button", name="Pin").click()
    assert sent(page) == []


def test_two_thousand_insights_are_drawn_in_part_and_all_can_be_reached(open_insights):
    rows = [row(f"n{number}", number, support=1 + number % 5) for number in range(2000)]
    page = open_insights(rows)
    assert len(shows(page)) < 300
    assert page.locator(".pl-insight").first.get_attribute("aria-setsize") == "2000"
    before = len(shows(page))
    page.locator(".pl-open").first.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowDown")
    page.wait_for_function("n => document.querySelectorAll('.pl-insight').length > n", arg=before)


# Looks


def test_words_are_never_markup(open_insights):
    hostile = {"about": HOSTILE, "parts": [{**DETAILS["parts"][1], "title": HOSTILE, "lines": [{"text": HOSTILE}]}]}
    page = open_insights(
        [row("a", 1, text=HOSTILE, marks=HOSTILE, topics=[0])],
        topics=[{"key": "name:x", "name": HOSTILE, "where": HOSTILE}],
        project_name=HOSTILE,
        notice=HOSTILE,
    )
    opened(page, "a", hostile)
    assert page.locator("#view b, #view img").count() == 0
    assert page.title() != "broken"


def test_labels_are_korean_where_they_are_asked_for_and_can_be_switched(open_insights):
    page = open_insights(locale="ko")
    assert status(page) == "인사이트 4건"
    assert "참여자 5명 중 4명" in page.locator("[data-id=a]").inner_text()
    page.evaluate("set('locale', 'en')")
    assert status(page) == "4 insights"
    assert page.locator(".pl-insights").count() == 1


@pytest.mark.parametrize("width", [360, 620, 1100])
def test_nothing_is_wider_than_the_cell(open_insights, width):
    page = open_insights(
        [row("a", 1, text="W" * 200, topics=[0]), *ROWS[1:]], width=width, undoable="Renamed: " + "x" * 300
    )
    opened(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_theme_of_the_notebook_is_followed(open_insights):
    page = open_insights(style=DARK)
    colours = "getComputedStyle(document.querySelector('#view'))"
    assert page.evaluate(f"[{colours}.backgroundColor, {colours}.color]") == ["rgb(17, 17, 17)", "rgb(250, 250, 250)"]


def test_a_closed_view_is_told_nothing_more(open_insights):
    page = open_insights()
    page.evaluate("openView('other'); controller.abort()")
    bring(page, ROWS[:1])
    counts = page.evaluate("['#view', '#other'].map((id) => document.querySelectorAll(`${id} .pl-insight`).length)")
    assert counts == [4, 1]


@pytest.mark.parametrize("width", [360, 900])
def test_a_long_insight_is_cut_and_still_tells_that_it_rests_on_one_person(open_insights, width):
    page = open_insights([row("a", text="A long sentence. " * 60, marks="rests on one person")], width=width)
    mark = page.get_by_text("rests on one person", exact=True)
    text = page.locator(".pl-open .pl-called > span")
    assert text.evaluate("element => element.scrollHeight > element.clientHeight")
    assert mark.bounding_box()["y"] >= text.bounding_box()["y"] + text.bounding_box()["height"]
    assert mark.evaluate(
        """element => {
            const { x, y, width, height } = element.getBoundingClientRect();
            return document.elementFromPoint(x + width / 2, y + height / 2) === element;
        }"""
    )


@pytest.mark.parametrize("locale", ["en", "ko"])
def test_in_a_narrow_cell_the_field_shows_all_of_what_it_is_for(open_insights, locale):
    page = open_insights(width=360, locale=locale)
    field = page.get_by_role("searchbox")
    assert field.bounding_box()["width"] > 300


def test_a_filter_is_round_where_the_notebook_rounds_its_own_buttons(open_insights):
    page = open_insights(style=".jp-ThemedContainer button { border-radius: 2px; }")
    page.evaluate("document.body.classList.add('jp-ThemedContainer')")
    radii = page.eval_on_selector_all(".pl-filter", "all => all.map((one) => getComputedStyle(one).borderRadius)")
    assert set(radii) == {"14px"}
