import pytest

DARK = ":root { --jp-layout-color1: rgb(17, 17, 17); --jp-ui-font-color1: rgb(250, 250, 250); }"
HOSTILE = "<img src=x onerror=\"document.title='broken'\"><b>bold</b>"
PEOPLE = [{"id": "a1", "label": "P1", "name": "Nora"}, {"id": "b2", "label": "P2", "name": "Joon"}]


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


def message(number, content, role="assistant", **facts):
    return {
        "id": f"m{number}",
        "conversation_id": "c",
        "number": number,
        "role": role,
        "author": "ada" if role == "user" else "project",
        "persona_id": None,
        "content": content,
        "citations": [],
        "questions": [],
        "state": "complete",
        "note": "",
        "created_at": "2026-03-14T09:00:00Z",
        **facts,
    }


TALK = [
    message(1, "What stops people at payment?", "user"),
    message(
        2,
        "Two people speak to this:\n\n- “The form lost my card.” [1]\n- “I gave up.” [2]",
        citations=[
            {"n": 1, "quote": quote("The form lost my card."), "others": [quote("It forgot my card.", "Joon", "i2")]},
            {"n": 2, "quote": quote("I gave up."), "others": []},
        ],
        questions=["Who gave up?", "What did they do instead?"],
    ),
]


@pytest.fixture
def open_chat(open_widget):
    """Return a function that opens a conversation in a page of its own."""

    def open_page(messages=(), *, style="", width=900, **traits):
        state = {
            "title": "Payment",
            "locale": "en",
            "connection": "live",
            "people": PEOPLE,
            "messages": list(messages),
            "limit": 4000,
            **traits,
        }
        return open_widget("chat", ("base", "chat"), state, style=style, width=width)

    return open_page


def receive(page, **content):
    page.evaluate("content => receive(content)", content)


def sent(page, kind):
    return [one for one in page.evaluate("sent") if one["kind"] == kind]


def test_a_chip_shows_how_many_say_it_and_opens_who_and_the_exact_words(open_chat):
    page = open_chat(TALK)
    chip = page.locator(".pl-chip").first
    assert chip.inner_text().replace("\n", " ") == "1 ×2"
    assert chip.get_attribute("aria-label") == "Quote 1, 2 people say this. Show the words"
    assert chip.get_attribute("aria-expanded") == "false"
    chip.press("Enter")
    panel = page.locator(".pl-panel").first
    assert chip.get_attribute("aria-expanded") == "true"
    assert panel.is_visible()
    assert "“The form lost my card.”" in panel.inner_text()
    assert "“It forgot my card.”" in panel.inner_text()
    assert "Joon, Checkout talk" in panel.inner_text()
    chip.press("Escape")
    assert panel.is_hidden()


def test_the_message_with_the_focus_can_be_read_back(open_chat):
    page = open_chat(TALK)
    chip = page.locator(".pl-chip").first
    chip.focus()
    its = page.locator(".pl-message").filter(has=page.locator(".pl-chip")).first.get_attribute("data-id")
    assert page.evaluate("saved.at(-1).selected") == [its]


def test_what_the_reader_has_opened_stays_open_while_the_conversation_goes_on(open_chat):
    page = open_chat(TALK)
    page.locator(".pl-chip").first.press("Enter")
    receive(page, kind="messages", messages=[message(3, "And why?", "user")])
    assert page.locator(".pl-message").count() == 3
    assert page.locator(".pl-panel").first.is_visible()
    assert page.evaluate("document.activeElement.dataset.n") == "1"


def test_an_answer_grows_and_is_then_replaced_by_what_was_kept(open_chat):
    page = open_chat(TALK[:1])
    receive(page, kind="started", message_id="m2", persona_id="a1", label="P1")
    receive(page, kind="parts", message_id="m2", text="I am composed from ", citations=[])
    receive(page, kind="parts", message_id="m2", text="interviews.", citations=[])
    growing = page.locator(".pl-message[data-growing]")
    assert growing.locator(".pl-said").inner_text() == "I am composed from interviews."
    assert growing.locator(".pl-author").inner_text() == "P1 · Nora"
    assert page.locator(".pl-heard").inner_text() == "P1 · Nora is answering"
    kept = message(2, "I am composed from 4 interviews.", persona_id="a1", author="P1")
    receive(page, kind="messages", messages=[kept])
    assert page.locator(".pl-message[data-growing]").count() == 0
    assert page.locator(".pl-message").count() == 2
    assert page.locator(".pl-heard").inner_text() == "P1 · Nora: I am composed from 4 interviews."


