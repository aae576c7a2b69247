"""The package's docstrings, which are plain text with indented examples, as reStructuredText for autodoc."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping

CODE = re.compile(r"``.+?``|`[^`]+`", re.DOTALL)
ITEM = re.compile(r"(?:[-*•]|\d+\.) ")
#: What reStructuredText would read as markup: emphasis, a substitution, a link, a footnote, a role.
MARKUP = re.compile(r"[*|`\\]|_(?=\W|$)|(?<=\w)::$")


def as_rst(lines: list[str], links: Mapping[str, str]) -> list[str]:
    """Return a docstring for autodoc. ``links``: the targets of names that are in the reference, by their spelling."""
    result: list[str] = []
    for paragraph in _paragraphs(lines):
        first = paragraph[0]
        if first.startswith(">>>"):
            result += paragraph
        elif first.startswith(" "):
            result += [".. code-block:: python" if _is_python(paragraph) else ".. code-block:: text", ""]
            result += textwrap.indent(textwrap.dedent("\n".join(paragraph)), "    ").splitlines()
        else:
            result += _prose(paragraph, links)
        result.append("")
    return result


def _paragraphs(lines: list[str]) -> Iterator[list[str]]:
    """Yield the paragraphs. An indented block, or an example with empty lines in it, is one."""
    paragraph: list[str] = []
    for line in (line.rstrip() for line in [*lines, "", "."]):
        if not paragraph:
            paragraph = [line] if line else []
        elif _goes_on(paragraph, line):
            paragraph.append(line)
        else:
            while not paragraph[-1]:
                paragraph.pop()
            yield paragraph
            paragraph = [line] if line else []


def _goes_on(paragraph: list[str], line: str) -> bool:
    """Return whether a line belongs to the paragraph. An indented block goes on over empty lines."""
    first = paragraph[0]
    if first.startswith(" "):
        return not line or line.startswith(" ")
    if first.startswith(">>>"):
        return bool(line) and bool(paragraph[-1])
    if ITEM.match(first):
        return bool(ITEM.match(line)) or line.startswith(" ")
    return bool(line) and not line.startswith((" ", ">>>")) and not ITEM.match(line)


def _is_python(paragraph: list[str]) -> bool:
    try:
        compile(textwrap.dedent("\n".join(paragraph)), "an example", "exec")
    except SyntaxError:
        return False
    return True


def _prose(paragraph: list[str], links: Mapping[str, str]) -> list[str]:
    text = "\n".join(paragraph)
    result, end = [], 0
    for code in CODE.finditer(text):
        result += [MARKUP.sub(r"\\\g<0>", text[end : code.start()]), _linked(code.group(), links)]
        end = code.end()
    return "".join([*result, MARKUP.sub(r"\\\g<0>", text[end:])]).splitlines()


def _linked(code: str, links: Mapping[str, str]) -> str:
    inner = " ".join(code.strip("`").split())
    target = links.get(inner.removeprefix("sl."))
    return f":py:obj:`{inner} <{target}>`" if target else f"``{inner}``"
