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
