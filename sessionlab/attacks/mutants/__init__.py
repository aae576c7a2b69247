"""Mutants of the contracts: each has one check removed or bent, and names the attack that succeeds because of it.

    mutant = find_mutant("signature-unchecked")
    code = compiled([mutant])                                 a second or two for each, kept for the next time
    result = judge(find_attack(mutant.attack), lab_with(mutant, code(mutant)))
    result.taken                                              '1 count'

One module for each part of the contracts; ``published`` holds the holes of published incidents. The attacks, the course
and the tests of the contracts read this one table.
"""

from sessionlab.attacks.mutants.mutant import Mutant
from sessionlab.attacks.mutants.running import Code, compiled, killed_by, lab_with
from sessionlab.attacks.mutants.table import MUTANTS, WEAKER, find_mutant

__all__ = ["MUTANTS", "WEAKER", "Code", "Mutant", "compiled", "find_mutant", "killed_by", "lab_with"]