def test_enter_asks_and_a_new_line_does_not(open_chat):
    page = open_chat()
    box = page.locator("textarea")
    box.press_sequentially("Why")
    box.press("Shift+Enter")
    assert sent(page, "ask") == []
    box.press("Enter")
    assert [one["text"] for one in sent(page, "ask")] == ["Why"]
    assert box.input_value() == ""


def test_a_syllable_that_is_being_composed_takes_enter_for_itself(open_chat):
    page = open_chat()
    page.locator("textarea").fill("왜")
    page.evaluate(
        "document.querySelector('textarea').dispatchEvent("
        "new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true }))"
    )
    assert sent(page, "ask") == []


def test_a_persona_is_mentioned_by_the_keyboard(open_chat):
    page = open_chat()
    box = page.locator("textarea")
    box.press_sequentially("@")
    assert page.locator(".pl-options li").all_inner_texts() == ["@P1 Nora", "@P2 Joon"]
    box.press("ArrowDown")
    box.press("Enter")
    assert box.input_value() == "@P2 "
    box.press_sequentially("@no")
    box.press("Tab")
    assert box.input_value() == "@P2 @P1 "
    assert page.locator(".pl-options").is_hidden()
    box.press_sequentially("and why?")
    box.press("Enter")
    assert sent(page, "ask")[0]["text"] == "@P2 @P1 and why?"


def test_an_answer_is_stopped(open_chat):
    page = open_chat()
    page.locator("textarea").press_sequentially("Why?")
    page.locator("textarea").press("Enter")
    receive(page, kind="started", message_id="m2", persona_id=None, label="project")
    page.get_by_role("button", name="Stop").click()
    assert [one["message_id"] for one in sent(page, "stop")] == ["m2"]
    receive(page, kind="messages", messages=[message(2, "Two", state="stopped")])
    receive(page, kind="asked", error="")
    assert page.locator(".pl-state-note").inner_text() == "Stopped. What was written stands."
    assert page.get_by_role("button", name="Ask").is_visible()


def test_what_went_wrong_is_said_and_the_question_can_be_asked_again(open_chat):
    page = open_chat()
    page.locator("textarea").press_sequentially("Why?")
    page.locator("textarea").press("Enter")
    receive(page, kind="asked", error="The server can't be reached.")
    assert page.get_by_role("alert").inner_text() == "The server can't be reached."
    page.locator("textarea").press_sequentially("Why?")
    page.locator("textarea").press("Enter")
    assert len(sent(page, "ask")) == 2


def test_a_suggested_question_is_asked_by_a_click(open_chat):
    page = open_chat(TALK)
    page.get_by_role("button", name="Who gave up?").click()
    assert [one["text"] for one in sent(page, "ask")] == ["Who gave up?"]


def test_a_question_that_is_too_long_is_not_sent(open_chat):
    page = open_chat(limit=10)
    page.locator("textarea").fill("x" * 12)
    page.locator("textarea").press("Enter")
    assert sent(page, "ask") == []
    assert page.locator(".pl-left").inner_text() == "2 characters too many"


def test_markup_in_an_answer_stays_text(open_chat):
    page = open_chat(
        [
            message(1, HOSTILE, "user", author=HOSTILE),
            message(
                2, f"{HOSTILE} [1]", citations=[{"n": 1, "quote": quote(HOSTILE, HOSTILE), "others": [quote(HOSTILE)]}]
            ),
        ]
    )
    page.locator(".pl-chip").click()
    assert page.locator("img, b").count() == 0
    assert page.title() == ""


def test_a_mark_without_a_citation_stays_as_it_is(open_chat):
    page = open_chat([message(1, "So it is [7].")])
    assert page.locator(".pl-said").inner_text() == "So it is [7]."


def test_a_second_view_shows_the_present(open_chat):
    page = open_chat(TALK)
    receive(page, kind="messages", messages=[message(3, "And why?", "user")])
    page.evaluate("openView('second')")
    assert page.locator("#second .pl-message").count() == 3


def test_the_labels_are_korean_on_request(open_chat):
    page = open_chat(TALK, locale="ko")
    assert page.get_by_role("button", name="묻기").is_visible()
    assert page.locator(".pl-author").all_inner_texts() == ["ada", "인터뷰"]


@pytest.mark.parametrize("width", [360, 900])
def test_nothing_is_wider_than_the_page(open_chat, width):
    page = open_chat([*TALK, message(3, "x" * 300, "user")], width=width, style="body { margin: 0 }")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
