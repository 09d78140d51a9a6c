import json
from pathlib import Path

import playwright
import pytest
from playwright.sync_api import sync_playwright

from persona_lab.widgets import assets
from persona_lab.widgets.packed import pack

# Stands in for the notebook: a model with traits and messages, listeners that go with the view as anywidget's do,
# and a second view that can be opened on the same model. Who tells the model something can wait until it is drawn:
# what is out of sight, as far as the browser knows yet, has no text and no height.
STAND_IN = """
const source = __ESM__;
const module = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
const widget = module.default();
window.packed = (text) => new DataView(new TextEncoder().encode(text).buffer);
const state = __STATE__;
for (const name of ["rows", "turns"]) if (state[name]) state[name] = packed(state[name]);
const listeners = [];
const frame = window.requestAnimationFrame.bind(window);
const drawn = () => new Promise((done) => frame(() => frame(done)));
function modelFor(context) {
  return {
    get: (name) => state[name],
    set: (name, value) => {
      if (JSON.stringify(state[name]) === JSON.stringify(value)) return;
      state[name] = value;
      window.fire(`change:${name}`);
    },
    save_changes: () => window.saved.push(structuredClone(state)),
    send: (message, callbacks, buffers = []) => {
      window.sent.push(message);
      for (const buffer of buffers) window.pieces.push(new TextDecoder().decode(buffer));
    },
    on: (name, callback) => listeners.push({ name, callback, context }),
  };
}
window.sent = [];
window.saved = [];
window.pieces = [];
window.fire = (name, ...about) => {
  for (const listener of [...listeners]) if (listener.name === name) listener.callback(...about);
};
window.receive = (message, buffers = []) => { window.fire("msg:custom", message, buffers); return drawn(); };
window.set = (name, value) => { state[name] = value; window.fire(`change:${name}`); return drawn(); };
window.openView = (id) => {
  const el = document.createElement("div");
  el.id = id;
  document.body.append(el);
  const controller = new AbortController();
  controller.signal.addEventListener("abort", () => {
    for (let i = listeners.length - 1; i >= 0; i--) if (listeners[i].context === id) listeners.splice(i, 1);
  });
  widget.render({ model: modelFor(id), el, signal: controller.signal });
  return controller;
};
widget.initialize({ model: modelFor("initialize"), signal: new AbortController().signal });
window.controller = window.openView("view");
await drawn();
window.isReady = true;
"""


@pytest.fixture
def row():
    """Return a function that makes a row of the board."""
    return make_row


@pytest.fixture
def failed():
    """Return a function that makes the row of an interview that could not be analysed."""
    error = {"code": "no_speech", "message": "The file holds no speech."}
    return lambda interview_id="a", **facts: make_row(interview_id, status="failed", error=error, **facts)


@pytest.fixture
def figures():
    """Return a function that makes the figures of a monitor."""
    return make_figures


@pytest.fixture(scope="session")
def node_path():
    return str(Path(playwright.__file__).parent / "driver" / "node")


@pytest.fixture(scope="module")
def browser(chromium_path):
    with sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=chromium_path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def open_widget(browser):
    """Return a function that opens a widget in a page of its own; any error in the page fails the test."""
    pages = []
    errors = []

    def open_page(name, sheets, state, *, style="", width=900, height=800):
        page = browser.new_page(viewport={"width": width, "height": height})
        pages.append(page)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        script = STAND_IN.replace("__ESM__", as_script(assets.esm(name))).replace("__STATE__", as_script(state))
        page.set_content(
            f"<!doctype html><meta charset=utf-8><style>{style}</style><style>{assets.css(*sheets)}</style>"
            f'<body><script type="module">{script}</script></body>'
        )
        page.wait_for_function("window.isReady")
        return page

    yield open_page
    for page in pages:
        page.close()
    assert errors == []


@pytest.fixture
def open_board(open_widget):
    """Return a function that opens a board in a page of its own."""

    def open_page(rows, *, style="", width=900, **traits):
        state = {
            "project_name": "Checkout study",
            "locale": "en",
            "connection": "live",
            "rows": pack(rows).decode(),
            "revision": 0,
            "can_retry": True,
            "can_upload": True,
            "can_delete": True,
            "can_open": False,
            "opens_beneath": False,
            "reader": None,
            "limit_bytes": 50 * 1024 * 1024,
            "filter_text": "",
            "filter_states": [],
            "filter_persona": "",
            "sort": "number",
            "selected": [],
            "deleted": [],
            **traits,
        }
        return open_widget("board", ("base", "board"), state, style=style, width=width)

    return open_page


@pytest.fixture
def open_reader(open_widget):
    """Return a function that opens a reader in a page of its own."""

    def open_page(turns, *, style="", width=1100, height=800, interview=None, **traits):
        facts = {
            "id": "mina",
            "title": "Mina",
            "state": "completed",
            "error": {"en": "", "ko": ""},
            "language": "en",
            "date": None,
            "redacted": False,
            "remarks": [],
            "back": None,
        }
        state = {
            "locale": "en",
            "connection": "live",
            "interview": {**facts, **(interview or {})},
            "turns": pack(turns).decode(),
            "sections": [],
            "findings": [],
            "codes": [],
            "notes": [],
            "at": {"turn": None, "n": 0},
            "user": "ana",
            "can_write": True,
            "revision": 0,
            "selected": [],
            "find": "",
            "only_found": False,
            **traits,
        }
        return open_widget("reader", ("base", "reader"), state, style=style, width=width, height=height)

    return open_page


@pytest.fixture
def said():
    """Return a function that makes turns out of what is said, interviewer and participant by turns."""
    return make_turns


def make_turns(*texts, speakers=("Interviewer", "Mina"), roles=("interviewer", "participant"), times=True):
    turns = []
    start = 0
    for index, text in enumerate(texts):
        who = index % 2
        start += len(speakers[who]) + 2
        turns.append(
            {
                "index": index,
                "speaker": speakers[who],
                "role": roles[who],
                "time": index * 37.0 if times else None,
                "start": start,
                "text": text,
            }
        )
        start += len(text) + 1
    return turns


def make_row(interview_id="a", **facts):
    return {
        "id": interview_id,
        "title": f"Interview {interview_id}",
        "status": "processing",
        "stage": "queued",
        "error": None,
        "added_at": "2026-03-14T09:00:00Z",
        "changed_at": "2026-03-14T09:00:00Z",
        "language": None,
        "encoding": None,
        "certainty": None,
        "remarks": [],
        "turns": None,
        "participants": None,
        "pains": None,
        "needs": None,
        "takeaways": None,
        "created_by": "minji",
        "order": 1,
        "persona": None,
        "decided_by": None,
        "decided_at": None,
        **facts,
    }


def make_figures(**told):
    return {
        "seq": 0,
        "state": "live",
        "reason": "",
        "per_second": [0] * 60,
        "types": {},
        "bounds_ms": [10, 30, 100, 300, 1000, 3000, 10_000],
        "received": {"p50": None, "p95": None, "spread": [0] * 8},
        "applied": {"p50": None, "p95": None, "spread": [0] * 8},
        "reconnects": 0,
        "resets": 0,
        "server": None,
        **told,
    }


def as_script(value):
    """Return a value as it can stand in a script element."""
    return json.dumps(value).replace("<", "\\u003c")
