import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_lab.errors import UnreadableText
from persona_lab.models import Repair
from persona_lab.samples import paths
from persona_lab.transcripts import read_transcript
from persona_lab.transcripts.encoding import decode
from persona_lab.transcripts.mojibake import repair

SAMPLE = next(path for path in paths() if path.name == "ko-01-marketer.txt")
TALK = SAMPLE.read_text(encoding="utf-8-sig")
SENTENCES = [turn.text for turn in read_transcript(SAMPLE.read_bytes(), SAMPLE.name).turns if len(turn.text) > 10]


def spoiled(text, read_as, *, was="utf-8", errors="ignore"):
    return text.encode(was).decode(read_as, errors)


def share_right(text, other):
    assert len(text) == len(other)
    syllables = [(a, b) for a, b in zip(text, other, strict=True) if "가" <= a <= "힣"]
    return sum(a == b for a, b in syllables) / len(syllables)


@pytest.mark.parametrize("read_as", ["latin-1", "mac_roman", "cp437", "cp850"])
def test_korean_comes_back_whole_where_every_byte_had_a_character(read_as):
    repaired = repair(spoiled(TALK, read_as))
    assert repaired.text == TALK
    assert (repaired.was, repaired.read_as, repaired.restored, repaired.lost) == ("UTF-8", read_as, 0, 0)
    assert repaired.certainty == 1.0


@pytest.mark.parametrize(("read_as", "least"), [("cp1253", 0.95), ("cp1252", 0.99), ("cp1250", 0.98), ("cp1254", 0.98)])
@pytest.mark.parametrize("errors", ["ignore", "replace"])
def test_syllables_whose_bytes_were_lost_are_chosen_as_the_likeliest(read_as, least, errors):
    repaired = repair(spoiled(TALK, read_as, errors=errors))
    assert share_right(TALK, repaired.text) >= least
    assert repaired.restored > 100
    assert repaired.read_as == read_as
    assert least - 0.05 < repaired.certainty < 1


def test_what_is_not_likely_enough_is_marked_as_lost():
    repaired = repair(spoiled(TALK, "cp1253"))
    assert repaired.lost == repaired.text.count("\ufffd") > 0


def test_question_marks_in_place_of_bytes_are_filled_and_others_left():
    wrong = spoiled(TALK, "cp1253", errors="replace").replace("\ufffd", "?")
    repaired = repair(wrong)
    assert share_right(TALK, repaired.text) >= 0.95
    assert repaired.text.count("?") == TALK.count("?")


def test_spaces_in_place_of_bytes_are_filled():
    wrong = spoiled("참가자: 정말 제가 적은 전화번호를 다시 적으라고 했어요.", "latin-1").replace("\xa0", " ")
    assert repair(wrong).text == "참가자: 정말 제가 적은 전화번호를 다시 적으라고 했어요."


@pytest.mark.parametrize("read_as", ["latin-1", "cp1252", "mac_roman"])
def test_cp949_comes_back(read_as):
    possible = TALK.encode("cp949", "ignore").decode("cp949")
    repaired = repair(spoiled(possible, read_as, was="cp949"))
    assert repaired.text == possible
    assert repaired.was == "CP949"


def test_cp949_with_lost_bytes_comes_back():
    text = "참가자: 확인 버튼이 어디 있는지 정말 몰라서 한참을 찾았어요."
    wrong = spoiled(text, "cp1253", was="cp949")
    assert len(wrong.encode("cp1253")) < len(text.encode("cp949"))
    assert repair(wrong).text == text


def test_utf_8_read_as_cp949_comes_back():
    repaired = repair(spoiled(TALK, "cp949", errors="replace"))
    assert share_right(TALK, repaired.text) >= 0.95
    assert (repaired.was, repaired.read_as) == ("UTF-8", "cp949")


def test_text_that_was_spoiled_twice_comes_back():
    assert repair(spoiled(spoiled(TALK, "latin-1"), "mac_roman")).text == TALK


def test_only_the_spoiled_lines_of_a_text_are_touched():
    lines = [SENTENCES[0], spoiled(SENTENCES[1], "mac_roman"), "Le café d’été, 25 °C · “voilà”", SENTENCES[2]]
    assert repair("\n".join(lines)).text.split("\n") == [SENTENCES[0], SENTENCES[1], lines[2], SENTENCES[2]]


def test_emoji_come_back_with_the_rest():
    text = f"{SENTENCES[1]} 😀 좋아요 👍"
    assert repair(spoiled(text, "mac_roman")).text == text


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("User: Iâ€™m sure itâ€™s fine.", "User: I’m sure it’s fine."),
        ("User: â€œFineâ€, she said.", "User: “Fine”, she said."),
        ("User: Le cafÃ© Ã©tait fermÃ©.", "User: Le café était fermé."),
        ("User: Das wÃ¤re schÃ¶n.", "User: Das wäre schön."),
    ],
)
def test_western_text_comes_back(wrong, right):
    assert repair(wrong).text == right


