"""A view that can be read back: the query whose rows it shows, and those somebody has chosen.

A view never hides its query: what a filter or a column's head did on the page
stands in `sql`, which `project.sql` runs as it is.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from persona_lab.widgets.quiet import Quiet

if TYPE_CHECKING:
    import pandas as pd


class Readable(Quiet):
    """Shows rows of the project's tables.

    Traits (state):
        selected  [str], the keys of the rows that are chosen on the page
    """

    # The column of `sql` that tells its rows apart.
    key: ClassVar[str] = "id"

    selected: traitlets.List[str] = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(self, *, on_sql: "Callable[[str], pd.DataFrame]", **traits: Any) -> None:
        self._on_sql = on_sql
        super().__init__(**traits)

    @property
    def sql(self) -> str:
        """The query whose rows are shown, in their order, filters and all."""
        raise NotImplementedError

    @property
    def table(self) -> "pd.DataFrame":
        """The rows that are shown."""
        return self._on_sql(self.sql)

    @property
    def selection(self) -> "pd.DataFrame":
        """The rows that are chosen on the page, with the columns of `table`; none if nothing is."""
        chosen = ", ".join(map(literal, self.selected)) or "NULL"
        return self._on_sql(f"SELECT * FROM ({self.sql}) WHERE {self.key} IN ({chosen})")  # noqa: S608 - literals are quoted


def literal(text: str) -> str:
    """Return the text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
