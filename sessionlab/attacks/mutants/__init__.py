"""Mutants of the contracts: each has one check removed or altered and names the attack that then succeeds.

    mutant = find_mutant("signature-unchecked")
    code = compiled([mutant])                                 a second or two each the first time, then cached
    result = judge(find_attack(mutant.attack), lab_with(mutant, code(mutant)))
    result.taken                                              '1 count'

Each part of the contracts has a module; ``published`` has the vulnerabilities of published incidents. The attacks, the
course and the contract tests all use this table.
"""

from sessionlab.attacks.mutants.mutant import Mutant
from sessionlab.attacks.mutants.running import Code, compiled, killed_by, lab_with
from sessionlab.attacks.mutants.table import MUTANTS, WEAKER, find_mutant

__all__ = ["MUTANTS", "WEAKER", "Code", "Mutant", "compiled", "find_mutant", "killed_by", "lab_with"]
