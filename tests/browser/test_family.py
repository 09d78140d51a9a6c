"""All widgets of one study in a real JupyterLab: read by axe-core, worked by keyboard, turned into Korean."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.family import CELLS, HALF, IN_ENGLISH, IN_KOREAN, ROOTS, Family, family
from tests.support.jupyter import browsing

PANES = [name for name in CELLS if name != "workbench"]
WORST = ("serious", "critical")
MOST_STOPS = 150
SECONDS = 60_000


@pytest.fixture(scope="module")
def shown(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Family]:
    with (
        browsing(chromium_path) as browser,
        family(browser, tmp_path_factory.mktemp("lab") / "lab", interviews=HALF) as opened,
    ):
        yield opened
        assert opened.notebook.errors == []
        assert opened.notebook.foreign == []


@pytest.fixture
def bench(shown: Family) -> Locator:
    return shown.widget("workbench")


def faults(page: Page, part: Locator) -> list[str]:
    """Return what axe-core finds that keeps somebody out, as rule and place."""
    part.evaluate("element => element.setAttribute('data-read', '')")
    found = Axe().run(page, context="[data-read]", options={"resultTypes": ["violations"]})
    part.evaluate("element => element.removeAttribute('data-read')")
    return [
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found.response["violations"]
        if rule["impact"] in WORST
        for node in rule["nodes"]
    ]


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the focus is there; if it was led astray on the way, once more from where it began."""
    start = page.evaluate_handle("document.activeElement").as_element()
    assert start is not None
    stops = []
    # JupyterLab gives a cell the focus when it has scrolled to it, which takes as long as the machine is busy. A key
    # that is pressed then is typed into the cell; who works by keyboard comes back.
    for _ in range(2):
        start.focus()
        for _ in range(MOST_STOPS):
            if wanted.evaluate("element => element === document.activeElement"):
                return
            stops.append(page.evaluate("document.activeElement.outerHTML.slice(0, 120)"))
            page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key does not lead to {wanted}, but to {list(dict.fromkeys(stops))}")


def begin(bench: Locator) -> None:
    """Put the focus on the first thing of the workbench."""
    bench.locator(".pl-language").focus()


@pytest.mark.parametrize("name", CELLS)
def test_axe_finds_nothing_serious_in_the_light(shown: Family, name: str) -> None:
    assert faults(shown.page, shown.widget(name)) == []


def test_axe_finds_nothing_serious_in_any_pane_of_the_workbench(shown: Family, bench: Locator) -> None:
    for pane in ("insights", "personas", "chat", "mind_map", "monitor"):
        shown.open(pane)
        assert faults(shown.page, bench) == []


def test_a_tab_nobody_opened_has_made_nothing(shown: Family) -> None:
    shown.run("fresh = project.new_board('en')\nprint(sorted(project.workbench(conversation=talk).children))")
    expect(shown.notebook.cell("fresh = project.new_board").locator(".jp-Cell-outputArea")).to_contain_text("['board']")


def test_an_interview_of_the_board_is_opened_by_keyboard(shown: Family, bench: Locator) -> None:
    page = shown.page
    begin(bench)
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    row = bench.locator(".pl-pane[data-pane=board] .pl-row").first
    title = row.locator(".pl-title").inner_text()
    row.locator(":scope").focus()
    page.keyboard.press("Enter")
    read = row.locator("[data-open]:is(button)")
    tab_to(page, read)
    page.keyboard.press("Enter")
    expect(bench.locator(".pl-pane[data-pane=reader] .pl-reader .pl-name")).to_have_text(title, timeout=SECONDS)
    expect(bench.locator(".pl-tab[aria-selected=true]")).to_have_attribute("data-pane", "reader")
    assert faults(page, bench) == []