GOOD = [
    TALK,
    "User: plain English, nothing else.",
    "Le garçon a mangé des crêpes à Noël ; « c’était très bon », dit-il. Où êtes-vous ? Ça va bien, naïf, cœur.",
    "Größe, Übermut, weiß: „schöne Grüße“ – 25 °C, 5 µm, § 12 Abs. 3.",
    "¿Dónde está el niño? ¡Qué lástima! Mañana será otro día. «Sí», señaló.",
    "Zażółć gęślą jaźń. Cześć, dziękuję bardzo za odpowiedź – świetnie!",
    "Καλημέρα σας, πώς είστε; Η πληρωμή δεν ολοκληρώθηκε ποτέ. ΚΑΛΗΜΕΡΑ ΣΑΣ, Η ΠΛΗΡΩΜΗ ΑΠΕΤΥΧΕ.",
    "Добрый день! Оплата не прошла, и я ушёл. ДОБРЫЙ ДЕНЬ, ОПЛАТА НЕ ПРОШЛА.",
    "お支払いの画面で毎回住所を入力するのが面倒です。",
    "每次付款都要重新填写地址,真麻烦。",
    "İstanbul’da güneşli bir gün, çok şükür. Ağaç, öğretmen, ışık.",
    "for (let i = 0; i < n; i++) { s += `${a[i] ?? '—'}`; } // ← naïve",
    "👍🏽 😀 ❤️ ㅋㅋㅋ ㅠㅠ ★☆ ※ 「인용」 『책』 〈영화〉 · … ― “네” ‘아니요’ ① ㎏ ℃ №",
    "똠방각하 펲시콜라 뷁 쀍 같은 글자도 그대로 둔다.",
    "one line\u0085and the next – “fine”",
    "大韓民國 憲法 第一條: 大韓民國은 民主共和國이다.",
    "ÀÉÎÕÜ àéîõü ÀÈÌÒÙ °±²³´µ¶·¸¹º»¼½¾¿",
]


@pytest.mark.parametrize("text", GOOD)
def test_text_that_is_right_is_left_as_it_is(text):
    assert repair(text) is None
    assert decode(text.encode()).text == text


@given(st.lists(st.sampled_from(GOOD[1:]), max_size=8))
def test_right_texts_together_are_left_as_they_are(texts):
    assert repair("\n".join(texts)) is None


@given(st.text(max_size=200))
def test_any_text_is_repaired_into_clean_text_or_left(text):
    repaired = repair(text.encode("utf-8", "replace").decode())
    if repaired:
        repaired.text.encode()
        assert 0 <= repaired.certainty <= 1


def test_labels_with_numbers_come_back_in_a_short_text():
    text = (
        "하루에 대여섯 번이요. 그게 없어진다면 뭐가 제일 달라질까요?\n말투가 똑같다는 건 예를 들면 어떤 거예요?\n"
        "참석자 1 00:01\n반나절이 삼십 분으로 줄었으면 꽤 큰 변화네요. 그다음에는 어떻게 하세요?\n참석자 2 00:06"
    )
    assert repair(spoiled(text, "cp1252")).text == text


@given(
    st.lists(st.sampled_from(SENTENCES), min_size=5, max_size=12, unique=True), st.sampled_from(["cp1252", "latin-1"])
)
def test_any_sentences_spoiled_come_back(sentences, read_as):
    text = "\n".join(sentences)
    assert share_right(text, repair(spoiled(text, read_as)).text) > 0.9


def test_a_repair_is_kept_and_said():
    raw = spoiled(TALK, "cp1253").encode()
    transcript = read_transcript(raw, "kim.txt")
    assert transcript.encoding == "utf-8"
    assert transcript.repair == Repair(
        wrong_encoding="cp1253", restored=transcript.repair.restored, lost=transcript.repair.lost
    )
    assert 0 < transcript.repair.lost < 0.03
    written, lost = sum(map(len, transcript.text.split())), transcript.text.count("\ufffd")
    assert transcript.remarks == (
        "The text had been saved in a wrong encoding (UTF-8 read as cp1253) and was repaired; "
        f"{transcript.repair.restored:,} of {written:,} characters were chosen as the likeliest.",
        f"{lost:,} of {written:,} characters could not be recovered and are shown as \ufffd.",
    )
    assert [turn.speaker for turn in transcript.turns] == [
        turn.speaker for turn in read_transcript(TALK.encode(), "k.txt").turns
    ]


def test_text_of_which_too_much_is_lost_is_refused():
    wrong = "".join(character for character in spoiled(TALK, "latin-1") if not "\x80" <= character < "\xa0")
    with pytest.raises(UnreadableText) as refusal:
        read_transcript(wrong.encode(), "kim.txt")
    assert refusal.value.message.startswith("kim.txt: ")
    assert refusal.value.message.endswith(
        " % of its characters can't be recovered: it was UTF-8, read as latin-1 and saved without the bytes that "
        "don't exist there. Export the transcript again from where it was made, as UTF-8 or .docx."
    )
