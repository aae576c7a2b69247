"""``progress.json``, as the browser lab keeps it, is graded like the notebooks: by its cells, not by what it claims."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sessionlab import course
from sessionlab.course.grading.submissions import submissions

RIGHT, WRONG = "my_answer = (4, 0.2)", "my_answer = (1, 1)"
CHECK = 'course.check("00.2", my_answer)'


def hand_in(folder: Path, student: str, cells: Any, **more: Any) -> None:
    (folder / student).mkdir()
    kept = {"version": 1, "predictions": {}, "tries": {}, "passed": [], "hints": {}, "answers": {}, "cells": cells}
    (folder / student / "progress.json").write_text(json.dumps({**kept, **more}))


def test_cells_are_judged_and_claims_are_not(tmp_path: Path) -> None:
    hand_in(tmp_path, "ada", {"00": ["from sessionlab import course", RIGHT, CHECK]})
    hand_in(tmp_path, "bob", {"00": [RIGHT, WRONG, CHECK]}, passed=["00.2"])
    hand_in(tmp_path, "cleo", {}, passed=["00.2"])
    grades = {item.student: item for item in course.grade(tmp_path, expect="00")}
    assert [grades[name].passed for name in ("ada", "bob", "cleo")] == [True, False, False]


def test_a_notebook_counts_before_the_progress(tmp_path: Path) -> None:
    hand_in(tmp_path, "ada", {"00": [RIGHT]})
    cell = {"cell_type": "code", "source": WRONG, "metadata": {"tags": ["exercise-00.2"]}}
    (tmp_path / "ada" / "00_start_here.ipynb").write_text(json.dumps({"cells": [cell]}))
    assert submissions(tmp_path)["ada"]["00"].file == "00_start_here.ipynb"


@pytest.mark.parametrize("cells", [None, [], 5, {"00": 5}, {"00": [1]}, {"99": ["x"]}, {"00": ["x" * 300_000]}])
def test_what_is_not_kept_progress_grades_nothing(cells: Any, tmp_path: Path) -> None:
    hand_in(tmp_path, "ada", cells)
    assert "00" not in submissions(tmp_path)["ada"]
