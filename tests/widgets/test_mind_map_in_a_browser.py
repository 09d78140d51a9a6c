import pytest

from persona_lab.widgets.mind_map import MindMapTree
from tests.support import mapping, talking

HOSTILE = "<img src=x onerror=\"document.title='broken'\"><b>bold</b>"
DARK = ":root { --jp-layout-color1: rgb(17, 17, 17); --jp-ui-font-color1: rgb(250, 250, 250); }"


@pytest.fixture
def open_map(open_widget):
    """Return a function that opens a mind map in a page of its own."""

    def open_page(mind_map=None, *, style="", width=900, locale="en"):
        state = {"mind_map": (mind_map or mapping.mind_map()).model_dump(mode="json"), "locale": locale}
        return open_widget("mind_map", ("base", "mind_map"), state, style=style, width=width)

    return open_page


def focused(page):
    return page.evaluate("document.activeElement.querySelector('.pl-map-text, blockquote span').textContent")


def node(page, text):
    return page.get_by_role("treeitem").filter(has=page.locator(f":scope > .pl-map-node:has-text({text!r})"))


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_a_reader_who_sees_nothing_hears_a_tree(open_map):
    page = open_map()
    assert page.get_by_role("tree", name="Mind map: Checkout").count() == 1
    topic = page.locator(".pl-map-topic").first
    about = [topic.get_attribute(f"aria-{name}") for name in ("level", "posinset", "setsize", "expanded")]
    assert about == ["2", "1", "2", "true"]
    assert page.locator(".pl-map-topic > [role=group]").count() == 2


def test_there_is_one_stop_for_the_tab_key_and_it_moves_with_the_focus(open_map):
    page = open_map()
    assert page.locator("[role=treeitem][tabindex='0']").count() == 1
    press(page, "Tab", "Tab")
    assert focused(page) == "Checkout"
    press(page, "ArrowDown")
    assert page.locator("[role=treeitem][tabindex='0']").count() == 1
    assert focused(page) == "Card form"


def test_the_whole_map_can_be_walked_without_a_mouse(open_map):
    page = open_map()
    press(page, "Tab", "Tab", "End")
    assert focused(page) == "Who owns a boat?"
    press(page, "Home", "ArrowRight", "ArrowRight", "ArrowRight")
    assert focused(page) == "The card form forgets."
    press(page, "ArrowLeft", "ArrowLeft")
    assert node(page, "What gets in the way").get_attribute("aria-expanded") == "false"
    press(page, "ArrowDown")
    assert focused(page) == "What people ask for"


def test_an_item_opens_its_quote_with_who_said_it(open_map):
    page = open_map()
    quote = page.locator("blockquote").first
    assert not quote.is_visible()
    press(page, "Tab", "Tab", "ArrowRight", "ArrowRight", "ArrowRight", "Enter")
    assert quote.inner_text().split("\n") == [f"“{mapping.CARD}”", "Mina, Interview 1"]
    assert page.get_by_text("Answers “What is hard?”; one person says so.").is_visible()
    press(page, "ArrowRight")
    assert focused(page) == f"“{mapping.CARD}”"
    press(page, "ArrowLeft", " ")
    assert not quote.is_visible()


