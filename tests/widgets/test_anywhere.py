"""A widget needs what anywidget gives it, and nothing of the page or program that it is shown in.

So it is at home wherever anywidget is: JupyterLab, Notebook 7, marimo, VS Code, Colab.
"""

import importlib
import inspect
import pkgutil
import re
import sys
from types import ModuleType, SimpleNamespace

import anywidget
import pytest
from anywidget import _util

from persona_lab import widgets
from persona_lab.lab.following.stream_log import StreamLog
from persona_lab.widgets import assets
from persona_lab.widgets.board import Board
from persona_lab.widgets.monitor import Monitor

VIEW = "application/vnd.jupyter.widget-view+json"
# What a page of Jupyter's, or a loader of another time, has and others haven't; and lines past the one that is given.
OTHERS = (
    r"\brequire\s*[(.]",
    r"\bdefine\s*\(",
    r"\bJupyter\b",
    r"\bjupyterapp\b",
    r"\bgoogle\.colab\b",
    r"\bacquireVsCodeApi\b",
    r"\bfetch\s*\(",
    r"\bXMLHttpRequest\b",
    r"\bWebSocket\b",
    r"\bEventSource\b",
    r"\blocalStorage\b",
    r"\bsessionStorage\b",
    r"\bwidget_manager\b",
)


def drawn() -> list[type[anywidget.AnyWidget]]:
    """Return every widget that has a script."""
    found = {}
    for module in pkgutil.iter_modules(widgets.__path__):
        for _, one in inspect.getmembers(
            importlib.import_module(f"persona_lab.widgets.{module.name}"), inspect.isclass
        ):
            if issubclass(one, anywidget.AnyWidget) and "_esm" in vars(one):
                found[one.__name__] = one
    return [found[name] for name in sorted(found)]


def code(name: str) -> str:
    """Return a static module without what it says in comments."""
    text = (assets.STATIC / f"{name}.js").read_text(encoding="utf-8")
    return re.sub(r"/\*[\s\S]*?\*/|^\s*//.*$", "", text, flags=re.MULTILINE)


def test_there_are_widgets_to_look_at() -> None:
    assert {Board, Monitor} <= set(drawn())


@pytest.mark.parametrize("name", sorted(path.stem for path in assets.STATIC.glob("*.js")))
def test_no_script_reaches_for_the_program_it_is_shown_in_or_past_its_model(name: str) -> None:
    assert [pattern for pattern in OTHERS if re.search(pattern, code(name))] == []


@pytest.mark.parametrize(
    "widget", [Board("Study", []), Monitor("Study", StreamLog().figures())], ids=["board", "monitor"]
)
def test_each_display_has_a_live_a_still_and_a_plain_form(widget: anywidget.AnyWidget) -> None:
    """VS Code and Colab take the first, GitHub and nbviewer the second, a terminal the third."""
    bundle, _ = widget._repr_mimebundle_()
    assert bundle[VIEW]["model_id"] == widget.comm.comm_id
    assert bundle["text/html"].strip()
    assert "<script" not in bundle["text/html"]
    assert bundle["text/plain"].strip()


def test_a_widgets_script_and_style_travel_with_its_state() -> None:
    """No file is asked for beside it: a page behind a proxy, or without an address, has all it needs."""
    state = Board("Study", []).get_state()
    assert "export default" in state["_esm"]
    assert ".pl-board" in state["_css"]
    assert state["_model_module"] == "anywidget"


def test_in_colab_a_display_names_the_manager_that_colab_shows_it_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colab shows widgets that aren't its own only with that; anywidget switches it on by itself."""
    told: list[str] = []
    output = ModuleType("google.colab.output")
    output.enable_custom_widget_manager = lambda: told.append("on")
    output._widgets = SimpleNamespace(_installed_url="https://colab.example/manager.js")
    monkeypatch.setitem(sys.modules, "google.colab.output", output)
    _util.enable_custom_widget_manager_once.cache_clear()
    bundle, metadata = Board("Study", [])._repr_mimebundle_()
    assert told == ["on"]
    assert metadata[VIEW]["colab"]["custom_widget_manager"]["url"] == "https://colab.example/manager.js"
    assert {VIEW, "text/html", "text/plain"} <= set(bundle)
