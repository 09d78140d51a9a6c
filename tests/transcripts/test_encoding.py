import pytest

from persona_lab.errors import UnreadableText
from persona_lab.transcripts.encoding import decode

KOREAN = "참가자: 결제할 때마다 주소를 다시 넣어야 해서 불편해요."


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp949", "euc_kr", "johab"])
def test_korean_is_read_in_every_encoding_it_is_written_in(codec):
    assert decode(KOREAN.encode(codec))[0] == KOREAN


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp949", "cp1252"])
def test_the_named_codec_gives_the_same_text_again(codec):
    raw = ("A café’s menu\r\n" if codec == "cp1252" else KOREAN).encode(codec)
    decoded = decode(raw)
    assert raw.decode(name) == text


def test_euc_kr_is_called_cp949_which_holds_it():
    assert decode(KOREAN.encode("euc_kr"))[1] == "cp949"


def test_rare_syllables_of_cp949_are_kept_among_everyday_ones():
    text = "참가자: 똠방각하 펲시콜라 같은 말도 그대로 나와야 해요. 사람들은 정말로 그렇게 써요."
    assert decode(text.encode("cp949")) == (text, "cp949")


def test_a_windows_apostrophe_is_not_taken_for_a_korean_syllable():
    raw = b"User: I don\x92t trust it."
    assert raw.decode("cp949") != "User: I don’t trust it."
    assert decode(raw) == ("User: I don’t trust it.", "cp1252")


def test_western_accents_are_read():
    assert decode("User: Le café était fermé.".encode("cp1252"))[0] == "User: Le café était fermé."


def test_line_breaks_are_left_as_they_are():
    assert decode(b"one\r\ntwo\rthree\n")[0] == "one\r\ntwo\rthree\n"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"User: \0\0\0", "zero bytes"),
        (b"\xff\xfea", "damaged or cut off"),
        (b"\x01\x02\x03\x04 abc", "binary"),
        (bytes(range(128, 256)) * 4, "not text in any encoding"),
        ("User: zero \0 inside".encode("utf-16"), "binary"),
    ],
)
def test_what_is_no_text_is_refused(raw, reason):
    with pytest.raises(UnreadableText, match=reason):
        decode(raw)
