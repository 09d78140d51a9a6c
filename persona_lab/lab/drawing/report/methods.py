"""How what a report tells was made, so that it can be made again; and what to keep in mind."""

from html import escape

from persona_lab.lab.drawing.report.parts import heading
from persona_lab.lab.drawing.report.told import Places, Told
from persona_lab.lab.drawing.report.words import Words, counted
from persona_lab.models import Analysis, InterviewRecord, Provenance


def methods_html(told: Told, places: Places, words: Words) -> str:
    """Return what made each result, how quotes were checked, and the limits of it all."""
    analysed = [(record, record.result) for record in told.interviews if record.result]
    parts = [heading("methods", words), f"<p>{words['methods_text']}</p>"]
    if by := next((insight.merge for insight in told.insights if insight.merge), None):
        parts.append(f"<p>{words['merged'].format(model=escape(by.model), hash=escape(by.rules_hash))}</p>")
    if told.judged:
        parts.append(f"<p>{counted(words['judged'], told.judged)}</p>")
    if analysed:
        parts.append(_table(analysed, places, words))
    parts += [f"<h3>{words['quotes']}</h3>", f"<p>{words['quotes_text']}</p>"]
    if left_out := rejected(told, words):
        parts.append(f"<p>{left_out}</p>")
    if told.participants:
        people = counted(words["people"], told.participants)
        parts += [f"<h3>{words['limits']}</h3>", f"<p>{words['limits_text'].format(people=people)}</p>"]
    return "\n".join(parts)


def rejected(told: Told, words: Words) -> str:
    """Return how many proposed quotes were left out; nothing where none was."""
    results = [record.result for record in told.interviews if record.result]
    proposed = sum(result.proposed_quotes for result in results)
    return counted(words["rejected"], sum(one.rejected_quotes for one in results), proposed=f"{proposed:,}")


def _table(analysed: list[tuple[InterviewRecord, Analysis]], places: Places, words: Words) -> str:
    heads = "".join(f"<th>{name}</th>" for name in words["columns"])
    rows = "\n".join(
        _row(record.interview.title, places.interview(record.interview.id) or "", result.provenance)
        for record, result in analysed
    )
    return f'<div class="scroll made"><table><thead><tr>{heads}</tr></thead><tbody>\n{rows}\n</tbody></table></div>'


def _row(title: str, place: str, made_by: Provenance) -> str:
    return (
        f'<tr><td dir="auto"><a href="#{place}">{escape(title)}</a></td><td>{escape(made_by.engine)}</td>'
        f"<td>{escape(made_by.model)}</td><td><code>{escape(made_by.prompt_hash[:12])}</code></td>"
        f"<td><code>{escape(made_by.transcript_sha256)}</code></td></tr>"
    )
