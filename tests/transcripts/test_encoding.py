import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_lab.errors import TranscriptError, UnreadableText
from persona_lab.samples import paths
from persona_lab.transcripts import read_transcript
from persona_lab.transcripts.encoding import decode, marked

KOREAN = "참가자: 결제할 때마다 주소를 다시 넣어야 해서 불편해요."
TALK = next(path for path in paths() if path.name == "ko-02-clinic-desk.txt").read_text(encoding="cp949")
SENTENCES = [line for line in TALK.split("\n") if len(line) > 10]
CODECS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
KOREAN_CODECS = ["cp949", "euc_kr", "johab", "iso2022_kr"]


@pytest.mark.parametrize("codec", [*CODECS, *KOREAN_CODECS])
def test_korean_is_read_in_every_encoding_it_is_written_in(codec):
    assert decode(KOREAN.encode(codec)).text == KOREAN


@given(
    st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=6, unique=True), st.sampled_from(CODECS + KOREAN_CODECS)
)
def test_real_sentences_come_back_from_every_codec(sentences, codec):
    raw = "\r\n".join(sentences).encode(codec, "ignore")
    assert decode(raw).text == raw.decode(codec)


@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp949", "johab", "iso2022_kr", "cp1252"]
)
def test_the_named_codec_gives_the_same_text_again(codec):
    raw = ("A café’s menu\r\n" if codec == "cp1252" else KOREAN).encode(codec)
    decoded = decode(raw)
    assert raw.decode(decoded.encoding) == decoded.text
    assert decoded.repair is None


def test_euc_kr_is_called_cp949_which_holds_it():
    assert decode(KOREAN.encode("euc_kr")).encoding == "cp949"


def test_rare_syllables_of_cp949_are_kept_among_everyday_ones():
    text = "참가자: 똠방각하 펲시콜라 같은 말도 그대로 나와야 해요. 사람들은 정말로 그렇게 써요."
    decoded = decode(text.encode("cp949"))
    assert (decoded.text, decoded.encoding) == (text, "cp949")


def test_rare_syllables_that_euc_kr_makes_up_of_letters_are_put_together():
    text = "참가자: 똠방각하 같은 말도 그대로 나와야 해요."
    decoded = decode(text.encode("euc_kr"))
    assert (decoded.text, decoded.encoding) == (text, "euc_kr")


def test_letters_alone_are_korean_too():
    assert decode("개빵터짐ㅋㅋㅋㅋㅋㅋㅋㅋㅋ".encode("cp949")).text == "개빵터짐ㅋㅋㅋㅋㅋㅋㅋㅋㅋ"


def test_a_windows_apostrophe_is_not_taken_for_a_korean_syllable():
    raw = b"User: I don\x92t trust it."
    assert raw.decode("cp949") != "User: I don’t trust it."
    decoded = decode(raw)
    assert (decoded.text, decoded.encoding) == ("User: I don’t trust it.", "cp1252")


def test_western_accents_are_read():
    assert decode("User: Le café était fermé.".encode("cp1252")).text == "User: Le café était fermé."


def test_line_breaks_are_left_as_they_are():
    assert decode(b"one\r\ntwo\rthree\n").text == "one\r\ntwo\rthree\n"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_forgotten_byte_order_mark_doesnt_keep_a_file_out(codec):
    raw = TALK.encode(codec)
    assert marked(raw) == codec
    assert read_transcript(raw, "kim.txt").text == TALK


def test_how_sure_it_is_grows_with_what_speaks_for_it():
    little, much = "네".encode("cp949"), TALK.encode("cp949", "ignore")
    assert decode(TALK.encode()).certainty == 1.0
    assert 0.5 < decode(little).certainty < 0.9 < decode(much).certainty < 1.0


def test_a_doubtful_encoding_is_said():
    transcript = read_transcript(b"User: I don\x92t trust it.", "kim.txt")
    assert transcript.certainty == pytest.approx(2 / 3)
    assert transcript.remarks == ("The file doesn't say its encoding; cp1252 is the likeliest. Check names and signs.",)


