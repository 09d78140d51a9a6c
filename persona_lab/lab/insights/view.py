"""Which insights a board shows and in what order: what was chosen on its page, and the query that says the same."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from persona_lab.models import KINDS
from persona_lab.widgets.readable import literal

# Pinned ones are first in each; the end is the same in all, so that there is one order and no other.
ORDERS: Final[Mapping[str, str]] = {
    "kind": "list_position(['pain', 'need', 'takeaway'], i.kind), i.support DESC",
    "support": "i.support DESC, list_position(['pain', 'need', 'takeaway'], i.kind)",
    "name": "lower(i.text)",
}
# How a section stands in the key of a topic: all that are called so, or one alone.
BY_NAME: Final = "name:"
BY_PLACE: Final = "place:"


class View(NamedTuple):
    """What is chosen of all insights.

    Attributes:
        kinds: of these kinds alone; none is all.
        persona: the id of a persona, one of whose participants stands behind it.
        text: what its name or its keywords contain, in whatever case.
        alone: only what rests on one participant.
        rejected: only what was rejected, instead of what was not.
        section: the key of a topic, at which somebody said it; see `topics`.
        sort: "kind", "support" or "name".
    """

    kinds: tuple[str, ...] = ()
    persona: str = ""
    text: str = ""
    alone: bool = False
    rejected: bool = False
    section: str = ""
    sort: str = "kind"

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "View":
        """Return what a page says it has chosen; what makes no sense is as if nothing was said of it."""
        kinds = told.get("kinds")
        texts = {
            name: value for name in ("persona", "text", "section", "sort") if isinstance(value := told.get(name), str)
        }
        view = cls(
            kinds=tuple(kind for kind in KINDS if kind in kinds) if isinstance(kinds, list | tuple) else (),
            alone=told.get("alone") is True,
            rejected=told.get("rejected") is True,
            **texts,
        )
        return view if view.sort in ORDERS else view._replace(sort="kind")

    @property
    def sql(self) -> str:
        """The query of the insights, in their order, with the columns of `all_insights`."""
        return "\n".join(
            [
                "SELECT i.*",
                "FROM all_insights i JOIN merged_insights m ON m.id = i.id",
                f"WHERE {' AND '.join(self._conditions())}",
                f"ORDER BY i.is_pinned DESC, {ORDERS[self.sort]}, m.score DESC, i.text, i.id",
            ]
        )

    def _conditions(self) -> Iterator[str]:
        yield "i.is_rejected" if self.rejected else "NOT i.is_rejected"
        if self.kinds:
            yield f"i.kind IN ({', '.join(map(literal, self.kinds))})"
        if self.alone:
            yield "i.support = 1"
        if self.text.strip():
            words = "lower(concat_ws(' ', i.text, array_to_string(i.keywords, ' ')))"
            yield f"contains({words}, lower({literal(self.text.strip())}))"
        if self.persona:
            yield (
                "i.id IN (SELECT w.insight_id FROM insight_words w JOIN interviews_by_persona b USING (interview_id)"  # noqa: S608 - literals are quoted
                f" WHERE b.persona_id = {literal(self.persona)})"
            )
        if self.section:
            yield (
                "i.id IN (SELECT w.insight_id FROM insight_words w JOIN sections s ON s.interview_id = w.interview_id"  # noqa: S608 - literals are quoted
                f" AND w.turn BETWEEN s.first AND s.last WHERE {_is_at(self.section)})"
            )


def _is_at(key: str) -> str:
    """Return the condition that a section belongs to a topic."""
    if key.startswith(BY_PLACE):
        interview_id, _, number = key.removeprefix(BY_PLACE).rpartition(":")
        return f"s.interview_id = {literal(interview_id)} AND s.section = {int(number) if number.isdecimal() else -1}"
    name = literal(key.removeprefix(BY_NAME))
    return f"(lower(s.name) = {name} OR list_contains(string_split(lower(s.name), ', '), {name}))"