def test_an_interview_is_deleted_in_the_workbench_and_brought_back_by_its_buttons(
    shown: Family, bench: Locator
) -> None:
    bench.locator(".pl-tab[data-pane=board]").click()
    board = bench.locator(".pl-pane[data-pane=board]")
    rows = board.locator(".pl-row")
    count = rows.count()
    title = rows.last.locator(".pl-title").inner_text()
    rows.last.locator(".pl-title").click()
    rows.last.locator("[data-delete]").click()
    expect(rows).to_have_count(count - 1, timeout=SECONDS)
    board.locator(".pl-undo").click()
    expect(rows).to_have_count(count, timeout=SECONDS)
    expect(bench.locator(".pl-tab[aria-selected=true]")).to_have_attribute("data-pane", "board")
    assert title in board.locator(".pl-title").all_inner_texts()
    # What comes after this test finds the insights as they stay: the deletion changed them, and its undoing will.
    shown.run("project.wait()")


def test_a_branch_of_the_mind_map_is_reached_closed_and_opened_by_keyboard(shown: Family) -> None:
    page = shown.page
    mind_map = shown.widget("mind_map")
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    root = mind_map.locator("[role=treeitem]").first
    mind_map.locator("button").first.focus()
    tab_to(page, root)
    page.keyboard.press("ArrowRight")
    branch = mind_map.locator("[role=treeitem]:focus")
    expect(branch).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowLeft")
    expect(branch).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowRight")
    expect(branch).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("End")
    expect(mind_map.locator("[role=treeitem]:focus")).to_be_in_viewport()
    page.keyboard.press("Home")
    expect(root).to_be_focused()
    # JupyterLab goes from cell to cell by the same keys.
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells


def test_an_insight_is_found_opened_pinned_and_taken_back_by_keyboard(shown: Family) -> None:
    page = shown.page
    insights = shown.widget("insights")
    insights.locator("input[type=search], input[type=text]").first.focus()
    first = insights.locator(".pl-insight .pl-open").first
    tab_to(page, first)
    page.keyboard.press("Enter")
    expect(first).to_have_attribute("aria-expanded", "true")
    pin = insights.locator(".pl-insight").first.get_by_role("button", name="Pin", exact=True)
    # What an insight opens to is fetched first.
    expect(pin).to_be_visible(timeout=SECONDS)
    tab_to(page, pin)
    page.keyboard.press("Enter")
    undo = insights.get_by_role("button", name="Undo").first
    expect(undo).to_be_visible(timeout=SECONDS)
    assert insights.evaluate("insights => insights.contains(document.activeElement)"), "the focus is kept"
    undo.focus()
    page.keyboard.press("Enter")
    expect(undo).to_have_count(0, timeout=SECONDS)


def test_a_quote_of_an_answer_leads_to_its_place_by_keyboard(shown: Family, bench: Locator) -> None:
    page = shown.page
    begin(bench)
    page.keyboard.press("Tab")
    tabs = bench.get_by_role("tab")
    for _ in range(tabs.count()):
        if page.evaluate("document.activeElement.dataset.pane") == "chat":
            break
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    chat = bench.locator(".pl-chat")
    expect(chat).to_be_visible(timeout=SECONDS)
    question = chat.locator("textarea")
    tab_to(page, question)
    before = chat.locator(".pl-message").count()
    page.keyboard.type("What gets in the way of using AI at work?")
    page.keyboard.press("Enter")
    expect(chat.locator(".pl-message")).to_have_count(before + 2, timeout=SECONDS)
    expect(chat.get_by_role("button", name="Ask", exact=True)).to_be_visible(timeout=SECONDS)
    chip = chat.locator(".pl-message").last.locator(".pl-chip").first
    chip.focus()
    page.keyboard.press("Enter")
    quote = chat.locator(".pl-message").last.locator("blockquote:visible").first
    place = quote.locator(".pl-place")
    said = quote.locator(":scope > span").inner_text().strip("“”")
    at = place.get_attribute("data-turn")
    tab_to(page, place)
    page.keyboard.press("Enter")
    reader = bench.locator(".pl-pane[data-pane=reader]")
    turn = reader.locator(f".pl-utterance[data-turn='{at}']", has_text=said)
    expect(turn).to_be_in_viewport(timeout=SECONDS)
    # The conversation is hidden now: whoever worked in it goes on in what came.
    assert reader.evaluate("pane => pane.contains(document.activeElement)")


