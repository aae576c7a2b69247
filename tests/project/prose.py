"""What a person reads in the repository, as running text: strings, docstrings, comments, pages and notebook cells."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.project.repository import ROOT, files

PAGES = {".md", ".html", ".js", ".css", ".vy", ".vyi", ".yml", ".toml"}
#: The list of changes quotes what it replaced. Notebooks and lessons are rewritten next.
LEFT_OUT = ("CHANGELOG.md",)


@cache
def texts() -> dict[str, str]:
    """Path to everything that a person reads in the file, with single spaces."""
    found = {}
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(LEFT_OUT) and (prose := "\n\n".join(_pieces(path))):
            found[name] = prose
    return found


def _pieces(path: Path) -> Iterator[str]:
    name = path.relative_to(ROOT).as_posix()
    if name.startswith("tests/"):
        return
    if path.suffix == ".py":
        yield from of_python(path.read_text(encoding="utf-8"))
    elif path.suffix == ".ipynb":
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            yield from of_python(source) if cell["cell_type"] == "code" else [single_spaced(source)]
    elif path.suffix in PAGES or path.name == "Makefile":
        text = path.read_text(encoding="utf-8")
        yield single_spaced(re.sub(r"(?m)^ *(#|//|\*) ?", "", text))


def of_python(source: str) -> Iterator[str]:
    """Strings, as they read when adjacent ones are joined, and comments, as they read over several lines."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a cell with a magic
        yield single_spaced(source)
        return
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            values = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            yield single_spaced("".join(map(str, values)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield single_spaced(node.value)
    yield from _comments(source)


def _comments(source: str) -> Iterator[str]:
    block: list[str] = []
    last = -1
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if token.start[0] != last + 1:
                yield single_spaced(" ".join(block))
                block = []
            block.append(token.string.lstrip("#: "))
            last = token.start[0]
    yield single_spaced(" ".join(block))


def single_spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
