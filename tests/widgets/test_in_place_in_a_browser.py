import json

import pytest

from persona_lab.widgets import assets

# A widget with whatever can be lost: a focus, a scrolled list, an open fold, and words that were not sent.
DRAW = """
() => {
  const many = Array.from({ length: 40 }, (_, n) => `<li>${n}</li>`).join("");
  el.innerHTML = `<h3>${title}</h3><ul tabindex="0" style="height: 80px; overflow: auto">${many}</ul>
    <details><summary>Why</summary>Because.</details><textarea></textarea><button>Ask</button>`;
}
"""


@pytest.fixture
def page(browser):
    opened = browser.new_page()
    opened.set_content("<!doctype html><body><div id=el></div></body>")
    source = json.dumps(f"{assets._scope('dom')}\n{assets._scope('in_place')}\nexport default in_place_js;")
    opened.evaluate(
        f"""async () => {{
            const blob = new Blob([{source}], {{ type: "text/javascript" }});
            window.inPlace = (await import(URL.createObjectURL(blob))).default.redrawInPlace;
            window.el = document.getElementById("el");
            window.title = "Question";
            window.draw = {DRAW};
            draw();
        }}"""
    )
    yield opened
    opened.close()


def redraw(page):
    page.evaluate("() => { window.title = '질문'; inPlace(el, draw); }")
    assert page.locator("h3").inner_text() == "질문"


def test_the_focus_and_the_caret_stay(page):
    page.locator("textarea").fill("Not sent yet")
    page.locator("textarea").focus()
    page.evaluate("document.activeElement.setSelectionRange(4, 8)")
    redraw(page)
    assert page.evaluate("[document.activeElement.tagName, document.activeElement.selectionStart]") == ["TEXTAREA", 4]
    assert page.locator("textarea").input_value() == "Not sent yet"


def test_what_was_scrolled_and_opened_stays_so(page):
    page.evaluate(
        "() => { document.querySelector('ul').scrollTop = 120; document.querySelector('details').open = true; }"
    )
    redraw(page)
    assert page.evaluate("document.querySelector('ul').scrollTop") == 120
    assert page.evaluate("document.querySelector('details').open")


def test_a_focus_elsewhere_is_left_alone(page):
    page.evaluate("() => { document.body.append(document.createElement('input')); document.body.lastChild.focus(); }")
    redraw(page)
    assert page.evaluate("document.activeElement.tagName") == "INPUT"


# A list whose items have keys, in an order that changes; each holds a fold, and a button that may go.
LIST = """
(ids, withButton = ids) => {
  el.innerHTML = ids.map((id) => `<article data-id="${id}"><details data-key="why"><summary data-key="why">Why</summary>
    <p>Because.</p></details>${withButton.includes(id) ? '<button data-key="accept">Accept</button>' : ""}
    <select data-key="choose"></select></article>`).join("");
}
"""


@pytest.fixture
def listed(page):
    page.evaluate(f"() => {{ window.list = {LIST}; list(['mina', 'jun', 'ana']); }}")
    return page


def test_what_has_a_key_is_found_where_it_now_stands(listed):
    listed.evaluate("document.querySelector('[data-id=jun] details').open = true")
    listed.locator("[data-id=jun] summary").focus()
    listed.evaluate("inPlace(el, () => list(['new', 'ana', 'mina', 'jun']))")
    assert listed.evaluate("document.activeElement.closest('[data-id]').dataset.id") == "jun"
    assert listed.locator("[data-id=jun] details").evaluate("one => [one.open, one.matches(':focus-within')]") == [
        True, True,
    ]  # fmt: skip
    assert listed.locator("details[open]").count() == 1


def test_what_is_gone_leaves_the_focus_to_what_is_named_instead_or_to_what_is_around_it(listed):
    card = "document.querySelector('[data-id=jun]')"
    listed.locator("[data-id=jun] button").focus()
    listed.evaluate("inPlace(el, () => list(['mina', 'jun'], ['mina']))")
    assert listed.evaluate("document.activeElement === document.body")
    listed.evaluate(f"() => {{ list(['mina', 'jun']); {card}.querySelector('button').focus(); }}")
    listed.evaluate("inPlace(el, () => list(['jun'], []), (key) => (key === 'accept' ? 'choose' : key))")
    assert listed.evaluate("document.activeElement.dataset.key") == "choose"
    listed.evaluate("() => { el.tabIndex = -1; list(['mina', 'jun']); }")
    listed.locator("[data-id=jun] button").focus()
    listed.evaluate("inPlace(el, () => list(['mina']))")
    assert listed.evaluate("document.activeElement.id") == "el"
