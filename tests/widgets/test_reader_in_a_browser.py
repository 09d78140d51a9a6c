import unicodedata

import pytest

from persona_lab.widgets.packed import pack

DARK = ":root { --jp-layout-color1: rgb(17, 17, 17); --jp-ui-font-color1: rgb(250, 250, 250); }"
HOSTILE = "<img src=x onerror=\"document.title='broken'\"><b>bold</b>"
TEXTS = (
    "What happened the last time you paid?",
    "The 😀 card form is really frustrating. It forgets my address.",
    "What would help?",
    "I wish it would remember my address.",
    "Anything else?",
    "No, that is all.",
)
SECTIONS = [
    {"name": "Paying", "first": 0, "last": 3, "is_main": True},
    {"name": "The end", "first": 4, "last": 5, "is_main": True},
]


def quote(turns, index, words):
    turn = turns[index]
    start = turn["start"] + turn["text"].index(words)
    return {"turn": index, "start": start, "end": start + len(words), "text": words}


def finding(turns, index=1, words="card form is really frustrating", **about):
    return {
        "id": 0,
        "kind": "pain",
        "text": "The form is frustrating",
        "insight": "",
        "support": 2,
        "participants": 3,
        "note": "",
        "is_pinned": False,
        "is_rejected": False,
        "quotes": [quote(turns, index, words)],
        "others": [],
        **about,
    }


def code(turns, index=1, words="forgets my address", **about):
    return {"id": "c1", "code": "trust", "coder": "ana", "note": "", **quote(turns, index, words), **about}


def note(index=1, **about):
    made = {"id": "n1", "turn": index, "depth": 0, "text": "Ask again.", "by": "ana", "at": "2026-03-02T12:00:00Z"}
    return {**made, **about}


def turn(page, index):
    return page.locator(f"#view [data-turn='{index}']")


def focused(page):
    return page.evaluate("document.activeElement.closest('article')?.dataset.turn ?? document.activeElement.localName")


def sent(page, kind):
    return [message for message in page.evaluate("sent") if message["kind"] == kind]


def look_for(page, words):
    page.get_by_role("searchbox").fill(words)
    page.wait_for_function("words => saved.at(-1)?.find === words", arg=words)


def marked(page, name):
    """Return the words that are marked as found, and the one that one is at."""
    return page.evaluate("name => [...(CSS.highlights.get(name) ?? [])].map(String)", name)


def select(page, index, words):
    page.evaluate(
        """([index, words]) => {
            const said = document.querySelector(`[data-turn="${index}"] .pl-spoken`);
            const texts = document.createTreeWalker(said, NodeFilter.SHOW_TEXT);
            while (texts.nextNode()) {
                const at = texts.currentNode.data.indexOf(words);
                if (at < 0) continue;
                document.getSelection().setBaseAndExtent(texts.currentNode, at, texts.currentNode, at + words.length);
                return;
            }
            throw new Error(`no ${words}`);
        }""",
        [index, words],
    )


def test_turns_say_who_what_they_are_when_and_what(open_reader, said):
    page = open_reader(said(*TEXTS), sections=SECTIONS)
    assert page.locator("#view article").count() == 6
    parts = [
        turn(page, 1).locator(part).inner_text() for part in (".pl-reader-number", "strong", "small", ".pl-spoken")
    ]
    assert parts == ["1", "Mina", "participant · 0:37", TEXTS[1]]
    assert turn(page, 1).get_attribute("aria-label") == "turn 1 · Mina · participant · 0:37"
    assert page.locator("#view h4").all_text_contents() == ["Paying", "The end"]
    assert page.locator(".pl-reader-facts").inner_text() == "6 turns · English"


def test_roles_are_told_apart_without_their_colour(open_reader, said):
    page = open_reader(said(*TEXTS))
    styles = [
        turn(page, index)
        .locator(".pl-spoken")
        .evaluate("one => { const all = getComputedStyle(one); return [all.fontStyle, all.borderInlineStartWidth]; }")
        for index in (0, 1)
    ]
    assert styles == [["italic", "0px"], ["normal", "3px"]]


