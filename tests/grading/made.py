"""Submissions as tests make them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sessionlab.course.lesson import exercise, lesson

ROOT = Path(__file__).parents[2]


def code(source: str, *tags: str) -> dict[str, Any]:
    return {"cell_type": "code", "id": f"c{abs(hash(source)) % 10**8}", "metadata": {"tags": list(tags)},
            "source": source, "outputs": [], "execution_count": None}  # fmt: skip


def hand_in(folder: Path, student: str, **answers: str) -> Path:
    """Hand in notebooks with these answers: ``_03_2="def my_cap…"``. Each holds the lesson as it is handed out."""
    for name, source in answers.items():
        _, number, index = name.split("_")
        file = folder / student / lesson(number).notebook
        notebook = json.loads((file if file.exists() else ROOT / "notebooks" / file.name).read_text())
        for cell in notebook["cells"]:
            if f"exercise-{number}.{index}" in cell["metadata"].get("tags", []):
                cell["source"] = source
        write(file, notebook["cells"])
    return folder


def write(file: Path, cells: list[dict[str, Any]]) -> None:
    """Write a notebook with these cells."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


def solution(id: str) -> str:
    return exercise(id).solution
