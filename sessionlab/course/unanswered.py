"""Answers that are not there yet: a stub as it was handed out, dots that are left, a function that returns nothing.

    judged = unanswered(exercise, my_answer)          a Judgement with ``answered=False``, or None: judge it
    answer = finished(exercise, my_function)          raises Unfinished where a call returns dots or nothing

Both say in one sentence what is still to do, with the line of the cell where it is known. None of them is an attempt:
it is not counted, shows no misconception, and grades call it "not answered".
"""

from __future__ import annotations

import ast
import dis
import functools
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any

from sessionlab.course.lesson import Exercise, Judgement

#: Instructions that do nothing, or differ between versions of Python for the same source.
_SILENT = {"NOP", "RESUME", "CACHE", "PRECALL", "EXTENDED_ARG", "NOT_TAKEN"}
#: Steps of a function without a body, or with nothing but dots.
_NOTHING = ([("return", None)], [("return", ...)])
_DEPTH = 8  # of lists, tuples and dicts in an answer


class Unfinished(Exception):
    """A function of a learner returned dots, or nothing where its exercise asks for something."""


def unanswered(wanted: Exercise, answer: Any, source: str | None = None) -> Judgement | None:
    """Return what to tell a learner who has not answered, or has answered in part; None for an answer to judge.

    ``source``: the cell that bound the answer, if it is known; in a notebook it is looked up.
    """
    if isinstance(answer, FunctionType):
        return _no_body(wanted, answer) if _is_stub(wanted, answer) else None
    left = list(_dots(answer))
    if not left and not _equal(answer, _stub(wanted.stub, wanted.name)):
        return None
    lines = _lines_with_dots(wanted.name, source or _cell_that_binds(wanted.name))
    return Judgement(False, _replace(lines, left), answered=False)


def finished(wanted: Exercise, answer: Any) -> Any:
    """Return an answer to call: the same, but a call raises Unfinished where there is no whole answer in its result."""
    if not callable(answer):
        return answer

    @functools.wraps(answer, updated=())
    def call(*given: Any) -> Any:
        result = answer(*given)
        says = unfinished(wanted, answer, result)
        if says:
            raise Unfinished(says)
        return result

    return call


def unfinished(wanted: Exercise, answer: Any, result: Any) -> str:
    """Return what is missing in the result of a learner's function; empty if it is whole."""
    if result is None and returns(wanted):
        lines = _lines(answer)
        where = f" (it ends in line {max(lines)})" if lines else ""
        return f"Almost there: {wanted.name} returned nothing{where}. End it with `return` and your answer."
    if left := list(_dots(result)):
        return _replace(sorted(_lines(answer, holding=...)), left)
    return ""


def line_of(name: str) -> str:
    """Return the line on which the newest cell that assigns to ``name`` does so, as `` (line 2)``; empty if unknown."""
    bound = _binding(name, _cell_that_binds(name) or "")
    return f" (line {bound.lineno})" if isinstance(bound, ast.stmt) else ""


def returns(wanted: Exercise) -> bool:
    """Whether the exercise asks for a function that returns something: then its stub does."""
    return any(isinstance(node, ast.Return) for node in ast.walk(ast.parse(wanted.stub)))


# -- dots


def has_dots(value: Any) -> bool:
    """Return whether dots are left in a value."""
    return any(True for _ in _dots(value))


def _dots(value: Any, where: str = "", depth: int = 0) -> Iterator[str]:
    """Yield where dots are left in a value: in words, empty for the value itself."""
    if value is ...:
        yield where
    elif isinstance(value, Mapping) and depth < _DEPTH:
        for key, item in value.items():
            yield from _dots(item, where or repr(key), depth + 1)
    elif isinstance(value, list | tuple) and depth < _DEPTH:
        for number, item in enumerate(value, 1):
            yield from _dots(item, where or f"place {number}", depth + 1)


