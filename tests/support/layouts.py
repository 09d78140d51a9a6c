"""Interviews written out in the layouts that tools and people make, to be read back.

A writer takes what was said, one `Said` a turn, and returns the bytes of a
file; `LAYOUTS` says which ending the file has and how the layout names people.
A new format needs a writer and a line there.
"""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Literal

from docx import Document

from tests.support.files import hwpx_of, odt_of, rtf_of, xlsx_of

Cast = Literal["roles", "names", "numbers", "letters"]
WORDS_PER_SECOND = 2.5
WORDS_A_CUE = 14


@dataclass(frozen=True)
class Said:
    """One turn: who, and what, with line breaks as they were."""

    speaker: str
    words: str


@dataclass(frozen=True)
class Timed:
    """A turn, or a piece of one, from `start` to `end` seconds."""

    speaker: str
    words: str
    start: float
    end: float


@dataclass(frozen=True)
class Layout:
    """A layout: the file's ending, its writer, and how it names people."""

    ending: str
    write: Callable[[Sequence[Said]], bytes]
    cast: Cast = "names"


def timed(turns: Sequence[Said]) -> list[Timed]:
    clock, found = 1.2, []
    for turn in turns:
        end = clock + len(turn.words.split()) / WORDS_PER_SECOND + 0.4
        found.append(Timed(turn.speaker, turn.words, round(clock, 3), round(end, 3)))
        clock = end + 0.3
    return found


def cues(turns: Sequence[Said]) -> Iterator[Timed]:
    """Yield captions: a turn cut into pieces of a line or two."""
    for turn in timed(turns):
        words = turn.words.split()
        for begin in range(0, len(words), WORDS_A_CUE):
            piece = words[begin : begin + WORDS_A_CUE]
            start = turn.start + begin / WORDS_PER_SECOND
            yield Timed(turn.speaker, " ".join(piece), start, start + len(piece) / WORDS_PER_SECOND)


def clock(seconds: float, form: str = "h:m:s.f") -> str:
    """Return a time as programs write it: `h:m:s.f` 00:01:02.300, `h:m:s` 00:01:02, `m:s` 01:02, `M:s` 1:02."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    return {
        "h:m:s.f": f"{hours:02}:{minutes:02}:{rest:02}.{round(seconds % 1 * 1000) % 1000:03}",
        "h:m:s": f"{hours:02}:{minutes:02}:{rest:02}",
        "m:s": f"{whole // 60:02}:{rest:02}",
        "M:s": f"{whole // 60}:{rest:02}",
        "H:m:s.f": f"{hours}:{minutes}:{rest}.{round(seconds % 1 * 1000) % 1000}",
    }[form]


def escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def zoom_vtt(turns: Sequence[Said]) -> bytes:
    blocks = [
        f"{number}\r\n{clock(cue.start)} --> {clock(cue.end)}\r\n{cue.speaker}: {cue.words}\r\n"
        for number, cue in enumerate(cues(turns), 1)
    ]
    return ("WEBVTT\r\n\r\n" + "\r\n".join(blocks)).encode()


def zoom_txt(turns: Sequence[Said]) -> bytes:
    """Zoom's saved captions, with the time of the day."""
    begin = 14 * 3600
    return "".join(
        f"[{one.speaker}] {clock(begin + one.start, 'h:m:s')}\n{one.words}\n\n" for one in timed(turns)
    ).encode()


def teams_vtt(turns: Sequence[Said]) -> bytes:
    blocks = [
        f"3f2a9c1e-77d0-4b0e/{number}-0\n{clock(cue.start)} --> {clock(cue.end)}\n"
        f"<v {cue.speaker}>{escaped(cue.words)}</v>\n"
        for number, cue in enumerate(cues(turns))
    ]
    return ("WEBVTT\n\n" + "\n".join(blocks)).encode()


def teams_vtt_unclosed(turns: Sequence[Said]) -> bytes:
    blocks = [
        f"{clock(cue.start)[3:]} --> {clock(cue.end)[3:]} align:start\n<v {cue.speaker}>{escaped(cue.words)}\n"
        if cue.end < 3600
        else f"{clock(cue.start)} --> {clock(cue.end)} align:start\n<v {cue.speaker}>{escaped(cue.words)}\n"
        for cue in cues(turns)
    ]
    return ('WEBVTT\n\nNOTE duration:"01:00:00"\n\nNOTE language:en-us\n\n' + "\n".join(blocks)).encode("utf-8-sig")


