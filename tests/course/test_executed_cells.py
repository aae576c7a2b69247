"""The progress file holds the cells that ran, so that it can be handed in: each once, and within bounds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from sessionlab import course
from sessionlab.course import executed_cells, store


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "progress.json"
    monkeypatch.setenv("SESSIONLAB_PROGRESS", str(file))
    return file


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> InteractiveShell:
    shell = InteractiveShell()
    monkeypatch.setattr(executed_cells, "running_shell", lambda: shell)
    return shell


def run(shell: InteractiveShell, *sources: str) -> None:
    for source in sources:
        assert shell.run_cell(source, store_history=True).success


def test_a_check_keeps_the_cells_that_ran_before_it(kept: Path, shell: InteractiveShell) -> None:
    cells = ["from sessionlab import course", "my_answer = (4, 0.2)", 'course.check("00.2", my_answer)']
    run(shell, cells[0], "my_answer = (1, 1)", cells[2], cells[1], cells[2])
    assert json.loads(kept.read_text())["cells"] == {"00": [cells[0], "my_answer = (1, 1)", *cells[1:]]}


def test_a_cell_that_ran_twice_is_kept_where_it_ran_last(shell: InteractiveShell) -> None:
    run(shell, "a = 1", "b = 2", "a = 1", "   ")
    assert executed_cells.executed_cells() == ["b = 2", "a = 1"]


def test_long_cells_and_the_oldest_of_many_are_left_out(shell: InteractiveShell) -> None:
    run(shell, f"a = '{'x' * executed_cells.LONGEST}'", *(f"b = {number}" for number in range(executed_cells.MOST + 5)))
    kept = executed_cells.executed_cells()
    assert (len(kept), kept[0], kept[-1]) == (executed_cells.MOST, "b = 5", f"b = {executed_cells.MOST + 4}")


def test_outside_of_a_notebook_nothing_is_kept(kept: Path) -> None:
    course.check("00.2", (4, 0.2))
    assert json.loads(kept.read_text())["cells"] == {}


def test_progress_of_an_older_version_is_read(kept: Path) -> None:
    old = {"version": 1, "predictions": {}, "tries": {"00.2": 1}, "passed": ["00.2"], "hints": {}, "answers": {}}
    kept.write_text(json.dumps(old))
    assert store.read() == {**store.EMPTY, "tries": {"00.2": 1}, "passed": ["00.2"]}
