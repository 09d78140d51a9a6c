"""Tables: .csv, .tsv, .xlsx; and which of their columns is what."""

import datetime
import io
import zipfile

import pytest

from persona_lab.errors import FileTooLarge, NoSpeech, UnreadableText
from persona_lab.transcripts import read_transcript
from persona_lab.transcripts.formats import table, xlsx
from tests.support.files import xlsx_of, zip_of


def csv(text, encoding="utf-8", columns=None):
    return read_transcript(text.encode(encoding), "kim.csv", columns)


def said(transcript):
    return [(turn.speaker, turn.text, turn.time) for turn in transcript.turns]


def sheet_of(rows):
    """Return a workbook whose sheet is this XML."""
    with zipfile.ZipFile(io.BytesIO(xlsx_of([("text",)]))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return zip_of(
        parts
        | {"xl/worksheets/sheet1.xml": f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()}
    )


@pytest.mark.parametrize(
    "headings",
    [
        "Speaker,Start Time,Text",
        "speaker_name,start,utterance",
        "화자,시작 시간,발화 내용",
        "이름,시간,내용",
        "Who,Timecode,Transcript",
    ],
)
def test_columns_are_found_by_their_headings(headings):
    transcript = csv(f"{headings}\nKim,0:05,Is it slow?\nLee,00:01:07.5,Yes.\n")
    assert transcript.text == "Kim: Is it slow?\nLee: Yes.\n"
    assert said(transcript) == [("Kim", "Is it slow?", 5.0), ("Lee", "Yes.", 67.5)]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_what_parts_the_cells_is_found(delimiter):
    text = "no|speaker|text\n1|Kim|Well, yes; so\n2|Lee|No".replace("|", delimiter)
    quoted = text.replace("Well, yes; so", '"Well, yes; so"')
    assert said(csv(quoted)) == [("Kim", "Well, yes; so", None), ("Lee", "No", None)]


def test_line_breaks_in_quotes_are_part_of_the_cell():
    transcript = csv('speaker,text\r\nKim,"One ""two""\r\n\r\nthree"\r\nLee,four\r\n')
    assert said(transcript) == [("Kim", 'One "two"\nthree', None), ("Lee", "four", None)]


def test_rows_of_one_speaker_are_one_turn_that_keeps_their_times():
    turn = csv("speaker,start,end,text\nKim,0,1.5,One\nKim,2,3,two.\nLee,4,5,Yes").turns[0]
    assert turn.text == "One two."
    assert [(cue.start, cue.end, cue.time, cue.until) for cue in turn.cues] == [(5, 8, 0.0, 1.5), (9, 13, 2.0, 3.0)]


def test_a_row_without_a_speaker_goes_on_with_the_one_above():
    assert said(csv("speaker,text\nKim,One\n,two\nLee,Yes")) == [("Kim", "One two", None), ("Lee", "Yes", None)]


def test_a_table_without_speakers_names_none():
    assert said(csv("text,score\nIt is slow,1\nIt is dull,2")) == [
        ("" or None, "It is slow", None),
        (None, "It is dull", None),
    ]


def test_lines_above_the_headings_are_no_speech():
    assert said(csv("Study 7,,\n,,\nspeaker,text,n\nKim,One,1"))[0] == ("Kim", "One", None)


def test_a_table_without_headings_is_read_by_its_labels():
    assert [turn.speaker for turn in csv("Interviewer,Slow?\nParticipant,Yes.\nInterviewer,Why?").turns] == [
        "Interviewer",
        "Participant",
        "Interviewer",
    ]


@pytest.mark.parametrize(
    ("time", "seconds"),
    [("1:02", 62.0), ("01:02:03,5", 3723.5), ("62.5", 62.5), ("[00:05]", 5.0), ("5 s", 5.0), ("soon", None),
     ("-3", None), ("99999999", None), ("999:99:99", None), ("1e9", None), ("nan", None)],
)  # fmt: skip
def test_times_are_seconds_and_absurd_ones_none(time, seconds):
    assert csv(f'speaker,time,text\nKim,"{time}",Hello').turns[0].time == seconds


def test_times_in_milliseconds_are_told_by_the_heading():
    assert csv("speaker,start_ms,text\nKim,1500,Hello\nLee,70250,Yes").turns[1].time == 70.25


def test_columns_can_be_named():
    columns = {"text": "Antwort", "speaker": "Wer", "time": "ab"}
    assert said(csv("Wer,ab,Antwort,text\nKim,0:01,Ja,x\nLee,0:02,Nein,y", columns=columns)) == [
        ("Kim", "Ja", 1.0),
        ("Lee", "Nein", 2.0),
    ]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"text": "Reply"}, "it has no columns “Reply”. Its first row is: “a”, “b”."),
        ({"speaker": "a"}, 'say which column holds the words: columns={"text": "…"}.'),
        ({"text": "a", "mood": "b"}, "columns can be speaker, text, time, until; mood can't be given."),
    ],
)
def test_columns_that_are_not_there_are_told(columns, sentence):
    with pytest.raises(UnreadableText) as error:
        csv("a,b\n1,2", columns=columns)
    assert error.value.message == f"kim.csv: {sentence}"


