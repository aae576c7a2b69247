"""Run attacks by name in one call, on the original wallet or on a mutant.

run("batch-split").by                                      the error that stops it
run("stale-allowlist", rules="deployed").taken             what it takes under the deployed rules
run("wrapped-call", mutant="wrapped-reach-unchecked")      the same on a wallet that lacks one check
successful("last-call-counts-alone")                       every attack that this mutant lets through
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sessionlab.attacks.attack import Attack, AttackResult, attacks, find_attack, judge
from sessionlab.attacks.mutants.mutant import Mutant
from sessionlab.attacks.mutants.running import compiled, killed_by, lab_with
from sessionlab.attacks.mutants.table import find_mutant
from sessionlab.core.base.doors import each, maybe, reads
from sessionlab.study.doors import RULES, a

if TYPE_CHECKING:
    from sessionlab.core.permissions.rulesets import Ruleset


_ATTACK_ITSELF = a("sessionlab.attacks.attack:Attack", fix="give one of attacks.all_attacks().")
_MUTANT_ITSELF = a("sessionlab.attacks.mutants.mutant:Mutant", fix="give its name, or attacks.find_mutant(name).")


def _attack(value: Any, field: str) -> Any:
    return find_attack(value) if isinstance(value, str) else _ATTACK_ITSELF(value, field)


def _mutant(value: Any, field: str) -> Any:
    return find_mutant(value) if isinstance(value, str) else _MUTANT_ITSELF(value, field)


@reads(attack=_attack, rules=maybe(RULES), mutant=maybe(_mutant))
def run(
    attack: Attack | str, *, rules: Ruleset | str | None = None, mutant: Mutant | str | None = None
) -> AttackResult:
    """Run one attack on a fresh chain.

    ``rules`` defaults to the documented rules, or to those that the mutant's own attack needs. Compiling a mutant takes
    a second or two the first time. Raises NotFound for an unknown attack or mutant, and InvalidInput for unknown rules.
    """
    from sessionlab.attacks.attack_lab import fresh_attack_lab
    from sessionlab.core.permissions.rulesets import ruleset

    attack = find_attack(attack) if isinstance(attack, str) else attack
    if mutant is None:
        return judge(attack, fresh_attack_lab(attack.under(ruleset(rules or "documented"))))
    mutant = find_mutant(mutant) if isinstance(mutant, str) else mutant
    return judge(
        attack, lab_with(mutant, compiled([mutant])(mutant), attack.under(ruleset(rules) if rules else mutant.ruleset))
    )


@reads(mutant=_mutant, among=maybe(each(_ATTACK_ITSELF)))
def successful(mutant: Mutant | str, among: Iterable[Attack] | None = None) -> list[AttackResult]:
    """Return the attacks that the original contract refuses and the mutant does not, with what each takes.

    ``among``: the attacks to try; all of them by default. Raises NotFound for an unknown mutant.
    """
    mutant = find_mutant(mutant) if isinstance(mutant, str) else mutant
    return list(killed_by(mutant, compiled([mutant])(mutant), attacks() if among is None else among))