def word(paragraphs: Sequence[str]) -> bytes:
    document = Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def teams_docx(turns: Sequence[Said]) -> bytes:
    """Teams since 2023: name and time above the words, in one paragraph."""
    head = ["Interview-20260302_140000-Meeting Recording", "March 2, 2026, 2:00PM", "52m 10s", ""]
    first = f"{turns[0].speaker} started transcription"
    body = [f"{one.speaker}   {clock(one.start, 'M:s')}\n{one.words}" for one in timed(turns)]
    return word([*head, first, *body, f"{turns[0].speaker} stopped transcription"])


def teams_docx_older(turns: Sequence[Said]) -> bytes:
    """Teams before: the times of each caption, the name, the words."""
    body = [
        f"{clock(cue.start, 'H:m:s.f')} --> {clock(cue.end, 'H:m:s.f')}\n{cue.speaker}\n{cue.words}"
        for cue in cues(turns)
    ]
    return word(body)


def meet(turns: Sequence[Said]) -> list[str]:
    """Google Meet: the notes that Gemini made, then the transcript with a time every five minutes."""
    names = list(dict.fromkeys(turn.speaker for turn in turns))
    lines = [
        "📝 Notes", "Mar 2, 2026", "Interview", f"Invited {', '.join(names)}", "", "Summary",
        f"{names[0]} and {names[-1]} talked about work.", "", "Details",
        f"- {names[-1]}: explained a problem with the tool (00:03:10).",
        f"- {names[0]}: asked about it (00:05:00).", "",
        "Suggested next steps", f"- {names[0]}: will send the notes.", "",
        "📖 Transcript", "Mar 2, 2026", "Interview - Transcript", "00:00:00", "",
    ]  # fmt: skip
    mark = 300
    for one in timed(turns):
        if one.start >= mark:
            lines += ["", clock(mark, "h:m:s"), ""]
            mark += 300
        lines.append(f"{one.speaker}: {one.words}")
    return [
        *lines, "", "Meeting ended after 00:52:10 👋", "",
        "This editable transcript was computer generated and might contain errors. People can also change the text "
        "after it was created.",
    ]  # fmt: skip


def meet_docx(turns: Sequence[Said]) -> bytes:
    return word(meet(turns))


def meet_txt(turns: Sequence[Said]) -> bytes:
    return "\r\n".join(meet(turns)).encode("utf-8-sig")


def otter_txt(turns: Sequence[Said]) -> bytes:
    names = ", ".join(dict.fromkeys(turn.speaker for turn in turns))
    head = (
        f"Interview\nMon, Mar 02, 2026 2:00PM • 52:10\n\nSUMMARY KEYWORDS\nwork, tools, time\n\nSPEAKERS\n{names}\n\n"
    )
    body = "".join(f"{one.speaker}  {clock(one.start, 'M:s')}  \n{one.words}\n\n" for one in timed(turns))
    return f"{head}{body}Transcribed by https://otter.ai".encode()


def clova_txt(turns: Sequence[Said]) -> bytes:
    """Clova Note: byte order mark, CRLF, minutes past 60, now and then a time that is missing."""
    lines = ["새로운 노트", "2026.03.02 월 오후 2:00 ・ 52분 10초", ""]
    for number, one in enumerate(timed(turns), 1):
        lines += [one.speaker if number % 7 == 0 else f"{one.speaker} {clock(one.start, 'm:s')}", one.words, ""]
    return "\r\n".join([*lines, "clovanote.naver.com"]).encode("utf-8-sig")


def clova_summary_txt(turns: Sequence[Said]) -> bytes:
    names = list(dict.fromkeys(turn.speaker for turn in turns))
    lines = [
        "새로운 노트", "2026.03.02 월 오후 2:00", "", "AI 요약", "",
        "주요 주제", "- 업무에 쓰는 도구", "- 불편한 점", "",
        "요약", f"- {names[-1]}: 도구가 느려서 불편하다고 함", f"- {names[0]}: 이유를 물어봄", "", "다음 할 일",
        f"- {names[0]}: 녹취 공유", "", "음성 기록", "",
    ]  # fmt: skip
    for one in timed(turns):
        lines += [f"{one.speaker} {clock(one.start, 'm:s')}", one.words, ""]
    return "\r\n".join(lines).encode("utf-8-sig")


def rev_txt(turns: Sequence[Said]) -> bytes:
    return "".join(f"{one.speaker} ({clock(one.start, 'm:s')}):\n{one.words}\n\n" for one in timed(turns)).encode()


