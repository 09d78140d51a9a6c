"""What moves in a cell is drawn as often as an eye needs, and ends with the newest."""

import time
from itertools import pairwise
from typing import Any

import pytest

from persona_lab.lab.drawing import live


class Screen:
    """Stands in for the notebook's display and keeps when it was updated, and with what."""

    def __init__(self) -> None:
        self.updates: list[tuple[float, str]] = []

    def update(self, bundle: dict[str, str], **_options: Any) -> None:
        self.updates.append((time.monotonic(), bundle["text/plain"]))


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    made = Screen()
    monkeypatch.setattr(live, "in_notebook", lambda: True)
    monkeypatch.setattr(live, "_display", lambda *_args, **_options: made)
    return made


def test_a_thousand_words_a_second_are_twenty_updates_at_most(screen: Screen) -> None:
    drawn: list[int] = []

    def picture(n: int) -> tuple[str, str]:
        drawn.append(n)
        return f"<p>{n}</p>", str(n)

    begun = time.monotonic()
    with live.Live() as shown:
        for n in range(1_000):
            shown.show(lambda n=n: picture(n))
            time.sleep(0.001)
        seconds = time.monotonic() - begun
    assert len(screen.updates) <= 20 * seconds + 3
    times = [at for at, _ in screen.updates[:-1]]
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.045
    # What is never seen is never drawn.
    assert len(drawn) == len(screen.updates) - 1


def test_the_newest_is_on_the_screen_though_nothing_follows_it(screen: Screen) -> None:
    with live.Live() as shown:
        shown.show(lambda: ("", "first"))
        shown.show(lambda: ("", "last"))
        time.sleep(0.2)
        assert [text for _, text in screen.updates] == ["first", "last"]
    assert screen.updates[-1][1] == ""


def test_nothing_is_drawn_after_the_end(screen: Screen) -> None:
    with live.Live() as shown:
        shown.show(lambda: ("", "first"))
        shown.show(lambda: ("", "late"))
    shown.show(lambda: ("", "later"))
    time.sleep(0.1)
    assert [text for _, text in screen.updates] == ["first", ""]
