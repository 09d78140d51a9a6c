from persona_lab.models import Interview
from persona_lab.store import meanings
from persona_lab.store.database import Store


def test_sentences_are_looked_up_by_their_turns_and_turns_without_any_are_left_out(
    store: Store, interview: Interview
) -> None:
    turns = [b"a", b"", b"cc", *(b"%d" % turn for turn in range(3, 600))]
    with store.writing() as connection:
        meanings.save_sentences(connection, interview.id, turns, made_by="m")
        found = meanings.of_sentences(connection, [(interview.id, turn) for turn in range(700)], made_by="m")
    assert found == {(interview.id, turn): vectors for turn, vectors in enumerate(turns) if vectors}


def test_sentences_read_anew_take_the_place_of_all_from_before(store: Store, interview: Interview) -> None:
    places = [(interview.id, 0), (interview.id, 1)]
    with store.writing() as connection:
        meanings.save(connection, interview.id, "turns", made_by="m", vectors=b"turns")
        meanings.save_sentences(connection, interview.id, [b"a", b"b"], made_by="m")
        meanings.save_sentences(connection, interview.id, [b"c"], made_by="m")
        assert meanings.of_sentences(connection, places, made_by="m") == {places[0]: b"c"}
        assert meanings.get(connection, [interview.id], "turns") == {interview.id: ("m", b"turns")}


def test_sentences_by_another_model_are_as_good_as_none(store: Store, interview: Interview) -> None:
    with store.writing() as connection:
        meanings.save_sentences(connection, interview.id, [b"a"], made_by="older")
        assert meanings.of_sentences(connection, [(interview.id, 0)], made_by="m") == {}
