"""A public class name stands for one thing in the whole package."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from .repository import ROOT


def defined_twice(folder: Path) -> dict[str, list[str]]:
    """Public class names with more than one definition below a folder, and where each stands."""
    found = defaultdict(list)
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(f"{file.relative_to(folder)}:{node.lineno}")
    return {name: places for name, places in sorted(found.items()) if len(places) > 1}


def test_no_public_class_name_is_defined_twice() -> None:
    twice = defined_twice(ROOT / "sessionlab")
    assert not twice, "\n".join(f"{name}: {', '.join(places)}" for name, places in twice.items())


def test_a_name_that_is_defined_again_is_found_wherever_it_stands(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "one.py").write_text("class Step: ...\nclass _Own: ...\nclass Only: ...\n")
    (tmp_path / "two.py").write_text("def make():\n    class Step: ...\n    return Step\nclass _Own: ...\n")
    assert defined_twice(tmp_path) == {"Step": ["core/one.py:1", "two.py:2"]}
