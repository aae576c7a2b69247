"""The field's word, once: CONTRIBUTING has the glossary, and no name falls back to a word that it replaced."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "sessionlab"
SOURCES = sorted(PACKAGE.rglob("*.py"))
CONTRACTS = sorted((PACKAGE / "core" / "contracts").glob("*.vy*"))
GLOSSARY = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
GLOSSARY = GLOSSARY.partition("\n## Words\n")[2].partition("\n## ")[0]

#: What stood for a word of the glossary once, as a part of a name in Python or Vyper.
REPLACED = {
    "accompany", "admission", "attempted", "books", "companion", "companions", "evidence", "exhibit", "furnish",
    "growing", "journal", "lane", "lanes", "ledger", "levers", "loot", "misread", "museum", "played", "plaything",
    "playthings", "pretend", "pretended", "rehearsal", "rehearse", "rehearsed", "remembered", "scene", "scenes",
    "seal", "sealing", "situation", "situations", "toys", "trial", "trials", "watching", "weakened", "weakness",
    "wish", "wishes",
}  # fmt: skip
#: Variables that say nothing.
EMPTY = {"found", "one", "place"}


def parts(name: str) -> set[str]:
    return {part.lower() for part in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?=[A-Z]|_|$)", name)}


def names(tree: ast.AST) -> Iterator[str]:
    """Everything that a module names itself."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.alias(asname=str(name)):
                yield name


def variables(tree: ast.AST) -> Iterator[str]:
    """The variables of functions, parameters included."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id
                elif isinstance(node, ast.arg):
                    yield node.arg


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_name_falls_back_to_a_word_that_was_replaced(source: Path) -> None:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    assert not {name for name in {source.stem, *names(tree)} if parts(name) & REPLACED}
    assert not EMPTY & set(variables(tree))


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda path: path.name)
def test_no_contract_falls_back_to_a_word_that_was_replaced(contract: Path) -> None:
    words = re.findall(r"\w+", contract.read_text(encoding="utf-8"))
    assert not {word for word in words if parts(word) & (REPLACED | {"life"})}


def test_the_search_finds_such_names() -> None:
    text = "class OldScene:\n    def rehearse(self, lane, x): self.wish = x; found = 1; return found\n"
    tree = ast.parse(text)
    assert {name for name in names(tree) if parts(name) & REPLACED} == {"OldScene", "rehearse", "lane", "wish"}
    assert EMPTY & set(variables(tree)) == {"found"}


def test_every_word_of_the_glossary_has_a_meaning_of_its_own() -> None:
    rows = [line.strip("|").split("|") for line in GLOSSARY.splitlines() if line.startswith("| ")][2:]
    words = [word.strip().strip("*`") for row in rows for word in row[0].split(",")]
    assert len(words) == len(set(words)) > 30
    assert all(row[1].strip() for row in rows)
    instead = {word.strip() for row in rows for word in row[2].split(",") if word.strip()}
    assert not instead & set(words)
