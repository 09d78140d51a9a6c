"""Taking what is known of an interview's analyses out of DBOS' own record, which keeps errors as they are."""

import time

from dbos import DBOS, WorkflowStatusString

RUNNING = WorkflowStatusString.PENDING.value
WAITING = (WorkflowStatusString.ENQUEUED.value, WorkflowStatusString.DELAYED.value)
ENDING_SECONDS = 30.0
LOOKING_SECONDS = 0.2
# So many are looked for, and deleted, at once.
AT_ONCE = 100
# What is done for a project as a whole; its workflows are called by DBOS, and begin with the project's id.
OF_PROJECT = ("Jobs.merging", "Jobs.portraying")


def await_end(interview_ids: list[str]) -> bool:
    """Cancel the analyses that wait, and let those end that are under way; say whether they have.

    The store must say already that nobody wants them any more.
    """
    waiting = _listed(interview_ids, list(WAITING))
    if waiting:
        DBOS.cancel_workflows(waiting)
    until = time.monotonic() + ENDING_SECONDS
    while _listed(interview_ids, [RUNNING]):
        if time.monotonic() > until:
            return False
        time.sleep(LOOKING_SECONDS)
    return True


def forget(interview_ids: list[str], project_id: str) -> int:
    """Delete the record of these interviews' analyses, and of what has ended for their project; return of how many."""
    ids = _listed(interview_ids, None) + _of_project(project_id)
    for first in range(0, len(ids), AT_ONCE):
        DBOS.delete_workflows(ids[first : first + AT_ONCE])
    return len(ids)


def _listed(interview_ids: list[str], status: list[str] | None) -> list[str]:
    found = []
    for first in range(0, len(interview_ids), AT_ONCE):
        some = interview_ids[first : first + AT_ONCE]
        listed = DBOS.list_workflows(workflow_id_prefix=some, status=status, load_input=False, load_output=False)
        found += [one.workflow_id for one in listed]
    return found


def _of_project(project_id: str) -> list[str]:
    ended = [WorkflowStatusString.SUCCESS.value, WorkflowStatusString.ERROR.value]
    listed = DBOS.list_workflows(name=list(OF_PROJECT), status=ended, load_output=False)
    return [one.workflow_id for one in listed if one.input and project_id in one.input["args"]]
