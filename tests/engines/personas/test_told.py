from collections.abc import Callable

from persona_lab.engines import indexing
from persona_lab.engines.personas.told import told
from persona_lab.models import Transcript


def test_only_participants_turns_are_told_with_their_places(checkout: Transcript) -> None:
    found = told("a", "A", checkout)

    assert [one.number for one in found.turns] == [1, 3, 5]
    assert all(checkout.text[one.start :].startswith(one.text) for one in found.turns)
    assert len(found.meanings) == 3 * 512
    assert found.people == {("a", "P")}


def test_what_is_known_is_not_worked_out_again(checkout: Transcript) -> None:
    indexed = indexing.turns(checkout)

    assert told("a", "A", checkout, indexed.terms, indexed.meanings) == told("a", "A", checkout)


def test_where_nobody_has_a_role_everybody_is_told(make: Callable[..., Transcript]) -> None:
    assert len(told("a", "A", make("P: I bake bread.", "O: I sell it.", speaker=False)).turns) == 2