def test_what_was_said_is_text_and_never_markup(open_reader, said):
    turns = said(HOSTILE, HOSTILE)
    one = finding(turns, 1, HOSTILE, text=HOSTILE, insight=HOSTILE + "2")
    about = {"interview": {"title": HOSTILE}, "sections": [{"name": HOSTILE, "first": 0, "last": 1, "is_main": True}]}
    page = open_reader(
        turns, findings=[one], codes=[code(turns, 1, "bold", code=HOSTILE)], notes=[note(text=HOSTILE)], **about
    )
    page.locator(".pl-reader-opens").click()
    assert turn(page, 1).locator(".pl-spoken").text_content() == HOSTILE
    assert page.locator("#view img, #view b").count() == 0
    assert page.title() == ""


def test_a_quote_is_marked_where_it_stands_also_behind_an_emoji(open_reader, said):
    turns = said(*TEXTS)
    page = open_reader(turns, findings=[finding(turns)], codes=[code(turns)])
    marks = turn(page, 1).locator("mark")
    assert marks.all_text_contents() == ["card form is really frustrating", "forgets my address"]
    assert [one.get_attribute("data-kind") for one in marks.all()] == ["pain", "code"]
    assert turn(page, 1).locator(".pl-spoken").text_content() == TEXTS[1]


def test_a_finding_stands_beside_each_turn_it_rests_on_with_a_shape_and_a_word(open_reader, said):
    turns = said(*TEXTS)
    one = finding(turns, quotes=[quote(turns, 1, "card form"), quote(turns, 3, "remember")])
    page = open_reader(turns, findings=[one])
    assert (
        page.locator(".pl-reader-opens").all_text_contents()
        == ["▼ PainThe form is frustrating 2 of 3 participants"] * 2
    )
    assert turn(page, 1).get_attribute("aria-label").endswith("1 finding")
    beside = turn(page, 1).locator(".pl-reader-beside").bounding_box()
    words = turn(page, 1).locator(".pl-spoken").bounding_box()
    assert beside["x"] >= words["x"] + words["width"]


def test_in_a_narrow_place_findings_stand_below_their_turn_and_nothing_is_wider(open_reader, said):
    turns = said(*TEXTS)
    page = open_reader(turns, findings=[finding(turns)], codes=[code(turns)], sections=SECTIONS, width=360)
    beside = turn(page, 1).locator(".pl-reader-beside").bounding_box()
    words = turn(page, 1).locator(".pl-spoken").bounding_box()
    assert beside["y"] >= words["y"] + words["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_finding_opens_its_quotes_and_a_quote_its_place(open_reader, said):
    turns = said(*TEXTS)
    one = finding(
        turns,
        insight="Forms forget",
        quotes=[quote(turns, 1, "card form"), quote(turns, 3, "remember my address")],
        others=[
            {"interview_id": "jun", "interview_title": "checkout-3", "speaker": "Jun", "turn": 8, "text": "It lost it."}
        ],
    )
    page = open_reader(turns, findings=[one])
    opens = turn(page, 1).locator(".pl-reader-opens")
    opens.click()
    assert opens.get_attribute("aria-expanded") == "true"
    quotes = turn(page, 1).locator(".pl-reader-quotes")
    assert "Together with others: Forms forget" in quotes.inner_text()
    assert [one.inner_text() for one in quotes.get_by_role("button").all()] == [
        "“card form” turn 1",
        "“remember my address” turn 3",
        "“It lost it.” Jun · checkout-3",
    ]
    quotes.get_by_role("button").nth(1).click()
    assert focused(page) == "3"
    quotes.get_by_role("button").nth(2).click()
    assert sent(page, "open") == [{"kind": "open", "id": 1, "interview": "jun", "turn": 8, "from": 1}]


def test_there_is_a_way_back_to_where_one_came_from(open_reader, said):
    page = open_reader(said(*TEXTS), interview={"back": {"id": "jun", "title": "checkout-3", "turn": 8}})
    page.get_by_role("button", name="Back to “checkout-3”").click()
    assert sent(page, "open") == [{"kind": "open", "id": 1, "interview": "jun", "turn": 8, "from": 0}]


def test_keys_go_from_turn_to_turn_and_open_and_close_findings(open_reader, said):
    turns = said(*TEXTS)
    page = open_reader(turns, findings=[finding(turns)])
    page.evaluate("window.heard = []; document.addEventListener('keydown', (event) => heard.push(event.key))")
    page.keyboard.press("Tab")
    while focused(page) != "0":
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert focused(page) == "1"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").startswith("“card form")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.turn") == "1"
    assert page.locator(".pl-reader-quotes").count() == 0
    page.keyboard.press("x")
    assert [key for key in page.evaluate("heard") if key != "Tab"] == ["x"]


