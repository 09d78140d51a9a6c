"""Filtering, sorting, choosing, opening and deleting rows, by mouse and by keyboard."""

import pytest

from persona_lab.widgets.packed import pack

P1 = {"id": "p1", "label": "P1", "title": "Careful planner", "position": 1}
P2 = {"id": "p2", "label": "P2", "title": "In a hurry", "position": 2}
DETAILS = {
    "filename": "mina.docx",
    "size_bytes": 34_567,
    "date": "2026-03-02",
    "summary": "<b>Mina</b> leaves at payment.",
    "quality": 4,
    "reasons": ["Answers are long."],
    "sections": [{"name": "Payment", "first": 4, "last": 15}, {"name": "End", "first": 16, "last": 16}],
}


@pytest.fixture
def some(row, failed):
    """Five interviews of several states, people and personas."""
    return [
        row("a", order=1, title="Interview 10", status="completed", persona=P1, decided_by="minji",
            decided_at="2026-03-14T10:00:00Z", pains=1, needs=0, takeaways=0),
        row("b", order=2, title="Interview 2", status="completed", persona=P2, created_by="Jun", pains=4, needs=1,
            takeaways=1),
        failed("c", order=3, title="김민지", persona=P1),
        row("d", order=4, title="apple", created_by="Jun"),
        row("e", order=5, title="Zoë", status="completed", pains=2, needs=0, takeaways=0),
    ]  # fmt: skip


def ids(page, view="#view"):
    return page.locator(f"{view} .pl-row").evaluate_all("rows => rows.map((row) => row.dataset.id)")


def change(page, *rows, removed=(), revision=1):
    page.evaluate(
        "message => receive(message)",
        {"kind": "rows", "rows": list(rows), "removed": list(removed), "revision": revision},
    )


def state(page):
    """Return the traits as Python has them."""
    return page.evaluate("saved.at(-1)")


def sent(page, kind):
    return [message for message in page.evaluate("sent") if message["kind"] == kind]


def focused(page):
    return page.evaluate("document.activeElement.closest('.pl-row')?.dataset.id ?? document.activeElement.className")


def said(page):
    return page.locator("#view .pl-heard").text_content()


def shown(page):
    return page.locator("#view .pl-foot > div").first.inner_text().splitlines()[0]


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_what_is_typed_filters_by_title_uploader_and_persona(open_board, some):
    page = open_board(some)
    for text, found in (("interview", "ab"), ("민지", "c"), ("JUN", "bd"), ("careful", "ac"), ("none of it", "")):
        page.locator(".pl-find").fill(text)
        page.wait_for_function(
            "found => [...document.querySelectorAll('.pl-row')].map((row) => row.dataset.id).join('') === found",
            arg=found,
        )
        assert page.evaluate("document.activeElement.className") == "pl-find"
        assert state(page)["filter_text"] == text
        assert said(page) == shown(page) == f"{len(found)} of 5 interviews shown"
    assert page.get_by_text("No interview fits the filter.").is_visible()
    page.get_by_role("button", name="Show all").click()
    assert (ids(page), page.locator(".pl-find").input_value()) == (list("abcde"), "")


def test_pressing_the_count_of_a_state_shows_that_state_alone(open_board, some):
    page = open_board(some)
    failures = page.get_by_role("button", name="1 Failed")
    failures.click()
    assert (ids(page), failures.get_attribute("aria-pressed")) == (["c"], "true")
    page.get_by_role("button", name="1 Processing").click()
    assert (ids(page), state(page)["filter_states"]) == (["c", "d"], ["failed", "processing"])
    failures.click()
    assert ids(page) == ["d"]


def test_personas_to_filter_by_are_those_that_interviews_belong_to(open_board, some, row):
    page = open_board(some)
    choice = page.get_by_label("Persona", exact=True)
    options = ["All personas", "P1 · Careful planner", "P2 · In a hurry", "No persona"]
    assert choice.locator("option").all_text_contents() == options
    choice.select_option("p1")
    assert (ids(page), state(page)["filter_persona"]) == (["a", "c"], "p1")
    change(page, {**some[1], "persona": P1})
    assert ids(page) == ["a", "b", "c"]
    choice.select_option("No persona")
    assert ids(page) == ["d", "e"]


