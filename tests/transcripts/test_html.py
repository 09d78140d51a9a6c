import pytest

from persona_lab.errors import FileTooLarge, NoSpeech, UnreadableText
from persona_lab.transcripts import read_transcript


def read(page):
    return read_transcript(page.encode(), "kim.html")


def test_blocks_are_the_lines_of_the_text():
    transcript = read(
        "<!DOCTYPE html><html><head><title>Talk</title></head><body><h1>Talk</h1>"
        "<p><b>Interviewer:</b> Is\n it <i>slow</i>?<br>Or dull?</p><div><p>Participant:&nbsp;Yes.</p></div></body>"
    )
    assert transcript.text == "Talk\nInterviewer: Is it slow?\nOr dull?\nParticipant: Yes."
    assert [(turn.speaker, turn.text) for turn in transcript.turns] == [
        ("Interviewer", "Is it slow?\nOr dull?"),
        ("Participant", "Yes."),
    ]


def test_what_a_reader_of_the_page_does_not_see_is_left_out():
    assert (
        read(
            "<script>alert('Kim: x')</script><style>p{}</style><nav>Home</nav><p hidden>no</p>"
            "<p style='display: none'>no</p>"
            "<!-- no --><p>Kim: a <del>gone</del><ruby>漢<rt>han</rt></ruby></p><button>Play</button>"
        ).text
        == "Kim: a 漢"
    )


def test_rows_of_a_table_are_lines():
    rows = "<tr><td>Kim</td><td><p>Slow?</p><p>Dull?</p></td></tr><tr><th>Lee</th><td>Yes</td></tr>"
    assert read(f"<table>{rows}</table>").text == "Kim\tSlow? Dull?\nLee\tYes"


def test_a_page_laid_out_as_a_table_keeps_its_lines():
    page = "".join(f"<p>{name}: hello</p>" for name in ("Kim", "Lee") * 4)
    assert read(f"<table><tr><td>{page}</td></tr></table>").text.count("\n") == 7


def test_preformatted_lines_stay_lines():
    assert read("<pre>Kim: a\n  b\nLee: c</pre>").text == "Kim: a\nb\nLee: c"


def test_a_podcasts_page_names_speakers_and_times():
    transcript = read(
        "<cite>Kim:</cite>\n<time>0:05</time>\n<p>Is it slow?</p><p>Or dull?</p>\n"
        "<cite>Lee:</cite><time>1:00:02</time><p>Yes.</p>"
    )
    assert transcript.text == "Kim: Is it slow? Or dull?\nLee: Yes.\n"
    assert [(turn.speaker, turn.time, turn.cues[0].time) for turn in transcript.turns] == [
        ("Kim", 5.0, 5.0),
        ("Lee", 3602.0, 3602.0),
    ]


def test_a_title_that_is_cited_names_no_speaker():
    assert (
        read("<p>Kim: I read <cite>Emma</cite> twice.</p><p>Lee: Why?</p>").text == "Kim: I read Emma twice.\nLee: Why?"
    )


def test_a_page_in_an_old_korean_encoding_is_read():
    raw = "<meta charset=euc-kr><p>참가자: 네, 느려요.</p>".encode("cp949")
    assert read_transcript(raw, "kim.htm").text == "참가자: 네, 느려요."


def test_a_page_without_words_holds_no_speech():
    with pytest.raises(NoSpeech) as error:
        read("<script>x</script>")
    assert error.value.message == (
        "kim.html: it holds no speech. Check that it is the transcript and not a cover page."
    )


def test_a_page_nested_without_end_is_refused():
    with pytest.raises(UnreadableText) as error:
        read("<div>" * 5_000 + "x")
    assert error.value.message == (
        "kim.html: the page is nested too deeply. Copy the transcript from the browser into a .txt file."
    )


def test_a_page_of_a_million_tags_is_refused():
    with pytest.raises(FileTooLarge) as error:
        read("<p>x" * 500_001)
    assert error.value.message == (
        "kim.html: the page has more than 500,000 tags. Copy the transcript into a .txt file."
    )


def test_an_entity_of_the_page_itself_is_not_expanded():
    assert "boom" not in read('<!DOCTYPE html [<!ENTITY b "boom">]><p>Kim: &b; a</p>').text
