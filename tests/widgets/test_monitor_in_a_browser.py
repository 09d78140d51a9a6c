import pytest

DARK = ":root { --jp-layout-color1: rgb(17, 17, 17); --jp-ui-font-color1: rgb(250, 250, 250); }"
# What a notebook has for the lists of terms in its outputs, as strong as it has it there.
NOTEBOOK = ":root dl { display: block; } :root dt { float: left; width: 20%; font-weight: bold; }"
HOSTILE = "<img src=x onerror=\"document.title='broken'\"><b>bold</b>"
SERVER = {
    "streams": {"total": 7, "here": 2},
    "events_per_second": {"interview:added": 0.5, "interview:completed": 0.25},
    "reconnects": 3,
    "cut": 1,
    "replayed": 120,
    "commit_to_send_ms": {"p50": 1.5, "p95": 12.0},
}


@pytest.fixture
def open_monitor(open_widget):
    """Return a function that opens a monitor in a page of its own."""

    def open_page(figures, *, style="", width=900, **traits):
        state = {"project_name": "Checkout study", "locale": "en", "figures": figures, "selected": [], **traits}
        return open_widget("monitor", ("base", "monitor"), state, style=style, width=width, height=900)

    return open_page


def tell(page, figures):
    page.evaluate("figures => set('figures', figures)", figures)


def tiles(page, view="#view"):
    return page.locator(f"{view} .pl-tile dd").all_text_contents()


def test_the_figures_are_shown_and_follow(open_monitor, figures):
    page = open_monitor(figures(seq=41))
    assert tiles(page) == ["41", "0", "0", "0"]
    tell(page, figures(seq=1042, per_second=[0] * 59 + [90], reconnects=2, resets=1))
    assert tiles(page) == ["1,042", "1.5", "2", "1"]
    assert page.locator(".pl-most").inner_text() == "at most 90/s"


def test_a_chart_says_in_words_what_it_draws(open_monitor, figures):
    latency = {"p50": 4, "p95": 38, "spread": [9, 0, 1, 0, 0, 0, 0, 0]}
    page = open_monitor(figures(per_second=[0] * 58 + [6, 0], received=latency))
    charts = page.get_by_role("img")
    assert [name.replace("\N{NO-BREAK SPACE}", " ") for name in charts.evaluate_all(LABELS)] == [
        "Events per second over the last minute: 0.1 on average, at most 6 in a second.",
        "How long the newest events took. Sent to received: half within 4 ms, 95 % within 38 ms. "
        "Received to applied: not known yet.",
    ]


LABELS = "all => all.map((one) => one.getAttribute('aria-label'))"


def test_the_tables_hold_what_the_charts_draw_and_are_kept_true_while_open(open_monitor, figures):
    page = open_monitor(figures())
    summary = page.get_by_text("The charts as tables")
    summary.focus()
    page.keyboard.press("Enter")
    table = page.get_by_role("table", name="Events per second")
    table.wait_for()
    tell(page, figures(per_second=[0] * 59 + [3], applied={"p50": 1, "p95": 1, "spread": [0, 5, 0, 0, 0, 0, 0, 0]}))
    assert table.locator("tr").nth(1).all_inner_texts() == ["0–5\t3"]
    ranges = page.locator(".pl-tables table").nth(1)
    assert ranges.locator("tr").nth(2).locator("td").all_inner_texts() == ["0", "5"]


def test_types_are_counted_in_place_and_new_ones_join(open_monitor, figures):
    page = open_monitor(figures())
    assert page.get_by_text("No event has come yet.").is_visible()
    tell(page, figures(types={"interview:added": 1}))
    page.evaluate("window.before = document.querySelector('[aria-label=\"Events by type\"] tbody tr')")
    tell(page, figures(types={"interview:added": 2}))
    assert page.evaluate("before.isConnected && before.textContent") == "interview:added2"
    tell(page, figures(types={"insights:merged": 1, "interview:added": 2}))
    rows = page.get_by_role("table", name="Events by type").locator("tbody tr")
    assert rows.all_text_contents() == ["insights:merged1", "interview:added2"]
    assert not page.get_by_text("No event has come yet.").is_visible()


def test_a_type_is_chosen_by_keyboard_and_keeps_the_focus_when_another_joins(open_monitor, figures):
    page = open_monitor(figures(types={"interview:added": 1}))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("saved.at(-1).selected") == ["interview:added"]
    chosen = page.get_by_role("button", name="interview:added")
    assert chosen.get_attribute("aria-pressed") == "true"
    tell(page, figures(types={"insights:merged": 1, "interview:added": 1}))
    assert page.evaluate("document.activeElement.dataset.type") == "interview:added"
    page.evaluate("set('selected', ['insights:merged'])")
    pressed = "all => all.map((one) => one.getAttribute('aria-pressed'))"
    assert page.locator(".pl-type").evaluate_all(pressed) == ["true", "false"]
    page.keyboard.press("Enter")
    page.locator(".pl-type").first.click()
    assert page.evaluate("saved.at(-1).selected") == ["interview:added"]


