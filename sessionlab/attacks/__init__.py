"""Attacks on sessions, run on the EVM: known attacks, case studies, levels, and a thief with a stolen session key.

attacks.run("batch-split")                     run a known attack; the result says what refused it or what it took
attacks.find_attack("batch-split")             what the attack tries, what the attacker holds, where it was published
attacks.all_attacks()                          every known attack
attacks.find_mutant("last-call-counts-alone")  a contract with one check removed or altered
attacks.successful(mutant)                     the attacks that succeed on it but not on the original
attacks.case_study("own-bundler")              run one of ``attacks.INCIDENTS`` on a vulnerable and on a sound wallet
attacks.level(2)                               a wallet with one vulnerability to exploit and fix
attacks.Thief(lab, wallet, session)            uses a session's key without our client
attacks.hostile_contract(lab, calls)           deploy an attacker's contract that makes these calls when called
attacks.mass_invalidation(100)                 what one write costs a bundler whose mempool holds 100 operations
attacks.sponsored_by(paymaster, wallet, calls, lab)   an operation that a paymaster of your own pays for
attacks.send_operation(operation, lab)         send it to the bundler; the denial, or None
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.near import UnknownName

#: Public name -> (module, name in that module).
_HOME = {
    "INCIDENTS": ("incidents.cases", "INCIDENTS"),
    "Attack": ("attack", "Attack"),
    "AttackResult": ("attack", "AttackResult"),
    "CLOCKED_PAYMASTER": ("invalidation", "CLOCKED_PAYMASTER"),
    "Invalidation": ("invalidation", "Invalidation"),
    "Mutant": ("mutants.mutant", "Mutant"),
    "SWITCH": ("invalidation", "SWITCH"),
    "SWITCHED_WALLET": ("invalidation", "SWITCHED_WALLET"),
    "Taken": ("holdings", "Taken"),
    "Thief": ("thief", "Thief"),
    "all_attacks": ("attack", "attacks"),
    "case_study": ("incidents.running", "case_study"),
    "find_attack": ("attack", "find_attack"),
    "find_mutant": ("mutants.table", "find_mutant"),
    "hostile_contract": ("hostile", "hostile_contract"),
    "level": ("levels", "level"),
    "mass_invalidation": ("invalidation", "mass_invalidation"),
    "run": ("by_name", "run"),
    "send_operation": ("invalidation", "send_operation"),
    "sponsored_by": ("invalidation", "sponsored_by"),
    "successful": ("by_name", "successful"),
}

if TYPE_CHECKING:
    from sessionlab.attacks.attack import Attack, AttackResult, find_attack
    from sessionlab.attacks.attack import attacks as all_attacks
    from sessionlab.attacks.by_name import run, successful
    from sessionlab.attacks.holdings import Taken
    from sessionlab.attacks.hostile import hostile_contract
    from sessionlab.attacks.incidents.cases import INCIDENTS
    from sessionlab.attacks.incidents.running import case_study
    from sessionlab.attacks.invalidation import (
        CLOCKED_PAYMASTER,
        SWITCH,
        SWITCHED_WALLET,
        Invalidation,
        mass_invalidation,
        send_operation,
        sponsored_by,
    )
    from sessionlab.attacks.levels import level
    from sessionlab.attacks.mutants.mutant import Mutant
    from sessionlab.attacks.mutants.table import find_mutant
    from sessionlab.attacks.thief import Thief

__all__ = [
    "CLOCKED_PAYMASTER",
    "INCIDENTS",
    "SWITCH",
    "SWITCHED_WALLET",
    "Attack",
    "AttackResult",
    "Invalidation",
    "Mutant",
    "Taken",
    "Thief",
    "all_attacks",
    "case_study",
    "find_attack",
    "find_mutant",
    "hostile_contract",
    "level",
    "mass_invalidation",
    "run",
    "send_operation",
    "sponsored_by",
    "successful",
]


if not TYPE_CHECKING:  # type checkers know the names above, and refuse any other

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise UnknownName(f"module {__name__!r}", name, lambda: __all__)
        module, there = _HOME[name]
        value = getattr(import_module(f"{__name__}.{module}"), there)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return __all__