def test_a_head_sorts_then_turns_round_then_lets_go(open_board, some):
    page = open_board(some)
    head = page.get_by_role("columnheader", name="Interview")
    told = []
    for _ in range(4):
        told.append((ids(page), head.get_attribute("aria-sort"), page.evaluate("document.activeElement.textContent")))
        head.get_by_role("button").click()
    assert [order for order, *_ in told] == [list("abcde"), list("dbaec"), list("ceabd"), list("abcde")]
    assert [sort for _, sort, _ in told] == [None, "ascending", "descending", None]
    assert {focus for *_, focus in told[1:]} == {"Interview"}


@pytest.mark.parametrize(
    ("by", "order"), [("Uploaded by", "bdace"), ("Persona", "acbde"), ("Number of findings", "aebcd")]
)
def test_the_list_of_sorts_has_what_has_no_head(open_board, some, by, order):
    page = open_board(some)
    page.get_by_label("Sort by").select_option(by)
    assert ids(page) == list(order)
    page.get_by_role("button", name="Ascending").click()
    assert page.get_by_role("button", name="Descending").is_visible()
    assert state(page)["sort"].startswith("-")


def test_a_row_that_changes_moves_to_its_place_and_the_focus_goes_along(open_board, some):
    page = open_board(some, sort="title")
    page.locator("[data-id=d]").focus()
    page.evaluate("window.before = document.activeElement")
    change(page, {**some[3], "title": "Pear"})
    assert ids(page) == list("badec")
    assert page.evaluate("document.activeElement === before")
    assert page.locator("[role=row]").evaluate_all("rows => rows.map((row) => row.ariaRowIndex)") == list("123456")


def test_a_row_that_no_longer_fits_goes_and_its_neighbour_has_the_focus(open_board, some):
    page = open_board(some, filter_states=["completed"])
    page.locator("[data-id=b]").focus()
    change(page, {**some[1], "status": "analyzing"})
    assert (ids(page), focused(page)) == (["a", "e"], "e")
    change(page, removed=["e", "a"], revision=2)
    assert focused(page) == "pl-find"


def test_a_reload_and_a_second_display_show_the_same(open_board, some):
    page = open_board(some, filter_states=["completed"], sort="-title", selected=["b"], filter_text="interview")
    page.evaluate("openView('second') && null")
    for view in ("#view", "#second"):
        assert ids(page, view) == ["a", "b"]
        assert page.locator(f"{view} .pl-find").input_value() == "interview"
        assert page.locator(f"{view} [aria-selected=true]").evaluate_all("all => all.map((e) => e.dataset.id)") == ["b"]
    page.locator("#second").get_by_role("button", name="Show all").click()
    assert ids(page) == ids(page, "#second") == list("ceabd")


def test_rows_are_chosen_one_by_one_in_ranges_and_all(open_board, some):
    page = open_board(some)
    page.get_by_role("checkbox", name="Select “Interview 2”").check()
    page.get_by_role("checkbox", name="Select “Zoë”").click(modifiers=["Shift"])
    assert state(page)["selected"] == list("bcde")
    assert said(page) == "4 selected"
    page.get_by_role("checkbox", name="Select “apple”").uncheck()
    assert state(page)["selected"] == list("bce")
    everything = page.get_by_role("checkbox", name="Select all shown")
    assert everything.evaluate("box => box.indeterminate")
    everything.click()
    assert sorted(state(page)["selected"]) == list("abcde")
    everything.click()
    assert state(page)["selected"] == []


def test_all_are_those_that_are_shown_and_others_stay_as_they_are(open_board, some):
    page = open_board(some, selected=["d"], filter_states=["completed"])
    assert not page.locator(".pl-foot").get_by_text("selected").is_visible()
    page.get_by_role("checkbox", name="Select all shown").click()
    assert state(page)["selected"] == list("dabe")
    page.get_by_role("button", name="Delete 3").click()
    assert sent(page, "delete") == [{"kind": "delete", "ids": list("abe")}]


def test_one_row_can_be_reached_by_tab_and_arrows_go_to_the_others(open_board, some):
    page = open_board(some)
    assert page.locator(".pl-row[tabindex='0']").count() == 1
    page.locator(".pl-row[tabindex='0']").focus()
    walked = []
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "End", "ArrowDown", "Home", "PageDown"):
        press(page, key)
        walked.append(focused(page))
    assert walked == list("bcbeeae")
    assert page.locator(".pl-row[tabindex='0']").get_attribute("data-id") == "e"
    press(page, "Tab")
    assert page.evaluate("document.activeElement.type") == "checkbox"
    assert page.locator("#view .pl-row button[tabindex='0'], #view .pl-row input[tabindex='0']").evaluate_all(
        "all => new Set(all.map((one) => one.closest('.pl-row').dataset.id)).size"
    ) == 1  # fmt: skip