def atlas_txt(turns: Sequence[Said]) -> bytes:
    """ATLAS.ti and f4: the time at the end of each paragraph, between number signs."""
    return "".join(f"{one.speaker}: {one.words} #{clock(one.end)[:10]}#\n\n" for one in timed(turns)).encode()


def qualcoder_txt(turns: Sequence[Said]) -> bytes:
    return "".join(f"[{clock(one.start, 'h:m:s')}] {{{one.speaker}}} {one.words}\n\n" for one in timed(turns)).encode()


def qualcoder_braces_txt(turns: Sequence[Said]) -> bytes:
    return "".join(f"{{{clock(one.start, 'h:m:s')}}}\n[{one.speaker}] {one.words}\n\n" for one in timed(turns)).encode()


def original_txt(turns: Sequence[Said]) -> bytes:
    return "".join(f"{clock(one.start, 'm:s')} {one.speaker}: {one.words}\n\n" for one in timed(turns)).encode()


def original_coded_txt(turns: Sequence[Said]) -> bytes:
    """Questions and answers with the codes people gave them; the answers carry one or two, now and then."""
    codes = ["", "[Pain Point] ", "[Needs] ", "", "[Pain Point] [Needs] "]
    lines = [
        f"{turn.speaker}: {codes[number % 5] if turn.speaker == 'A' else ''}{turn.words}"
        for number, turn in enumerate(turns)
    ]
    return "\n\n".join(lines).encode()


def front_matter_md(turns: Sequence[Said]) -> bytes:
    head = "---\ntitle: Interview\ndate: 2026-03-02\nspeakers:\n  - Somebody\n---\n# Interview\n\n"
    return (head + "".join(f"**{turn.speaker}:** {turn.words}\n\n" for turn in turns)).encode()


def escaped_times_md(turns: Sequence[Said]) -> bytes:
    """Markdown with escaped brackets, as the transcripts of podcasts have them, every third turn with a time."""
    lines = [
        f"**{one.speaker}:** " + (f"\\[{clock(one.start, 'h:m:s')}\\] " if number % 3 == 0 else "") + one.words
        for number, one in enumerate(timed(turns))
    ]
    return "\n\n".join(lines).encode()


def times_md(turns: Sequence[Said]) -> bytes:
    return "".join(f"**{one.speaker}** [{clock(one.start, 'M:s')}]  \n{one.words}\n\n" for one in timed(turns)).encode()


def subrip(turns: Sequence[Said]) -> bytes:
    """Captions that name the speaker only where another one begins."""
    blocks, before = [], ""
    for number, cue in enumerate(cues(turns), 1):
        label = f"{cue.speaker}: " if cue.speaker != before else ""
        before = cue.speaker
        start, end = (clock(time).replace(".", ",") for time in (cue.start, cue.end))
        blocks.append(f"{number}\r\n{start} --> {end}\r\n{label}{cue.words}\r\n")
    return "\r\n".join(blocks).encode()


def labelled(form: str, encoding: str = "utf-8") -> Callable[[Sequence[Said]], bytes]:
    def write(turns: Sequence[Said]) -> bytes:
        return "\n\n".join(form.format(name=turn.speaker, words=turn.words) for turn in turns).encode(encoding)

    return write


def header_txt(turns: Sequence[Said]) -> bytes:
    """A Korean transcript as agencies hand it in: facts above, full-width colons, Windows' line breaks."""
    head = f"일시: 2026-03-02\r\n장소: 서울\r\n{turns[0].speaker}: 홍길동\r\n\r\n"
    return (head + "\r\n\r\n".join(f"{turn.speaker}： {turn.words}" for turn in turns)).encode()


def table_docx(turns: Sequence[Said]) -> bytes:
    document = Document()
    table = document.add_table(rows=0, cols=3)
    for one in timed(turns):
        for cell, text in zip(table.add_row().cells, (clock(one.start, "h:m:s"), one.speaker, one.words), strict=True):
            cell.text = " ".join(text.split())
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def lines_of(turns: Sequence[Said]) -> list[str]:
    """Return the paragraphs of a document: "Name: words", line breaks within a turn as paragraphs of their own."""
    return [line for turn in turns for line in f"{turn.speaker}: {turn.words}".splitlines()]


def opendocument(turns: Sequence[Said]) -> bytes:
    return odt_of("".join(f"<text:p>{escaped(line)}</text:p>" for line in lines_of(turns)))