def test_only_the_turn_one_is_at_has_stops_for_tab(open_reader, said):
    turns = said(*TEXTS)
    page = open_reader(turns, findings=[finding(turns), finding(turns, 3, "remember", id=1)])
    stops = "[...document.querySelectorAll('#view article, #view article button')].filter((one) => one.tabIndex >= 0)"
    assert page.evaluate(f"{stops}.map((one) => one.closest('article').dataset.turn)") == ["0"] * 4
    turn(page, 3).focus()
    assert set(page.evaluate(f"{stops}.map((one) => one.closest('article').dataset.turn)")) == {"3"}


def test_turns_are_chosen_and_the_cell_knows(open_reader, said):
    page = open_reader(said(*TEXTS))
    turn(page, 1).focus()
    page.keyboard.press(" ")
    page.get_by_role("button", name="Choose turn 3").click()
    assert page.evaluate("saved.at(-1).selected") == ["1", "3"]
    assert page.get_by_role("button", name="Choose turn 3").get_attribute("aria-pressed") == "true"
    assert page.locator(".pl-reader-chosen span").inner_text() == "2 turns chosen"
    page.get_by_role("button", name="Clear").click()
    assert page.evaluate("saved.at(-1).selected") == []
    assert not page.locator(".pl-reader-chosen").is_visible()


def test_words_are_found_counted_and_gone_through(open_reader, said):
    turns = said(*TEXTS)
    page = open_reader(turns, findings=[finding(turns)])
    turn(page, 0).focus()
    page.keyboard.press("Control+f")
    assert focused(page) == "input"
    look_for(page, "ADDRESS")
    count = page.locator(".pl-reader-tools [role=status]")
    assert count.inner_text() == "1 of 2"
    assert marked(page, "pl-found") == ["address", "address"]
    page.keyboard.press("Enter")
    assert count.inner_text() == "2 of 2"
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Enter")
    assert count.inner_text() == "2 of 2"
    assert marked(page, "pl-here") == ["address"]
    assert focused(page) == "input"
    page.keyboard.press("Escape")
    assert focused(page) == "3"
    assert marked(page, "pl-found") == []
    look_for(page, "nowhere")
    assert count.inner_text() == "Nobody says so"


def test_what_is_found_across_a_mark_is_marked_whole(open_reader, said):
    turns = said(*TEXTS)
    page = open_reader(turns, findings=[finding(turns)])
    look_for(page, "😀 card form")
    assert marked(page, "pl-found") == ["😀 card form"]


def test_hangul_is_found_however_it_is_written(open_reader, said):
    page = open_reader(said("결제는요?", unicodedata.normalize("NFD", "간편 결제가 편해요.")))
    look_for(page, "결제")
    assert [unicodedata.normalize("NFC", one) for one in marked(page, "pl-found")] == ["결제", "결제"]


