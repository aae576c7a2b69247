"""Cells that ran before: what a notebook says when one of them acts on the lesson's chain again.

``watch(lab)`` follows the cells of a notebook from ``course.start`` on. A cell that changed the chain once says so when
it runs again, because its result is then not what the lesson tells about.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sessionlab.course.note import Note

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab

FIRST_RESULT = "To see the first result again: Kernel → Restart Kernel and Run All Cells."


class CellWatch:
    """The cells of one notebook that changed its lab's chain. ``repeated``: how many of them ran again since."""

    def __init__(self, lab: Lab, tell: Callable[[Note], None]) -> None:
        self.repeated = 0
        self._lab, self._tell = lab, tell
        self._acted: dict[str, str] = {}
        self._running: tuple[str, int, str] | None = None

    def before(self, info: Any) -> None:
        """Called by IPython before a cell runs."""
        cell = getattr(info, "cell_id", None) or str(info.raw_cell)
        self._running = (cell, *self._state())
        if cell in self._acted:
            self.repeated += 1
            before = f"This cell ran before and changed the chain ({self._acted[cell]})."
            says = f"{before} It now acts on the chain as it is. {FIRST_RESULT}"
            self._tell(Note("Ran before", says))

    def after(self, result: Any) -> None:
        """Called by IPython after a cell ran."""
        if self._running is None:
            return
        cell, height, root = self._running
        self._running = None
        now, changed = self._lab.chain.height, self._lab.chain.state_root != root
        if now > height or changed:
            blocks = f"block {now}" if now <= height + 1 else f"blocks {height + 1} to {now}"
            self._acted[cell] = blocks

    def _state(self) -> tuple[int, str]:
        return self._lab.chain.height, self._lab.chain.state_root


_WATCHES: list[tuple[Any, CellWatch]] = []


def watch(lab: Lab, tell: Callable[[Note], None]) -> None:
    """Follow the cells of the running notebook; outside of a notebook, do nothing. The lesson before is forgotten."""
    shell = running_shell()
    while _WATCHES:
        old, watched = _WATCHES.pop()
        old.events.unregister("pre_run_cell", watched.before)
        old.events.unregister("post_run_cell", watched.after)
    if shell is None:
        return
    begun = CellWatch(lab, tell)
    shell.events.register("pre_run_cell", begun.before)
    shell.events.register("post_run_cell", begun.after)
    _WATCHES.append((shell, begun))


def repeated() -> int:
    """Return how many cells of the lesson acted again after their first run."""
    return sum(watched.repeated for _, watched in _WATCHES)


def running_shell() -> Any:
    """Return IPython's shell, or None outside of a notebook."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return None
    return get_ipython()
