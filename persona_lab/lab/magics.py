"""`%load_ext persona_lab`: asking without quotation marks.

`%ask What stops people at payment?` and, for longer questions, the cell `%%ask`.
The first word may name the variable that holds the project: `%%ask project`.
"""

from typing import TYPE_CHECKING, Any

from persona_lab.errors import InvalidRequest
from persona_lab.lab.project import Project
from persona_lab.lab.talking.answer import Answer

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: "InteractiveShell") -> None:
    """Called by IPython for `%load_ext persona_lab`."""

    def ask(line: str, cell: str | None = None) -> Answer:
        """Ask the project; see `Project.ask`."""
        if cell is None:
            return _project(shell.user_ns, None).ask(line)
        return _project(shell.user_ns, line.strip() or None).ask(cell.strip())

    register: Any = shell.register_magic_function
    register(ask, "line_cell", "ask")


def _project(names: dict[str, Any], name: str | None) -> Project:
    """Return the project held by variable `name`, or the only one there is."""
    if name is not None:
        found = names.get(name)
        if not isinstance(found, Project):
            raise InvalidRequest(f'{name} is not a project. Make one: {name} = lab.project("…").')
        return found
    held = {id(value): value for key, value in names.items() if isinstance(value, Project) and not key.startswith("_")}
    if len(held) != 1:
        raise InvalidRequest("Name the variable that holds the project: %%ask project")
    return next(iter(held.values()))
