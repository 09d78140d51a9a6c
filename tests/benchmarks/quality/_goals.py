"""The measures that count, each with the figure that simple methods reach, the goal, and the row that tells it."""

from typing import NamedTuple


class Goal(NamedTuple):
    """One line of the table; `row` is how the name of the part's row begins."""

    measure: str
    floor: str
    goal: str
    part: str
    row: str


GOALS = (
    Goal("survey, four kinds: macro-F1", "0.63", "≥ 0.72", "tags", "survey, four kinds"),
    Goal("survey, pain against delight: accuracy", "0.85", "≥ 0.92", "tags", "survey, pain against delight: accuracy"),
    Goal("survey, pain against delight: AUC", "–", "–", "tags", "survey, pain against delight: AUC"),
    Goal("Korean comments, complaint: F1", "0.73", "≥ 0.80", "tags", "comments, complaint: F1"),
    Goal(
        "meetings: answer among the first 1 / 5 / 10",
        "0.31 / 0.67 / 0.78",
        "≥ 0.45 / 0.80 / 0.88",
        "search",
        "answer among the first 1 / 5 / 10, all",
    ),
    Goal("the same, meetings not tuned on", "–", "–", "search", "answer among the first 1 / 5 / 10, other half"),
    Goal("answers' sentences with a citation or a refusal", "–", "100 %", "answers", "sentences with"),
    Goal(
        "first three citations hold a right turn",
        "0.67 (five)",
        "≥ 0.75",
        "answers",
        "first three citations hold a right turn, all",
    ),
    Goal(
        "answerable questions answered, meetings not tuned on",
        "–",
        "≥ 0.90",
        "answers",
        "answerable: answered, other half",
    ),
    Goal(
        "another meeting's questions refused, the same",
        "–",
        "≥ 0.90",
        "answers",
        "meeting of another kind: refused, other half",
    ),
    Goal("coded quotes met: words / quotes / touched", "see part", "clearly ahead", "coded", "mean"),
    Goal("quotes that are the transcript's words", "–", "100 %", "shown", "quotes that are"),
    Goal("same files, other order", "–", "identical", "shown", "the same findings"),
    Goal("three kinds of people: adjusted Rand index", "0.76", "≥ 0.90", "grouping", "adjusted Rand index, mean"),
    Goal("groups found there without being told", "–", "3 ± 1", "grouping", "groups found"),
    Goal("English: MB of transcript per CPU-minute", "–", "≥ 1", "speed", "English: MB"),
    Goal("Korean: MB of transcript per CPU-minute", "–", "≥ 1", "speed", "Korean: MB"),
    Goal("English: seconds for 30 KB, once warm", "–", "≤ 1", "speed", "English: seconds"),
    Goal("Korean: seconds for 30 KB, once warm", "–", "≤ 1", "speed", "Korean: seconds"),
)