def rich_text(turns: Sequence[Said]) -> bytes:
    """Letters beyond ASCII as the numbers of their UTF-16 units, backslashes and braces escaped."""

    def letter(character: str) -> str:
        if character in "\\{}":
            return "\\" + character
        units = character.encode("utf-16-le")
        numbers = [int.from_bytes(units[place : place + 2], "little", signed=True) for place in (0, 2)][
            : len(units) // 2
        ]
        return character if character < "\x7f" else "".join(rf"\u{number}?" for number in numbers)

    return rtf_of("\\par ".join("".join(letter(character) for character in line) for line in lines_of(turns)))


def hangul_xml(turns: Sequence[Said]) -> bytes:
    return hwpx_of("".join(f"<hp:p><hp:run><hp:t>{escaped(line)}</hp:t></hp:run></hp:p>" for line in lines_of(turns)))


def page(turns: Sequence[Said]) -> bytes:
    body = "".join(f"<p><b>{turn.speaker}:</b> {escaped(turn.words)}</p>" for turn in turns)
    return f"<!doctype html><meta charset=utf-8><title>Interview</title><body>{body}".encode()


def rows(turns: Sequence[Said]) -> list[tuple[str, str, str]]:
    return [("Time", "Speaker", "Text"), *((clock(one.start, "h:m:s"), one.speaker, one.words) for one in timed(turns))]


def excel(turns: Sequence[Said]) -> bytes:
    return xlsx_of(rows(turns))


def comma_separated(turns: Sequence[Said]) -> bytes:
    file = StringIO(newline="")
    csv.writer(file).writerows(rows(turns))
    return file.getvalue().encode("utf-8-sig")


def segments_json(turns: Sequence[Said]) -> bytes:
    """Whisper with speakers: pieces with start and end."""
    pieces = [{"speaker": one.speaker, "start": one.start, "end": one.end, "text": one.words} for one in cues(turns)]
    return json.dumps({"language": "en", "segments": pieces}, ensure_ascii=False).encode()


def youtube(turns: Sequence[Said]) -> bytes:
    blocks = [f"{clock(cue.start)[1:]},{clock(cue.end)[1:]}\n{cue.speaker}: {cue.words}\n" for cue in cues(turns)]
    return "\n".join(blocks).encode()


LAYOUTS = {
    "Zoom captions": Layout(".vtt", zoom_vtt),
    "Zoom saved captions": Layout(".txt", zoom_txt),
    "Teams captions": Layout(".vtt", teams_vtt),
    "Teams captions, tags not closed": Layout(".vtt", teams_vtt_unclosed),
    "Teams document": Layout(".docx", teams_docx),
    "Teams document, older": Layout(".docx", teams_docx_older),
    "Google Meet document": Layout(".docx", meet_docx),
    "Google Meet text": Layout(".txt", meet_txt),
    "Otter": Layout(".txt", otter_txt),
    "Clova Note": Layout(".txt", clova_txt, "numbers"),
    "Clova Note with AI summary": Layout(".txt", clova_summary_txt, "numbers"),
    "Rev": Layout(".txt", rev_txt, "numbers"),
    "ATLAS.ti #00:01:02.3#": Layout(".txt", atlas_txt),
    "QualCoder [00:12:03] {Name}": Layout(".txt", qualcoder_txt),
    "QualCoder {00:12:03}": Layout(".txt", qualcoder_braces_txt),
    "00:12 Interviewer: …": Layout(".txt", original_txt, "roles"),
    "Q: … / A: [Pain Point] …": Layout(".txt", original_coded_txt, "letters"),
    "Markdown with front matter": Layout(".md", front_matter_md, "roles"),
    r"Markdown, \[00:04:01\]": Layout(".md", escaped_times_md),
    "Markdown, **Name** [0:03]": Layout(".md", times_md),
    "SubRip": Layout(".srt", subrip),
    "Name: …": Layout(".txt", labelled("{name}: {words}")),
    "[Name] …": Layout(".txt", labelled("[{name}] {words}")),
    "#Name: …": Layout(".txt", labelled("#{name}: {words}")),
    "@Name: …": Layout(".txt", labelled("@{name}: {words}")),
    ">> NAME: …": Layout(".txt", labelled(">> {name}: {words}")),
    "Facts, then Name： …": Layout(".txt", header_txt, "roles"),
    "Word table": Layout(".docx", table_docx, "roles"),
    "OpenDocument": Layout(".odt", opendocument),
    "Rich text": Layout(".rtf", rich_text),
    "Hangul, XML": Layout(".hwpx", hangul_xml),
    "Web page": Layout(".html", page),
    "Excel": Layout(".xlsx", excel),
    "CSV": Layout(".csv", comma_separated),
    "JSON segments": Layout(".json", segments_json),
    "YouTube captions": Layout(".sbv", youtube),
}