def test_only_turns_that_say_so_can_be_shown(open_reader, said):
    page = open_reader(said(*TEXTS), sections=SECTIONS)
    look_for(page, "address")
    page.get_by_role("button", name="Only these turns").click()
    assert page.evaluate("saved.at(-1).only_found") is True
    shown = "[...document.querySelectorAll('article')].filter((one) => one.offsetHeight).map((one) => one.dataset.turn)"
    assert page.evaluate(shown) == ["1", "3"]
    assert page.locator("#view h4:visible").all_text_contents() == ["Paying"]
    turn(page, 1).focus()
    page.keyboard.press("ArrowDown")
    assert focused(page) == "3"
    page.evaluate("set('at', { turn: 5, n: 1 })")
    assert focused(page) == "5"
    assert len(page.evaluate(shown)) == 6


def test_the_contents_lead_to_their_sections(open_reader, said):
    page = open_reader(said(*TEXTS), sections=SECTIONS)
    page.get_by_text("Contents (2)").click()
    page.get_by_role("button", name="The end 2:28").click()
    assert focused(page) == "4"


def test_words_that_are_selected_are_coded_with_offsets_in_code_points(open_reader, said):
    turns = said(*TEXTS)
    page = open_reader(turns, codes=[code(turns, 3, "remember", code="memory")])
    turn(page, 1).focus()
    select(page, 1, "card form")
    turn(page, 1).get_by_role("button", name="Code…").click()
    form = page.locator("form")
    assert form.locator("p").first.inner_text() == "Code for “card form”"
    assert form.locator("option").evaluate_all("all => all.map((one) => one.value)") == ["memory"]
    page.keyboard.type("trust")
    page.keyboard.press("Enter")
    place = quote(turns, 1, "card form")
    place.pop("text")
    assert sent(page, "code") == [{"kind": "code", "id": 1, "code": "trust", "places": [place]}]
    page.evaluate("receive({ kind: 'done', id: 1, error: 'It has been deleted.' })")
    assert page.get_by_text("It has been deleted.").is_visible()
    page.keyboard.press("Enter")
    page.evaluate("receive({ kind: 'done', id: 2, error: '' })")
    assert form.count() == 0
    assert focused(page) == "1"


def test_a_whole_turn_is_noted_by_keyboard(open_reader, said):
    page = open_reader(said(*TEXTS))
    page.evaluate("window.heard = []; document.addEventListener('keydown', (event) => heard.push(event.key))")
    turn(page, 3).focus()
    page.keyboard.press("n")
    assert page.get_by_label("Note on turn 3").is_visible()
    page.keyboard.type("Ask again.")
    page.keyboard.press("Control+Enter")
    assert sent(page, "note") == [{"kind": "note", "id": 1, "text": "Ask again.", "turn": 3}]
    assert page.evaluate("heard") == []
    page.keyboard.press("Escape")
    assert page.locator("form").count() == 0
    assert focused(page) == "3"


def test_nothing_is_sent_for_a_form_without_words(open_reader, said):
    page = open_reader(said(*TEXTS))
    turn(page, 3).focus()
    page.keyboard.press("c")
    page.keyboard.type("   ")
    page.keyboard.press("Enter")
    assert sent(page, "code") == []


def test_a_reader_that_cannot_write_offers_no_codes(open_reader, said):
    page = open_reader(said(*TEXTS), can_write=False)
    turn(page, 3).focus()
    page.keyboard.press("c")
    assert page.locator("form").count() == 0
    assert not page.get_by_role("button", name="Code…").is_visible()


def test_ones_own_codes_and_notes_are_taken_back_and_others_are_not(open_reader, said):
    turns = said(*TEXTS)
    others = [code(turns, id="c2", code="form", coder="bo")], [note(id="n2", by="bo", depth=1)]
    page = open_reader(turns, codes=[code(turns), *others[0]], notes=[note(), *others[1]])
    assert turn(page, 1).locator(".pl-reader-beside").inner_text().count("×") == 2
    page.get_by_role("button", name="Take back trust").click()
    page.get_by_role("button", name="Take back this note").click()
    assert sent(page, "uncode") == [{"kind": "uncode", "id": 1, "coding": "c1"}]
    assert sent(page, "unnote") == [{"kind": "unnote", "id": 2, "note": "n1"}]
    page.evaluate("receive({ kind: 'done', id: 2, error: 'bo wrote this note.' })")
    assert page.get_by_role("alert").filter(has_text="bo wrote this note.").is_visible()


