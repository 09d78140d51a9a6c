"""One insight, as a cell holds it: what it rests on, what may speak against it, and what a person says of it.

What is said here is kept with the evidence, so it holds when everything is analysed
again, and everybody who follows the project sees it.
"""

from collections.abc import Hashable, Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any, SupportsIndex

from persona_lab import models
from persona_lab.errors import InsightNotFound, InvalidRequest
from persona_lab.lab.drawing.amounts import percent
from persona_lab.lab.drawing.pictures import quote_html, support
from persona_lab.lab.insights import notes
from persona_lab.lab.insights.notes import Note
from persona_lab.lab.interviews.interview import Interview
from persona_lab.models import CitedQuote, Judgement

if TYPE_CHECKING:
    import pandas as pd

    from persona_lab.lab.judging import Judging

JUDGEMENTS = """
SELECT kind, text, created_by AS by, created_at AS at, insight_id, id FROM judgements
WHERE CAST(? AS VARCHAR[]) IS NULL OR list_contains(CAST(? AS VARCHAR[]), id) ORDER BY number
"""
QUOTE_COLUMNS = ["text", "speaker", "interview", "turn", "start", "end", "status", "interview_id"]


class Insight:
    """A handle on one insight; it shows what was true when it was last asked or judged.

    Attributes:
        id: its id; one that it had before leads to it, too.
    """

    def __init__(self, project: "Judging", insight: models.Insight) -> None:
        self._project = project
        self._take(insight)

    def _take(self, insight: models.Insight) -> None:
        self._insight = insight
        self.id = insight.id

    # What it says

    @property
    def text(self) -> str:
        return self._insight.text

    @property
    def kind(self) -> models.Kind:
        """`pain`, `need` or `takeaway`."""
        return self._insight.kind

    @property
    def support(self) -> int:
        """How many participants' words it rests on."""
        return self._insight.support

    @property
    def survival(self) -> float:
        """The share of its interviews of which any one could be left out; 0 where it rests on one or two."""
        return self._insight.survival

    @property
    def keywords(self) -> tuple[str, ...]:
        return self._insight.keywords

    @property
    def is_pinned(self) -> bool:
        return self._insight.is_pinned

    @property
    def is_rejected(self) -> bool:
        return self._insight.is_rejected

    @property
    def is_found(self) -> bool:
        """Whether the engine still finds it; if not, a pin keeps it."""
        return self._insight.is_found

    @property
    def quotes(self) -> "pd.DataFrame":
        """A row for each quote it rests on."""
        return _frame(self._insight.quotes)

    @property
    def contradictions(self) -> "pd.DataFrame":
        """A row for each quote that may speak against it: candidates for you to judge, the nearest first."""
        found = _frame(self._insight.contradictions)
        return found.assign(likeness=[one.likeness for one in self._insight.contradictions])

    @property
    def spread(self) -> "pd.DataFrame":
        """How many of the participants of each language and interview stand behind it."""
        import pandas as pd

        columns = ["by", "value", "support", "participants"]
        return pd.DataFrame([share.model_dump() for share in self._insight.spread], columns=columns)

    @property
    def related(self) -> "pd.DataFrame":
        """A row for each insight that is near and was not merged: `insight.merge(id)` puts it here."""
        import pandas as pd

        columns = ["text", "likeness", "id"]
        return pd.DataFrame([one.model_dump() for one in self._insight.related], columns=columns)

    @property
    def judgements(self) -> "pd.DataFrame":
        """A row for each thing that people said of it and that holds, the oldest first."""
        return self._project.judgements_of(self._insight.judgements)

    # What a person says of it

    def rename(self, text: str) -> "Insight":
        """Call it `text`, whatever its findings say."""
        if not isinstance(text, str) or not text.strip():
            raise InvalidRequest('Say what to call it, e.g. insight.rename("Addresses are typed again and again").')
        return self._judge({"kind": "rename", "text": text})

    def pin(self) -> "Insight":
        """Keep it in sight, even when it is found no more."""
        return self._judge({"kind": "pin"})

    def unpin(self) -> "Insight":
        """Take back the pins on it."""
        return self._undo_all("pin")

    def reject(self) -> "Insight":
        """Take it out of `project.insights`; `restore` brings it back."""
        return self._judge({"kind": "reject"})

    def restore(self) -> "Insight":
        """Take back that it was rejected."""
        return self._undo_all("reject")

    def merge(self, *others: "Insight | str") -> "Insight":
        """Put others into this one, which keeps its name: handles, ids or texts.

        Raises:
            InvalidRequest: none is given, or it is one already.
            InsightNotFound: there is no such insight.
        """
        if not others:
            raise InvalidRequest("Name what to merge with it: insight.merge(other). `insight.related` has candidates.")
        named = [one if isinstance(one, Insight) else self._project.insight(one) for one in others]
        return self._judge({"kind": "merge", "others": [one.id for one in named]})

    def split(
        self,
        quotes: "pd.DataFrame | None" = None,
        *,
        interviews: "Interview | str | Iterable[Interview | str]" = (),
        text: str = "",
    ) -> "Insight":
        """Make some of it an insight of its own, and return that.

        Args:
            quotes: rows of `insight.quotes`; the findings that they belong to go.
            interviews: all that was found in these goes, too; handles, titles or ids.
            text: what to call the new one.

        Raises:
            InvalidRequest: nothing is named that it rests on, or all of it.
        """
        ids = [one.id for one in self._project.chosen(interviews)]
        if quotes is not None and not hasattr(quotes, "to_dict"):
            raise InvalidRequest("Give rows of insight.quotes, e.g. insight.split(insight.quotes.head(2)).")
        places = [] if quotes is None else [_place(row) for row in quotes.to_dict("records")]
        if not ids and not places:
            raise InvalidRequest('Say what goes: insight.split(insight.quotes.head(2)) or split(interviews="kim").')
        made = self._said({"kind": "split", "interviews": ids, "quotes": places, "text": text})
        self._refresh()
        return self._project.insight_of(made)

    def note(self, text: str) -> Note:
        """Write a note at it, for all who work here; it stays with the evidence, whatever id the insight gets.

        Raises:
            InvalidRequest: it says nothing, or more than 20,000 characters.
        """
        return self._project.write_note({"text": notes.said(text), "insight_id": self.id})

    @property
    def notes(self) -> "pd.DataFrame":
        """A row for each note at it; see `Project.notes`."""
        return self._project.notes_at(insight_id=self.id)

    def undo(self) -> "Insight":
        """Take back the newest thing said of it.

        Raises:
            InvalidRequest: nothing was.
        """
        if not self._insight.judgements:
            raise InvalidRequest("Nobody has said anything of this insight that could be undone.")
        newest = self._project.judgements_of(self._insight.judgements)["id"].iloc[-1]
        self._project.undo(newest)
        return self._refresh()

    def _judge(self, judgement: Mapping[str, object]) -> "Insight":
        made = self._said(judgement)
        self._take(self._project.insight_of(made)._insight)
        return self

    def _said(self, judgement: Mapping[str, object]) -> Judgement:
        made, _ = self._project.run(self._project.api.judge(self._project.id, self.id, judgement))
        return made

    def _undo_all(self, kind: models.JudgementKind) -> "Insight":
        said = self._project.judgements_of(self._insight.judgements)
        for judgement_id in said[said["kind"] == kind]["id"]:
            self._project.undo(judgement_id)
        return self._refresh()

    def _refresh(self) -> "Insight":
        self._take(self._project.run(self._project.api.insight(self._project.id, self.id)))
        return self

    # How it looks

    def __repr__(self) -> str:
        return f"<Insight {self.text!r}: {', '.join(self._about())}>"

    def _repr_html_(self) -> str:
        insight = self._insight
        about = escape(" · ".join(self._about()))
        parts = [
            f'<p dir="auto"><strong>{escape(insight.text)}</strong><br><small>{about}</small></p>',
            *map(quote_html, insight.quotes),
        ]
        if insight.contradictions:
            parts.append("<p>May speak against it:</p>")
            parts += map(quote_html, insight.contradictions)
        if insight.related:
            items = "".join(
                f'<li dir="auto">{escape(one.text)} <small>{one.likeness:.2f}</small></li>' for one in insight.related
            )
            parts.append(f"<details><summary>Near it, and not merged</summary><ul>{items}</ul></details>")
        parts.append(notes.html(self._project.known_notes(insight_id=self.id)))
        return "\n".join(part for part in parts if part)

    def _about(self) -> list[str]:
        insight = self._insight
        marks = {"pinned": insight.is_pinned, "rejected": insight.is_rejected, "found no more": not insight.is_found}
        stands = f"stands without any one of {percent(insight.survival)} of its interviews" if insight.survival else ""
        rests = "rests on one participant" if insight.support == 1 else ""
        words = f"keywords: {', '.join(insight.keywords)}" if insight.keywords else ""
        said = [insight.kind, support(insight), rests, stands, *(mark for mark, holds in marks.items() if holds), words]
        return [part for part in said if part]


