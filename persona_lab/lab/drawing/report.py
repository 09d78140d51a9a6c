"""A study's findings as one page that can be mailed, printed and kept.

The page holds no script and loads nothing: it reads the same in ten years and
tells nobody that it was opened. The same project gives the same page, byte for
byte, so its only date is the project's own.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, Final

from persona_lab.lab.drawing.pictures import SHAPES, by_kind
from persona_lab.lab.insights.notes import threads
from persona_lab.models import Analysis, CitedQuote, Insight, InterviewRecord, Note, Project, Provenance, Stale

# Up to here each participant is a square of its own; beyond, the bar is one piece.
SQUARES: Final = 24

_ENGLISH: Final[Mapping[str, Any]] = {
    "kicker": "Interview study",
    "purpose": "Purpose",
    "audience": "Audience",
    "method": "Method",
    "interviews": "Interviews",
    "participants": "Participants",
    "findings": "Findings",
    "languages": "Languages",
    "ko": "Korean",
    "en": "English",
    "pain": "Pains",
    "need": "Needs",
    "takeaway": "Takeaways",
    "support": "{n} of {total} participants",
    "pinned": "pinned, though found no more",
    "more_quotes": "{n} more quotes",
    "no_findings": "No findings yet. They appear when an interview has been analysed.",
    "no_interviews": "This study has no interviews yet.",
    "no_summary": "Not analysed yet.",
    "processing": "Processing",
    "analyzing": "Analyzing",
    "completed": "Completed",
    "failed": "Failed",
    "turns": ("{n} turn", "{n} turns"),
    "people": ("{n} participant", "{n} participants"),
    "quality": "Quality {score} of 5",
    "profile": "Who they are",
    "sections": "Sections",
    "questions": "How might we",
    "leading": "Questions that lead",
    "turns_of": "turns {first}–{last}",
    "traits": {
        "age": "Age",
        "job": "Work",
        "experience": "Experience",
        "place": "Place",
        "family": "Family",
        "tools": "Tools",
        "habit": "Habit",
    },
    "methods": "How this was made",
    "methods_text": (
        "Every interview was analysed on its own and its findings merged across interviews. A finding's support counts "
        "the participants whose words it rests on, out of all participants of the completed interviews. Every quote "
        "was compared with the transcript: what is shown is what was said. The table names what made each result; "
        "the same transcript, engine and settings give the same result again."
    ),
    "merged": "Merged by {model} (rules <code>{hash}</code>).",
    "stale": "May no longer be true",
    "stale_text": "These were made before something changed that they rest on.",
    "rejected": (
        "{n} of {proposed} proposed quotes did not stand in a transcript and was left out.",
        "{n} of {proposed} proposed quotes did not stand in a transcript and were left out.",
    ),
    "columns": ("Interview", "Engine", "Model", "Prompt", "Transcript (SHA-256)"),
    "notes": "Notes",
    "turn": "turn {n}",
    "as_of": "As of {date}, event {seq}",
}
_KOREAN: Final[Mapping[str, Any]] = {
    "kicker": "인터뷰 연구",
    "purpose": "목적",
    "audience": "대상",
    "method": "방법",
    "interviews": "인터뷰",
    "participants": "참여자",
    "findings": "발견",
    "languages": "언어",
    "ko": "한국어",
    "en": "영어",
    "pain": "불편",
    "need": "니즈",
    "takeaway": "핵심 내용",
    "support": "참여자 {total}명 중 {n}명",
    "pinned": "더 이상 발견되지 않으나 고정됨",
    "more_quotes": "인용 {n}개 더 보기",
    "no_findings": "아직 발견이 없습니다. 인터뷰 분석이 끝나면 표시됩니다.",
    "no_interviews": "아직 인터뷰가 없습니다.",
    "no_summary": "아직 분석되지 않았습니다.",
    "processing": "처리 중",
    "analyzing": "분석 중",
    "completed": "완료",
    "failed": "실패",
    "turns": ("발언 {n}개", "발언 {n}개"),
    "people": ("참여자 {n}명", "참여자 {n}명"),
    "quality": "품질 5점 중 {score}점",
    "profile": "참여자 소개",
    "sections": "구간",
    "questions": "어떻게 하면",
    "leading": "유도 질문",
    "turns_of": "발언 {first}–{last}",
    "traits": {
        "age": "나이",
        "job": "하는 일",
        "experience": "경력",
        "place": "사는 곳",
        "family": "가족",
        "tools": "쓰는 도구",
        "habit": "습관",
    },
    "methods": "작성 방법",
    "methods_text": (
        "인터뷰를 하나씩 분석한 뒤 발견을 인터뷰 사이에서 합쳤습니다. 근거 수는 완료된 인터뷰의 전체 참여자 가운데 "
        "그 발견을 말로 뒷받침한 참여자의 수입니다. 모든 인용은 녹취록과 대조했으며, 실제로 말한 그대로 보여 줍니다. "
        "아래 표는 각 결과를 무엇으로 만들었는지 밝힙니다. 같은 녹취록, 엔진, 설정이면 같은 결과가 나옵니다."
    ),
    "merged": "{model}(규칙 <code>{hash}</code>)(으)로 합쳤습니다.",
    "stale": "더 이상 맞지 않을 수 있음",
    "stale_text": "아래 결과는 그 근거가 바뀌기 전에 만들어졌습니다.",
    "rejected": ("제안된 인용 {proposed}개 가운데 녹취록에 없는 {n}개는 제외했습니다.",) * 2,
    "columns": ("인터뷰", "엔진", "모델", "프롬프트", "녹취록 (SHA-256)"),
    "notes": "메모",
    "turn": "발언 {n}",
    "as_of": "{date} 기준, 이벤트 {seq}",
}

_STYLE: Final = """
:root {
  color-scheme: light dark;
  --ink: #1d1d1b; --faint: #66645f; --line: #dedbd3; --ground: #fffefb; --accent: #2b5c8a; --empty: #d9d6cd;
}
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9e6df; --faint: #a3a097; --line: #3a3935; --ground: #191917; --accent: #8db9e2; --empty: #45443f; }
}
* { box-sizing: border-box; }
html { background: var(--ground); color: var(--ink); -webkit-text-size-adjust: 100%; }
body {
  max-width: 44rem; margin: 0 auto; padding: 5rem 1.5rem 6rem;
  font: 1.0625rem/1.65 "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, "AppleMyungjo", "Nanum Myeongjo",
    "Noto Serif KR", "Noto Serif CJK KR", Batang, serif;
  overflow-wrap: anywhere; text-wrap: pretty;
}
:lang(ko) { word-break: keep-all; line-height: 1.75; }
.plain, .kicker, dl, table, summary, figcaption, .support, .about, h3, footer {
  font-family: system-ui, -apple-system, "Segoe UI", "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR",
    "Noto Sans CJK KR", sans-serif;
}
.kicker { margin: 0; color: var(--faint); font-size: .875rem; }
h1 { margin: .2rem 0 2.2rem; font-size: 2.5rem; font-weight: 500; line-height: 1.15; text-wrap: balance; }
h2 { margin: 4.5rem 0 1.2rem; font-size: 1.5rem; font-weight: 500; line-height: 1.25; }
h3 { margin: 0; font-size: 1.0625rem; font-weight: 600; line-height: 1.45; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: .18em; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.5rem; margin: 0; font-size: .9375rem; }
dt { color: var(--faint); }
dd { margin: 0; }
.counts { display: flex; flex-wrap: wrap; gap: 1rem 3rem; margin: 2.5rem 0 0; padding: 1.2rem 0; list-style: none;
  border-block: 1px solid var(--line); }
