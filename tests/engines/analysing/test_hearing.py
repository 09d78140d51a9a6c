"""Nothing is read or encoded twice, and nothing depends on what was read before."""

import numpy as np

from persona_lab.engines import indexing
from persona_lab.engines.analysing import hearing
from persona_lab.engines.analysing.analysis import analyse
from persona_lab.engines.base import Context
from persona_lab.engines.merging import opposing


def test_the_index_and_the_analysis_encode_each_sentence_once(checkout, monkeypatch):
    encoded: list[str] = []
    encode = hearing.encode
    monkeypatch.setattr(hearing, "encode", lambda texts: (encoded.extend(texts), encode(texts))[1])
    hearing.forget()
    indexing.turns(checkout)
    analyse(checkout, Context(), run_id="r")
    assert len(encoded) == len(set(encoded)) > 8


def test_praise_is_looked_for_in_what_the_analysis_read_and_tagged(make, monkeypatch):
    transcript = make("P: The form is slow. Being able to generate images for my stories has been amazing.")
    hearing.forget()
    alone = opposing.praises(transcript)
    assert alone.said
    hearing.forget()
    analyse(transcript, Context(), run_id="r")
    monkeypatch.setattr(hearing, "encode", None)
    monkeypatch.setattr(hearing, "score", None)
    assert opposing.praises(transcript) == alone


def test_a_result_is_the_same_whatever_was_read_before(checkout, checkout_ko):
    hearing.forget()
    alone = hearing.hear(checkout).meanings
    hearing.forget()
    hearing.hear(checkout_ko)
    assert np.array_equal(hearing.hear(checkout).meanings, alone)


def test_what_is_remembered_is_bounded(make, monkeypatch):
    monkeypatch.setattr(hearing, "KEPT_SENTENCES", 5)
    hearing.forget()
    for topic in ("forms", "prices", "parcels", "refunds"):
        hearing.hear(make(f"P: The {topic} are slow. The {topic} are dear."))
    assert sum(len(heard.meanings) for heard in hearing._kept.values()) <= 5
    hearing.hear(make("P: " + " ".join(f"The form number {n} is slow." for n in range(9))))
    assert not hearing._kept


def test_corrected_roles_need_no_new_reading(checkout):
    hearing.forget()
    heard = hearing.hear(checkout)
    turns = tuple(turn.model_copy(update={"role": "participant", "speaker": "Anna"}) for turn in checkout.turns)
    assert hearing.hear(checkout.model_copy(update={"turns": turns})) is heard
