"""The line in which a company's interviews, and comparisons, wait that may have only so many analysed at once.

What waits is in flight by the store and not yet known to DBOS, so nothing else must be remembered, and nothing is
lost with a process. Whoever looks lets in as many as there is room for.
"""

import logging
import threading
from collections.abc import Callable

from persona_lab.discretion import described
from persona_lab.errors import ProjectNotFound, TooBusy
from persona_lab.jobs import queueing
from persona_lab.models import Interview
from persona_lab.store.beside import Started
from persona_lab.store.database import Store
from persona_lab.store.people import limits

log = logging.getLogger(__name__)

# How often somebody looks who was told nothing: another process may have ended an analysis.
LOOKS_SECONDS = 1.0


class WaitingLine:
    """Lets in whose turn it is; of one process, for all companies.

    Args:
        enqueue: hands an interview, or a comparison, to DBOS; twice is once.
    """

    def __init__(self, store: Store, enqueue: Callable[[Interview | Started], None]) -> None:
        self._store = store
        self._enqueue = enqueue
        self._closing = threading.Event()
        # Whoever looks holds a connection and needs another: one at a time, lest all be held by those who wait.
        self._looking = threading.Lock()

    def begin(self) -> None:
        threading.Thread(target=self._run, name="waiting-line", daemon=True).start()

    def join(self, project_id: str) -> bool:
        """Let in who may come in of the project's company; say whether it has to stand in line at all."""
        with self._store.reading() as connection:
            company_id = limits.limited_company(connection, project_id)
        if company_id is None:
            return False
        self._let_in(company_id)
        return True

    def close(self) -> None:
        self._closing.set()

    def _run(self) -> None:
        while not self._closing.wait(LOOKS_SECONDS):
            try:
                with self._store.reading() as connection:
                    companies = limits.waiting_companies(connection)
                for company_id in companies:
                    self._let_in(company_id)
            except TooBusy:
                # The next look makes up for it.
                continue
            except Exception as error:
                log.warning("nobody could be let in: %s", described(error))

    def _let_in(self, company_id: str) -> None:
        with self._looking, self._store.writing() as connection:
            limit, waiting = limits.line(connection, company_id)
            states = queueing.states(waiting)
            inside = sum(state in queueing.TAKEN for state in states)
            room = len(waiting) if limit is None else max(limit - inside, 0)
            for one in [one for one, state in zip(waiting, states, strict=True) if state is None][:room]:
                try:
                    self._enqueue(one)
                except ProjectNotFound:
                    log.warning("somebody waited in a project that is gone")
