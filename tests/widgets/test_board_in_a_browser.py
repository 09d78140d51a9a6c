import pytest

from persona_lab.widgets.packed import pack

DARK = ":root { --jp-layout-color1: rgb(17, 17, 17); --jp-ui-font-color1: rgb(250, 250, 250); }"
HOSTILE = "<img src=x onerror=\"document.title='broken'\"><b>bold</b>"
COLUMNS = "element => getComputedStyle(element).gridTemplateColumns"


def titles(page, view="#view"):
    return page.locator(f"{view} .pl-title").all_text_contents()


def change(page, *rows, removed=(), revision=1):
    page.evaluate(
        "message => receive(message)",
        {"kind": "rows", "rows": list(rows), "removed": list(removed), "revision": revision},
    )


def settle(page):
    """Wait until rows that came into view have been laid out in their real size."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def sent(page, kind):
    return [message for message in page.evaluate("sent") if message["kind"] == kind]


def test_rows_appear_in_order_whatever_order_they_come_in(open_board, row):
    page = open_board([row("c", order=3), row("a", order=1)])
    change(page, row("b", order=2), row("d", order=4))
    assert titles(page) == ["Interview a", "Interview b", "Interview c", "Interview d"]


def test_a_row_that_changes_stays_the_same_element(open_board, row):
    page = open_board([row("a"), row("b", order=2)])
    page.evaluate("window.before = document.querySelector('[data-id=a]')")
    change(page, row("a", status="completed", pains=4, needs=3, takeaways=0))
    assert page.evaluate("before === document.querySelector('[data-id=a]')")
    found = page.locator("[data-id=a] .pl-found").inner_text()
    assert found.replace("\N{NO-BREAK SPACE}", " ") == "4 pains · 3 needs · 0 takeaways"


def test_a_change_elsewhere_leaves_the_focus_and_what_is_on_screen_alone(open_board, failed, row):
    page = open_board([failed(str(n), order=n) for n in range(60)])
    button = page.locator("[data-retry='30']")
    # Rows are made as they come near.
    page.locator(".pl-scroll").evaluate("(element) => element.scrollTo(0, 30 * 54)")
    button.focus()
    settle(page)
    before = button.bounding_box()["y"]
    change(page, row("3", order=3, status="completed"), row("new", order=99), row("first", order=-1))
    settle(page)
    assert page.evaluate("document.activeElement.dataset.retry") == "30"
    assert page.evaluate("document.querySelector('.pl-scroll').scrollTop") > 0
    assert button.bounding_box()["y"] == pytest.approx(before, abs=1)


def test_the_focus_stays_in_the_row_when_its_button_goes(open_board, failed, row):
    page = open_board([failed("a")])
    page.locator("[data-retry=a]").focus()
    change(page, row("a", status="processing"))
    assert page.evaluate("document.activeElement.dataset.id") == "a"


def test_a_row_that_is_removed_goes_and_the_counts_follow(open_board, row):
    page = open_board([row("a"), row("b", order=2)])
    change(page, removed=["a"])
    assert titles(page) == ["Interview b"]
    assert page.locator(".pl-count[data-state=processing]").text_content() == "1Processing"


def test_a_board_without_interviews_says_how_to_add_some_until_there_is_one(open_board, row):
    page = open_board([])
    assert 'project.upload("interviews/*")' in page.locator(".pl-empty").inner_text()
    change(page, row("a"))
    assert not page.locator(".pl-empty").is_visible()
    assert titles(page) == ["Interview a"]


def test_a_failed_interview_says_why_and_can_be_tried_again(open_board, failed):
    page = open_board([failed("a")])
    assert page.locator("div.pl-error").inner_text() == "The file holds no speech."
    button = page.get_by_role("button", name="Retry “Interview a”")
    button.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert sent(page, "retry") == [{"kind": "retry", "id": "a"}]
    assert page.evaluate("document.activeElement.textContent") == "Retrying…"


def test_a_retry_that_would_fail_again_says_what_to_do_first(open_board, failed):
    page = open_board([{**failed("a"), "error": {"code": "x", "message": "The key is wrong.", "can_retry": False}}])
    assert page.locator("div.pl-error").inner_text() == "The key is wrong."
    assert "Change what the reason names first" in page.locator("[data-retry=a]").get_attribute("title")


def test_a_failure_says_when_a_retry_makes_sense(open_board, failed):
    error = {"code": "x", "message": "Too busy.", "can_retry": True, "retry_at": "2026-03-02T12:30:00Z"}
    page = open_board([{**failed("a"), "error": error}])
    assert page.locator("div.pl-error").inner_text().startswith("Too busy. Worth a retry from ")


def test_a_retry_that_is_refused_says_so_and_can_be_pressed_again(open_board, failed):
    page = open_board([failed("a")])
    page.locator("[data-retry=a]").click()
    page.evaluate("receive({ kind: 'notice', notice: 'error', n: 1, title: 'It has been deleted.', id: 'a' })")
    assert page.locator(".pl-notice").inner_text() == "It has been deleted."
    page.locator("[data-retry=a]").click()
    assert len(sent(page, "retry")) == 2


def test_what_a_board_cannot_do_has_no_button(open_board, failed):
    page = open_board([failed("a")], can_retry=False, can_upload=False, can_delete=False)
    page.locator(".pl-title").click()
    page.get_by_role("checkbox", name="Select “Interview a”").check()
    for what in ("Retry", "Add files", "Delete", "Open"):
        assert page.get_by_role("button", name=what).count() == 0


def test_keys_that_work_here_do_not_reach_the_notebook(open_board, failed):
    page = open_board([failed("a")])
    page.evaluate("window.heard = []; document.addEventListener('keydown', (event) => heard.push(event.key))")
    page.locator(".pl-scroll").focus()
    for key in ("ArrowDown", "Enter", "s"):
        page.keyboard.press(key)
    assert page.evaluate("heard") == ["s"]


def test_notices_add_up_and_go(open_board):
    page = open_board([])
    page.clock.install()
    for n in (7, 5):
        page.evaluate("n => receive({ kind: 'notice', notice: 'added', n, title: 'Kim' })", n)
    notice = page.locator(".pl-notice")
    assert notice.get_attribute("role") == "status"
    assert notice.inner_text() == "12 interviews added"
    page.clock.run_for(6000)
    assert notice.inner_text() == ""


def test_the_time_of_a_row_in_flight_runs_and_stops_with_the_view(open_board, row):
    page = open_board([])
    page.clock.install(time="2026-03-14T09:00:00Z")
    change(page, row("a"))
    page.clock.run_for(3000)
    assert page.locator("[data-id=a] .pl-time").inner_text() == "3 s"
    page.evaluate("controller.abort()")
    page.clock.run_for(5000)
    assert page.locator("[data-id=a] .pl-time").inner_text() == "3 s"


def test_pointing_at_a_time_tells_the_whole_moment(open_board, row):
    page = open_board([row("a", status="completed", changed_at="2026-03-14T12:30:05Z")])
    page.locator("[data-id=a] .pl-time").hover()
    assert "2026" in page.locator("[data-id=a] .pl-time").get_attribute("title")


def test_no_timer_runs_while_nothing_is_in_flight(open_board, row):
    page = open_board([row("a", status="completed")])
    page.evaluate(
        "window.started = 0; const real = setInterval; window.setInterval = (...a) => (started++, real(...a)); null"
    )
    change(page, row("b", order=2, status="completed"))
    assert page.evaluate("started") == 0
    change(page, row("c", order=3), row("d", order=4), revision=2)
    assert page.evaluate("started") == 1


def test_hostile_text_is_shown_as_text(open_board, row):
    page = open_board(
        [row("a", title=HOSTILE, status="failed", error={"code": HOSTILE, "message": HOSTILE}, created_by=HOSTILE)],
        project_name=HOSTILE,
    )
    page.evaluate("title => receive({ kind: 'notice', notice: 'added', n: 1, title })", HOSTILE)
    assert titles(page) == [HOSTILE]
    assert page.locator("#view img, #view b").count() == 0
    assert page.title() == ""


def test_a_long_title_is_cut_on_screen_and_whole_in_its_tooltip(open_board, row):
    page = open_board([row("a", title="long " * 60)], width=360)
    title = page.locator(".pl-title")
    assert title.get_attribute("title") == "long " * 60
    assert title.evaluate("element => element.scrollWidth > element.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_after_the_view_has_gone_nothing_happens(open_board, failed, row):
    page = open_board([failed("a")])
    page.evaluate("controller.abort()")
    page.locator("[data-retry=a]").click()
    change(page, row("a", status="completed"), row("b", order=2))
    page.evaluate("set('locale', 'ko')")
    assert sent(page, "retry") == []
    assert titles(page) == ["Interview a"]
    assert "Failed" in page.locator("[data-id=a]").inner_text()


def test_a_second_display_shows_the_present_and_both_follow(open_board, row):
    page = open_board([row("a")])
    change(page, row("b", order=2))
    page.evaluate("openView('second') && null")
    assert titles(page, "#second") == ["Interview a", "Interview b"]
    change(page, row("c", order=3), revision=2)
    assert titles(page) == titles(page, "#second") == ["Interview a", "Interview b", "Interview c"]


def test_a_page_that_missed_a_change_asks_and_is_set_right(open_board, row):
    page = open_board([row("a"), row("b", order=2)])
    page.evaluate("sent.length = 0")
    change(page, row("c", order=3), revision=2)
    assert sent(page, "hello") == [{"kind": "hello", "revision": 0}]
    page.evaluate(
        "rows => receive({ kind: 'all', revision: 2 }, [packed(rows)])",
        pack([row("a", status="completed"), row("c", order=3)]).decode(),
    )
    assert titles(page) == ["Interview a", "Interview c"]
    assert page.locator("[data-id=a]").get_attribute("data-status") == "completed"


@pytest.mark.parametrize("connection", ["live", "reconnecting", "offline"])
def test_the_light_has_a_word_and_a_shape(open_board, connection):
    page = open_board([])
    page.evaluate("connection => set('connection', connection)", connection)
    light = page.locator(".pl-light")
    assert light.inner_text().lower() == connection
    assert light.locator(f"[data-shape={connection}]").count() == 1


def test_a_kernel_that_is_gone_puts_the_light_out_until_it_is_heard_again(open_board, row):
    page = open_board([])
    page.evaluate("fire('comm_live_update')")
    assert page.locator(".pl-light").inner_text() == "Offline"
    change(page, row("a"))
    assert page.locator(".pl-light").inner_text() == "Live"


def test_korean_labels(open_board, row):
    page = open_board([row("a", status="analyzing")])
    page.evaluate("set('locale', 'ko')")
    assert page.locator("[data-id=a] .pl-state").inner_text() == "분석 중"
    assert page.locator("#view").get_attribute("lang") == "ko"


def test_the_theme_of_the_notebook_is_followed(open_board, row):
    page = open_board([row("a")], style=DARK)
    style = "element => [getComputedStyle(element).backgroundColor, getComputedStyle(element).color]"
    assert page.locator("#view").evaluate(style) == ["rgb(17, 17, 17)", "rgb(250, 250, 250)"]


def test_nothing_moves_for_those_who_asked_for_stillness(open_board, row):
    page = open_board([row("a", status="analyzing")])
    page.emulate_media(reduced_motion="reduce")
    assert page.locator(".pl-state .pl-shape").evaluate("element => getComputedStyle(element).animationName") == "none"


def drop(page, *files, on="#view"):
    """Drop files, each (name, text), on a board."""
    data = page.evaluate_handle(
        """files => {
            const data = new DataTransfer();
            for (const [name, text] of files) data.items.add(new File([text], name));
            return data;
        }""",
        files,
    )
    for kind in ("dragover", "drop"):
        page.dispatch_event(on, kind, {"dataTransfer": data})


def pieces(page, number):
    """Wait until so many pieces of files were sent; return their messages."""
    page.wait_for_function("n => sent.filter(({ kind }) => kind === 'file').length >= n", arg=number)
    return sent(page, "file")


def done(page, message, known=(), refused=()):
    page.evaluate(
        "message => receive(message)",
        {"kind": "file", "id": message["id"], "known": list(known), "refused": list(refused)},
    )


def refusals(page, view="#view"):
    return page.locator(f"{view} .pl-refusals li").all_text_contents()


def test_a_file_that_is_dropped_is_sent(open_board):
    page = open_board([])
    drop(page, ("미나.txt", "Mina: Hello."))
    (message,) = pieces(page, 1)
    assert {key: message[key] for key in ("name", "size", "offset")} == {"name": "미나.txt", "size": 12, "offset": 0}
    assert page.evaluate("pieces") == ["Mina: Hello."]
    assert page.locator(".pl-sending").inner_text() == "Uploading 1 of 1: 미나.txt"
    done(page, message)
    assert not page.locator(".pl-sending").is_visible()


def test_a_large_file_goes_in_pieces_each_when_the_one_before_has_arrived(open_board):
    page = open_board([])
    text = "".join(str(n % 10) for n in range(1_200_000))
    drop(page, ("long.txt", text))
    (first,) = pieces(page, 1)
    for number in (1, 2):
        held = page.evaluate("pieces.join('').length")
        page.evaluate("([id, held]) => receive({ kind: 'file', id, held })", [first["id"], held])
        pieces(page, number + 1)
    assert [message["offset"] for message in sent(page, "file")] == [0, 524_288, 1_048_576]
    assert page.evaluate("pieces.join('')") == text


def test_files_go_one_after_the_other_and_each_refusal_is_told(open_board):
    page = open_board([])
    drop(page, ("a.txt", "1"), ("b.txt", ""), ("c.txt", "3"))
    names = []
    for number, refused in enumerate([[["a.txt", "no"]], [["b.txt", HOSTILE]], []], 1):
        names.append(pieces(page, number)[-1]["name"])
        done(page, sent(page, "file")[-1], refused=refused, known=[["c.txt", "Mina"]] if number == 3 else [])
    assert names == ["a.txt", "b.txt", "c.txt"]
    assert refusals(page) == ["a.txt: no", f"b.txt: {HOSTILE}", "c.txt: the same file is here already, as “Mina”."]
    assert page.locator(".pl-refusals strong").inner_text() == "2 files were not taken"
    assert page.locator("#view img, #view b").count() == 0
    page.get_by_role("button", name="Dismiss").click()
    assert not page.locator(".pl-refusals").is_visible()
    assert page.evaluate("document.activeElement.className") == "pl-button pl-add"


def test_a_file_that_is_too_large_is_not_sent_at_all(open_board):
    page = open_board([], limit_bytes=1024 * 1024)
    drop(page, ("long.txt", "x" * (1024 * 1024 + 1)), ("a.txt", "1"))
    assert [message["name"] for message in pieces(page, 1)] == ["a.txt"]
    assert refusals(page) == ["long.txt: it is larger than 1 MB. Upload the transcript as text, or split it."]


def test_a_folder_that_is_dropped_says_how_it_is_uploaded(open_board):
    page = open_board([])
    page.evaluate(
        """() => {
            const event = new Event("drop", { bubbles: true, cancelable: true });
            const entry = { isDirectory: true, name: "study" };
            event.dataTransfer = {
              types: ["Files"], files: [new File([""], "study")],
              items: [{ kind: "file", webkitGetAsEntry: () => entry }],
            };
            document.querySelector("#view").dispatchEvent(event);
        }"""
    )
    assert sent(page, "file") == []
    assert refusals(page) == ["study: it is a folder. Upload it from a cell: project.upload(…)."]


def test_a_file_that_cannot_be_read_any_more_says_so_and_the_next_goes_on(open_board):
    page = open_board([])
    page.evaluate(
        "const slice = File.prototype.slice; File.prototype.slice = function (...a) {"
        " if (this.name === 'gone.txt') throw new Error('gone'); return slice.apply(this, a); }; null"
    )
    drop(page, ("gone.txt", "1"), ("a.txt", "2"))
    assert [message["name"] for message in pieces(page, 1)] == ["a.txt"]
    assert refusals(page) == ["gone.txt: the browser can't read it. Check that it is still there, and drop it again."]


def test_files_that_nobody_takes_are_told_when_the_kernel_is_gone(open_board):
    page = open_board([])
    drop(page, ("a.txt", "1"), ("b.txt", "2"))
    pieces(page, 1)
    page.evaluate("fire('comm_live_update')")
    words = "the kernel is gone. Run the cell again, and drop it again."
    assert refusals(page) == [f"a.txt: {words}", f"b.txt: {words}"]
    assert not page.locator(".pl-sending").is_visible()


def test_files_are_chosen_by_keyboard(open_board):
    page = open_board([])
    chooser = page.locator("input[type=file]")
    # The browser's own dialogue opens only for a moment after a key was pressed, too short on a busy machine.
    chooser.evaluate("input => input.addEventListener('click', (e) => { e.preventDefault(); window.isOpen = true; })")
    page.get_by_role("button", name="Add files…").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("isOpen")
    chooser.set_input_files([{"name": "a.txt", "mimeType": "text/plain", "buffer": b"Mina: Hello."}])
    assert pieces(page, 1)[0]["name"] == "a.txt"


def test_a_board_that_takes_no_files_leaves_what_is_dropped_alone(open_board):
    page = open_board([], can_upload=False)
    drop(page, ("a.txt", "1"))
    assert not page.get_by_role("button", name="Add files…").is_visible()
    assert page.locator("#view[data-over]").count() == 0
    assert sent(page, "file") == []


def test_text_that_is_dragged_over_the_board_is_none_of_its_business(open_board):
    page = open_board([])
    data = page.evaluate_handle("const data = new DataTransfer(); data.setData('text/plain', 'x'); data")
    page.dispatch_event("#view", "dragover", {"dataTransfer": data})
    assert page.locator("#view[data-over]").count() == 0


def test_after_the_view_has_gone_nothing_can_be_dropped(open_board):
    page = open_board([])
    page.evaluate("controller.abort()")
    drop(page, ("a.txt", "1"))
    assert sent(page, "file") == []


def test_how_a_file_was_read_stands_in_its_row(open_board, row):
    page = open_board(
        [
            row("a", language="ko", encoding="cp949", certainty=0.919, remarks=["3 cues had no time.", HOSTILE]),
            row("b", order=2, encoding="utf-8", certainty=1.0),
        ]
    )
    abouts = page.locator(".pl-cell-name > .pl-meta").all_text_contents()
    assert abouts == ["Korean · minji · CP949 · 92 % sure", "minji · UTF-8"]
    details = page.locator("details")
    assert details.count() == 1
    details.locator("summary").click()
    assert details.locator("li").all_text_contents() == ["3 cues had no time.", HOSTILE]
    change(page, row("a", encoding="utf-8"))
    assert not details.is_visible()


def test_a_completed_interview_says_that_it_is_analysed_again_or_could_not_be(open_board, row):
    page = open_board([row("a", status="completed", stage="re-analysing")])
    assert page.locator(".pl-stage").inner_text() == "finding insights again"
    assert not page.get_by_role("button", name="Retry").is_visible()
    error = {"code": "engine_unavailable", "message": "Try again."}
    change(page, row("a", status="completed", stage="outdated", error=error))
    assert page.locator(".pl-stage").inner_text() == "found by an earlier run"
    assert page.locator("div.pl-error").inner_text() == "Try again."
    page.get_by_role("button", name="Retry").click()
    assert sent(page, "retry") == [{"kind": "retry", "id": "a"}]


def test_the_title_of_a_persona_is_whole_where_there_is_room(open_board, row):
    page = open_board([row("a", persona={"label": "P1", "title": "Industry, policies, workplace"})], width=1240)
    title = page.locator(".pl-cell-persona .pl-meta")
    assert title.inner_text() == "Industry, policies, workplace"
    assert title.evaluate("element => element.scrollWidth <= element.clientWidth")
    heads, cells = page.locator(".pl-titles"), page.locator(".pl-row")
    assert heads.evaluate(COLUMNS) == cells.evaluate(COLUMNS)