def test_news_leaves_the_focus_what_is_open_and_what_is_on_screen_alone(open_reader, said):
    turns = said(*(f"Sentence {n} is said here." for n in range(200)))
    page = open_reader(turns, findings=[finding(turns, 151, "Sentence 151")], at={"turn": 151, "n": 1})
    page.wait_for_function("document.querySelector('.pl-reader-scroll').scrollTop > 0")
    opens = turn(page, 151).locator(".pl-reader-opens")
    opens.click()
    place = turn(page, 151).locator(".pl-reader-place")
    place.focus()
    before = turn(page, 151).bounding_box()["y"]
    page.evaluate("window.first = document.querySelector('[data-turn=\"151\"]')")
    two = [finding(turns, 151, "Sentence 151"), finding(turns, 151, "is said", id=1, text="Another")]
    page.evaluate("found => set('findings', found)", two)
    page.evaluate("given => set('codes', given)", [code(turns, 150, "Sentence")])
    named = [{**one, "speaker": "Mina Kim"} if one["index"] % 2 else one for one in turns]
    page.evaluate("told => set('turns', packed(told))", pack(named).decode())
    assert page.evaluate("first === document.querySelector('[data-turn=\"151\"]')")
    assert page.evaluate("document.activeElement.dataset.key") == "q 0"
    assert turn(page, 151).locator(".pl-reader-quotes").count() == 1
    assert turn(page, 151).locator("strong").inner_text() == "Mina Kim"
    assert turn(page, 151).bounding_box()["y"] == pytest.approx(before, abs=40)


def test_what_is_being_written_stays_while_news_comes(open_reader, said):
    turns = said(*TEXTS)
    page = open_reader(turns)
    turn(page, 1).focus()
    page.keyboard.press("n")
    page.keyboard.type("Ask")
    page.evaluate("found => set('findings', found)", [finding(turns)])
    page.keyboard.type(" again")
    assert page.locator("textarea").input_value() == "Ask again"


def test_another_interview_takes_the_place_of_the_first(open_reader, said):
    page = open_reader(said(*TEXTS))
    turn(page, 3).focus()
    page.evaluate("told => set('turns', packed(told))", pack(said("How?", "So.", "And?", "Fine.")).decode())
    page.evaluate("set('at', { turn: 1, n: 1 })")
    assert page.locator("#view .pl-spoken").all_text_contents() == ["How?", "So.", "And?", "Fine."]
    assert focused(page) == "1"


def test_a_section_nothing_tells_of_is_called_by_its_number(open_reader, said):
    section = {"name": "1", "first": 0, "last": 5, "is_main": True}
    page = open_reader(said(*TEXTS), sections=[section])
    assert page.locator("#view h4").text_content() == "Section 1"
    page.evaluate("set('locale', 'ko')")
    assert page.locator("#view h4").text_content() == "구간 1"


def test_only_the_turns_found_are_offered_once_something_is_looked_for(open_reader, said):
    page = open_reader(said(*TEXTS))
    only = page.get_by_role("button", name="Only these turns")
    assert only.count() == 0
    page.get_by_role("searchbox").fill("the")
    only.wait_for()


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"interview": {"state": "processing"}}, "The file is being read."),
        ({"interview": {"state": "loading"}}, "Opening …"),
        (
            {
                "interview": {
                    "state": "failed",
                    "error": {"en": "The file holds no speech.", "ko": "파일에 대화가 없습니다."},
                }
            },
            "could not be analysed. The file holds",
        ),
        ({"interview": {"state": "deleted"}}, "This interview was deleted. interview.restore() brings it back."),
        ({"interview": {"state": "completed"}}, "There is no transcript to read."),
        ({"connection": "offline"}, "Not connected."),
    ],
)
def test_where_there_is_nothing_to_read_it_says_why(open_reader, about, words):
    page = open_reader([], **about)
    assert words in page.locator(".pl-reader-state").inner_text()
    assert page.locator(".pl-reader-state").get_attribute("role") == "status"
    assert not page.locator(".pl-reader-scroll").is_visible()
    assert not page.get_by_role("searchbox").is_visible()


