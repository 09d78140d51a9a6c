"""A notebook that shows every widget of one study, in a real JupyterLab."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, expect

from tests.support.jupyter import JupyterLab, NotebookPage, write_notebook

NAME = "family.ipynb"
TALLEST = 1500
# JupyterLab's own bars, above and below the notebook, and below it alone.
AROUND = 200
FOOT = 30

ALL = "samples.paths()"
# Both languages, and the one that the reader shows; all of them take longer to analyse and show nothing else.
HALF = "samples.paths()[1::2]"
STUDY = """\
import persona_lab
from persona_lab import samples

project = persona_lab.connect().project(**samples.STUDY)
project.upload({interviews})
project.wait()
personas = project.personas().propose(3)
talk = project.conversation("Trust")
talk.ask("What would make you trust AI less?")
talk.ask("@P1 @P2 And where has it saved you time?")
print("ready")
"""

# Each cell's widget is called as it is here, and can be told things by that name.
CELLS = {
    "board": "board = project.board()\nboard",
    "personas": "cards = personas.cards()\ncards",
    "chat": "chat = project.chat(talk)\nchat",
    "mind_map": "mind_map = talk.mind_map().widget()\nmind_map",
    "monitor": "monitor = project.monitor()\nmonitor",
    "reader": 'reader = project.reader("work-0701-chef")\nreader',
    "insights": "insights = project.insight_board()\ninsights",
    "workbench": "workbench = project.workbench(conversation=talk)\nworkbench",
}
IN_KOREAN = "\n".join(f'{source.split(" = ")[0]}.locale = "ko"' for source in CELLS.values())
IN_ENGLISH = IN_KOREAN.replace('"ko"', '"en"')
ROOTS = {
    "board": ".pl-board",
    "personas": ".pl-personas",
    "chat": ".pl-chat",
    "mind_map": ".pl-map",
    "monitor": ".pl-monitor",
    "reader": ".pl-reader",
    "insights": ".pl-insights",
    "workbench": ".pl-bench",
}


class Family:
    """The notebook, run once, and the widgets in it by name."""

    def __init__(self, notebook: NotebookPage) -> None:
        self.notebook = notebook
        self.page = notebook.page

    def widget(self, name: str) -> Locator:
        """Return a widget, scrolled to where it is seen."""
        found = self.notebook.cell(CELLS[name].splitlines()[0]).locator(f".jp-Cell-outputArea {ROOTS[name]}").first
        found.scroll_into_view_if_needed()
        return found

    def open(self, pane: str) -> Locator:
        """Open a tab of the workbench, and return what it shows once it is there."""
        bench = self.widget("workbench")
        bench.locator(f".pl-tab[data-pane={pane}]").click()
        shown = bench.locator(f".pl-pane[data-pane={pane}]")
        expect(shown.locator(ROOTS[pane])).to_be_visible(timeout=30_000)
        return shown

    def shoot(self, path: Path, part: Locator) -> None:
        """Take a picture of a part, from its top on, in a window as high as it is within reason."""
        size = self.page.viewport_size
        box = part.bounding_box()
        assert size is not None
        assert box is not None
        high = min(TALLEST, max(size["height"], round(box["height"]) + AROUND))
        self.page.set_viewport_size({"width": size["width"], "height": high})
        for _ in range(3):
            part.evaluate("element => element.scrollIntoView({ block: 'start' })")
            self.page.wait_for_timeout(200)
        box = part.bounding_box()
        assert box is not None
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.mouse.move(0, 0)
        clip = {**box, "height": min(box["height"], high - box["y"] - FOOT)}
        self.page.screenshot(path=path, animations="disabled", clip=clip)
        self.page.set_viewport_size(size)

    def run(self, source: str) -> None:
        """Run a further cell."""
        cell = self.notebook.add(source)
        self.notebook.run(cell)

    def theme(self, name: str) -> None:
        """Change to JupyterLab's "Light" or "Dark"."""
        self.notebook.menu("Settings", "Theme", f"JupyterLab {name}")
        is_light = "true" if name == "Light" else "false"
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-light", is_light, timeout=30_000)

    def width(self, pixels: int) -> None:
        """Give the cells' output about so many pixels: the window is made as wide as that needs."""
        around = self.page.evaluate(
            "innerWidth - document.querySelector('.jp-Cell-outputArea .pl-root').getBoundingClientRect().width"
        )
        size = self.page.viewport_size
        assert size is not None
        self.page.set_viewport_size({"width": round(pixels + around), "height": size["height"]})
        self.page.wait_for_timeout(300)


@contextmanager
def family(browser: Browser, folder: Path, *, interviews: str = ALL) -> Iterator[Family]:
    """Run the notebook in a JupyterLab of its own, with these interviews in the study."""
    with JupyterLab(folder) as lab:
        write_notebook(lab.folder / NAME, [STUDY.format(interviews=interviews), *CELLS.values()])
        notebook = NotebookPage(browser, lab, NAME, width=1400, height=1100)
        # The list of files would take a quarter of the page.
        notebook.page.keyboard.press("Control+b")
        notebook.menu("Run", "Run All Cells")
        notebook.wait_until_ended(notebook.cell(CELLS["workbench"].splitlines()[0]), seconds=240)
        yield Family(notebook)
        notebook.close()