def test_rows_are_chosen_and_deleted_by_keyboard_and_undo_brings_them_back(open_board, some):
    page = open_board(some)
    page.locator("[data-id=b]").focus()
    press(page, "Space", "Shift+ArrowDown")
    assert (state(page)["selected"], focused(page)) == (["b", "c"], "c")
    press(page, "Delete")
    assert sent(page, "delete") == [{"kind": "delete", "ids": ["b", "c"]}]
    change(page, removed=["b", "c"])
    page.evaluate("set('selected', [])")
    page.evaluate("set('deleted', [{ id: 'b', title: 'Interview 2' }, { id: 'c', title: '김민지' }])")
    assert focused(page) == "d"
    assert said(page) == "2 interviews were deleted. Undo brings back what was deleted."
    press(page, "Control+z")
    page.get_by_role("button", name="Undo").press("Enter")
    assert len(sent(page, "restore")) == 2
    page.evaluate("set('deleted', [])")
    assert (focused(page), page.get_by_role("button", name="Undo").count()) == ("d", 0)


def test_the_focused_row_alone_is_deleted_where_it_is_not_one_of_the_chosen(open_board, some):
    page = open_board(some, selected=["a", "b"])
    page.locator("[data-id=d]").focus()
    press(page, "Delete")
    assert sent(page, "delete") == [{"kind": "delete", "ids": ["d"]}]


def test_a_button_does_its_own_whatever_is_around_the_board(open_board, some):
    """A workbench marks its panes as a row marks what can be opened."""
    page = open_board(some, can_open=True)
    page.evaluate("document.body.setAttribute('data-open', 'reader')")
    page.locator("[data-id=a] .pl-title").click()
    page.locator("[data-id=a] [data-delete]").click()
    page.get_by_role("button", name="1 Failed").click()
    page.locator("[data-sort=title]").click()
    assert sent(page, "delete") == [{"kind": "delete", "ids": ["a"]}]
    assert sent(page, "open") == []
    assert (state(page)["filter_states"], state(page)["sort"]) == (["failed"], "title")


# What JupyterLab says of lists of terms in a cell's output.
OF_JUPYTERLAB = """
.jp-RenderedHTMLCommon dt { font-weight: bold; float: left; width: 20%; clear: both; }
.jp-RenderedHTMLCommon dd { margin-left: 20%; padding-left: 1em; }
"""


def test_korean_names_of_facts_stand_on_one_line_in_a_cell(open_board, some):
    page = open_board(some, locale="ko", style=OF_JUPYTERLAB)
    page.evaluate("document.body.classList.add('jp-RenderedHTMLCommon')")
    page.locator("[data-id=c] .pl-title").click()
    heights = page.locator(".pl-details dt").evaluate_all("all => all.map((one) => one.getClientRects()[0].height)")
    line = page.locator(".pl-details dd").first.evaluate("one => parseFloat(getComputedStyle(one).lineHeight)")
    assert heights
    assert max(heights) <= line + 1


def test_why_it_failed_is_told_in_korean_and_what_the_server_said_beneath(open_board, failed):
    told = {
        "code": "no_speech",
        "message": "a.pdf: it is scanned.",
        "words": {"en": "-", "ko": "파일에 대화가 없습니다."},
    }
    page = open_board([{**failed("a"), "error": told}], locale="ko")
    assert page.locator(".pl-row .pl-error").inner_text() == "파일에 대화가 없습니다."
    page.locator("[data-id=a] .pl-title").click()
    assert "원래 메시지\na.pdf: it is scanned." in page.locator(".pl-details dl").inner_text()


def test_all_can_be_chosen_and_let_go_by_keyboard(open_board, some):
    page = open_board(some)
    page.locator("[data-id=a]").focus()
    press(page, "Control+a")
    assert state(page)["selected"] == list("abcde")
    press(page, "Escape")
    assert state(page)["selected"] == []


def test_keys_in_the_filter_are_text(open_board, some):
    page = open_board(some)
    page.locator(".pl-find").focus()
    press(page, "a", "Space", "Delete", "Control+a", "Control+z", "Enter")
    assert page.locator(".pl-find").input_value() in ("a ", "")
    assert sent(page, "delete") == sent(page, "restore") == []