def test_a_proposal_is_accepted_by_keyboard(shown: Family) -> None:
    cards = shown.widget("personas")
    accept = cards.locator("[data-accept]").first
    title = accept.locator("xpath=..").locator(".pl-title").inner_text()
    cards.focus()
    tab_to(shown.page, accept)
    shown.page.keyboard.press("Enter")
    belongs = cards.locator("li", has=shown.page.get_by_text(title, exact=True))
    expect(belongs.locator("[data-accept]")).to_have_count(0, timeout=SECONDS)
    assert cards.evaluate("cards => cards.contains(document.activeElement)"), "the focus is kept"


def test_the_tables_of_the_monitor_open_by_keyboard(shown: Family) -> None:
    monitor = shown.widget("monitor")
    summary = monitor.locator("summary")
    summary.focus()
    shown.page.keyboard.press("Enter")
    expect(monitor.locator("details table").first).to_be_visible()


def test_a_change_of_language_moves_nothing(shown: Family) -> None:
    page = shown.page
    chat = shown.widget("chat")
    chat.locator(".pl-chip").first.click()
    expect(chat.locator(".pl-panel").first).to_be_visible()
    question = chat.locator("textarea")
    question.fill("Not sent yet")
    question.focus()
    log = chat.locator(".pl-log")
    log.evaluate("log => log.scrollTo(0, 60)")
    monitor = shown.widget("monitor")
    monitor.locator("details").evaluate("details => { details.open = true }")
    cards = shown.widget("personas")
    cards.locator("details").first.evaluate("details => { details.open = true }")
    # Told by the kernel, as a colleague's button would: what is typed in a cell would take the focus.
    bench = shown.widget("workbench")
    shown.run(IN_KOREAN)
    for name in PANES:
        expect(shown.widget(name).locator("xpath=ancestor-or-self::*[@lang][1]")).to_have_attribute("lang", "ko")
    expect(bench).to_have_attribute("lang", "ko")
    expect(chat.get_by_role("button", name="묻기")).to_be_visible()
    assert question.input_value() == "Not sent yet"
    assert log.evaluate("log => log.scrollTop") == pytest.approx(60, abs=2)
    expect(chat.locator(".pl-panel").first).to_be_visible()
    assert monitor.locator("details").evaluate("details => details.open")
    assert cards.locator("details").first.evaluate("details => details.open")
    shown.run(IN_ENGLISH)
    expect(shown.widget("chat").get_by_role("button", name="Ask", exact=True)).to_be_visible()
    assert page.locator(ROOTS["workbench"]).first.get_attribute("lang") == "en"


def test_the_button_of_the_workbench_turns_all_of_it_into_korean_and_back(shown: Family, bench: Locator) -> None:
    button = bench.locator(".pl-language")
    button.focus()
    shown.page.keyboard.press("Enter")
    expect(bench.get_by_role("tab").first).to_have_text("인터뷰")
    expect(bench.locator(".pl-board")).to_have_attribute("lang", "ko", timeout=SECONDS)
    assert button.evaluate("button => button === document.activeElement")
    shown.page.keyboard.press("Enter")
    expect(bench.locator(".pl-board")).to_have_attribute("lang", "en", timeout=SECONDS)


def test_axe_finds_nothing_serious_in_the_dark(shown: Family) -> None:
    shown.theme("Dark")
    try:
        found = {name: faults(shown.page, shown.widget(name)) for name in CELLS}
        assert {name: told for name, told in found.items() if told} == {}
    finally:
        shown.theme("Light")
