"""`persona_lab.tour()`: what an analyst does, from the first cell to the report, with the line for each step."""

from html import escape
from typing import Final, NamedTuple


class Step(NamedTuple):
    """One thing to do: the line to run, and what comes of it."""

    line: str
    does: str


STEPS: Final = {
    "Begin": (
        Step(
            "lab = persona_lab.connect()", "finds this folder's server, or starts it; an address and a token for a team"
        ),
        Step(
            'project = lab.project("Checkout study", purpose="Why do people leave at payment?")',
            "a study: yours, or one there is",
        ),
        Step("project.workbench()", "everything below in one place, live"),
    ),
    "Bring interviews in": (
        Step('project.upload("interviews/*")', "files, folders and zips; or drop them on the board"),
        Step("project.wait()", "until everything is analysed; what failed is listed with what to do"),
    ),
    "Look": (
        Step("project.board()", "each interview and its state, live"),
        Step(
            'project.interview("Title").reader()',
            "one interview with its findings beside the turns; code and note there",
        ),
        Step("project.insight_board()", "pains, needs and takeaways by support; merge, rename, pin, reject"),
        Step('project.sql("SELECT * FROM insights")', "the same as tables, in DuckDB; `project.tables` lists them"),
    ),
    "Ask": (
        Step(
            'project.ask("What stops people at payment?")',
            "an answer made of quotes, or that the interviews don't tell",
        ),
        Step("project.chat()", "a conversation to type in; it is the whole team's"),
        Step("%%ask", "the same without quotation marks, after %load_ext persona_lab"),
    ),
    "Who they are": (
        Step("project.personas()", "proposed from what participants say; you accept or override"),
        Step('project.personas()["P1"].ask("Would you pay for it?")', "asks the interviews behind one"),
    ),
    "How far to trust it": (
        Step("project.saturation()", "whether more interviews would bring something new"),
        Step("project.coverage()", "what was said and used by no finding"),
        Step("project.agreement()", "whether people and engine code alike"),
    ),
    "Take it along": (
        Step('project.report("report.html")', "one page with quotes and methods; .md too"),
        Step(
            'project.save("study.xlsx")',
            "tables; also .csv, .parquet, .duckdb, and .qdpx for NVivo, MAXQDA and ATLAS.ti",
        ),
    ),
}
AFTER: Final = "`project?` lists everything a project can do, `project.ask?` says how one thing is called."


class Tour:
    """The steps, as a table in a notebook and as lines in a terminal."""

    def __repr__(self) -> str:
        lines = []
        for head, steps in STEPS.items():
            lines += ["", head]
            for step in steps:
                lines += [f"  {step.line}", f"      {step.does}"]
        return "\n".join([*lines[1:], "", AFTER])

    def _repr_html_(self) -> str:
        rows = []
        for head, steps in STEPS.items():
            rows.append(f'<tr><th colspan="2" scope="rowgroup" style="text-align:left">{escape(head)}</th></tr>')
            rows += [
                f'<tr><td style="text-align:left;vertical-align:top"><code>{escape(step.line)}</code></td>'
                f'<td style="text-align:left">{escape(step.does)}</td></tr>'
                for step in steps
            ]
        return f"<table>{''.join(rows)}</table><p>{escape(AFTER.replace('`', ''))}</p>"


def tour() -> Tour:
    """Return what an analyst does with persona_lab, step by step, with the line for each."""
    return Tour()
