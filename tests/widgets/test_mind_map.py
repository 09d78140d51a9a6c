import subprocess
from pathlib import Path

from persona_lab.lab.talking.mind_map import MindMapView
from persona_lab.widgets.mind_map import MindMapTree
from tests.support import mapping

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def test_the_tree_carries_the_map_and_its_language():
    tree = MindMapView(mapping.mind_map(korean=True)).widget()
    assert tree.locale == "ko"
    assert tree.mind_map == mapping.mind_map(korean=True).model_dump(mode="json")


def test_a_new_state_of_the_map_is_sent_as_a_whole():
    tree = MindMapTree(mapping.mind_map())
    tree.update(mapping.mind_map(title="Paying"))
    assert tree.mind_map["title"] == "Paying"


def test_a_saved_notebook_keeps_a_picture_of_the_map_as_it_is_now():
    tree = MindMapTree(mapping.mind_map())
    tree.update(mapping.mind_map(title="Paying"))
    data, _ = tree._repr_mimebundle_()
    assert WIDGET_VIEW in data
    assert "<svg" in data["text/html"]
    assert "<strong>Paying</strong>" in data["text/html"]
    assert data["text/plain"].startswith("Paying\n")


def test_its_items_and_those_below_what_was_walked_to_are_tables():
    value = mapping.mind_map()
    tree = MindMapTree(value)
    items = [(topic, part, item) for topic in value.topics for part in topic.subtopics for item in part.items]
    assert list(tree.table["text"]) == [item.content for _, _, item in items]
    assert list(tree.table["quote"].dropna()) == [item.quote.text for _, _, item in items if item.quote]
    assert tree.selection.empty
    topic, part, _ = items[-1]
    tree.selected = f"root / {topic.title} 1"
    assert set(tree.selection["topic"]) == {topic.title}
    tree.selected = f"root / {topic.title} 1 / {part.title} 1"
    assert list(tree.selection["text"]) == [one.content for one in part.items]


def test_the_parts_of_the_tree_that_need_no_page(node_path):
    tests = Path(__file__).with_name("branches.test.mjs")
    done = subprocess.run([node_path, "--test", str(tests)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
