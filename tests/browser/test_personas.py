"""From interviews to personas, a conversation of three and its mind map, in a real JupyterLab."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import ARTEFACTS, write_copy
from tests.notebooks.refresh import NOTEBOOKS
from tests.support.jupyter import JupyterLab, NotebookPage, browsing

NAME = "03-personas-and-conversation.ipynb"
QUESTION = "@P1 @P2 @P3 What do you wish AI could do for you?"
ANSWER_SECONDS = 60.0


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with browsing(chromium_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def notebook(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NotebookPage]:
    """The notebook, run from its first to its last cell."""
    with JupyterLab(tmp_path_factory.mktemp("lab") / "lab") as lab:
        write_copy(lab.folder / NAME)
        page = NotebookPage(browser, lab, NAME)
        page.menu("Run", "Run All Cells")
        page.wait_until_ended(page.cell("talk.export("), seconds=180)
        yield page
        assert page.foreign == []
        assert page.errors == []


@pytest.fixture
def chat(notebook: NotebookPage) -> Locator:
    found = notebook.cell("project.chat(talk)").locator(".pl-chat")
    found.scroll_into_view_if_needed()
    return found


@pytest.fixture
def tree(notebook: NotebookPage) -> Locator:
    found = notebook.cell("mind_map = talk.mind_map()").get_by_role("tree")
    found.scroll_into_view_if_needed()
    return found


def test_a_card_opens_the_words_a_trait_rests_on(notebook: NotebookPage) -> None:
    card = notebook.cell('personas["P1"]').first.locator(".jp-Cell-outputArea")
    card.scroll_into_view_if_needed()
    expect(card).to_contain_text("P1")
    first = card.locator("details").first
    expect(first.locator("blockquote").first).to_be_hidden()
    first.locator("summary").first.click()
    expect(first.locator("blockquote").first).to_be_visible()
    notebook.shoot(ARTEFACTS / "persona-card.png", card)


def test_three_personas_answer_a_typed_question_each_for_itself(notebook: NotebookPage, chat: Locator) -> None:
    before = chat.locator(".pl-message").count()
    assert before > 0, "what the cells asked is there already"
    chat.locator("textarea").fill(QUESTION)
    chat.locator("textarea").press("Enter")
    # The question, three answers, and where they differ.
    expect(chat.locator(".pl-message")).to_have_count(before + 5, timeout=ANSWER_SECONDS * 1000)
    expect(chat.get_by_role("button", name="Ask", exact=True)).to_be_visible(timeout=ANSWER_SECONDS * 1000)
    authors = chat.locator(".pl-message .pl-author").all_inner_texts()[-4:]
    assert [author.split(" · ")[0] for author in authors] == ["P1", "P2", "P3", "Where they differ"]


def test_a_chip_opens_who_said_it_and_the_exact_words(notebook: NotebookPage, chat: Locator) -> None:
    line = chat.locator(".pl-message li").filter(has=chat.page.locator(".pl-chip")).first
    line.locator(".pl-chip").click()
    words = line.locator(".pl-panel .pl-quote").first
    expect(words).to_be_visible()
    quoted = words.locator("span").inner_text().strip("“”")
    with notebook.lab.server() as http:
        project = http.get("/api/projects").json()[0]["id"]
        rows = http.get(f"/api/projects/{project}/transcripts").json()
    assert [row["interview_id"] for row in rows if quoted in row["transcript"]["text"]]
    notebook.shoot(ARTEFACTS / "chat-light.png", chat)


def test_a_colleague_sees_what_was_asked_on_the_page(notebook: NotebookPage, chat: Locator) -> None:
    cell = notebook.add(
        'print(project.conversation("Trust").messages.content.str.startswith("@P1 @P2 @P3 What do").sum())'
    )
    notebook.run(cell)
    expect(cell.locator(".jp-Cell-outputArea")).to_have_text("1")


def test_the_mind_map_is_walked_through_by_the_keyboard(notebook: NotebookPage, tree: Locator) -> None:
    items = tree.get_by_role("treeitem")
    items.first.focus()
    # The page itself would scroll, or the notebook take the key for a cell.
    notebook.page.keyboard.press("ArrowDown")
    reached = notebook.page.evaluate("document.activeElement.closest('[role=treeitem]')?.getAttribute('aria-level')")
    assert reached is not None
    notebook.page.keyboard.press("End")
    last = notebook.page.evaluate("document.activeElement.innerText")
    notebook.page.keyboard.press("Home")
    assert notebook.page.evaluate("document.activeElement.innerText") != last
    notebook.shoot(ARTEFACTS / "mind-map-light.png", tree)


def test_the_same_in_the_dark(notebook: NotebookPage, chat: Locator, tree: Locator) -> None:
    notebook.menu("Settings", "Theme", "JupyterLab Dark")
    expect(notebook.page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    notebook.shoot(ARTEFACTS / "chat-dark.png", chat)
    notebook.shoot(ARTEFACTS / "mind-map-dark.png", tree)
    for part in (chat, tree):
        ink, ground = part.evaluate(
            "e => [getComputedStyle(e).color, getComputedStyle(e.closest('.pl-root')).backgroundColor]"
        )
        assert ink != ground


@pytest.fixture
def saved(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The stored notebook as a page that runs no script, as GitHub and nbviewer show it."""
    html, _ = HTMLExporter(exclude_input_prompt=True).from_filename(str(NOTEBOOKS / NAME))
    (tmp_path / "saved.html").write_text(html, encoding="utf-8")
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1000, "height": 1400})
    # nbconvert's page asks for MathJax and the like, which nothing here needs.
    context.route("**/*", lambda route: route.continue_() if route.request.url.startswith("file:") else route.abort())
    page = context.new_page()
    page.goto(f"file://{tmp_path / 'saved.html'}")
    yield page
    context.close()


def test_a_saved_notebook_is_read_without_a_kernel(saved: Page) -> None:
    text = saved.inner_text("body")
    for told in ("16 of 16 interviews completed.", "P1 is composed from", "P2 is composed from", "P3 is composed from"):
        assert told in text
    assert "Where they differ" in text or "2 of 3 personas" in text or "3 of 3 personas" in text
    assert "model not found" not in text.lower()
    picture = saved.locator("svg[role=img]").last
    expect(picture).to_be_visible()
    saved.screenshot(path=ARTEFACTS / "saved-personas.png", full_page=True)
