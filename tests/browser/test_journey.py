"""The quickstart as somebody goes through it who has never seen it: to a cited answer, and a report that stands alone.

In the light theme and in English. In the dark, and in Korean: the same journey, with the same end.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import ARTEFACTS, write_copy
from tests.support.jupyter import JupyterLab, NotebookPage, browsing


class Journey(NamedTuple):
    """Which notebook, in which theme, and what is read on the way."""

    notebook: str
    theme: str
    rows: int
    completed: str
    question: str
    report: str
    heading: str


JOURNEYS = {
    "light": Journey(
        "01-quickstart.ipynb",
        "Light",
        16,
        "Completed",
        'project.ask("What worries people',
        "report.html",
        "Pains",
    ),
    "Korean": Journey(
        "01-quickstart-ko.ipynb",
        "Light",
        4,
        "완료",
        'project.ask("AI를 쓰면서 불편한 점은',
        "report-ko.html",
        "불편",
    ),
}
JOURNEYS["dark"] = JOURNEYS["light"]._replace(theme="Dark")


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with browsing(chromium_path) as opened:
        yield opened


@pytest.mark.parametrize("name", JOURNEYS)
def test_the_quickstart_ends_with_a_cited_answer_and_a_report(
    name: str, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    journey = JOURNEYS[name]
    with JupyterLab(tmp_path_factory.mktemp("journey") / "lab") as lab:
        write_copy(lab.folder / journey.notebook)
        page = NotebookPage(browser, lab, journey.notebook)
        page.menu("Settings", "Theme", f"JupyterLab {journey.theme}")
        is_light = "true" if journey.theme == "Light" else "false"
        expect(page.page.locator("body")).to_have_attribute("data-jp-theme-light", is_light, timeout=30_000)
        page.menu("Run", "Run All Cells")
        page.wait_until_ended(page.cell("report = project.report("), seconds=120)

        page.top()
        board = page.cell("project.board()").locator(".pl-board")
        expect(board.locator(".pl-row[data-status=completed]")).to_have_count(journey.rows)
        expect(board.locator(".pl-row").first.locator(".pl-state")).to_have_text(journey.completed)
        page.shoot(ARTEFACTS / f"journey-{name}-board.png", board)

        answer = page.cell(journey.question).locator(".jp-Cell-outputArea")
        mark = answer.locator("sup a").first
        mark.scroll_into_view_if_needed()
        said = answer.locator("li").filter(has=page.page.locator("sup a")).first.inner_text()
        words = re.findall(r"“(.+)”", said)[0]
        expect(answer.locator(f"li[id='{str(mark.get_attribute('href')).removeprefix('#')}']")).to_be_attached()
        with lab.server() as http:
            projects = http.get("/api/projects").json()
            ids = [one["id"] for one in http.get(f"/api/projects/{projects[0]['id']}/interviews").json()["interviews"]]
            texts = [http.get(f"/api/interviews/{one}/transcript").json()["text"] for one in ids]
        assert any(words in text for text in texts)
        page.shoot(ARTEFACTS / f"journey-{name}-answer.png", answer)

        bench = page.cell("project.workbench()").locator(".pl-bench")
        bench.scroll_into_view_if_needed()
        expect(bench.locator(".pl-row[data-status=completed]").first).to_be_visible(timeout=30_000)
        page.shoot(ARTEFACTS / f"journey-{name}-workbench.png", bench)
        assert page.errors == []
        assert page.foreign == []

        # Mailed to somebody, it has all that was found, without JupyterLab and without a script.
        reader = browser.new_context(java_script_enabled=False).new_page()
        reader.goto((lab.folder / journey.report).as_uri())
        expect(reader.get_by_role("heading", name=journey.heading).first).to_be_visible()
        assert len(reader.locator("blockquote").all_inner_texts()) >= journey.rows
        reader.screenshot(path=ARTEFACTS / f"journey-{name}-report.png")
        reader.context.close()
        page.close()
