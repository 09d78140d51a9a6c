"""DBOS as it is used here: its queues, what it still works on, and giving others what a process had begun.

A workflow belongs to the process that took it out of its queue. DBOS leaves it to that process for ever, so whoever
finds the process gone gives its workflows back to their queues. Each taking has a mark of its own in DBOS: if the
process is there after all, nothing that it still does for its earlier taking is kept by DBOS.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path

from dbos import DBOS, DBOSClient, DBOSConfig, WorkflowStatus, WorkflowStatusString

from persona_lab.engines.choosing import Engines
from persona_lab.models import EngineName, Interview
from persona_lab.store.beside import Started

NAME = "persona-lab"
# DBOS looks for work so often, in each queue. At 0.2 s a queue costs 1.5 % of a core when there is nothing to do.
POLLING_SECONDS = 0.2
# Where an engine over the network takes seconds, so often is enough; and so often where nobody waits.
PATIENT_POLLING_SECONDS = 0.5
PORTRAITS_POLLING_SECONDS = 1.0
# What is queued for an engine without settings comes from before they were taken away, and fails when it is found.
LEFT_POLLING_SECONDS = 5.0
# DBOS looks so often for messages between workflows, of which there are none here; whoever ends it waits as long.
MESSAGES_POLLING_SECONDS = 0.05
# What a workflow does, step by step. Processes of different releases take each other's work as long as it is the
# same: raise it when steps are added, taken out or moved. Work of another version is begun anew once nobody is left
# who knows it.
VERSION = "1"
PENDING = WorkflowStatusString.PENDING.value
# Queued where its turn has come, or being done.
TAKEN = (PENDING, WorkflowStatusString.ENQUEUED.value)
ALIVE = (*TAKEN, WorkflowStatusString.DELAYED.value)
# Portraits wait for analyses, so they have a queue of their own.
PORTRAITS = "portraits"
# The most that DBOS asks of the database at a time, besides the store; it waits where it gets none.
CONNECTIONS = 6
# So many workflows are asked for at once.
BATCH = 500


def configure(place: Path | str, *, process_id: str = "server", works: bool = True) -> None:
    """Tell DBOS where to keep its own record of jobs, in a file or a PostgreSQL database; call it before `Jobs`.

    Args:
        process_id: whose the workflows are that this process takes.
        works: whether it takes any.
    """
    config = DBOSConfig(
        name=NAME,
        system_database_url=_url(place),
        application_version=VERSION,
        executor_id=process_id,
        log_level="ERROR",
        use_listen_notify=False,
        sys_db_pool_size=CONNECTIONS,
        notification_listener_polling_interval_sec=MESSAGES_POLLING_SECONDS,
    )
    DBOS(config=config)
    if not works:
        DBOS.listen_queues([])


def register(engines: Engines) -> None:
    """Make the queues known to DBOS, at the pace of this process' engines."""
    for name in engines.there:
        pace = engines.pace(name)
        DBOS.register_queue(
            queue_of(name),
            worker_concurrency=pace.at_once,
            limiter={"limit": pace.per_minute, "period": 60.0} if pace.per_minute else None,
            polling_interval_sec=_polling_seconds(engines, name),
            on_conflict="always_update",
        )
    DBOS.register_queue(
        PORTRAITS, worker_concurrency=2, polling_interval_sec=PORTRAITS_POLLING_SECONDS, on_conflict="always_update"
    )


def queue_of(engine: EngineName) -> str:
    """Each engine has a queue of its own, so that a slow one holds up nobody else's work."""
    return "analyses" if engine == "local" else f"analyses-{engine}"


def name_of(interview: Interview) -> str:
    """Return what the workflow of the interview's current attempt is called."""
    return f"{interview.id}:{interview.attempt}"


def comparison_of(begun: Started) -> tuple[str, str | None]:
    """Return what the workflow of a comparison is called, and its state; None where DBOS doesn't know it yet.

    It keeps its name in the store when a workflow ended before its work did; the next workflow gets a number more.
    """
    for again in count():
        name = f"{begun.run_id}:{again}" if again else begun.run_id
        status = DBOS.get_workflow_status(name)
        if status is None or status.status in ALIVE:
            return name, None if status is None else status.status
    raise AssertionError


def states(waiting: Sequence[Interview | Started]) -> list[str | None]:
    """Return the state of the workflow of each; None where DBOS doesn't know it yet."""
    names = [one.run_id if isinstance(one, Started) else name_of(one) for one in waiting]
    found = known(names)
    listed = [found.get(name) for name in names]
    return [
        comparison_of(one)[1] if isinstance(one, Started) and state not in (None, *ALIVE) else state
        for one, state in zip(waiting, listed, strict=True)
    ]


def known(names: Iterable[str]) -> dict[str, str]:
    """Return the states of the workflows that DBOS knows among these."""
    found: dict[str, str] = {}
    asked = list(names)
    for start in range(0, len(asked), BATCH):
        batch = asked[start : start + BATCH]
        listed = DBOS.list_workflows(workflow_ids=batch, load_input=False, load_output=False)
        found |= {one.workflow_id: one.status for one in listed}
    return found


def holders() -> set[str]:
    """Return the ids of the processes that have workflows at which they are, or were when they ended."""
    return {str(one.executor_id) for one in _listed(DBOS, PENDING)}


def give_back(process_id: str) -> int:
    """Put what a process had begun into the queues again; return how many workflows that is."""
    return _give_back(DBOS, process_id)


def give_back_after(place: str, process_id: str) -> None:
    """Do the same for this process, after DBOS was destroyed in it and takes nothing more."""
    client = DBOSClient(system_database_url=_url(place), application_name=NAME, retry_connection_errors=False)
    try:
        _give_back(client, process_id)
    finally:
        client.destroy()


def of_other_versions() -> Iterator[WorkflowStatus]:
    """Yield what waits, or was begun, in versions of which this process knows nothing."""
    return (one for status in TAKEN for one in _listed(DBOS, status) if one.app_version != VERSION)


def forget(names: list[str]) -> None:
    """Let DBOS never begin with these workflows, nor go on with them."""
    DBOS.cancel_workflows(names)


def _polling_seconds(engines: Engines, name: EngineName) -> float:
    if name == "local":
        return POLLING_SECONDS
    return PATIENT_POLLING_SECONDS if engines.is_set_up(name) else LEFT_POLLING_SECONDS


def _give_back(dbos: type[DBOS] | DBOSClient, process_id: str) -> int:
    begun = _listed(dbos, PENDING, process_id)
    for one in begun:
        dbos.resume_workflow(one.workflow_id, queue_name=one.queue_name)
    return len(begun)


def _listed(dbos: type[DBOS] | DBOSClient, status: str, process_id: str | None = None) -> list[WorkflowStatus]:
    return dbos.list_workflows(status=status, executor_id=process_id, load_input=False, load_output=False)


def _url(place: Path | str) -> str:
    return f"sqlite:///{place}" if isinstance(place, Path) else place
