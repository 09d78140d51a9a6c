import pytest
from playwright.sync_api import expect

DARK = ":root { --jp-layout-color1: rgb(17, 17, 17); --jp-ui-font-color1: rgb(250, 250, 250); }"
HOSTILE = "<img src=x onerror=\"document.title='broken'\"><b>bold</b>"
FACE = (
    "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCA4IDgiPjxyZWN0IHdpZHRo"
    "PSI4IiBoZWlnaHQ9IjgiIGZpbGw9InRlYWwiLz48L3N2Zz4="
)


def quote(text, speaker="Mina", interview="i1"):
    return {
        "interview_id": interview,
        "interview_title": "Checkout talk",
        "speaker": speaker,
        "turn": 3,
        "start": 0,
        "end": len(text),
        "text": text,
        "status": "exact",
    }


def trait(kind, text, support=2, against=()):
    return {
        "kind": kind,
        "text": text,
        "support": support,
        "participants": 3,
        "score": 1.0,
        "quotes": [quote("It forgets my address every time."), quote("I typed it three times.", "Jun", "i2")],
        "against": list(against),
    }


def persona(key="b", position=1, **facts):
    return {
        "id": key,
        "position": position,
        "label": f"P{position}",
        "title": "Buyers in a hurry",
        "name": "Robin",
        "description": "",
        "place": "Role: Buyer · Age: Young",
        "picture": FACE,
        "summary": "They pay on the way, and leave when a form asks twice.",
        "quotes": [quote("I pay on the train.")],
        "traits": [
            trait("goal", "Be done in a minute"),
            trait("pain", "Addresses are typed again", 3, [quote("Mine was always there.", "Ann", "i3")]),
            trait("behaviour", "Pays by phone"),
        ],
        "words": [
            {"word": "address", "participants": 3, "score": 4.0},
            {"word": "train", "participants": 2, "score": 2.0},
        ],
        "participants": 3,
        "typical": "Checkout talk",
        "stale": {"en": "", "ko": ""},
        **facts,
    }


def interview(number, persona_id="b", decided_by=None, **facts):
    return {
        "id": f"i{number}",
        "order": number,
        "title": f"Interview {number}",
        "persona_id": persona_id,
        "decided_by": decided_by,
        "proposed_id": persona_id,
        "score": 0.62,
        "evidence": [quote("I always pay late.")],
        **facts,
    }


TWO = [
    persona(),
    persona("u", 2, title="Users who wait", stale=dict.fromkeys(("en", "ko"), "2 interviews were added."), name="Noor"),
]
THREE = [
    interview(1),
    interview(2, "b", "ada"),
    interview(3, "u"),
    interview(4, None, proposed_id=None, score=None, evidence=[]),
]


@pytest.fixture
def open_cards(open_widget):
    """Return a function that opens the cards in a page of their own."""

    def open_page(personas=TWO, interviews=THREE, *, style="", width=900, height=900, **traits):
        state = {
            "project_name": "Checkout study",
            "locale": "en",
            "connection": "live",
            "personas": list(personas),
            "interviews": list(interviews),
            "revision": 0,
            **traits,
        }
        return open_widget("personas", ("base", "personas"), state, style=style, width=width, height=height)

    return open_page


def change(page, *, personas=(), interviews=(), gone=(), revision=1):
    told = {"personas": list(personas), "interviews": list(interviews), "gone": list(gone), "revision": revision}
    page.evaluate("message => receive(message)", {"kind": "changed", **told})


def sent(page, kind):
    return [message for message in page.evaluate("sent") if message["kind"] == kind]


def labels(page):
    return page.locator(".pl-label").all_text_contents()


def test_a_card_says_whom_it_rests_on_and_opens_quotes_in_place(open_cards):
    page = open_cards()
    card = page.locator("[data-id=b]")
    assert "2 interviews (1 decided, 1 proposed) · 3 participants" in card.inner_text()
    assert "Called Robin here, an invented name" in card.inner_text()
    assert "3 of 3 participants" in card.inner_text()
    words = card.get_by_text("It forgets my address every time.").nth(1)
    assert not words.is_visible()
    summary = card.locator("summary", has_text="2 quotes").nth(1)
    summary.focus()
    page.keyboard.press("Enter")
    assert words.is_visible()


def test_the_persona_with_the_focus_can_be_read_back(open_cards):
    page = open_cards()
    page.locator("[data-id=b] summary").first.focus()
    assert page.evaluate("saved.at(-1).selected") == ["b"]


def test_accepting_one_and_all_and_choosing_another_are_asked_for(open_cards):
    page = open_cards()
    page.get_by_role("button", name="Accept “Interview 1” as P1").click()
    assert sent(page, "accept") == [{"kind": "accept", "interviews": ["i1"], "id": 1}]
    assert page.locator(".pl-people-status").inner_text() == "One moment …"
    page.get_by_role("button", name="Accept all 2 proposals").click(force=True)
    assert len(sent(page, "accept")) == 1
    page.evaluate("receive({ kind: 'done', id: 1, error: '' })")
    page.get_by_role("button", name="Accept all 2 proposals").click()
    assert sent(page, "accept")[1] == {"kind": "accept", "interviews": None, "id": 2}
    page.evaluate("receive({ kind: 'done', id: 2, error: '' })")
    page.get_by_label("“Interview 2” belongs to").select_option("u")
    page.get_by_label("“Interview 1” belongs to").select_option("")
    told = [(message["interview"], message["persona"]) for message in sent(page, "assign")]
    assert told == [("i2", "u"), ("i1", None)]