def test_failed_ones_among_the_chosen_are_retried_together(open_board, some):
    page = open_board(some, selected=["a", "c"])
    page.get_by_role("button", name="Retry 1").click()
    assert sent(page, "retry") == [{"kind": "retry", "id": "c"}]


def test_a_row_opens_and_tells_what_is_known(open_board, some):
    page = open_board(some, can_open=True)
    title = page.get_by_role("button", name="Interview 10")
    title.click()
    assert (title.get_attribute("aria-expanded"), sent(page, "details")) == ("true", [{"kind": "details", "id": "a"}])
    assert page.get_by_text("Loading…").is_visible()
    page.evaluate("details => receive({ kind: 'details', id: 'a', details })", DETAILS)
    told = page.locator(".pl-details dl").inner_text().splitlines()
    assert told[:2] == ["Summary", "<b>Mina</b> leaves at payment."]
    assert "P1 · Careful planner" in told
    assert any(line.startswith("decided by minji, ") and "2026" in line for line in told)
    assert told[told.index("Quality") + 1 :][:2] == ["4 of 5", "Answers are long."]
    assert told[told.index("Sections") + 1 :][:2] == ["Payment (turns 4–15)", "End (turn 16)"]
    assert told[told.index("File") + 1] == "mina.docx · 34 KB"
    assert told[told.index("Uploaded") + 1].startswith("minji, ")
    page.get_by_role("button", name="Open").click()
    page.locator(".pl-details").get_by_role("button", name="Delete").click()
    assert (sent(page, "open"), sent(page, "delete")) == (
        [{"kind": "open", "id": "a"}],
        [{"kind": "delete", "ids": ["a"]}],
    )


def test_a_failed_row_that_opens_says_what_to_do(open_board, some):
    page = open_board([{**some[2], "error": {**some[2]["error"], "can_retry": True, "retry_at": None}}])
    page.locator("[data-id=c]").focus()
    press(page, "Enter")
    assert "Retry it: the same again may work." in page.locator(".pl-details").inner_text()
    assert "proposed, nobody has decided" in page.locator(".pl-details").inner_text()


def test_a_row_that_is_open_stays_open_and_is_asked_about_again_when_it_changes(open_board, some):
    page = open_board(some)
    page.locator("[data-id=d]").focus()
    press(page, "ArrowRight")
    change(page, {**some[3], "status": "completed"})
    assert len(sent(page, "details")) == 2
    page.get_by_label("Sort by").select_option("Title")
    assert page.locator("[data-id=d] .pl-details").count() == 1
    page.locator("[data-id=d]").focus()
    press(page, "Tab", "Escape")
    assert focused(page) == "d"
    press(page, "ArrowLeft")
    assert page.locator(".pl-details").count() == 0


def test_nothing_moves_when_the_first_row_arrives_or_a_filter_is_set(open_board, some):
    page = open_board([])
    tools, panel = page.locator(".pl-tools"), page.locator(".pl-empty")
    before = [tools.bounding_box(), panel.bounding_box()["y"]]
    change(page, *some)
    assert [tools.bounding_box(), page.locator(".pl-scroll").bounding_box()["y"]] == before
    foot = page.locator(".pl-foot").bounding_box()["height"]
    page.get_by_role("checkbox", name="Select all shown").click()
    assert page.locator(".pl-foot").bounding_box()["height"] == foot


@pytest.mark.parametrize("locale", ["en", "ko"])
def test_on_a_narrow_screen_everything_can_still_be_reached(open_board, some, locale):
    page = open_board(some, width=360, locale=locale, selected=["c"], deleted=[{"id": "x", "title": "long " * 40}])
    page.locator("[data-id=a] .pl-title").click()
    page.evaluate("details => receive({ kind: 'details', id: 'a', details })", DETAILS)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for part in (".pl-find", ".pl-tools select >> nth=0", ".pl-tools select >> nth=1", ".pl-turn", ".pl-titles input"):
        box = page.locator(part).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        assert box["width"] >= 15
    assert not page.locator(".pl-sorter").first.is_visible()
    assert "P1" in page.locator("[data-id=a]").inner_text()


def test_korean_words(open_board, some):
    page = open_board(some, locale="ko", selected=["a"])
    assert shown(page) == "인터뷰 5건 중 5건 표시"
    page.get_by_role("button", name="삭제").click()
    assert sent(page, "delete") == [{"kind": "delete", "ids": ["a"]}]
    assert page.get_by_label("정렬").is_visible()


