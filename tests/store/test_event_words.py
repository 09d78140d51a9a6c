"""A replica takes what an event calls a note for a note, whatever the event is about."""

import ast
from pathlib import Path

import persona_lab
from persona_lab.replica.kept import KEPT
from persona_lab.store.database import Store
from tests.support.histories import DEEDS, made

PACKAGE = Path(persona_lab.__file__).parent
# What carries a kind of thing whole, beside the module that keeps them.
ALSO = {"notes": {"interviews"}}


def test_what_an_event_calls_by_a_kinds_name_is_of_that_kind(store: Store) -> None:
    log = made(store, [("upload", 0), ("upload", 1), *((deed, number) for number in (0, 1) for deed in DEEDS)]).log
    seen = set()
    for event in log:
        for kept in KEPT:
            for name, is_list in {kept.name: kept.is_list, kept.plural: True}.items():
                if name not in event.data:
                    continue
                seen.add(kept.name)
                told = event.data[name]
                for one in told if is_list else [told]:
                    kept.model.model_validate(one)
    assert seen == {kept.name for kept in KEPT}


def test_only_who_keeps_a_kind_of_thing_announces_it_by_name() -> None:
    names = {name: kept.plural for kept in KEPT for name in (kept.name, kept.plural, f"{kept.name}:deleted")}
    strangers = [
        f"{path.relative_to(PACKAGE)}:{call.lineno} says “{word}”"
        for path in PACKAGE.rglob("*.py")
        for call in appends(ast.parse(path.read_text(encoding="utf-8")))
        for word in words(call)
        if word in names
        and path.stem not in {names[word], *ALSO.get(names[word], ())}
        # Messages are kept with the conversations that they are part of.
        and (names[word], path.stem) != ("messages", "conversations")
    ]
    assert strangers == []


def appends(module: ast.Module) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "append"
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "events"
        and len(node.args) == 4
    ]


def words(call: ast.Call) -> list[str]:
    """Return the event's type and the keys of its data, as far as they are written out in the call."""
    kind, data = call.args[2:]
    keys = data.keys if isinstance(data, ast.Dict) else []
    return [one.value for one in (kind, *keys) if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def test_the_calls_are_found() -> None:
    found = [
        word for path in PACKAGE.rglob("*.py") for call in appends(ast.parse(path.read_text())) for word in words(call)
    ]
    assert {"note", "message", "axes", "persona", "conversation:deleted", "project"} <= set(found)
