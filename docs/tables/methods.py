"""Every JSON-RPC method that a served lab answers, and the published ones that it leaves out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import sessionlab as sl
from sessionlab.core.base import rpc_codes
from sessionlab.node.bundler.debug_methods import DEBUG_METHODS, DEBUG_PARAMETERS
from sessionlab.node.methods import METHODS
from sessionlab.node.parameters import PARAMETERS
from sessionlab.node.reference import GROUPS, left_out

from .text import capital, code, escaped, table


def served() -> dict[str, Callable[..., Any]]:
    """Return what answers each method, by name."""
    methods: dict[str, Callable[..., Any]] = {**METHODS, **sl.Lab._api_methods, **DEBUG_METHODS}
    return {name: methods[name] for name in sorted(methods)}


def page() -> str:
    """Return the methods as Markdown."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    methods = served()
    yield from (
        "A method without a note here answers as geth does. A question mark follows a parameter that may be left out.",
        "",
    )
    for prefix, what in GROUPS.items():
        group = {name: method for name, method in methods.items() if name.startswith(prefix)}
        yield from (f"## {prefix}", "", f"{what}.", "")
        yield from table(
            ("method", "takes", "answer"),
            ((code(name), _takes(name), _said(name, method)) for name, method in group.items()),
        )
    yield from ("## Left out", "", "Published methods that are answered with -32601.", "")
    yield from table(("method", "why"), ((code(name), escaped(why)) for name, why in left_out().items()))
    yield from ("## Codes of errors", "", "None but `busy` makes clients retry.", "")
    codes = {name: number for name, number in vars(rpc_codes).items() if isinstance(number, int)}
    rows = ((str(number), name.lower().replace("_", " ")) for name, number in codes.items())
    yield from table(("code", "means"), rows)


def _takes(name: str) -> str:
    """Return the names of a node method's parameters; a question mark follows one that may be left out."""
    return ", ".join(map(code, {**PARAMETERS, **DEBUG_PARAMETERS}.get(name, "").split()))


def _said(name: str, method: Callable[..., Any]) -> str:
    """Return the first sentence of what answers, without the method's own name."""
    inner = getattr(method, "method", method)
    text = " ".join((inner.__doc__ or "").partition("\n\n")[0].split()) if inner.__name__ != "<lambda>" else ""
    text = re.sub(r"^Answer [a-z]+\d*_\w+(?: and \w+)?[\s:;,.]*", "", text)
    return escaped(capital(text))