def _replace(lines: list[int], left: list[str]) -> str:
    if lines:
        word = "line" if len(lines) == 1 else "lines"
        return f"Not answered yet: replace the dots in {word} {_series(list(map(str, lines)))} with your answer."
    places = list(dict.fromkeys(filter(None, left)))
    if places:
        return f"Not answered yet: replace the dots at {_series(places)} with your answer."
    return "Not answered yet: replace the dots with your answer."


def _series(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _lines_with_dots(name: str, source: str | None) -> list[int]:
    """Return the lines of a cell on which the value of ``name`` holds dots."""
    if not source or (bound := _binding(name, source)) is None:
        return []
    return sorted({node.lineno for node in ast.walk(bound) if isinstance(node, ast.Constant) and node.value is ...})


def _binding(name: str, source: str) -> ast.AST | None:
    """Return the last statement of a source that assigns to ``name``."""
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # magics, and what only looks like Python
        return None
    for node in reversed(statements):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                return node
    return None


def _cell_that_binds(name: str) -> str | None:
    """Return the newest cell of this notebook that assigns to ``name``."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return None
    shell: Any = get_ipython()
    cells = [] if shell is None else [cell for cell in shell.user_ns.get("In", []) if isinstance(cell, str)]
    return next((cell for cell in reversed(cells) if _binding(name, cell) is not None), None)


# -- functions


def _no_body(wanted: Exercise, answer: FunctionType) -> Judgement:
    if lines := sorted(_lines(answer, holding=...)):
        return Judgement(False, _replace(lines, []), answered=False)
    described = len(answer.__doc__.split("\n")) if answer.__doc__ else 0
    first = answer.__code__.co_firstlineno
    line = max(*_lines(answer), first + described, first)
    says = f"Not answered yet: {wanted.name} does nothing so far. Write what it does below line {line}."
    if _steps(answer.__code__) not in _NOTHING:
        says = f"Not answered yet: {wanted.name} is as it was handed out. Change it at line {line}."
    return Judgement(False, says, answered=False)


def _is_stub(wanted: Exercise, answer: FunctionType) -> bool:
    """Whether a function does what the stub does, or nothing at all; comments, docstrings and ``pass`` do not count."""
    steps = _steps(answer.__code__)
    stub = _stub(wanted.stub, wanted.name)
    return steps in _NOTHING or (isinstance(stub, FunctionType) and steps == _steps(stub.__code__))


def _steps(code: CodeType) -> list[tuple[str, Any]]:
    """Return what a function does, without line numbers, docstring and names of files."""
    steps: list[tuple[str, Any]] = []
    for item in dis.get_instructions(code):
        if item.opname in _SILENT:
            continue
        value = _steps(item.argval) if isinstance(item.argval, CodeType) else item.argval
        if item.opname == "RETURN_CONST":
            steps.append(("return", value))
        elif item.opname == "RETURN_VALUE" and steps and steps[-1][0] == "LOAD_CONST":
            steps[-1] = ("return", steps[-1][1])
        else:
            steps.append((item.opname, value))
    return steps


def _lines(answer: Any, holding: Any = None) -> set[int]:
    """Return the lines of a function's body, all of them or those that hold a constant; empty if it has no code."""
    code = getattr(answer, "__code__", None)
    if not isinstance(code, CodeType):
        return set()
    lines = {
        item.positions.lineno
        for item in dis.get_instructions(code)
        if item.positions is not None and (holding is None or _holds(item.argval, holding))
    }
    return {line for line in lines if line is not None}


def _holds(constant: Any, wanted: Any) -> bool:
    """Whether a constant is the wanted one, or a tuple with it inside: Python folds these."""
    if isinstance(constant, tuple):
        return any(_holds(item, wanted) for item in constant)
    return constant is wanted


@functools.cache
def _stub(source: str, name: str) -> Any:
    import sessionlab as sl

    names: dict[str, Any] = {"sl": sl}
    exec(compile(source, "stub", "exec"), names)  # the lesson's own source
    return names.get(name, ...)


def _equal(answer: Any, stub: Any) -> bool:
    return type(answer) is type(stub) and isinstance(stub, str | int | float | tuple | list | dict) and answer == stub