def test_columns_can_only_be_named_for_tables():
    with pytest.raises(UnreadableText) as error:
        read_transcript(b"Kim: a", "kim.txt", {"text": "a"})
    assert error.value.message == (
        "kim.txt: columns can be named for .xlsx, .csv, .tsv, .json only. Upload it without."
    )


def test_a_table_whose_columns_cannot_be_told_is_refused_with_its_headings():
    with pytest.raises(UnreadableText) as error:
        csv("respondent,q1,q2\n17,I like it very much,because it is fast\n18,I do not,no reason at all")
    assert error.value.message == (
        "kim.csv: it is a table, and no heading says which column holds what was said. Name that column “text” and the "
        'one that says who speaks “speaker”, or upload it with columns={"text": …, "speaker": …}. '
        "Its first row is: “respondent”, “q1”, “q2”."
    )


def test_a_quotation_mark_that_never_closes_takes_no_rows_with_it():
    assert said(csv('speaker,text\nKim,"Well\nLee,Yes\nKim,Good')) == [
        ("Kim", '"Well', None),
        ("Lee", "Yes", None),
        ("Kim", "Good", None),
    ]


def test_a_korean_table_from_windows_is_read():
    transcript = csv("화자\t내용\n김민지\t느려요\n면담자\t왜요?", encoding="cp949")
    assert transcript.encoding == "cp949"
    assert said(transcript) == [("김민지", "느려요", None), ("면담자", "왜요?", None)]


def test_a_table_of_too_many_rows_is_refused(monkeypatch):
    monkeypatch.setattr(table, "LIMIT_SEGMENTS", 2)
    with pytest.raises(FileTooLarge) as error:
        csv("speaker,text\nKim,a\nLee,b")
    assert error.value.message == "kim.csv: it has more than 2 rows. Split it."


def test_an_empty_table_holds_no_speech():
    with pytest.raises(NoSpeech) as error:
        csv("speaker,text\n,\n")
    assert error.value.message == ("kim.csv: it holds no speech. Check that it is the transcript and not a cover page.")


def workbook(*sheets, columns=None):
    return read_transcript(xlsx_of(*sheets), "kim.xlsx", columns)


def test_a_workbook_is_read_by_its_headings():
    transcript = workbook(
        [("화자", "시작", "내용"), ("김민지", datetime.time(0, 1, 2), "느려요"), ("면담자", 63, "왜요?")]
    )
    assert said(transcript) == [("김민지", "느려요", 62.0), ("면담자", "왜요?", 63.0)]


def test_sheets_with_headings_are_read_and_the_others_named():
    talk = [("speaker", "text"), ("Kim", "a")]
    transcript = workbook(talk, [("cost", "sum"), (1, 2)], [("speaker", "text"), ("Lee", "b")])
    assert transcript.text == "Kim: a\nLee: b\n"
    assert transcript.remarks == ("Sheets without headings for speech were left out: Sheet1.",)


def test_columns_of_a_workbook_can_be_named():
    assert workbook([("Wer", "Was"), ("Kim", "a")], columns={"text": "was", "speaker": "wer"}).text == "Kim: a\n"


def test_a_formula_gives_its_last_value_and_is_never_run():
    rows = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>text</t></is></c></row>'
        '<row r="2"><c r="A2" t="str"><f>CONCAT("a","b")</f><v>It is slow</v></c></row>'
    )
    assert read_transcript(sheet_of(rows), "kim.xlsx").text == "It is slow\n"


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="99999999999"><c r="A99999999999" t="inlineStr"><is><t>x</t></is></c></row>',
        "".join(f'<row r="{row}"><c r="ZZZ{row}"><v>1</v></c></row>' for row in range(1, 100)),
    ],
)
def test_a_sheet_that_claims_a_billion_cells_is_refused(rows):
    with pytest.raises(FileTooLarge) as error:
        read_transcript(sheet_of(rows), "kim.xlsx")
    assert error.value.message == f"kim.xlsx: a sheet has more than {xlsx.LIMIT_CELLS:,} cells. Split it."


def test_a_workbook_with_entities_is_refused():
    with zipfile.ZipFile(io.BytesIO(xlsx_of([("text",)]))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/workbook.xml"] = b'<!DOCTYPE a [<!ENTITY b "c">]>' + parts["xl/workbook.xml"]
    with pytest.raises(UnreadableText) as error:
        read_transcript(zip_of(parts), "kim.xlsx")
    assert error.value.message == (
        "kim.xlsx: its XML declares entities (<!DOCTYPE>), as no spreadsheet does. Save it again in Excel."
    )