def test_lines_in_different_encodings_are_each_read_in_their_own():
    lines = [KOREAN.encode(), b"User: ok.", "참가자: 네, 그렇습니다.".encode("cp949"), KOREAN.encode()]
    decoded = decode(b"\r\n".join(lines))
    assert decoded.text == f"{KOREAN}\r\nUser: ok.\r\n참가자: 네, 그렇습니다.\r\n{KOREAN}"
    assert decoded.encoding == "utf-8, cp949"
    assert decoded.remarks == ("The file mixes encodings: of its 4 lines, 1 as cp949 and the rest as utf-8.",)


def test_a_download_cut_off_within_a_syllable_loses_that_syllable_only():
    decoded = decode(TALK.strip().encode()[:-2])
    assert decoded.text[:-1] == TALK.strip()[: len(decoded.text) - 1]
    assert decoded.text[-1] == "\ufffd"
    assert decoded.remarks[-1].startswith("1 of ")
    assert decoded.remarks[-1].endswith(" characters could not be recovered and are shown as \ufffd.")


def test_a_cut_off_utf_16_file_is_read_to_its_last_whole_character():
    raw = codecs.BOM_UTF16_LE + TALK.encode("utf-16-le")
    decoded = decode(raw[:-1])
    assert decoded.text[:-1] == TALK[:-1]
    assert decoded.certainty < 1


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"User: \0\0\0", "zero bytes"),
        (b"\xff\xfea", "it says it is UTF-16 but is damaged or cut off"),
        (b"\x01\x02\x03\x04 abc", "binary"),
        (bytes(range(128, 256)) * 4, "not text in any encoding"),
        ("User: zero \0 inside".encode("utf-16"), "binary"),
    ],
)
def test_what_is_no_text_is_refused(raw, reason):
    with pytest.raises(UnreadableText, match=reason) as refusal:
        decode(raw)
    assert refusal.value.message.endswith("Save the transcript as .txt (UTF-8) or .docx.")


def test_text_whose_letters_became_question_marks_is_refused():
    raw = "참가자: 결제가 정말 불편해요 그래서 그냥 나갔어요 AI".encode("cp1252", "replace")
    assert raw == b"???: ??? ?? ???? ??? ?? ???? AI"
    with pytest.raises(UnreadableText) as refusal:
        read_transcript(raw, "kim.txt")
    assert refusal.value.message == (
        "kim.txt: 88 % of its characters can't be recovered: a program put question marks in their place. "
        "Export the transcript again from where it was made, as UTF-8 or .docx."
    )


def test_text_whose_letters_were_replaced_is_refused():
    raw = TALK.encode("cp949", "ignore").decode("utf-8", "replace").encode()
    with pytest.raises(UnreadableText, match="a program put \ufffd or 占쏙옙 in their place"):
        decode(raw)


def test_question_marks_that_people_wrote_are_left_alone():
    text = "참가자: 뭐라고요??? 진짜요???? 왜요??\n" * 20
    assert decode(text.encode()).text == text


def test_more_may_be_lost_where_one_says_so():
    raw = TALK.encode("cp1252", "replace")
    assert decode(raw, most_lost=1.0).text == raw.decode()


@given(st.binary(max_size=300))
def test_any_bytes_are_clean_text_or_refused(raw):
    try:
        decoded = decode(raw)
    except TranscriptError:
        return
    assert "\0" not in decoded.text
    decoded.text.encode()
    assert 0 <= decoded.certainty <= 1


@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=3), st.binary(max_size=12), st.integers(0, 200))
def test_any_damage_leaves_clean_text_or_is_refused(sentences, damage, at):
    raw = "\n".join(sentences).encode()
    try:
        decoded = decode(raw[:at] + damage + raw[at:])
    except TranscriptError:
        return
    assert "\0" not in decoded.text
    decoded.text.encode()
    assert 0 <= decoded.certainty <= 1