def test_ten_thousand_rows_are_drawn_sorted_and_filtered_a_part_at_a_time(open_board, row):
    """Elements are made for the part on show; the figures are those of `bench_board`."""
    many = [row(str(n), order=n, title=f"Interview {n}", status="completed") for n in range(10_000)]
    page = open_board(many)
    assert page.locator(".pl-row").count() < 300
    assert page.get_by_role("grid").get_attribute("aria-rowcount") == "10001"
    page.locator("[data-id='0']").focus()
    press(page, "End")
    assert (focused(page), page.evaluate("document.activeElement.ariaRowIndex")) == ("9999", "10001")
    assert page.locator("[data-id='9999']").is_visible()
    page.get_by_label("Sort by").select_option("Title")
    page.locator(".pl-turn").click()
    assert ids(page)[0] == "9999"
    change(page, {**many[0], "title": "Interview 99999"})
    assert ids(page)[0] == "0"
    page.evaluate("rows => receive({ kind: 'all', revision: 2 }, [packed(rows)])", pack([many[5], many[7]]).decode())
    assert ids(page) == ["7", "5"]


def paste(page, *, text="", files=(), on="#view"):
    """Paste text, or files, each (name, text); return whether the board took it."""
    return page.evaluate(
        """([text, files, on]) => {
            const clipboardData = new DataTransfer();
            if (text) clipboardData.setData("text/plain", text);
            for (const [name, said] of files) clipboardData.items.add(new File([said], name));
            const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
            return !document.querySelector(on).dispatchEvent(event);
        }""",
        [text, list(files), on],
    )


def test_text_that_is_pasted_asks_for_a_title_and_is_sent(open_board):
    page = open_board([])
    assert paste(page, text="Mina: Hello.\nHow are you?")
    told = "25 characters in 2 lines become one interview, which is analysed at once."
    assert page.locator(".pl-paste p").inner_text() == told
    assert page.evaluate("document.activeElement.type") == "text"
    press(page, "Enter")
    assert sent(page, "file") == []
    page.keyboard.type("Mina / 34")
    press(page, "Enter")
    page.wait_for_function("sent.some(({ kind }) => kind === 'file')")
    (message,) = sent(page, "file")
    assert (message["title"], page.evaluate("pieces")) == ("Mina / 34", ["Mina: Hello.\nHow are you?"])
    assert not page.locator(".pl-paste").is_visible()
    assert page.evaluate("document.activeElement.className") == "pl-button pl-add"


def test_files_that_are_pasted_are_sent(open_board):
    page = open_board([])
    assert paste(page, files=[("a.txt", "Mina: Hello.")])
    page.wait_for_function("sent.some(({ kind }) => kind === 'file')")
    assert sent(page, "file")[0]["name"] == "a.txt"
    assert sent(page, "file")[0].get("title") is None


def test_a_paste_is_called_off_by_escape(open_board):
    page = open_board([])
    paste(page, text="Mina: Hello.")
    press(page, "Escape")
    assert not page.locator(".pl-paste").is_visible()
    assert page.evaluate("document.activeElement.className") == "pl-button pl-add"


def test_what_is_pasted_into_the_filter_or_nowhere_is_left_alone(open_board, some):
    page = open_board(some)
    assert not paste(page, text="Mina: Hello.", on=".pl-find")
    assert not paste(page, text="  \n ")
    assert not paste(page, text="Mina: Hello.", on="body")
    assert not page.locator(".pl-paste").is_visible()
    without = open_board(some, can_upload=False)
    assert not paste(without, text="Mina: Hello.")


def test_each_file_on_its_way_has_its_state(open_board):
    page = open_board([])
    paste(page, files=[("a.txt", "1"), ("b.txt", "2"), ("c.txt", "3")])
    listed = page.locator(".pl-sending li")
    for number, refused in enumerate([[], [["b.txt", "no"]]]):
        page.wait_for_function("n => sent.filter(({ kind }) => kind === 'file').length > n", arg=number)
        page.evaluate(
            "message => receive(message)",
            {"kind": "file", "id": sent(page, "file")[number]["id"], "known": [], "refused": refused},
        )
    assert listed.evaluate_all("all => all.map((one) => [...one.children].map((part) => part.textContent))") == [
        ["a.txt", "taken"], ["b.txt", "not taken"], ["c.txt", "0 %"],
    ]  # fmt: skip