def test_what_goes_wrong_is_said(open_cards):
    page = open_cards()
    page.get_by_role("button", name="Accept “Interview 1” as P1").click()
    page.evaluate("receive({ kind: 'done', id: 1, error: 'No persona is proposed.' })")
    assert page.locator(".pl-people-status").inner_text() == "No persona is proposed."


def test_an_interview_moves_to_its_card_and_what_was_open_stays_open(open_cards):
    page = open_cards()
    page.locator("[data-id=b] summary", has_text="2 quotes").nth(1).click()
    page.locator("[data-id=b] summary", has_text="2 quotes").nth(1).focus()
    change(page, interviews=[interview(3, "b", "ada")])
    assert "3 interviews (2 decided, 1 proposed)" in page.locator("[data-id=b]").inner_text()
    assert "Nobody belongs to it yet." in page.locator("[data-id=u]").inner_text()
    assert page.locator("[data-id=b] details[open]").count() == 1
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_the_focus_stays_with_the_interview_when_its_button_goes(open_cards):
    page = open_cards()
    page.get_by_role("button", name="Accept “Interview 1” as P1").focus()
    change(page, interviews=[interview(1, "b", "ada")])
    assert page.evaluate("document.activeElement.dataset.key") == "choose i1"


def test_cards_stand_by_position_and_a_persona_that_is_gone_goes(open_cards):
    page = open_cards()
    change(page, personas=[persona("u", 0, label="P2"), persona("n", 3)])
    assert labels(page) == ["P2", "P1", "P3"]
    change(page, gone=["b"], interviews=[interview(1, None), interview(2, None)], revision=2)
    assert labels(page) == ["P2", "P3"]
    assert "Belong to none (3)" in page.locator(".pl-rest").inner_text()


def test_a_stale_card_says_why_and_a_disputed_interview_too(open_cards):
    page = open_cards(interviews=[interview(1, "b", "ada", proposed_id="u")])
    assert "⚠ Stale: 2 interviews were added." in page.locator("[data-id=u]").inner_text()
    assert "decided by ada; another is proposed since" in page.locator("[data-id=b]").inner_text()


def test_where_there_are_none_they_can_be_proposed(open_cards):
    page = open_cards((), ())
    page.get_by_role("button", name="Propose personas").click()
    page.get_by_role("button", name="Propose personas").click(force=True)
    assert sent(page, "propose") == [{"kind": "propose", "id": 1}]
    page.evaluate("receive({ kind: 'done', id: 1, error: 'Nothing has been analysed yet.' })")
    assert page.locator(".pl-people-status").inner_text() == "Nothing has been analysed yet."
    change(page, personas=[persona()], interviews=[interview(1)])
    assert not page.locator(".pl-empty").is_visible()
    expect(page.get_by_role("button", name="Accept the 1 proposal")).to_be_focused()


def test_words_are_never_markup(open_cards):
    page = open_cards(
        [persona(title=HOSTILE, summary=HOSTILE, stale={"en": HOSTILE, "ko": HOSTILE})], [interview(1, title=HOSTILE)]
    )
    assert page.locator(".pl-persona b").count() == 0
    assert page.title() != "broken"
    assert HOSTILE in page.locator(".pl-persona h3").inner_text()


def test_the_labels_are_korean_where_they_are_asked_for(open_cards):
    page = open_cards(locale="ko")
    assert "인터뷰 2건 (확정 1, 제안 1) · 참여자 3명" in page.locator("[data-id=b]").inner_text()
    assert page.get_by_role("button", name="제안 2건 모두 확정").count() == 1


@pytest.mark.parametrize("width", [360, 900])
def test_nothing_is_wider_than_the_cell(open_cards, width):
    page = open_cards([persona(title="W" * 80), TWO[1]], width=width)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_theme_of_the_notebook_is_followed(open_cards):
    page = open_cards(style=DARK)
    colours = "getComputedStyle(document.querySelector('#view'))"
    assert page.evaluate(f"[{colours}.backgroundColor, {colours}.color]") == ["rgb(17, 17, 17)", "rgb(250, 250, 250)"]


def test_keys_that_work_here_do_not_reach_the_notebook(open_cards):
    page = open_cards()
    page.evaluate("window.heard = []; document.addEventListener('keydown', (event) => heard.push(event.key))")
    page.locator("summary").first.focus()
    for key in ("Enter", "ArrowDown", "x"):
        page.keyboard.press(key)
    assert page.evaluate("heard") == ["x"]


def test_a_closed_view_is_told_nothing_more(open_cards):
    page = open_cards()
    page.evaluate("openView('other'); controller.abort()")
    change(page, gone=["u"], interviews=[interview(3, None)])
    assert page.locator("#view .pl-label").count() == 2
    assert page.locator("#other .pl-label").count() == 1


def test_a_kernel_that_is_gone_is_said(open_cards):
    page = open_cards()
    page.evaluate("fire('comm_live_update')")
    assert "The kernel is gone" in page.locator(".pl-people-status").inner_text()
    page.get_by_role("button", name="Accept “Interview 1” as P1").click()
    assert sent(page, "accept") == []