def test_the_item_that_was_walked_to_can_be_read_back(open_map):
    page = open_map()
    press(page, "Tab", "Tab", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight")
    at = page.evaluate("saved.at(-1).selected")
    assert at.startswith("root / Card form 1 / What gets in the way 1 / ")
    tree = MindMapTree(mapping.mind_map())
    tree.selected = at
    assert list(tree.selection["quote"]) == [mapping.CARD]


def test_typing_goes_to_what_begins_so(open_map):
    page = open_map()
    press(page, "Tab", "Tab", "w", "h", "o")
    assert focused(page) == "Who owns a boat?"
    page.wait_for_timeout(700)
    press(page, "r")
    assert focused(page) == "Remember me."


def test_keys_that_the_tree_takes_never_reach_the_notebook(open_map):
    page = open_map()
    page.evaluate("window.keys = []; document.addEventListener('keydown', (event) => keys.push(event.key))")
    press(page, "Tab", "Tab", "ArrowDown", "Enter", "End", "a")
    assert page.evaluate("keys") == ["Tab", "Tab"]


def test_a_click_opens_and_closes_and_takes_the_focus(open_map):
    page = open_map()
    topic = page.locator(".pl-map-topic").first
    topic.locator("> .pl-map-node").click()
    assert topic.get_attribute("aria-expanded") == "false"
    assert focused(page) == "Card form"
    assert not page.get_by_text("Remember me.", exact=True).is_visible()


def test_all_quotes_open_and_close_at_once(open_map):
    page = open_map()
    page.get_by_role("button", name="Open all quotes").click()
    assert page.locator("blockquote:visible").count() == 3
    page.get_by_role("button", name="Close all quotes").click()
    assert page.locator("blockquote:visible").count() == 0


def test_an_update_leaves_open_what_was_open_and_the_focus_where_it_was(open_map):
    page = open_map()
    press(page, "Tab", "Tab", "ArrowRight", "ArrowRight", "ArrowRight", "Enter")
    first, *rest = mapping.mind_map().topics
    later = mapping.mind_map(topics=(*rest, first), summary="Another.")
    page.evaluate("told => set('mind_map', told)", later.model_dump(mode="json"))
    assert focused(page) == "The card form forgets."
    assert page.locator("blockquote:visible").count() == 1
    assert page.locator(".pl-map-summary").inner_text() == "Another."


def test_where_the_focused_item_goes_the_focus_stays_near(open_map):
    page = open_map()
    press(page, "Tab", "Tab", "End")
    later = mapping.mind_map(topics=mapping.mind_map().topics[:1])
    page.evaluate("told => set('mind_map', told)", later.model_dump(mode="json"))
    assert focused(page) == "Checkout"


def test_an_update_takes_the_focus_from_nobody(open_map):
    page = open_map()
    page.get_by_role("button").focus()
    page.evaluate("told => set('mind_map', told)", mapping.mind_map(summary="x").model_dump(mode="json"))
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"


def test_markup_in_a_map_shows_as_text(open_map):
    item = (
        mapping.mind_map()
        .topics[0]
        .subtopics[0]
        .items[0]
        .model_copy(update={"content": HOSTILE, "relevance": HOSTILE, "quote": talking.quote(HOSTILE, speaker=HOSTILE)})
    )
    part = mapping.mind_map().topics[0].subtopics[0].model_copy(update={"title": HOSTILE, "items": (item,)})
    topic = mapping.mind_map().topics[0].model_copy(update={"title": HOSTILE, "subtopics": (part,)})
    page = open_map(mapping.mind_map(topics=(topic,), title=HOSTILE, root=HOSTILE, summary=HOSTILE, subtitle=HOSTILE))
    assert page.locator("#view img, #view b").count() == 0
    assert page.title() == ""


def test_after_the_view_has_gone_a_key_does_nothing(open_map):
    page = open_map()
    press(page, "Tab", "Tab")
    page.evaluate("controller.abort()")
    press(page, "ArrowDown")
    assert focused(page) == "Checkout"


@pytest.mark.parametrize(("width", "korean"), [(360, False), (360, True), (640, True), (900, True), (1200, False)])
def test_nothing_is_cut_off_however_narrow_the_cell(open_map, width, korean):
    page = open_map(mapping.mind_map(korean=korean), width=width, locale="ko" if korean else "en")
    page.get_by_role("button").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for one in page.locator(".pl-map-node:visible").all():
        box = one.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def test_the_dark_theme_is_followed(open_map):
    page = open_map(style=DARK)
    assert page.evaluate("getComputedStyle(document.querySelector('.pl-map')).backgroundColor") == "rgb(17, 17, 17)"
    assert page.evaluate("getComputedStyle(document.querySelector('.pl-map-text')).color") == "rgb(250, 250, 250)"


def test_a_korean_map_has_korean_labels(open_map):
    page = open_map(mapping.mind_map(korean=True), locale="ko")
    assert page.get_by_role("tree", name="마인드맵: 결제 연구").count() == 1
    assert page.get_by_role("button", name="인용 모두 열기").count() == 1


def test_a_map_of_nothing_says_so(open_map):
    page = open_map(mapping.mind_map(topics=(), summary="Nothing has been asked yet."))
    assert page.get_by_text("There is nothing in this map yet.").is_visible()
    assert not page.get_by_role("button").is_visible()
