"""The table of all mutants, contract by contract."""

from __future__ import annotations

from difflib import get_close_matches

from sessionlab.attacks.mutants import (
    bundles,
    calls,
    deposits,
    entry_point,
    installing,
    paymaster,
    published,
    reach,
    sessions,
    signatures,
    spending,
    validation,
    wallet,
)
from sessionlab.attacks.mutants.mutant import Mutant
from sessionlab.core.base.doors import TEXT, reads
from sessionlab.core.base.errors import NotFound

MUTANTS: tuple[Mutant, ...] = (
    *wallet.MUTANTS,
    *validation.MUTANTS,
    *calls.MUTANTS,
    *spending.MUTANTS,
    *installing.MUTANTS,
    *reach.MUTANTS,
    *sessions.MUTANTS,
    *signatures.MUTANTS,
    *entry_point.MUTANTS,
    *bundles.MUTANTS,
    *deposits.MUTANTS,
    *paymaster.MUTANTS,
    *published.MUTANTS,
)
#: Mutants that an attack must detect, or that are equivalent for every attack.
WEAKER = tuple(mutant for mutant in MUTANTS if not mutant.stricter)


@reads(name=TEXT)
def find_mutant(name: str) -> Mutant:
    """Return the mutant with this name. Raises NotFound if there is none."""
    known = {mutant.name: mutant for mutant in MUTANTS}
    if name not in known:
        near = get_close_matches(name, known, 3) or list(known)[:3]
        message = f"There is no mutant {name!r}."
        raise NotFound(message, field="name", asked=name, fix=f"try {', '.join(near)}; or none, for all.")
    return known[name]