.counts b { display: block; font-size: 1.75rem; font-weight: 500; line-height: 1.2;
  font-variant-numeric: tabular-nums; }
.counts span { color: var(--faint); font-size: .875rem; }
.finding { padding: 1.1rem 0 1.2rem; border-top: 1px solid var(--line); break-inside: avoid-page; }
.support { display: flex; flex-wrap: wrap; align-items: center; gap: .2rem .8rem; margin: .3rem 0 0;
  color: var(--faint); font-size: .875rem; }
.support svg { height: .6rem; fill: var(--empty); }
.support .on { fill: var(--accent); }
details { margin-top: .5rem; }
summary { width: max-content; color: var(--faint); font-size: .875rem; cursor: pointer; }
details ul { margin: .4rem 0 0; padding-inline-start: 1.2rem; }
details small { color: var(--faint); }
figure { margin: .9rem 0 0; padding-inline-start: 1.1rem; border-inline-start: 2px solid var(--line); }
blockquote { margin: 0; }
figcaption { color: var(--faint); font-size: .875rem; }
.interview { padding: 1.2rem 0; border-top: 1px solid var(--line); break-inside: avoid-page; scroll-margin-top: 1rem; }
.interview:target { background: color-mix(in srgb, var(--accent) 9%, transparent); box-shadow: 0 0 0 .8rem
  color-mix(in srgb, var(--accent) 9%, transparent); }
