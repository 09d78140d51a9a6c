"""A mind map is taken along as Markdown, as JSON and as a picture that needs nothing else."""

import json
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from persona_lab.engines.miso.reading import mind_map_of
from persona_lab.lab.drawing.mind_map_picture import COLUMNS, INDENT, WIDTH, mind_map_html, mind_map_svg, wrapped
from persona_lab.lab.talking.mind_map import MindMapView, to_json, to_markdown
from persona_lab.models import MindMap
from tests.support import mapping

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
SVG = "{http://www.w3.org/2000/svg}"


def drawn(mind_map: MindMap) -> ElementTree.Element:
    return ElementTree.fromstring(mind_map_svg(mind_map))  # noqa: S314 - our own


def texts(mind_map: MindMap) -> list[str]:
    return [text.text or "" for text in drawn(mind_map).iter(f"{SVG}text")]


def test_markdown_has_every_item_with_its_quote_and_who_said_it() -> None:
    written = to_markdown(mapping.mind_map())
    assert written.startswith("# Checkout\n\nWhat it is about: Card form.\n")
    assert "\n## Card form\n\n### What gets in the way\n\n- The card form forgets.\n" in written
    assert f"  > “{mapping.CARD}” — Mina, Interview 1\n" in written
    assert written.endswith("- Who owns a boat?\n  - The interviews don't tell.\n")


def test_markdown_says_what_was_said_and_nothing_becomes_markup() -> None:
    hostile = mapping.mind_map(title="# *Title* [link](http://x)\n\n- item", summary=HOSTILE)
    written = to_markdown(hostile)
    assert written.startswith("# \\# \\*Title\\* \\[link\\](http://x) - item\n")
    assert "\\<script\\>" in written


def test_json_has_the_originals_shape() -> None:
    told = json.loads(to_json(mapping.mind_map()))
    assert told["root_node"] == {
        "text": "Checkout",
        "subtitle": "3 questions, 3 quotes from 3 people, 1 question without an answer.",
    }
    assert list(told) == ["title", "summary", "root_node", "main_topics"]
    topic = told["main_topics"][0]
    assert (topic["id"], topic["title"], topic["color"]) == ("topic-1", "Card form", "#4a7fb5")
    assert topic["subtopics"][0]["content_items"][0] == {
        "content": "The card form forgets.",
        "quote": mapping.CARD,
        "relevance": "Answers “What is hard?”; one person says so.",
    }
    assert told["main_topics"][1]["subtopics"][0]["content_items"][0]["quote"] == ""


def test_json_is_read_back_as_the_same_map() -> None:
    mind_map = mapping.mind_map()
    quotes = {
        item.quote.text: item.quote
        for topic in mind_map.topics
        for part in topic.subtopics
        for item in part.items
        if item.quote
    }
    read = mind_map_of(json.loads(to_json(mind_map)), quotes.get)
    assert [topic.subtopics for topic in read.topics] == [topic.subtopics for topic in mind_map.topics]


def test_the_picture_has_a_title_a_description_and_every_text() -> None:
    svg = drawn(mapping.mind_map())
    assert svg.get("role") == "img"
    about = {one.get("id"): one.text for one in (*svg.iter(f"{SVG}title"), *svg.iter(f"{SVG}desc"))}
    assert [about[key] for key in str(svg.get("aria-labelledby")).split()] == [
        "Checkout",
        "What it is about: Card form. 3 questions, 3 quotes from 3 people, 1 question without an answer.",
    ]
    shown = " ".join(texts(mapping.mind_map()))
    for text in ("Checkout", "Card form", "What gets in the way", "Remember me.", "Who owns a boat?"):
        assert text in shown
    assert "Mina, Interview 1" in shown


def test_the_picture_needs_no_script_no_style_sheet_and_no_other_machine() -> None:
    for mind_map in (mapping.mind_map(), mapping.mind_map(summary=HOSTILE, root=HOSTILE, title=HOSTILE)):
        html = mind_map_html(mind_map).replace("http://www.w3.org/2000/svg", "")
        for forbidden in ("<script", "<style", "<img", "http:", "https:", "url("):
            assert forbidden not in html


def test_a_colour_that_is_none_is_not_drawn() -> None:
    topic = mapping.mind_map().topics[0].model_copy(update={"color": '"/><script>'})
    assert "script" not in mind_map_svg(mapping.mind_map(topics=(topic,)))


def test_long_words_without_blanks_are_cut_to_the_column() -> None:
    korean = mapping.mind_map(korean=True)
    said = korean.topics[0].subtopics[0].items[0].content
    column = str(COLUMNS[3][0] + INDENT)
    pieces = [text.text or "" for text in drawn(korean).iter(f"{SVG}text") if text.get("x") == column][:-1]
    assert "".join(pieces) == said
    # Each letter takes an em of 13 pixels at most.
    assert [piece for piece in pieces if len(piece) * 13 > WIDTH - COLUMNS[3][0] + 13] == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("one two", ["one two"]),
        ("one two three four", ["one two", "three", "four"]),
        ("가나다라마바사아자차카타", ["가나다라마", "바사아자차", "카타"]),
        ("가나다 라마바", ["가나다", "라마바"]),
    ],
)
def test_text_is_wrapped_between_words_and_within_words_that_are_too_long(text: str, lines: list[str]) -> None:
    assert wrapped(text, 62) == lines


def test_what_has_too_many_lines_ends_in_dots() -> None:
    assert wrapped("one two three four five six", 62, most=2) == ["one two", "three …"]


def test_no_two_texts_stand_over_each_other() -> None:
    long = "words that go on and on " * 12
    items = mapping.mind_map().topics[0].subtopics[0].items
    part = mapping.mind_map().topics[0].subtopics[0].model_copy(update={"title": long, "items": items[:1]})
    topic = mapping.mind_map().topics[0].model_copy(update={"subtopics": (part, part), "title": long})
    places: dict[str, list[float]] = {}
    for text in drawn(mapping.mind_map(topics=(topic, topic))).iter(f"{SVG}text"):
        places.setdefault(str(text.get("x")), []).append(float(str(text.get("y"))))
    for heights in places.values():
        ordered = sorted(heights)
        assert min((after - before for before, after in pairwise(ordered)), default=99) > 12


def test_the_list_beside_the_picture_has_the_quotes() -> None:
    html = mind_map_html(mapping.mind_map())
    assert "<summary>The same as a list, with the quotes</summary>" in html
    assert f"“{mapping.CARD}”" in html
    assert "목록으로 보기" in mind_map_html(mapping.mind_map(korean=True))


def test_a_map_of_nothing_is_its_summary_alone() -> None:
    empty = MindMap(title="Conversation", root="Conversation", summary="Nothing has been asked yet.")
    assert mind_map_html(empty) == '<p dir="auto"><strong>Conversation</strong><br>Nothing has been asked yet.</p>'


def test_outside_of_a_notebook_the_view_is_its_static_form() -> None:
    view = MindMapView(mapping.mind_map())
    bundle = view._repr_mimebundle_()
    assert bundle == {"text/html": mind_map_html(view.value), "text/plain": str(view)}
    assert "    - The card form forgets. (Mina, Interview 1)" in str(view)
    assert view.svg() == mind_map_svg(view.value)
    assert (view.markdown(), view.json()) == (to_markdown(view.value), to_json(view.value))
