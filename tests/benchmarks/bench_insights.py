"""A board of insights in a browser: drawn, filtered, and brought a change, with few insights and with many.

    python -m tests.benchmarks.bench_insights [INSIGHTS]

Read is what the kernel needs to make the rows from the project's copy. Drawn is from handing the page its rows to the
task after the frame in which they stand there. Filtered is the same for one press of a chip, a topic, and a letter in
the search box, without the 120 ms for which that waits. Changed is one insight that somebody renamed. The longest task
is told of drawing, and of all that follows. The baseline is the same board with 50 insights.
"""

import json
import sys
import time

from playwright.sync_api import Browser, Page, sync_playwright

from persona_lab.lab.insights import shown
from persona_lab.lab.insights.view import View
from persona_lab.lab.insights.wording import words_of
from persona_lab.widgets import assets
from persona_lab.widgets.packed import pack
from tests.benchmarks.tables import chromium, machine, percentile, print_table
from tests.support.insights import copy_of
from tests.widgets.conftest import STAND_IN, as_script

TIMES = 9
WATCH = """
window.long = [];
new PerformanceObserver((list) => window.long.push(...list.getEntries().map((entry) => entry.duration)))
  .observe({ entryTypes: ["longtask"] });
window.timed = (work) => new Promise((resolve) => {
  const began = performance.now();
  work();
  requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
});
0;
"""
PRESS = """(name) => timed(() => document.querySelector(name).click())"""
# The search box waits for the next letter; what follows is timed.
TYPE = """(text) => timed(() => set("view", { ...state.view, text }))"""


def long_tasks(page: Page) -> float:
    """Return the longest task since this was asked last."""
    page.wait_for_timeout(100)
    return float(page.evaluate("() => { const all = window.long; window.long = []; return Math.max(0, ...all); }"))


def measure(browser: Browser, n: int) -> list[object]:
    replica = copy_of(n, interviews=100)
    shown.shown(replica, words_of("en"))
    began = time.perf_counter()
    told = shown.shown(replica, words_of("en"))
    read = (time.perf_counter() - began) * 1000
    state = {
        "project_name": "Many",
        "locale": "en",
        "connection": "live",
        "rows": pack(told.rows).decode(),
        "topics": told.topics,
        "personas": told.personas,
        "notice": "",
        "nothing": "",
        "undoable": "",
        "view": {**View()._asdict(), "kinds": []},
        "selected": [],
    }
    renamed = pack([{**told.rows[0], "text": "Renamed by a colleague"}, *told.rows[1:]]).decode()
    drawn, filtered, changed, long_drawn, long_after = [], [], [], [], []
    for _ in range(TIMES):
        page = browser.new_page(viewport={"width": 1000, "height": 900})
        script = STAND_IN.replace("__ESM__", as_script(assets.esm("insights"))).replace("__STATE__", as_script(state))
        script = script.replace('window.controller = window.openView("view");', "window.state = state;")
        sheet = assets.css("base", "insights")
        page.set_content(f'<meta charset=utf-8><style>{sheet}</style><body><script type="module">{script}</script>')
        page.wait_for_function("window.isReady")
        page.evaluate(WATCH)
        drawn.append(page.evaluate("timed(() => openView('view'))"))
        long_drawn.append(long_tasks(page))
        for press in ("[data-chip=need]", "[data-chip=need]", ".pl-topic", ".pl-topic[aria-pressed=true]"):
            filtered.append(page.evaluate(PRESS, press))
        filtered += [page.evaluate(TYPE, text) for text in ("c", "co", "")]
        changed.append(page.evaluate("(text) => timed(() => set('rows', packed(text)))", renamed))
        long_after.append(long_tasks(page))
        page.close()
    size = len(json.dumps(state)) / 1024
    middle = (round(percentile(one, 0.5)) for one in (drawn, filtered, changed, long_drawn, long_after))
    return [n, round(read), round(size), *middle, round(max(long_after))]


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    print(f"{machine()}. Milliseconds but where it says KB; a longest task of 0 is one below 50.\n")
    heads = ["insights", "read", "sent KB", "drawn p50", "filtered", "changed", "long: drawing", "long: later", "max"]
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        print_table(heads, [measure(browser, 50), measure(browser, n)])
        browser.close()


if __name__ == "__main__":
    main()
