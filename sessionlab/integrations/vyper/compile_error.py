"""Vyper's compile errors: the line, a caret below it, what was expected, how to fix it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sessionlab.core.base.errors import SessionlabError
from sessionlab.core.contracts.artifacts import FOLDER

CONTEXT = 2
"""Lines shown before and after the faulty one."""

#: Fixes by the name of Vyper's error, for errors without a hint from Vyper.
FIXES = {
    "SyntaxException": "look at the caret and just before it: a sign, a bracket or a colon is missing or too many.",
    "UndeclaredDefinition": "declare it, or look at its spelling; storage is self.name, of a module module.name.",
    "UnknownAttribute": "use a name that the module has; what other modules use of it must stay.",
    "TypeMismatch": "convert(value, type) makes one type of another.",
    "InvalidType": "convert(value, type) makes one type of another.",
    "ModuleNotFound": "import a module in the same folder; vyper.source(name) shows one.",
    "VersionException": "leave the pragma as it was.",
}
SYNTAX = "SyntaxException"
OTHERWISE = "change the line, or take it back."

SEVERAL = "Compilation failed with the following errors:"
_PARTS = re.compile(r"\n\n(?=[A-Z]\w+: )")
_WHERE = re.compile(r'contract "([^":]+):\d+", (?:function "(\w+)", )?line (\d+):(\d+)')
_HINT = re.compile(r"\(hint: (.*)\)")


@dataclass(frozen=True)
class Place:
    """A position in a source. ``line`` counts from 1, ``column`` from 0; ``function`` is the enclosing one, if any."""

    file: str
    line: int
    column: int
    function: str | None
    source: str

    def __str__(self) -> str:
        inside = f", in {self.function}" if self.function else ""
        return f"{self.file}, line {self.line}{inside}:\n{self.excerpt}"

    @property
    def excerpt(self) -> str:
        """The line with its context, and a caret below it."""
        lines = self.source.splitlines() or [""]
        first, last = max(1, self.line - CONTEXT), min(len(lines), self.line + CONTEXT)
        width = len(str(last))
        shown = []
        for number in range(first, last + 1):
            text = lines[number - 1].replace("\t", " ")
            shown.append(f"  {number:>{width}} | {text}".rstrip())
            if number == self.line:
                shown.append(f"  {'':>{width}} | {'':>{self.column}}^")
        return "\n".join(shown)


class CompileError(SessionlabError):
    """The changed source does not compile. ``places``: the positions; ``kind``: Vyper's name for the error."""

    def __init__(self, module: str, kind: str, message: str, places: tuple[Place, ...], fix: str) -> None:
        self.module, self.kind, self.places = module, kind, places
        super().__init__(message, field="source", asked=module, fix=fix)

    def __str__(self) -> str:
        where = "".join(f"\n{index}" for index in self.places)
        return f"{self.module}.vy does not compile: {self.message}{where}\nNext step: {self.fix}"

    def _render_traceback_(self) -> list[str]:
        """Show only the error in a notebook, without the compiler's traceback."""
        return [f"{type(self).__name__}: {self}"]


def compile_error(module: str, source: str, error: Any) -> CompileError:
    """Convert an exception from Vyper or from Python's tokenizer, which Vyper uses; add a fix if it has no hint."""
    kind = type(error).__name__
    if not hasattr(error, "annotations"):
        return CompileError(module, kind, str(error.args[0]), (_read_place(module, source, error),), FIXES[SYNTAX])
    message = str(error.message)
    if message.startswith(SEVERAL):
        return _several(module, source, message)
    places = tuple(index for item in error.annotations or () if (index := _place(error, item)) is not None)
    if kind == "ModuleNotFound":
        message = f"There is no module {message!r}."
    known = (FIXES[base.__name__] for base in type(error).__mro__ if base.__name__ in FIXES)
    return CompileError(module, kind, _cleaned(message), places, _cleaned(error.hint or next(known, OTHERWISE)))


def _place(error: Any, item: Any) -> Place | None:
    node = item[1] if isinstance(item, tuple) else item
    if hasattr(node, "get_original_node"):
        node = node.get_original_node()
    if getattr(node, "lineno", None) is None:
        return None
    module = getattr(node, "module_node", None)
    path = getattr(module, "resolved_path", None) or error.resolved_path or ""
    return place_in(_file(str(path)), node.full_source_code, node.lineno, node.col_offset, _function(node))


def place_in(file: str, source: str, line: int, column: int | None, function: str | None = None) -> Place:
    """Return a position inside the source: one past the end moves to the end of the last line."""
    lines = source.splitlines() or [""]
    if line > len(lines):
        line, column = len(lines), len(lines[-1])
    return Place(file, line, column or 0, function, source)


def _read_place(module: str, source: str, error: Any) -> Place:
    """Where Python's tokenizer stopped: ``(message, (file, line, column, …))`` or ``(message, (line, column))``."""
    index = [part for part in error.args[1] if isinstance(part, int)]
    return place_in(f"{module}.vy", source, index[0], index[1] - 1)


def _several(module: str, source: str, message: str) -> CompileError:
    """Split the text into which Vyper joins several errors."""
    result: list[tuple[str, str, Place | None, str]] = []
    for part in _PARTS.split(message.removeprefix(SEVERAL).strip()):
        kind, _, text = part.partition(": ")
        where, hint = _WHERE.search(text), _HINT.search(text)
        index = None
        if where:
            file = _file(where[1])
            whole = source if file == f"{module}.vy" else (FOLDER / file).read_text()
            index = place_in(file, whole, int(where[3]), int(where[4]), where[2])
        result.append((kind, _cleaned(text.split("\n")[0]), index, hint[1] if hint else ""))
    result.sort(key=lambda item: (item[2].file, item[2].line) if item[2] else ("", 0))
    kinds, texts, places, hints = zip(*result, strict=True)
    fix = next(filter(None, hints), OTHERWISE)
    return CompileError(module, kinds[0], "\n".join(texts), tuple(filter(None, places)), _cleaned(fix))


def _function(node: Any) -> str | None:
    from vyper.ast import FunctionDef  # type: ignore[import-untyped]

    if isinstance(node, FunctionDef):
        return str(node.name)
    inside = node.get_ancestor(FunctionDef) if hasattr(node, "get_ancestor") else None
    return str(inside.name) if inside is not None else None


def _file(path: str) -> str:
    return re.split(r"[/\\]", path)[-1] or "the source"


def _cleaned(text: str) -> str:
    """Remove this machine's folders and Python's own ``(<unknown>, line 7)``."""
    text = re.sub(r" ?\(<unknown>, line \d+\)", "", text)
    return re.sub(r"[^\s\"'(]*[/\\](\w+\.vyi?)", r"\1", text)
