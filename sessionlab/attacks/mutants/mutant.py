"""One mutant: a contract in which one check is removed or altered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sessionlab.attacks.mutants.recompile import Recompilation
    from sessionlab.core.permissions.rulesets import Ruleset

#: Replaces the condition of a check, so that the check never fires.
NEVER = "if False:"


@dataclass(frozen=True)
class Mutant:
    """A change to one contract. ``old`` occurs exactly once in the source of ``module``; ``new`` replaces it.

    ``attack``: an attack that the original refuses and this mutant does not, under ``rules``.
    ``equivalent``: why no attack gains anything, if none does; another check then covers this one.
    A mutant with neither is stricter than the original: it refuses what should pass. The contract tests detect it;
    attacks cannot.
    """

    name: str
    what: str
    old: str
    new: str = ""
    attack: str = ""
    equivalent: str = ""
    rules: str = "documented"
    module: str = "SessionWallet"
    contract: str = "SessionWallet"
    #: Permission types beyond production's that its lab must support.
    extensions: tuple[str, ...] = ()

    @property
    def ruleset(self) -> Ruleset:
        """The rules of the mutant's lab."""
        from sessionlab.core.permissions.rulesets import ruleset

        return ruleset(self.rules, self.extensions)

    def __repr__(self) -> str:
        return f"<Mutant {self.name}: {self.what}>"

    @property
    def stricter(self) -> bool:
        """Whether it refuses more than the original instead of less."""
        return not self.attack and not self.equivalent

    @property
    def lines(self) -> range:
        """The source lines that change, counted from 0. Raises ValueError unless ``old`` occurs exactly once."""
        from sessionlab.attacks.mutants.recompile import source_of

        source = source_of(self.module)
        if source.count(self.old) != 1:
            raise ValueError(f"{self.module}.vy has {source.count(self.old)} times: {self.old}")
        first = source[: source.index(self.old)].count("\n")
        return range(first, first + self.old.rstrip("\n").count("\n") + 1)

    @property
    def recompilation(self) -> Recompilation:
        """The contract to compile, with the change applied."""
        from sessionlab.attacks.mutants.recompile import Recompilation, source_of

        return Recompilation(self.module, source_of(self.module).replace(self.old, self.new), self.contract)
