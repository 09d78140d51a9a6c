"""What an engine asks before it spends, and where it leaves what it paid for.

A part is kept under what it was made from, beside the interview and not beside the
attempt: whichever attempt comes next finds it. What was spent is written down in the
same transaction, so nothing is kept that isn't counted.
"""

from collections.abc import Callable

from sqlalchemy import Connection

from persona_lab.errors import AnalysisCancelled, BudgetSpent
from persona_lab.models import Usage
from persona_lab.store import spending
from persona_lab.store.database import Store


class Attempt:
    """One attempt at one interview, kept in the store; a `Run` as engines know it. Usable from any thread.

    Args:
        is_wanted: says whether the attempt's result would still be taken.
    """

    def __init__(
        self,
        store: Store,
        *,
        run_id: str,
        project_id: str,
        interview_id: str,
        engine: str,
        model: str,
        is_wanted: Callable[[Connection], bool],
    ) -> None:
        self.id = run_id
        self._store = store
        self._project_id = project_id
        self._interview_id = interview_id
        self._engine = engine
        self._model = model
        self._is_wanted = is_wanted
        self._kept_as = engine
        self._billed_to: str | None = interview_id

    def kept(self, key: str) -> str | None:
        with self._store.reading() as connection:
            return spending.part(connection, self._interview_id, self._kept_as, key)

    def keep(self, key: str, part: str, usage: Usage) -> None:
        with self._store.writing() as connection:
            spending.keep_part(connection, self._interview_id, self._kept_as, key, part)
            self._count(connection, usage)

    def spent(self, usage: Usage) -> None:
        with self._store.writing() as connection:
            self._count(connection, usage)

    def go_on(self) -> None:
        with self._store.reading() as connection:
            if not self._is_wanted(connection):
                raise AnalysisCancelled
            check_budget(connection, self._project_id)

    def _count(self, connection: Connection, usage: Usage) -> None:
        if usage == Usage():
            return
        spending.add(
            connection,
            self._project_id,
            engine=self._engine,
            model=self._model,
            usage=usage,
            interview_id=self._billed_to,
            run_id=self.id,
        )


class Sitting(Attempt):
    """One attempt at one persona's portrait; what it costs is the project's.

    Its parts are kept beside the interview that is most typical of the persona, apart from those of its analysis.
    """

    def __init__(
        self,
        store: Store,
        *,
        persona_id: str,
        project_id: str,
        medoid: str,
        engine: str,
        model: str,
        is_wanted: Callable[[Connection], bool],
    ) -> None:
        super().__init__(
            store,
            run_id=f"portrait:{persona_id}",
            project_id=project_id,
            interview_id=medoid,
            engine=engine,
            model=model,
            is_wanted=is_wanted,
        )
        self._kept_as = f"{engine}/portrait"
        self._billed_to = None

    def drop_parts(self, connection: Connection) -> None:
        """Forget what was kept, once the portrait is there."""
        spending.drop_parts(connection, self._interview_id, self._kept_as)


class Errand:
    """Work for a whole project, of which nothing is kept; a `Run` as engines know it. Usable from any thread."""

    def __init__(self, store: Store, *, run_id: str, project_id: str, engine: str, model: str) -> None:
        self.id = run_id
        self._store = store
        self._project_id = project_id
        self._engine = engine
        self._model = model

    def kept(self, key: str) -> str | None:
        return None

    def keep(self, key: str, part: str, usage: Usage) -> None:
        self.spent(usage)

    def spent(self, usage: Usage) -> None:
        if usage == Usage():
            return
        with self._store.writing() as connection:
            spending.add(
                connection, self._project_id, engine=self._engine, model=self._model, usage=usage, run_id=self.id
            )

    def go_on(self) -> None:
        with self._store.reading() as connection:
            check_budget(connection, self._project_id)


def check_budget(connection: Connection, project_id: str) -> None:
    """Let nothing more be paid for once the project's budget is spent.

    Raises:
        BudgetSpent: it is.
    """
    budget = spending.budget(connection, project_id)
    if budget is not None and (used := spending.tokens(connection, project_id)) >= budget:
        raise BudgetSpent(
            f"The project's budget is spent: {used:,} of {budget:,} tokens. Raise it, project.budget = {used * 2:,}, "
            "and retry; what has been paid for is not paid for again."
        )
