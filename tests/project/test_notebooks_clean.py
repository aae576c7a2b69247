"""Notebooks are committed as sources: no outputs, no counters, no trace of a machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from .repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> dict[str, Any]:
    path: Path = request.param
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def test_there_is_a_first_notebook() -> None:
    assert ROOT / "notebooks/00_start_here.ipynb" in NOTEBOOKS


def test_code_has_no_outputs_and_no_counters(notebook: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


def test_cells_have_ids_of_their_own(notebook: dict[str, Any]) -> None:
    assert (notebook["nbformat"], notebook["nbformat_minor"]) >= (4, 5)
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)


def test_the_kernel_is_plain_python3(notebook: dict[str, Any]) -> None:
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"


def test_cells_carry_no_times_and_no_widget_state(notebook: dict[str, Any]) -> None:
    assert set(notebook["metadata"]) <= {"kernelspec", "language_info"}
    for cell in notebook["cells"]:
        assert "execution" not in cell["metadata"]