.about { margin: .1rem 0 .6rem; color: var(--faint); font-size: .875rem; }
.interview p:last-child { margin-bottom: 0; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .8125rem; line-height: 1.45; overflow-wrap: normal; }
td:first-child { min-width: 8rem; }
td:nth-child(3) { min-width: 5.5rem; }
td:last-child { min-width: 15rem; }
th, td { padding: .45rem 1rem .45rem 0; border-bottom: 1px solid var(--line); text-align: start; vertical-align: top; }
th { color: var(--faint); font-weight: 500; }
code { font: .95em/1.4 ui-monospace, "SF Mono", Consolas, monospace; }
td:last-child code { word-break: break-all; }
footer { margin-top: 3rem; color: var(--faint); font-size: .8125rem; }
@media (max-width: 32rem) {
  body { padding-top: 2.5rem; }
  h1 { font-size: 2rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .6rem; }
  .counts { gap: 1rem 2rem; }
}
@media print {
  :root {
    color-scheme: light;
    --ink: #000; --faint: #555; --line: #ccc; --ground: #fff; --accent: #000; --empty: #ccc;
  }
  @page { margin: 2cm; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  h2, h3 { break-after: avoid-page; }
  a { color: inherit; text-decoration: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
  summary { list-style: none; }
  svg { print-color-adjust: exact; }
}
"""

# The one style sheet is allowed by its hash, so no text that got into the page could bring a second.
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"


def report_html(
    project: Project,
    interviews: Sequence[InterviewRecord],
    insights: Sequence[Insight],
    stale: Sequence[Stale] = (),
    notes: Sequence[Note] = (),
    *,
    locale: str = "en",
) -> str:
    """Return the study as one HTML page. `locale` ("en" or "ko") is the language of its headings.

    Args:
        stale: what would be made otherwise now; said before all findings.
        notes: what people wrote beside turns and insights.
    """
    words = _KOREAN if locale == "ko" else _ENGLISH
    places = {record.interview.id: f"interview-{n}" for n, record in enumerate(interviews, start=1)}
    languages = {record.interview.id: record.interview.language or "" for record in interviews}
    parts = [
        "<header>",
        f'<p class="kicker">{words["kicker"]}</p>',
        f'<h1 dir="auto">{escape(project.name)}</h1>',
        _about_project(project, words),
        _counts(interviews, insights, words),
        "</header>",
        "<main>",
        _stale(stale, places, words),
        *_findings(insights, places, languages, notes, words),
        f"<h2>{words['interviews']}</h2>",
        *[_interview(record, places[record.interview.id], notes, words) for record in interviews],
        "" if interviews else f"<p>{words['no_interviews']}</p>",
        _methods(interviews, insights, places, words),
        "</main>",
        f"<footer>{words['as_of'].format(date=_day(project.updated_at), seq=project.seq)}</footer>",
    ]
    return _page(escape(project.name), "\n".join(part for part in parts if part), "ko" if locale == "ko" else "en")


def _page(title: str, body: str, language: str) -> str:
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{language}">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{title}</title>",
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            body,
            "</body>",
            "</html>",
            "",
        ]
    )


def _about_project(project: Project, words: Mapping[str, Any]) -> str:
    facts = [("purpose", project.purpose), ("audience", project.audience), ("method", project.method)]
    items = [f'<dt>{words[name]}</dt><dd dir="auto">{escape(value)}</dd>' for name, value in facts if value]
    return f"<dl>{''.join(items)}</dl>" if items else ""


def _counts(interviews: Sequence[InterviewRecord], insights: Sequence[Insight], words: Mapping[str, Any]) -> str:
    states: Counter[str] = Counter(record.interview.status for record in interviews)
    completed = [record.interview for record in interviews if record.interview.status == "completed"]
    waiting = ", ".join(f"{states[s]} {words[s].lower()}" for s in SHAPES if s != "completed" and states[s])
    counts = [
        (f"{len(interviews):,}", words["interviews"] + (f" ({waiting})" if waiting else "")),
        (f"{sum(interview.participants or 0 for interview in completed):,}", words["participants"]),
        (f"{len(insights):,}", words["findings"]),
        (_languages(interviews, words), words["languages"]),
    ]
    items = "".join(f"<li><b>{number}</b><span>{escape(name)}</span></li>" for number, name in counts if number)
    return f'<ul class="counts plain">{items}</ul>'


def _languages(interviews: Sequence[InterviewRecord], words: Mapping[str, Any]) -> str:
    spoken = Counter(record.interview.language for record in interviews if record.interview.language)
    return escape(", ".join(words.get(code, code) for code, _ in spoken.most_common()))


def _stale(stale: Sequence[Stale], places: Mapping[str, str], words: Mapping[str, Any]) -> str:
    """Return what is no longer as it would be made now, with the reasons, which are in English."""
    if not stale:
        return ""
    items = [
        f'<li dir="auto"><strong>{_stale_title(one, places, words)}</strong>'
        f'<span lang="en">: {escape(" ".join(one.reasons))}</span></li>'
        for one in stale
    ]
    return f"<h2>{words['stale']}</h2>\n<p>{words['stale_text']}</p>\n<ul>\n" + "\n".join(items) + "\n</ul>"


def _stale_title(one: Stale, places: Mapping[str, str], words: Mapping[str, Any]) -> str:
    if one.what == "insights":
        return str(words["findings"])
    place = places.get(one.id)
    return f'<a href="#{place}">{escape(one.title)}</a>' if place else escape(one.title)


def _findings(
    insights: Sequence[Insight],
    places: Mapping[str, str],
    languages: Mapping[str, str],
    notes: Sequence[Note],
    words: Mapping[str, Any],
) -> list[str]:
    if not insights:
        return [f"<h2>{words['findings']}</h2>", f"<p>{words['no_findings']}</p>"]
    parts = []
    for kind, found in by_kind(insights):
        parts.append(f"<h2>{words[kind]}</h2>")
        parts += [_finding(insight, places, languages, notes, words) for insight in found]
    return parts


def _finding(
    insight: Insight,
    places: Mapping[str, str],
    languages: Mapping[str, str],
    notes: Sequence[Note],
    words: Mapping[str, Any],
) -> str:
    support = words["support"].format(n=insight.support, total=insight.participants)
    support += "" if insight.is_found else f" · {words['pinned']}"
    return "\n".join(
        [
            '<section class="finding">',
            f'<h3 dir="auto">{escape(insight.text)}</h3>',
            f'<p class="support">{_bar(insight.support, insight.participants)}{support}</p>',
            _quotes(insight.quotes, places, languages, words),
            *_notes([note for note in notes if note.insight_id == insight.id], words),
            "</section>",
        ]
    )


def _bar(support: int, participants: int) -> str:
    """Return "n of N" as squares, one for each participant, or as one bar where they would be too many."""
    if participants < 1:
        return ""
    if participants > SQUARES:
        width = round(240 * min(support, participants) / participants)
        drawn = f'<rect width="240" height="10" rx="2"/><rect class="on" width="{width}" height="10" rx="2"/>'
        return f'<svg viewBox="0 0 240 10" aria-hidden="true">{drawn}</svg>'
    squares = "".join(
        f'<rect class="{"on" if n < support else "off"}" x="{n * 13}" width="10" height="10" rx="2"/>'
        for n in range(participants)
    )
    return f'<svg viewBox="0 0 {participants * 13 - 3} 10" aria-hidden="true">{squares}</svg>'


def _quotes(
    quotes: Sequence[CitedQuote], places: Mapping[str, str], languages: Mapping[str, str], words: Mapping[str, Any]
) -> str:
    """Return the first quote, and the others folded away beneath it."""
    figures = [_quote(quote, places, languages) for quote in quotes]
    if len(figures) < 3:
        return "\n".join(figures)
    label = words["more_quotes"].format(n=len(figures) - 1)
    folded = "\n".join(figures[1:])
    return f"{figures[0]}\n<details><summary>{label}</summary>\n{folded}\n</details>"


def _quote(quote: CitedQuote, places: Mapping[str, str], languages: Mapping[str, str]) -> str:
    title = escape(quote.interview_title)
    place = places.get(quote.interview_id)
    source = f'<a href="#{place}">{title}</a>' if place else title
    speaker = f"{escape(quote.speaker)}, " if quote.speaker else ""
    lang = _lang(languages.get(quote.interview_id))
    return (
        f'<figure><blockquote dir="auto"{lang}>“{escape(quote.text)}”</blockquote>'
        f'<figcaption dir="auto">{speaker}{source}</figcaption></figure>'
    )


def _lang(code: str | None) -> str:
    return f' lang="{escape(code)}"' if code else ""


def _interview(record: InterviewRecord, place: str, notes: Sequence[Note], words: Mapping[str, Any]) -> str:
    interview = record.interview
    facts = [
        words[interview.status] if interview.status != "completed" else "",
        interview.interview_date or "",
        words.get(interview.language or "", interview.language) or "",
        _count(words["people"], interview.participants),
        _count(words["turns"], interview.turns),
        words["quality"].format(score=record.result.quality.score) if record.result and record.result.quality else "",
    ]
    return "\n".join(
        [
            f'<section class="interview" id="{place}">',
            f'<h3 dir="auto">{escape(interview.title)}</h3>',
            f'<p class="about">{escape(" · ".join(fact for fact in facts if fact))}</p>',
            _summary(record, words),
            *(_details(record.result, words) if record.result else []),
            *_notes([note for note in notes if note.interview_id == interview.id], words),
            "</section>",
        ]
    )


def _notes(notes: Sequence[Note], words: Mapping[str, Any]) -> list[str]:
    """Return what people wrote there, replies beneath what they answer; nothing where nobody did."""
    items = []
    for note, depth, _ in threads(notes):
        at = words["turn"].format(n=note.turn) + " · " if note.turn is not None else ""
        by = f"{at}{note.created_by} · {_day(note.created_at)}"
        said = "<br>".join(escape(note.text).splitlines())
        items.append(f'<li dir="auto">{"↳ " * depth}{said} <small>{escape(by)}</small></li>')
    listed = "\n".join(items)
    return [f"<details open><summary>{words['notes']}</summary>\n<ul>\n{listed}\n</ul>\n</details>"] if items else []


def _summary(record: InterviewRecord, words: Mapping[str, Any]) -> str:
    if record.result:
        return f'<p dir="auto"{_lang(record.result.language)}>{escape(record.result.summary)}</p>'
    if record.interview.error:
        return f'<p dir="auto">{escape(record.interview.error.message)}</p>'
    return f"<p>{words['no_summary']}</p>"


def _details(result: Analysis, words: Mapping[str, Any]) -> list[str]:
    """Return what else the analysis says, each part folded away: nothing where it says nothing."""
    sections = [
        (section.name, words["turns_of"].format(first=section.first, last=section.last)) for section in result.sections
    ]
    parts: list[tuple[str, list[tuple[str, str]]]] = [
        (words["profile"], [(trait.value, words["traits"][trait.name]) for trait in result.profile]),
        (words["sections"], sections),
        (words["questions"], [(question.text, "") for question in result.how_might_we]),
        (words["leading"], [(question.quote.text, question.why) for question in result.leading_questions]),
    ]
    reasons = [(reason.text, "") for reason in result.quality.reasons] if result.quality else []
    if result.quality:
        parts.insert(0, (words["quality"].format(score=result.quality.score), reasons))
    return [_folded(title, items, result.language) for title, items in parts if items]


def _folded(title: str, items: Sequence[tuple[str, str]], language: str) -> str:
    listed = "\n".join(
        f'<li dir="auto"{_lang(language)}>{escape(text)}{f" <small>{escape(note)}</small>" if note else ""}</li>'
        for text, note in items
    )
    return f"<details><summary>{title}</summary>\n<ul>\n{listed}\n</ul>\n</details>"


def _methods(
    interviews: Sequence[InterviewRecord],
    insights: Sequence[Insight],
    places: Mapping[str, str],
    words: Mapping[str, Any],
) -> str:
    analysed: list[tuple[InterviewRecord, Analysis]] = [
        (record, record.result) for record in interviews if record.result
    ]
    rejected = sum(result.rejected_quotes for _, result in analysed)
    proposed = sum(result.proposed_quotes for _, result in analysed)
    parts = [f"<h2>{words['methods']}</h2>", f"<p>{words['methods_text']}</p>"]
    if by := next((insight.merge for insight in insights if insight.merge), None):
        parts.append(f"<p>{words['merged'].format(model=escape(by.model), hash=escape(by.rules_hash))}</p>")
    if rejected:
        parts.append(f"<p>{_count(words['rejected'], rejected, proposed=f'{proposed:,}')}</p>")
    if analysed:
        heads = "".join(f"<th>{name}</th>" for name in words["columns"])
        rows = [
            _method_row(record.interview.title, places[record.interview.id], result.provenance)
            for record, result in analysed
        ]
        table = f"<table><thead><tr>{heads}</tr></thead><tbody>\n" + "\n".join(rows) + "\n</tbody></table>"
        parts.append(f'<div class="scroll">{table}</div>')
    return "\n".join(parts)


def _method_row(title: str, place: str, made_by: Provenance) -> str:
    return (
        f'<tr><td dir="auto"><a href="#{place}">{escape(title)}</a></td><td>{escape(made_by.engine)}</td>'
        f"<td>{escape(made_by.model)}</td><td><code>{escape(made_by.prompt_hash[:12])}</code></td>"
        f"<td><code>{escape(made_by.transcript_sha256)}</code></td></tr>"
    )


def _count(forms: tuple[str, str], n: int | None, **others: str) -> str:
    """Return the form for one or for many; nothing for none."""
    return forms[n != 1].format(n=f"{n:,}", **others) if n else ""


def _day(at: datetime) -> str:
    return at.date().isoformat()
