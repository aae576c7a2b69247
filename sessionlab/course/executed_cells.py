"""The code cells that a learner ran in a lesson, kept with the progress: that one file can be handed in and graded."""

from __future__ import annotations

from sessionlab.course.rerunning import running_shell

MOST, LONGEST = 200, 20_000  # cells of a lesson, and characters of one


def executed_cells() -> list[str]:
    """Return the cells that ran in this notebook, each once, where it ran last; none outside of a notebook."""
    shell = running_shell()
    history = getattr(shell, "history_manager", None)
    if history is None:
        return []
    ran = [source for source in history.input_hist_raw if source.strip() and len(source) <= LONGEST]
    return list(dict.fromkeys(reversed(ran)))[:MOST][::-1]
