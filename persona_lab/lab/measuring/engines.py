"""Several engines' analyses of the same interviews, side by side."""

import json
from collections.abc import Iterable, Sequence
from html import escape
from itertools import combinations
from typing import NamedTuple

from persona_lab.errors import InvalidRequest
from persona_lab.lab.interviews.runs import matched
from persona_lab.lab.measuring import reliability
from persona_lab.models import KINDS, Analysis, Finding
from persona_lab.replica import Replica

# The newest run of each engine counts, of interviews that at least two have analysed.
NEWEST = """
SELECT r.interview_id, i.title, r.engine, arg_max(e.data->'$.result', r.seq)
FROM run_log r JOIN interviews i ON i.id = r.interview_id JOIN events e ON e.seq = r.seq
GROUP BY r.interview_id, i.title, i.number, r.engine
QUALIFY count(*) OVER (PARTITION BY r.interview_id) > 1
ORDER BY i.number, r.engine
"""
GRID = """SELECT "index" FROM turns WHERE interview_id = ? AND role = 'participant' ORDER BY "index" """
# A picture is stored in the notebook file; `findings` has them all.
ROWS_SHOWN = 30
LEFT = 'style="text-align:left;vertical-align:top"'


class Analysed(NamedTuple):
    """One interview, as each engine sees it."""

    interview_id: str
    title: str
    by: dict[str, Analysis]


class Comparison:
    """What engines made of the same interviews.

    Attributes:
        engines: a row for each engine: interviews, findings of each kind, quotes, what share of its quotes was not
            said, tokens.
        agreement: a row for each two engines and kind of finding: the participants' turns that both, or one, quote for
            it; raw agreement, from 0 to 1, and Cohen's κ over all participants' turns (1 is perfect, 0 is chance).
        findings: a row for each finding: interview, kind, by which engines, its words in each.
    """

    def __init__(self, analysed: Sequence[Analysed], grids: dict[str, list[int]]) -> None:
        import pandas as pd

        names = sorted({name for one in analysed for name in one.by})
        self.engines = pd.DataFrame([_engine(name, analysed) for name in names])
        self.agreement = pd.DataFrame(
            [_agreement(one, other, kind, analysed, grids) for one, other in combinations(names, 2) for kind in KINDS]
        )
        self.findings = pd.DataFrame(
            [row for one in analysed for row in _findings(one, names)],
            columns=["interview", "kind", "found_by", *names],
        )
        self._names = names
        several = sum(" " in found for found in self.findings["found_by"])
        self.reading = (
            f"{len(analysed)} interview{'' if len(analysed) == 1 else 's'} by {', '.join(names)}: "
            f"{len(self.findings)} findings, {several} of them by more than one engine."
        )

    def __repr__(self) -> str:
        tables = (self.engines.to_string(index=False), self.agreement.to_string(index=False))
        return "\n\n".join([self.reading, *tables])

    def _repr_html_(self) -> str:
        heads = "".join(f"<th {LEFT}>{escape(name)}</th>" for name in ("Interview", "Kind", *self._names))
        shown = self.findings.drop(columns="found_by").head(ROWS_SHOWN)
        body = "\n".join(_row_html(row) for row in shown.itertuples(index=False))
        more = len(self.findings) - ROWS_SHOWN
        return "\n".join(
            [
                f"<p>{escape(self.reading)}</p>",
                self.engines.to_html(index=False, border=0, float_format="{:.2f}".format),
                self.agreement.to_html(index=False, border=0, float_format="{:.2f}".format),
                f"<table><thead><tr>{heads}</tr></thead><tbody>\n{body}\n</tbody></table>",
                f"<p>and {more:,} more in .findings</p>" if more > 0 else "",
            ]
        )


def _row_html(cells: Iterable[str]) -> str:
    shown = "".join(f'<td dir="auto" {LEFT}>{escape(text)}</td>' for text in cells)
    return f"<tr>{shown}</tr>"


def compare(replica: Replica) -> Comparison:
    """Compare the newest run of each engine, of all interviews that several engines have analysed.

    Raises:
        InvalidRequest: there is no such interview.
    """
    analysed: dict[str, Analysed] = {}
    for interview_id, title, engine, result in replica.rows(NEWEST):
        one = analysed.setdefault(interview_id, Analysed(interview_id, title, {}))
        one.by[engine] = Analysis.model_validate(json.loads(result))
    if not analysed:
        raise InvalidRequest(
            "No interview has been analysed by two engines. Have another one analyse some of them: "
            'project.interview("…").analyse(engine="llm"), then project.wait().'
        )
    grids = {key: [row[0] for row in replica.rows(GRID, [key])] for key in analysed}
    return Comparison(list(analysed.values()), grids)


def _engine(name: str, analysed: Sequence[Analysed]) -> dict[str, object]:
    its = [one.by[name] for one in analysed if name in one.by]
    proposed, rejected = sum(one.proposed_quotes for one in its), sum(one.rejected_quotes for one in its)
    kinds = {f"{kind}s": sum(finding.kind == kind for one in its for finding in one.insights) for kind in KINDS}
    return {
        "engine": name,
        "model": ", ".join(sorted({one.provenance.model for one in its})),
        "interviews": len(its),
        **kinds,
        "quotes": sum(len(finding.quotes) for one in its for finding in one.insights),
        "rejected_share": rejected / proposed if proposed else None,
        "tokens": sum(one.usage.input_tokens + one.usage.output_tokens for one in its),
    }


def _agreement(
    one: str, other: str, kind: str, analysed: Sequence[Analysed], grids: dict[str, list[int]]
) -> dict[str, object]:
    here: list[bool] = []
    there: list[bool] = []
    for interview in analysed:
        if one in interview.by and other in interview.by:
            for values, name in ((here, one), (there, other)):
                quoted = {
                    quote.turn
                    for finding in interview.by[name].insights
                    if finding.kind == kind
                    for quote in finding.quotes
                }
                values += [turn in quoted for turn in grids[interview.interview_id]]
    both = sum(a and b for a, b in zip(here, there, strict=True))
    return {
        "engines": f"{one}, {other}",
        "kind": kind,
        "turns": len(here),
        "both": both,
        "only_first": sum(here) - both,
        "only_second": sum(there) - both,
        "raw": reliability.raw_agreement([here, there]) if here else None,
        "kappa": reliability.cohens_kappa(here, there) if here else None,
    }


def _findings(interview: Analysed, names: Sequence[str]) -> list[tuple[str, ...]]:
    """Return a row for each finding, with the words in which each engine put it."""
    there = [name for name in names if name in interview.by]
    groups: list[dict[str, Finding]] = []
    of: dict[tuple[str, int], dict[str, Finding]] = {}
    for place, name in enumerate(there):
        insights = interview.by[name].insights
        for earlier in there[:place]:
            for pair in matched(interview.by[earlier].insights, insights):
                group = of[earlier, pair.before]
                if (name, pair.after) not in of and name not in group:
                    group[name] = insights[pair.after]
                    of[name, pair.after] = group
        for n, finding in enumerate(insights):
            if (name, n) not in of:
                of[name, n] = {name: finding}
                groups.append(of[name, n])
    ordered = sorted(groups, key=lambda group: (-len(group), KINDS.index(next(iter(group.values())).kind)))
    return [
        (
            interview.title,
            next(iter(group.values())).kind,
            " ".join(group),
            *(group[name].text if name in group else "" for name in names),
        )
        for group in ordered
    ]
