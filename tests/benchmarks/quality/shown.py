"""What is shown: every quote the transcript's own words, and the same findings in whatever order files come.

Interviews that Anthropic published, each layout of `tests.support.layouts` in turn, and the other sets' files as
their publishers keep them. A quote counts where it is a slice of the transcript's text within its turn and no
interviewer said it. The baseline is the findings' wording, which leaves out fillers and cuts what is long.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from persona_lab.engines.analysing.analysis import analyse
from persona_lab.engines.base import Context
from persona_lab.engines.meaning import vectors
from persona_lab.engines.merging import merge
from persona_lab.errors import TranscriptError
from persona_lab.models import Analysis, InsightMember, Quote, Transcript
from persona_lab.transcripts import read_transcript
from tests.benchmarks.bench_formats import interview
from tests.support.layouts import LAYOUTS, Said

INTERVIEWS = 108
ORDERED = 40
LONGEST = 200_000
OTHERS = ("pdpilot-interviews", "metamuse-rev", "ladybug-otter", "bitcoin-interviews", "otel-end-user")
KOREAN = "ko-assembly-minutes"
CONTEXT = Context(purpose="What helps and hinders people in their work?")

Row = tuple[str, str, str]


def rows(folder: Path) -> Iterator[Row]:
    transcripts = [*written_out(folder), *as_published(folder)]
    analyses = [analyse(transcript, CONTEXT, run_id="benchmark") for transcript in transcripts]
    formats = sorted({transcript.format for transcript in transcripts})
    shown = [
        (transcript, quote) for pair in zip(transcripts, analyses, strict=True) for transcript, quote in quotes(*pair)
    ]
    share = sum(is_own_words(*one) for one in shown) / len(shown)
    texts = [
        finding.text in transcript.text
        for transcript, analysis in zip(transcripts, analyses, strict=True)
        for finding in analysis.insights
    ]
    extent = f"n={len(shown):,}, {len(transcripts)} interviews, {len(formats)} formats"
    yield (
        f"quotes that are the transcript's words ({extent})",
        f"{sum(texts) / len(texts):.2%}",
        f"{share:.2%}",
    )
    some = transcripts[:ORDERED]
    there, back = study(some), study(some[::-1])
    name = f"the same findings and insights in the other order ({ORDERED} interviews)"
    yield name, "", "identical" if there == back else "different"


def written_out(folder: Path) -> Iterator[Transcript]:
    """Yield interviews, each in another layout than the one before."""
    layouts = list(LAYOUTS.values())
    paths = sorted((folder / "anthropic-interviewer").glob("*_*.txt"))
    for number, path in enumerate(paths[:: max(1, len(paths) // INTERVIEWS)][:INTERVIEWS]):
        layout = layouts[number % len(layouts)]
        names = {"interviewer": "Anna", "participant": "Ben"}
        turns = [Said(names[turn.role], turn.words) for turn in interview(path.read_text(encoding="utf-8"))]
        yield read_transcript(layout.write(turns), f"{path.stem}{layout.ending}")


def as_published(folder: Path) -> Iterator[Transcript]:
    for name in (*OTHERS, KOREAN):
        for path in sorted((folder / name).iterdir()):
            if path.suffix in (".csv", "") or path.stem in ("README", "NOTICE", "LICENSE"):
                continue
            try:
                transcript = read_transcript(path.read_bytes(), path.name)
            except TranscriptError:
                continue
            if len(transcript.text) <= LONGEST:
                yield transcript


def quotes(transcript: Transcript, analysis: Analysis) -> Iterator[tuple[Transcript, Quote]]:
    for finding in analysis.insights:
        yield from ((transcript, quote) for quote in finding.quotes)
    yield from ((transcript, quote) for quote in analysis.summary_quotes)


def is_own_words(transcript: Transcript, quote: Quote) -> bool:
    turn = transcript.turns[quote.turn]
    inside = turn.start <= quote.start < quote.end <= turn.end
    return inside and turn.role != "interviewer" and transcript.text[quote.start : quote.end] == quote.text


def study(transcripts: Sequence[Transcript]) -> tuple[dict[str, str], list[str]]:
    """Return the analyses, by transcript, and the insights merged from them."""
    analyses = {one.sha256: analyse(one, CONTEXT, run_id="benchmark") for one in transcripts}
    findings = [
        (InsightMember(interview_id=sha256, finding=number), finding)
        for sha256, analysis in analyses.items()
        for number, finding in enumerate(analysis.insights)
    ]
    meanings = [vectors.packed(row) for row in vectors.of_texts([finding.text for _, finding in findings])]
    merged = [insight.model_dump_json() for insight in merge.merge(findings, meanings)]
    return {sha256: json.dumps(one.model_dump(mode="json")) for sha256, one in analyses.items()}, merged
