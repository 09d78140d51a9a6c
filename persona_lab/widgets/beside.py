"""A widget whose page is heard while a cell is running."""

from typing import Any

from anywidget import AnyWidget


class HeardBesideCells(AnyWidget):
    """Has messages of the page handled where it sends them: in a subshell, beside a cell that is running.

    Since 7.4, ipykernel sends them to the shell that sent last, which is that of the cell.
    """

    def open(self) -> None:
        super().open()
        self._let_the_page_choose_the_shell()

    def send(self, content: Any, buffers: Any = None) -> None:
        super().send(content, buffers)
        self._let_the_page_choose_the_shell()

    def send_state(self, key: Any = None) -> None:
        super().send_state(key)
        self._let_the_page_choose_the_shell()

    def _let_the_page_choose_the_shell(self) -> None:
        if self.comm is not None:
            self.comm.__dict__.pop("_reply_subshell_id", None)
