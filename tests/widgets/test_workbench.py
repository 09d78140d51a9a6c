import threading

import anywidget
import pytest
import traitlets

from persona_lab.errors import Conflict
from persona_lab.widgets import assets
from persona_lab.widgets.workbench import Workbench

SECONDS = 5.0
WEIGHT_BYTES = 8 * 1024


class Part(anywidget.AnyWidget):
    """Stands for a widget of the study."""

    _esm = "export default () => ({})"
    locale = traitlets.Unicode("en")

    def _repr_mimebundle_(self, **_kwargs):
        return {"text/html": "<p>part</p>", "text/plain": "part"}, {}


@pytest.fixture
def bench():
    """Return a workbench of two panes, the second of which has nothing to show until `there` holds something."""
    there = []

    def second(_locale):
        return there[0] if there else None

    made = Workbench("Checkout <study>", {"board": lambda locale: Part(locale=locale), "reader": second})
    made.there = there
    return made


def wait_for(bench, trait, done):
    """Wait until the trait is as it shall be."""
    reached = threading.Event()
    bench.observe(lambda _change: done(getattr(bench, trait)) and reached.set(), trait)
    assert done(getattr(bench, trait)) or reached.wait(SECONDS)


def test_the_first_pane_is_open_and_no_other_is_made(bench):
    assert (bench.tab, bench.panes, list(bench.children)) == ("board", ["board", "reader"], ["board"])


def test_a_pane_with_nothing_to_show_says_so_until_it_has_something(bench):
    bench.tab = "reader"
    wait_for(bench, "nothing", lambda nothing: nothing == ["reader"])
    bench.there.append(Part())
    bench.receive({"kind": "again", "pane": "reader"})
    wait_for(bench, "nothing", lambda nothing: nothing == [])
    assert bench.reader is bench.there[0]


def test_a_pane_that_is_shown_with_a_widget_opens_its_tab(bench):
    part = Part()
    bench.show("reader", lambda _locale: part)
    assert (bench.tab, bench.reader, bench.nothing) == ("reader", part, [])


def test_what_goes_wrong_is_told_in_words_and_the_next_time_forgotten(bench):
    def fails(_locale):
        raise Conflict("It is gone.")

    bench.show("reader", fails)
    assert bench.errors == {"reader": "It is gone."}
    bench.show("reader", lambda _locale: Part())
    assert bench.errors == {}


def test_a_language_reaches_every_widget_that_was_made(bench):
    bench.locale = "ko"
    assert bench.board.locale == "ko"
    bench.show("reader", lambda locale: Part(locale=locale))
    assert bench.reader.locale == "ko"


def test_a_saved_notebook_keeps_one_widget_below_the_other(bench):
    bench.show("reader", lambda _locale: Part())
    data, _ = bench._repr_mimebundle_()
    assert data["text/html"] == "<h3>Checkout &lt;study&gt;</h3>\n<p>part</p>\n<p>part</p>"
    assert data["text/plain"] == "part\n\npart"


def test_its_own_script_is_light():
    own = [assets.STATIC / f"{name}.js" for name in ("workbench", "workbench_words")]
    assert sum(path.stat().st_size for path in own) <= WEIGHT_BYTES
