"""JSON is found in whatever is around it."""

import json

import pytest

from persona_lab.engines.llm.loose import json_object

WANTED = {"text": 'a "b" {c} 결제', "n": [1, {"d": "}"}]}
WRITTEN = json.dumps(WANTED, ensure_ascii=False)


@pytest.mark.parametrize(
    "text",
    [
        WRITTEN,
        f"```json\n{WRITTEN}\n```",
        f"```\n{WRITTEN}```",
        f'Sure! Here is the "report":\n{WRITTEN}\nAnything {{else}}?',
        f'<think>maybe {{"x": 1, "longer": "{"y" * 200}"}}</think>{WRITTEN}',
        json.dumps(WRITTEN),
        f'{{"small": 1}} {WRITTEN}',
        json.dumps(WANTED),
        f"\ufeff\n\n{json.dumps(WANTED, indent=4)}",
    ],
)
def test_the_object_is_found(text: str) -> None:
    assert json.loads(json_object(text) or "null") == WANTED


@pytest.mark.parametrize("text", ["", "prose", '{"cut": "of', "[1, 2]", "null", '"text"', "{}", "{" * 10_000, '"{'])
def test_where_there_is_none_there_is_none(text: str) -> None:
    assert json_object(text) is None


def test_raw_line_breaks_in_strings_are_borne() -> None:
    assert json_object('{"text": "one\ntwo"}') == '{"text": "one\\ntwo"}'