def chosen(insights: Iterable[models.Insight], text: str) -> models.Insight | None:
    """Return the insight that is called so, or the only one in whose text the words stand.

    Raises:
        InsightNotFound: several are.
    """
    if not isinstance(text, str):
        raise InsightNotFound(f"{text!r} is no insight. Give its id, or words of it; `project.insights` has them.")
    known = list(insights)
    called = [one for one in known if one.text == text] or [
        one for one in known if text.casefold() in one.text.casefold()
    ]
    if len(called) > 1:
        raise InsightNotFound(f"{len(called)} insights say “{text}”. Give the id; `project.insights` has them.")
    return called[0] if called else None


def _frame(quotes: Iterable[CitedQuote]) -> "pd.DataFrame":
    import pandas as pd

    rows = [{**quote.model_dump(), "interview": quote.interview_title} for quote in quotes]
    return pd.DataFrame(rows, columns=QUOTE_COLUMNS)


def _place(row: Mapping[Hashable, Any]) -> dict[str, object]:
    # Numbers out of a DataFrame are numpy's, which JSON doesn't know.
    given = {key: row[key] for key in ("interview_id", "turn", "start", "end") if key in row}
    if len(given) < 4:
        raise InvalidRequest("These are no rows of insight.quotes: turn, start, end and interview_id are needed.")
    return {key: int(value) if isinstance(value, SupportsIndex) else value for key, value in given.items()}
