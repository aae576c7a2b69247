"""The public names, each on one page of the reference. A name that no page asks for stands on the last one."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import is_dataclass
from functools import cache
from inspect import isclass, isroutine
from pathlib import Path
from typing import Any

from sphinx.errors import PycodeError
from sphinx.pycode import ModuleAnalyzer

import sessionlab as sl
from sessionlab.core.permissions.types import Permission

PAGES = Path(__file__).parents[1]
ASKED = re.compile(r"<!-- names: ([^>]*?) -->", re.DOTALL)
#: In a page's list: all that no other page asks for.
REST = "the rest"
#: The bases whose members are Python's, pydantic's or a library's, and not told again.
NOT_OURS = "object, BaseModel, BaseException, dict, tuple, str, int, BaseChainBackend, EthereumTesterProvider"

#: Classes that people make objects of. Of other classes, the library makes them, and no constructor is shown.
MADE_BY_PEOPLE = {
    "Lab", "SmartWalletClient", "HttpProvider", "WalletApiClient", "Call", "Gas", "WalletState", "Ruleset",
    "experiments.Sweep", "eth_tester.LabBackend", "eth_tester.LabTesterProvider",
}  # fmt: skip


@cache
def public() -> dict[str, Any]:
    """Return every public name with its value, such as ``Lab`` and ``pictures.burn_down``."""
    result = {name: getattr(sl, name) for name in sl.__all__}
    for module in modules():
        result |= {f"{module}.{name}": getattr(result[module], name) for name in result[module].__all__}
    return result


def modules() -> list[str]:
    """Return the public modules."""
    return sorted(sl._PUBLIC_MODULES)


@cache
def links() -> dict[str, str]:
    """Return the target of each name that docstrings may mention."""
    return {name: f"sessionlab.{name}" for name in public() if name not in modules() and not name.startswith("__")}


def fill(page: str) -> str:
    """Return a page with each ``<!-- names: Lab, pictures.* -->`` replaced by what autodoc makes of these names."""
    return ASKED.sub(lambda asked: "\n".join(_directives(_expanded(asked[1]))), page)


def asked_for() -> set[str]:
    """Return the names that some page asks for."""
    texts = (page.read_text("utf-8") for page in PAGES.rglob("*.md"))
    return {name for text in texts for asked in ASKED.findall(text) if asked != REST for name in _expanded(asked)}


def _expanded(asked: str) -> list[str]:
    """Return the names in a list. Raises KeyError for one that is not public."""
    if asked == REST:
        return [name for name in public() if name not in asked_for() and name not in modules()]
    result: list[str] = []
    for name in (part.strip() for part in asked.split(",")):
        module = name.removesuffix(".*")
        result += [other for other in public() if other.startswith(f"{module}.")] if module != name else [name]
    unknown = [name for name in result if name not in public()]
    if unknown:
        raise KeyError(f"not public: {', '.join(unknown)}")
    return result


def _directives(names: list[str]) -> Iterator[str]:
    yield "```{eval-rst}"
    for name in names:
        yield from _directive(f"sessionlab.{name}", public()[name])
        yield ""
    yield "```"


def _directive(path: str, value: Any) -> Iterator[str]:
    if isclass(value):
        yield f".. {'autoexception' if issubclass(value, BaseException) else 'autoclass'}:: {path}"
        yield "   :members:"
        if issubclass(value, Permission):
            yield from ("   :undoc-members:", "   :exclude-members: type, model_config")
        else:
            yield f"   :inherited-members: {NOT_OURS}"
            yield from ("   :undoc-members:",) if is_dataclass(value) else ()
    elif isroutine(value):
        yield f".. autofunction:: {path}"
    else:
        yield from (f".. py:data:: {path}", f"   :type: {type(value).__name__}", "")
        yield from (f"   {line}" for line in _comment(path.rpartition(".")[2], value))


def _comment(name: str, value: Any) -> list[str]:
    """Return the comment (``#: …``) or text that stands with a constant where it is made."""
    for home, module in list(sys.modules.items()):
        if home.startswith("sessionlab.") and vars(module).get(name) is value:
            try:
                lines: list[str] | None = ModuleAnalyzer.for_module(home).find_attr_docs().get(("", name))
            except PycodeError:
                continue
            if lines:
                return lines
    return []


def signature(path: str, value: Any, signature: str | None) -> str | None:
    """Return the signature to show: of a permission, its fields; of what the library makes, none."""
    if isclass(value) and issubclass(value, Permission):
        kinds = {"amount": "int", "address": "str", "functions": "Sequence[str]"}
        fields = ", ".join(f"{name}: {kinds[form]}" for name, form in value.fields().items())
        return f"(*, {fields})" if fields else "()"
    return signature if not isclass(value) or path.removeprefix("sessionlab.") in MADE_BY_PEOPLE else ""
