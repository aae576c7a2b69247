"""SessionWallets with one rule removed or bent, compiled from patched sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sessionlab.core.contracts.recompile import Patched, source_of
from sessionlab.core.permissions import Ruleset

#: The wallet and the modules that hold its rules.
MODULES = (
    "SessionWallet",
    "validation",
    "deferral",
    "installing",
    "sessions",
    "signatures",
    "reach",
    "calls",
    "reading",
    "spending",
    "allowances",
)


@dataclass(frozen=True)
class Mutation:
    """One check, the patch that removes or bends it, and what shows that it is gone."""

    file: str
    old: str
    new: str
    #: Acts in a world and returns what happened; ``expect`` on the real wallet, anything else on the mutant.
    scenario: Callable[[Any], Any]
    expect: Any
    rules: Ruleset

    def __repr__(self) -> str:
        return f"{self.file}: {' '.join(self.old.split())[:70]} → {' '.join(self.new.split())[:30]}"

    @property
    def lines(self) -> range:
        """The lines of the source, from 0, that the patch replaces; ValueError unless it matches exactly once."""
        source = source_of(self.file)
        if source.count(self.old) != 1:
            raise ValueError(f"{self.file}.vy has {source.count(self.old)} times: {self.old}")
        first = source[: source.index(self.old)].count("\n")
        return range(first, first + self.old.rstrip("\n").count("\n") + 1)

    @property
    def patched(self) -> Patched:
        return Patched(self.file, source_of(self.file).replace(self.old, self.new))
