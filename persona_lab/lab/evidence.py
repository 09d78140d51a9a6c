"""What a project's findings rest on: enough interviews, others' eyes, and whether they are still true."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from persona_lab.errors import InvalidRequest
from persona_lab.lab.insights import coding, history, staleness
from persona_lab.lab.insights.difference import Difference
from persona_lab.lab.interviews import runs
from persona_lab.lab.interviews.interview import Interview
from persona_lab.lab.measuring import agreement as agreeing
from persona_lab.lab.measuring import coverage as covering
from persona_lab.lab.measuring import saturation as saturating
from persona_lab.lab.offering import inner
from persona_lab.models.glossary import entries, lines

if TYPE_CHECKING:
    import pandas as pd


from persona_lab.lab.study import LEVEL_SECONDS, Study

PORTRAITS_SECONDS = 60.0


class Evidence(Study):
    """The part of a project that says how far its findings can be relied on."""

    def saturation(
        self, *, base: int = 4, run: int = 2, threshold: float = 0.05, permutations: int = 500, seed: int = 0
    ) -> saturating.Saturation:
        """Say whether more interviews would still bring new findings (Guest, Namey & Chen 2020).

        Interviews count in the order of their dates, or else of uploading.

        Args:
            base: how many of the first interviews are the measure.
            run: how many interviews make a run; runs overlap.
            threshold: the share of the base's findings that a run may bring anew.
            permutations: in how many shuffled orders the same is counted, for the band.
            seed: of the shuffling.

        Raises:
            InvalidRequest: one of these is no such number.
        """
        self._level()
        settings = saturating.Settings(base, run, threshold, permutations, seed)
        return saturating.measure(self.name, self._replica, settings)

    def coverage(self) -> covering.Coverage:
        """Say what part of what participants said no finding uses, and show it: `.table`, `.unused`."""
        return self.coverage_of(None)

    @inner
    def coverage_of(self, interview_id: str | None) -> covering.Coverage:
        """Return the same of one interview alone."""
        self._level()
        return covering.measure(self._replica, interview_id)

    def codes(self, *, others: bool = False, coder: str | None = None) -> "pd.DataFrame":
        """Return a row for each code that you gave, so that nobody else's leads you.

        Args:
            others: everybody's: other people's, those that stood in the file (coder "file"), and the
                engine's findings (coder "engine").
            coder: this coder's instead.
        """
        return self.codes_of(None, others=others, coder=coder)

    @inner
    def codes_of(self, interview_id: str | None, *, others: bool, coder: str | None) -> "pd.DataFrame":
        """Return the same of one interview alone."""
        if coder is None and not others:
            coder = self.run(self.api.user())
        self._level()
        return coding.frame(self._replica, interview_id=interview_id, coder=coder)

    def uncode(self, coding_id: str) -> None:
        """Take back a coding; `codes()` has the ids.

        Raises:
            CodingNotFound: there is none of that id.
        """
        self.run(self.api.remove_coding(coding_id))

    def agreement(
        self,
        coders: str | Iterable[str] | None = None,
        codes: agreeing.Codes | None = None,
        *,
        roles: str | Iterable[str] = "participant",
    ) -> agreeing.Agreement:
        """Say how far coders agree on each turn, coded or not: raw, Cohen's κ, Krippendorff's α.

        A person has judged the interviews in which they coded something, the engine all that are analysed.

        Args:
            coders: compare these; you, "file", "engine" and whoever else coded are there.
            codes: compare these, or count codes as others, such as `{"Pain Point": "pain"}`.
            roles: whose turns are the grid.

        Raises:
            InvalidRequest: there is no such coder or code.
        """
        self._level()
        return agreeing.measure(self.name, self._replica, coders=coders, codes=codes, roles=roles)

    def change(
        self,
        *,
        purpose: str | None = None,
        audience: str | None = None,
        method: str | None = None,
        company: str | None = None,
        company_info: str | None = None,
        glossary: Mapping[str, str] | Sequence[str] | None = None,
    ) -> None:
        """Say anew what the study is about; what is left out stays.

        Args:
            purpose: what it wants to find out.
            audience: who was interviewed.
            method: how.
            company: for whom it is made.
            company_info: what an engine should know of them.
            glossary: words of the trade, each with what it means, such as `{"BNPL": "buy now, pay later"}`
                or `["BNPL: buy now, pay later"]`; it takes the place of the one before.

        Engines are told it, for analyses as for answers; search and answers find one for the other.
        It makes analyses stale, which stay as they are until `refresh`.

        Raises:
            InvalidRequest: nothing is given.
        """
        given = {
            "purpose": purpose,
            "audience": audience,
            "method": method,
            "company": company,
            "company_info": company_info,
            "glossary": None if glossary is None else _glossary(glossary),
        }
        fields = {name: told for name, told in given.items() if told is not None}
        if not fields:
            raise InvalidRequest(
                'There is nothing to change. Write, e.g., project.change(purpose="Why do people leave at payment?").'
            )
        self.run(self.api.change_project(self.id, **fields))

    @property
    def company(self) -> str:
        """For whom the study is made. Set it to say so; `change` says more at once."""
        return self.run(self.api.get_project(self.id)).company

    @company.setter
    def company(self, name: str) -> None:
        self.change(company=name)

    @property
    def glossary(self) -> dict[str, str]:
        """The words of the trade with what they mean, such as `{"GMV": "gross merchandise value"}`. Set it anew."""
        return dict(entries(self.run(self.api.get_project(self.id)).glossary))

    @glossary.setter
    def glossary(self, words: Mapping[str, str] | Sequence[str]) -> None:
        self.change(glossary=words)

    @property
    def runs(self) -> "pd.DataFrame":
        """A row for each analysis there ever was: when, by what, from what, how many findings and quotes.

        `provenance` in SQL has the same for each summary, finding and insight.
        """
        return self.sql(runs.RUNS, [None, None])

    def diff(self, before: "str | history.Moment", after: "str | history.Moment | None" = None) -> Difference:
        """Compare two runs of an interview, or the project's insights at two times.

        Args:
            before: a run's id, as `interview.runs` has it; or a time, as `as_of` takes it.
            after: the same of the later one; None is the run that counts now, or this moment.

        Raises:
            InvalidRequest: that is no run and no time, or the runs are of different interviews.
        """
        self._level()
        known = [moment for moment in (before, after) if isinstance(moment, str) and runs.is_run(self._replica, moment)]
        if known:
            return runs.compare(self._replica, before, after)
        newest = self._replica.rows(history.NEWEST)[0][0]
        with self.as_of(before) as then, self.as_of(newest if after is None else after) as now:
            return history.compare(then, now)

    @property
    def stale(self) -> "pd.DataFrame":
        """A row for each result that would be made otherwise now, with the reasons; empty when all is true still.

        Nothing of it is made anew by itself; `refresh` does that.
        """
        return staleness.frame(self.run(self.api.stale(self.id)), self.locale)

    def refresh(self) -> list[Interview]:
        """Analyse those interviews again whose results are stale, and no others; `wait` waits for them.

        Each keeps its results until the new ones are there. Personas' portraits that are stale are made
        anew, too: at once, or after the interviews they rest on.

        Returns:
            The interviews that are being analysed again.
        """
        self._level()
        before = self._feed.seq
        begun = self.run(self.api.refresh(self.id))
        if begun.merging:
            staleness.wait_for_merge(self._feed, self._replica, before, LEVEL_SECONDS)
        if begun.portraits and not begun.interviews:
            staleness.wait_for_portraits(lambda: self.run(self.api.stale(self.id)), PORTRAITS_SECONDS)
        return [self._handle(interview) for interview in begun.interviews]

    def as_of(self, moment: "history.Moment") -> history.Past:
        """Return the project as it was at a time, to read: `.interviews`, `.insights`, `.sql(…)`, `.transcript(…)`.

        Args:
            moment: a datetime, or ISO text such as `"2026-03-02 17:30"`, in this machine's time unless they say
                otherwise; a date, for its end; a timedelta back from now; or an event's number.

        Raises:
            InvalidRequest: it is no time, is in the future, or before the project began.
        """
        self._level()
        seq = history.seq_at(self.name, self._replica, moment)
        transcripts = self.run(self.api.transcripts(self.id, as_of=seq))
        return history.Past(self.name, history.replayed(self._replica, seq, transcripts), transcripts)


def _glossary(words: Mapping[str, str] | Sequence[str]) -> list[str]:
    """Return a glossary as it is kept.

    Raises:
        InvalidRequest: it is none.
    """
    if isinstance(words, Mapping) and all(isinstance(part, str) for pair in words.items() for part in pair):
        return lines(words)
    if (
        isinstance(words, Iterable)
        and not isinstance(words, str | Mapping)
        and all(isinstance(word, str) for word in words)
    ):
        return list(words)
    raise InvalidRequest('That is no glossary. Write, e.g., project.glossary = {"GMV": "gross merchandise value"}.')
