"""The runs of an interview's analysis, and what one found otherwise than another."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from persona_lab.errors import InvalidRequest
from persona_lab.lab.insights.difference import Difference, Row
from persona_lab.models import Analysis, Finding, Merge, Quote, SpeakerCorrection
from persona_lab.replica import Replica

RUNS = """
SELECT title AS interview, run_id, completed_at, is_current, engine, model, prompt_hash, purpose, audience, method,
       redaction, speakers, findings, quotes, proposed_quotes, rejected_quotes, began_at, transcript_sha256,
       context_hash, began_seq, seq, interview_id
FROM runs WHERE CAST(? AS VARCHAR) IS NULL OR interview_id = ? ORDER BY seq
"""
RUN = """
SELECT r.run_id, r.interview_id, r.title, r.purpose, r.audience, r.method, e.data->'$.result'
FROM runs r JOIN events e ON e.seq = r.seq WHERE r.run_id = ?
"""
CURRENT = "SELECT run_id FROM analyses WHERE interview_id = (SELECT interview_id FROM run_log WHERE run_id = ?)"

# Findings are the same when so much of the shorter one's quotes is in both, or so many of all their terms.
SAME_WORDS = 0.5
SAME_TERMS = 0.5
# A purpose may be pages long.
SHOWN = 80


class Run(NamedTuple):
    """One analysis of an interview, with what the project said of itself to it (None where that isn't known)."""

    run_id: str
    interview_id: str
    title: str | None
    told: dict[str, str | None]
    result: Analysis


class Pair(NamedTuple):
    """Two findings that are the same one; which of them, by place."""

    before: int
    after: int


def since_merged(replica: Replica) -> tuple[str, ...]:
    """Say in sentences how the interviews have changed since the insights were merged."""
    merge, runs = _merged(replica)
    return merge.since(runs) if merge else ()


def changed_since_merged(replica: Replica) -> dict[str, int]:
    """Count how many have changed in which way; see `Merge.changed`."""
    merge, runs = _merged(replica)
    return merge.changed(runs) if merge else {}


def _merged(replica: Replica) -> tuple[Merge | None, dict[str, str]]:
    """Return the newest merge, None where it was not kept yet from what, and the runs that count now."""
    newest = replica.rows("SELECT model, rules_hash FROM merges ORDER BY seq DESC LIMIT 1")
    now = dict(replica.rows("SELECT interview_id, run_id FROM analyses"))
    if newest and newest[0][0] is None:
        return None, now
    model, rules_hash = newest[0] if newest else ("", "")
    merged = dict(replica.rows("SELECT interview_id, run_id FROM merged_runs"))
    return Merge(model=model, rules_hash=rules_hash, runs=merged), now


def is_run(replica: Replica, run_id: str) -> bool:
    """Say whether there was ever a run of that id."""
    return bool(replica.rows("SELECT 1 FROM run_log WHERE run_id = ?", [run_id]))


def compare(replica: Replica, before: object, after: object) -> Difference:
    """Return what the run `after` found otherwise than the run `before`; None is the run that counts now.

    Raises:
        InvalidRequest: there is no such run, or they are of different interviews.
    """
    one = _run(replica, before)
    if after is None:
        current = replica.rows(CURRENT, [one.run_id])
        if not current:
            raise InvalidRequest(f"{_called(one)} was deleted, so no run of it counts now. Give the other run as well.")
        after = current[0][0]
    other = _run(replica, after)
    if one.interview_id != other.interview_id:
        raise InvalidRequest(
            f"These are runs of different interviews, {_called(one)} and {_called(other)}. "
            "`interview.runs` lists those of one."
        )
    return Difference(
        f"{_called(one)}: {one.run_id} → {other.run_id}",
        "Findings",
        _reasons(one, other),
        _rows(one.result, other.result),
    )


def _run(replica: Replica, run_id: object) -> Run:
    found = replica.rows(RUN, [run_id]) if isinstance(run_id, str) else []
    if not found:
        raise InvalidRequest(f"“{run_id}” is no run. `project.runs` lists those there were, with their `run_id`.")
    key, interview_id, title, purpose, audience, method, result = found[0]
    told = {"purpose": purpose, "audience": audience, "method": method}
    return Run(key, interview_id, title, told, Analysis.model_validate(json.loads(result)))


def _called(run: Run) -> str:
    return f"“{run.title}”" if run.title else f"interview {run.interview_id}"


# What the runs were made by and from


def _reasons(one: Run, other: Run) -> list[str]:
    a, b = one.result.provenance, other.result.provenance
    reasons = [
        f"The {name} was {before} and is {after}."
        for name, before, after in (
            ("engine", a.engine, b.engine),
            ("model", a.model, b.model),
            ("hash of rules, word lists and prompts", a.prompt_hash, b.prompt_hash),
        )
        if before != after
    ]
    told = [
        f"The project's {name} was {quoted(before)} and is {quoted(other.told[name])}."
        for name, before in one.told.items()
        if before is not None and other.told[name] is not None and before != other.told[name]
    ]
    reasons += told
    if a.context_hash != b.context_hash and not told:
        reasons.append(f"What the project said of itself differs ({a.context_hash} → {b.context_hash}).")
    if a.redaction != b.redaction:
        reasons.append(f"Redaction was {quoted(a.redaction)} and is {quoted(b.redaction)}.")
    reasons += _of_speakers(a.speakers, b.speakers)
    if a.transcript_sha256 != b.transcript_sha256:
        reasons.append("The transcripts differ.")
    same = "The summary is the same." if one.result.summary == other.result.summary else "The summary changed."
    return [*(reasons or ["Both were made by the same engine from the same."]), same]


def quoted(words: str | None) -> str:
    """Return the words as one line in quotation marks, cut where they are many."""
    if words is None:
        return "unknown"
    line = " ".join(words.split())
    return f"“{line if len(line) <= SHOWN else line[: SHOWN - 1].rstrip() + '…'}”" if line else "empty"


def _of_speakers(
    before: Sequence[SpeakerCorrection] | None, after: Sequence[SpeakerCorrection] | None
) -> Iterable[str]:
    """Yield in sentences what people had corrected for one run and not, or otherwise, for the other."""
    if before is None or after is None:
        return
    then, now = ({one.speaker: one for one in known} for known in (before, after))
    for label in dict.fromkeys([*then, *now]):
        if then.get(label) != now.get(label):
            who = f"“{label}”" if label else "Who has no name in the file"
            yield f"{who} was {_as(then.get(label))} and is {_as(now.get(label))}."


def _as(one: SpeakerCorrection | None) -> str:
    given = [f"“{one.name}”" if one.name else "", f"role {one.role}" if one.role else ""] if one else []
    return ", ".join(part for part in given if part) or "as the file has it"


# What they found


def _rows(before: Analysis, after: Analysis) -> list[Row]:
    pairs = matched(before.insights, after.insights)
    came = [finding for n, finding in enumerate(after.insights) if n not in {pair.after for pair in pairs}]
    went = [finding for n, finding in enumerate(before.insights) if n not in {pair.before for pair in pairs}]
    return [
        *(Row("came", finding.kind, None, finding.text) for finding in came),
        *(Row("went", finding.kind, finding.text, None) for finding in went),
        *(_changed(before.insights[pair.before], after.insights[pair.after]) for pair in pairs),
    ]


def _changed(one: Finding, other: Finding) -> Row:
    notes = [f"{one.kind} → {other.kind}"] if one.kind != other.kind else []
    notes += ["other quotes"] if _places(one.quotes) != _places(other.quotes) else []
    is_kept = one.text == other.text and not notes
    return Row("kept" if is_kept else "changed", other.kind, one.text, other.text, ", ".join(notes))


def matched(before: Sequence[Finding], after: Sequence[Finding]) -> list[Pair]:
    """Return which findings of two runs over the same transcript are the same, in the order of the later run.

    Those are the same that rest on the same words; of what is left, those that say the same. The best
    matches are made first, and none twice.
    """
    pairs: list[Pair] = []
    for likeness, enough in ((_shared_words, SAME_WORDS), (_shared_terms, SAME_TERMS)):
        left = [n for n in range(len(before)) if n not in {pair.before for pair in pairs}]
        right = [n for n in range(len(after)) if n not in {pair.after for pair in pairs}]
        likely = [(_rank(likeness, before[n], after[m]), n, m) for n in left for m in right]
        for (share, *_), n, m in sorted(likely, key=lambda one: ([-part for part in one[0]], one[1:])):
            if share >= enough and not any(n == pair.before or m == pair.after for pair in pairs):
                pairs.append(Pair(n, m))
    return sorted(pairs, key=lambda pair: pair.after)


def _rank(likeness: Any, one: Finding, other: Finding) -> tuple[float, ...]:
    """Return how alike they are; where that ties, the same text and the same kind count."""
    return likeness(one, other), float(one.text == other.text), float(one.kind == other.kind)


def _places(quotes: Sequence[Quote]) -> set[tuple[int, int]]:
    return {(quote.start, quote.end) for quote in quotes}


def _shared_words(one: Finding, other: Finding) -> float:
    """Return the share of the shorter one's quoted characters that the other quotes as well."""
    here, there = ({at for quote in finding.quotes for at in range(quote.start, quote.end)} for finding in (one, other))
    return len(here & there) / max(1, min(len(here), len(there)))


def _shared_terms(one: Finding, other: Finding) -> float:
    """Return the share of all their terms that both have; 1 where their text is the same."""
    if one.text.casefold() == other.text.casefold():
        return 1.0
    here, there = set(one.terms), set(other.terms)
    return len(here & there) / max(1, len(here | there))
