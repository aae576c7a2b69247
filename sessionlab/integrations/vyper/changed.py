"""A compiled contract with one source changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches, unified_diff
from functools import lru_cache
from html import escape
from time import perf_counter
from tokenize import TokenError
from typing import Any

from sessionlab.attacks.mutants.recompile import Compiled, compiled, source_of
from sessionlab.core.base.doors import FLAG, TEXT, maybe, reads
from sessionlab.core.base.errors import InvalidInput, NotFound
from sessionlab.core.contracts.artifacts import FOLDER, artifact
from sessionlab.integrations.vyper.compile_error import CompileError, compile_error
from sessionlab.integrations.vyper.functions import with_functions
from sessionlab.study.extras import needs_extra

AROUND = 2
"""Context lines in a diff before and after each change."""


@dataclass(frozen=True)
class Changed:
    """A contract whose module ``module`` has the text ``source``. Print it to see the diff."""

    module: str
    contract: str
    source: str = field(repr=False)
    #: The module's source in the lab.
    original: str = field(repr=False)
    #: Runtime code, without immutables.
    runtime: bytes = field(repr=False)
    #: Storage variables that moved, were added or were removed, compared to the lab's contract.
    moved: tuple[str, ...] = ()
    #: Size of the immutables that follow the code, in bytes.
    immutable_bytes: int = field(default=0, repr=False)
    #: Compiled as the lab's contracts are, so that its gas can be compared with theirs.
    optimized: bool = False
    #: Compile time in seconds; almost 0 for a source that was just compiled. Not shown, so that outputs stay the same.
    seconds: float = field(default=0.0, compare=False)

    def __repr__(self) -> str:
        return f"<Changed {self.module}.vy of {self.contract}: {self._facts}>"

    def __str__(self) -> str:
        return f"{self!r}\n{self.diff}".rstrip()

    def _repr_html_(self) -> str:
        from sessionlab.core.base.html import BLUE, frame

        facts = [self._facts, *([f"storage moved: {', '.join(self.moved)}"] if self.moved else [])]
        body = "".join(f"<div>{escape(fact)}</div>" for fact in facts) + _diff_html(self.diff)
        return frame(f"{self.module}.vy of {self.contract}", BLUE, body)

    @property
    def diff(self) -> str:
        """The change as a unified diff; empty if nothing changed."""
        before, after = self.original.splitlines(), self.source.splitlines()
        lines = unified_diff(before, after, "in the lab", "here", n=AROUND, lineterm="")
        return "\n".join(lines)

    @property
    def _facts(self) -> str:
        out, in_ = (sum(line[:1] == sign for line in self.diff.splitlines()[2:]) for sign in "-+")
        lines = f"{out} line{'' if out == 1 else 's'} out, {in_} in" if out or in_ else "nothing changed"
        how = "optimized" if self.optimized else "not optimized"
        return f"{lines}; {len(self.runtime):,} bytes, {how}"


@reads(module=TEXT, old=TEXT, new=TEXT, contract=maybe(TEXT), optimized=FLAG)
def change(module: str, old: str, new: str, *, contract: str | None = None, optimized: bool = False) -> Changed:
    """Replace ``old`` with ``new`` in a module and compile its contract. ``old`` must occur exactly once.

    Takes about a second for a wallet or the EntryPoint, twice as long if ``optimized``. Raises CompileError if the
    source does not compile, InvalidInput if ``old`` does not occur exactly once, and NotFound for an unknown module.
    """
    source = source_of(module)
    result = source.count(old) if old else 0
    if result != 1:
        message = f"{module}.vy has this {result} times, not once: {old[:80]!r}."
        raise InvalidInput(message, field="old", asked=old, left=result, fix=_look_for(old, source, result))
    return _compiled(module, source.replace(old, new), contract, optimized)


@reads(module=TEXT, source=TEXT, contract=maybe(TEXT), optimized=FLAG)
def rewrite(module: str, source: str, *, contract: str | None = None, optimized: bool = False) -> Changed:
    """Compile a contract with a new source for one module. ``source``: the whole source, or replacement functions.

    Raises CompileError, InvalidInput or NotFound.
    """
    return _compiled(module, with_functions(source_of(module), source, module), contract, optimized)


#: Runs what is too large for the EntryPoint, and keeps its own code when the EntryPoint's is changed.
ROOM = "EntryPointLarge"


def contracts_with(module: str) -> list[str]:
    """Return the contracts that a module is compiled into; for a contract, itself."""
    if module[:1].isupper():
        return [module]
    names = [path.stem for path in sorted(FOLDER.glob("[A-Z]*.vy")) if module in _imports(path.stem)]
    return [name for name in names if name != ROOM]


@lru_cache
def _imports(name: str) -> frozenset[str]:
    direct = re.findall(r"^import (\w+)", source_of(name), re.MULTILINE)
    return frozenset(direct).union(*(_imports(module) for module in direct))


def _compiled(module: str, source: str, contract: str | None, optimized: bool) -> Changed:
    name = _contract(module, contract)
    begun = perf_counter()
    made = _compile(module, source, name, optimized)
    seconds = perf_counter() - begun
    facts = made.runtime, _moved(artifact(name).layout, made.layout), made.immutable_bytes
    return Changed(module, name, source, source_of(module), *facts, optimized, seconds)


@lru_cache(maxsize=32)
def _compile(module: str, source: str, contract: str, optimized: bool) -> Compiled:
    with needs_extra("contracts", "Changing a contract"):
        from vyper.exceptions import VyperException, VyperInternalException  # type: ignore[import-untyped]
    try:
        return compiled(module, source, contract, optimized=optimized)
    except (VyperException, VyperInternalException, SyntaxError, TokenError) as error:
        raise compile_error(module, source, error) from None
    except (IndexError, AttributeError, KeyError, TypeError, AssertionError) as error:  # what the compiler trips over
        kind, fix = type(error).__name__, "look for a function without a body: pass is one."
        raise CompileError(module, kind, f"the compiler fails: {kind}: {error}", (), fix) from None


def _contract(module: str, wanted: str | None) -> str:
    known = contracts_with(module)
    if wanted is None:
        wanted = "SessionWallet" if "SessionWallet" in known else known[0]
    if wanted not in known:
        fix = f"use one of: {', '.join(known)}."
        raise NotFound(f"{wanted} has no {module}.vy in it.", field="contract", asked=wanted, fix=fix)
    return wanted


def _moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    old, new = dict(_slots(before)), dict(_slots(after))
    return tuple(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))


def _slots(layout: Mapping[str, Any], of: str = "") -> list[tuple[str, tuple[Any, ...]]]:
    result = []
    for name, inner in layout.items():
        if isinstance(inner.get("slot"), int):
            result.append((of + name, (inner["slot"], inner["n_slots"], inner["type"])))
        else:
            result += _slots(inner, f"{of}{name}.")
    return result


def _look_for(old: str, source: str, result: int) -> str:
    if result > 1:
        return "give more of the lines around it, so that it stands there once."
    (first, *_) = [*old.strip().splitlines(), ""]
    close = get_close_matches(first.strip(), [line.strip() for line in source.splitlines()], n=1)
    return f"did you mean {close[0]!r}?" if close else "copy it from vyper.source(module), spaces included."


def _diff_html(diff: str) -> str:
    from sessionlab.core.base.html import GREEN, RED, SOFT, legible

    colours = {"+": legible(GREEN), "-": legible(RED), "@": SOFT}
    lines = []
    for line in diff.splitlines()[2:]:
        colour = colours.get(line[:1], "inherit")
        lines.append(f"<span style='color:{colour}'>{escape(line)}</span>")
    style = "margin:6px 0 0;font-size:13px;line-height:1.4;overflow-x:auto;background:none;color:inherit"
    return f"<pre style='{style}'>{chr(10).join(lines)}</pre>" if lines else ""