def test_an_interview_being_analysed_is_read_meanwhile_and_a_redacted_one_says_so(open_reader, said):
    page = open_reader(said(*TEXTS), interview={"state": "analyzing", "redacted": True, "remarks": ["Read as CP949."]})
    words = page.locator(".pl-reader-state").inner_text()
    assert words.split("\n") == [
        "Being analysed. Findings appear beside the turns when that is done.",
        "Names and other personal data were replaced before anything was kept.",
        "Read as CP949.",
    ]
    assert page.locator("#view article").count() == 6


def test_a_kernel_that_is_gone_is_said_and_nothing_is_written(open_reader, said):
    page = open_reader(said(*TEXTS))
    page.evaluate("fire('comm_live_update')")
    assert page.locator(".pl-light").get_attribute("data-connection") == "offline"
    assert "Run the cell again" in page.locator(".pl-reader-state").inner_text()
    turn(page, 1).focus()
    assert not page.get_by_role("button", name="Code…").is_visible()
    page.evaluate("receive({ kind: 'done', id: 99, error: '' })")
    assert page.locator(".pl-light").get_attribute("data-connection") == "live"


def test_labels_are_korean_and_korean_words_stand_in_a_font_that_has_them(open_reader, said):
    turns = said("결제는 어땠나요?", "카드 입력이 정말 답답해요.", speakers=("진행자", "민아"))
    page = open_reader(turns, locale="ko", interview={"language": "ko"}, findings=[finding(turns, 1, "답답해요")])
    assert turn(page, 1).locator(".pl-speaker").inner_text().split("\n") == ["민아", "참여자 · 0:37"]
    assert "불편" in page.locator(".pl-reader-opens").inner_text()
    assert page.locator("#view").get_attribute("lang") == "ko"
    assert page.locator(".pl-reader-scroll").get_attribute("lang") == "ko"
    assert "Noto Sans KR" in turn(page, 1).evaluate("one => getComputedStyle(one).fontFamily")
    page.evaluate("set('locale', 'en')")
    assert "Pain" in page.locator(".pl-reader-opens").inner_text()


def test_the_widget_takes_the_pages_colours(open_reader, said):
    page = open_reader(said(*TEXTS), style=DARK)
    assert page.locator("#view").evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(17, 17, 17)"


def test_a_second_view_stands_by_itself_and_a_closed_one_hears_nothing(open_reader, said):
    turns = said(*TEXTS)
    page = open_reader(turns)
    page.evaluate("openView('second')")
    page.evaluate("controller.abort()")
    page.evaluate("found => set('findings', found)", [finding(turns)])
    assert page.locator("#second .pl-reader-opens").count() == 1
    assert page.locator("#view .pl-reader-opens").count() == 0
    page.locator("#view .pl-reader-number").first.click()
    assert page.evaluate("saved") == []


def test_a_long_transcript_is_all_there_for_find_and_for_screen_readers(open_reader, said):
    turns = said(*(f"Sentence number {n} of a long talk, that goes on and on." for n in range(3000)))
    page = open_reader(turns)
    assert page.locator("#view article").count() == 3000
    look_for(page, "number 2999 ")
    page.wait_for_timeout(100)
    its = turn(page, 2999).bounding_box()
    all_of_it = page.locator(".pl-reader-scroll").bounding_box()
    assert all_of_it["y"] <= its["y"] <= all_of_it["y"] + all_of_it["height"]
    assert page.get_by_role("article", name="turn 1500 ·").get_by_text("Sentence number 1500 of").count() == 1