@pytest.mark.parametrize("state", ["live", "reconnecting", "offline"])
def test_the_light_has_a_word_and_a_shape_and_the_reason_stands_below(open_monitor, figures, state):
    page = open_monitor(figures())
    tell(page, figures(state=state, reason="" if state == "live" else "the server ended the stream"))
    light = page.get_by_role("status")
    assert light.inner_text().lower() == state
    assert light.locator(f"[data-shape={state}]").count() == 1
    assert page.locator(".pl-reason").is_visible() == (state != "live")


def test_a_kernel_that_is_gone_puts_the_light_out_until_it_is_heard_again(open_monitor, figures):
    page = open_monitor(figures())
    page.evaluate("fire('comm_live_update')")
    assert page.get_by_role("status").inner_text() == "Offline"
    tell(page, figures(seq=2))
    assert page.get_by_role("status").inner_text() == "Live"


def test_the_servers_figures_are_there_only_when_it_says_some(open_monitor, figures):
    page = open_monitor(figures())
    server = page.get_by_role("heading", name="Server")
    assert server.count() == 0
    tell(page, figures(server=SERVER))
    assert server.is_visible()
    assert page.locator(".pl-pairs dd").all_inner_texts()[:2] == ["7 (2 of this project)", "0.8"]
    tell(page, figures())
    assert server.count() == 0


def test_hostile_text_is_shown_as_text(open_monitor, figures):
    page = open_monitor(figures(state="offline", reason=HOSTILE, types={HOSTILE: 1}), project_name=HOSTILE)
    assert page.locator("h3").inner_text() == HOSTILE
    assert page.locator(".pl-reason").inner_text() == HOSTILE
    assert page.locator("#view img, #view b").count() == 0
    assert page.title() == ""


def test_the_page_says_that_it_watches_until_the_view_has_gone(open_monitor, figures):
    page = open_monitor(figures())
    assert page.evaluate("sent") == [{"kind": "watching"}]
    page.clock.install()
    page.evaluate("window.second = openView('second'); null")
    page.clock.run_for(31_000)
    assert len(page.evaluate("sent")) == 3
    page.evaluate("second.abort(); null")
    page.clock.run_for(120_000)
    assert len(page.evaluate("sent")) == 3


def test_after_the_view_has_gone_nothing_happens_to_it_and_another_follows(open_monitor, figures):
    page = open_monitor(figures(seq=1))
    page.evaluate("openView('second'); controller.abort(); null")
    tell(page, figures(seq=2))
    page.evaluate("set('locale', 'ko')")
    assert (tiles(page)[0], tiles(page, "#second")[0]) == ("1", "2")
    assert page.locator("#view").get_attribute("lang") == "en"


def test_korean_labels(open_monitor, figures):
    page = open_monitor(figures(), locale="ko")
    assert page.get_by_role("status").inner_text() == "실시간"
    assert page.locator(".pl-tile dt").all_inner_texts() == ["최신 이벤트", "초당 이벤트, 최근 1분", "재연결", "초기화"]


def test_the_theme_of_the_notebook_is_followed(open_monitor, figures):
    page = open_monitor(figures(), style=DARK)
    style = "element => [getComputedStyle(element).backgroundColor, getComputedStyle(element).color]"
    assert page.locator("#view").evaluate(style) == ["rgb(17, 17, 17)", "rgb(250, 250, 250)"]


def test_the_notebooks_own_rules_do_not_take_the_layout_apart(open_monitor, figures):
    page = open_monitor(figures(server=SERVER), style=NOTEBOOK)
    tops = page.locator(".pl-tile").evaluate_all("all => all.map((one) => one.getBoundingClientRect().top)")
    assert len(set(tops)) == 1
    assert (
        page.locator("#view dt").evaluate_all("all => all.map((one) => getComputedStyle(one).float)") == ["none"] * 10
    )


@pytest.mark.parametrize("locale", ["en", "ko"])
def test_nothing_is_wider_than_a_narrow_cell(open_monitor, figures, locale):
    busy = figures(
        seq=1_234_567,
        types={"interview:status_changed_" * 4: 123_456},
        server=SERVER,
        state="offline",
        reason="x" * 200,
    )
    page = open_monitor(busy, width=360, locale=locale, project_name="long " * 40)
    page.locator("summary").click()
    page.locator(".pl-tables table").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
