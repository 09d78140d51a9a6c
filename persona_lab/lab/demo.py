"""`persona-lab demo`: the sample interviews from upload to answer, shown in the terminal as it happens."""

import time
from itertools import count
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from persona_lab import samples
from persona_lab.lab import session
from persona_lab.lab.incoming.uploading import Ended
from persona_lab.lab.project import Project
from persona_lab.models import AnswerPart, Insight

LIMIT_SECONDS = 300.0
SHOWN_PER_KIND = 3
QUESTION = "What worries people about relying on AI?"
KINDS = {"pain": "Pains", "need": "Needs", "takeaway": "Takeaways"}
STATES = {
    "processing": "[dim]◌ processing[/]",
    "analyzing": "[yellow]◐ analyzing[/]",
    "completed": "[green]● completed[/]",
    "failed": "[red]▲ failed[/]",
}


def demo(workspace: Path) -> int:
    """Run the demo in a workspace folder; return 0 when every interview was analysed."""
    console = Console(highlight=False)
    console.print(Rule("[bold]persona_lab[/]", align="left"))
    lab = session.connect_to_workspace(workspace)
    console.print(f"The workspace's own server is up: {lab}")
    try:
        project = lab.project(**{**samples.STUDY, "name": _name(lab)})
        began = time.monotonic()
        uploads = project.upload(samples.paths())
        console.print(f"{uploads} ({time.monotonic() - began:.1f} s; their analysis goes on in the background)\n")
        ended = _watch(console, project)
        console.print(f"\n{ended} ({time.monotonic() - began:.1f} s)\n")
        _show_insights(console, project)
        _show_answer(console, project)
        report = project.report(workspace / "report.html")
        console.print(Rule("[bold]Kept for you[/]", align="left"))
        for what, path in {"DuckDB file": project.replica_path, "HTML report": report}.items():
            console.print(f"{what}: {path}", soft_wrap=True)
        return 1 if ended.failed else 0
    finally:
        lab.stop()


def _name(lab: session.Lab) -> str:
    """Return a name that no project has yet, so that each run of the demo has something to show."""
    taken = set(lab.projects["name"])
    name = samples.STUDY["name"]
    return next(free for n in count(1) if (free := name if n == 1 else f"{name} {n}") not in taken)


def _watch(console: Console, project: Project) -> Ended:
    """Show the board as the events come in, until nothing is in flight."""
    with Live(_table(project), console=console, refresh_per_second=12) as shown:
        return project.wait(LIMIT_SECONDS, on_change=lambda: shown.update(_table(project)))


def _table(project: Project) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("Interview", "State", "Language"):
        table.add_column(column)
    for column in ("Turns", "Pains", "Needs", "Takeaways"):
        table.add_column(column, justify="right")
    for row in project.rows:
        amounts = (row["turns"], row["pains"], row["needs"], row["takeaways"])
        cells = ("" if amount is None else str(amount) for amount in amounts)
        table.add_row(Text(row["title"]), STATES[row["status"]], row["language"] or "", *cells)
    return table


def _show_insights(console: Console, project: Project) -> None:
    found = project.run(project.api.insights(project.id))
    for kind, title in KINDS.items():
        console.print(Rule(f"[bold]{title}[/]", align="left"))
        for insight in [insight for insight in found if insight.kind == kind][:SHOWN_PER_KIND]:
            console.print(_insight(insight))
    console.print()


def _insight(insight: Insight) -> Group:
    head = Text.assemble((f"{insight.support} of {insight.participants}  ", "cyan"), (insight.text, "bold"))
    quotes = [Text.assemble(f"“{quote.text}” ", (f"— {quote.interview_title}", "dim")) for quote in insight.quotes[:3]]
    return Group(head, *(Padding(quote, (0, 0, 0, 4)) for quote in quotes))


def _show_answer(console: Console, project: Project) -> None:
    console.print(Rule("[bold]A question[/]", align="left"))
    console.print(Text(QUESTION, "bold"))

    def show(part: AnswerPart) -> None:
        if part.type == "delta":
            console.print(Text(part.text), end="")

    answer = project.ask(QUESTION, on_part=show)
    console.print("\n")
    for citation in answer.citations:
        quote = citation.quote
        console.print(Text(f"[{citation.n}] {quote.interview_title}, turn {quote.turn}: “{quote.text}”", "dim"))
    console.print()
