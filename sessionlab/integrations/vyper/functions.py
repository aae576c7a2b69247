"""Replace functions in a Vyper source with new versions of the same names."""

from __future__ import annotations

import re

from sessionlab.core.base.errors import InvalidInput

_DEFINITION = re.compile(r"^def (\w+)", re.MULTILINE)
#: An unindented line that starts a top-level item: a definition or its decorator, a declaration, an import.
_BEGINS = re.compile(r"^[^\s#)\]}]")


def with_functions(source: str, text: str, module: str) -> str:
    """Return ``text`` if it is a whole source (it has a pragma), else ``source`` with the functions from ``text``."""
    if re.search(r"^#\s*(@version|pragma version)\b", text, re.MULTILINE):
        return text if text.endswith("\n") else text + "\n"
    pieces = functions(text)
    known = functions(source)
    rest = text
    for piece in pieces.values():
        rest = rest.replace(piece, "", 1)
    if not pieces or _code(rest):
        fix = f"begin with '# pragma version', as vyper.source({module!r}) does; or give nothing but functions."
        message = f"This is neither a whole source of {module}.vy nor functions of it."
        raise InvalidInput(message, field="source", asked=(_code(rest) or text)[:80], fix=fix)
    for name, piece in pieces.items():
        if name not in known:
            fix = f"it has {', '.join(known)}; to add one, give the whole source."
            raise InvalidInput(f"{module}.vy has no function {name!r}.", field="source", asked=name, fix=fix)
        source = source.replace(known[name], piece.strip("\n") + "\n", 1)
    return source


def functions(source: str) -> dict[str, str]:
    """Return the functions of a source by name, each with its decorators, up to its last line of code."""
    lines = source.splitlines(keepends=True)
    result: dict[str, str] = {}
    for at, line in enumerate(lines):
        match = _DEFINITION.match(line)
        if match is None:
            continue
        first = at
        while first and lines[first - 1].startswith("@"):
            first -= 1
        last = next((n for n in range(at + 1, len(lines)) if _BEGINS.match(lines[n])), len(lines))
        while last > at and not _code(lines[last - 1]):
            last -= 1
        result[match[1]] = "".join(lines[first:last])
    return result


def _code(text: str) -> str:
    """Strip blank lines and comments."""
    return "\n".join(line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
