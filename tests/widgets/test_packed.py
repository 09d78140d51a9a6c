import json

from hypothesis import given
from hypothesis import strategies as st

from persona_lab.widgets.packed import pack, unpack

VALUES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.lists(st.text(), max_size=2)
ROWS = st.lists(st.fixed_dictionaries({"id": st.text(), "title": VALUES, "error": VALUES}), max_size=5)


@given(ROWS)
def test_rows_come_back_as_they_were(rows):
    assert unpack(pack(rows)) == rows


def test_what_one_row_lacks_is_null_in_it():
    assert unpack(pack([{"id": "a"}, {"id": "b", "started_at": "now"}])) == [
        {"id": "a", "started_at": None},
        {"id": "b", "started_at": "now"},
    ]


def test_the_names_stand_there_once():
    data = pack([{"participants": n} for n in range(100)])
    assert data.count(b"participants") == 1
    assert json.loads(data)["rows"][99] == [99]
