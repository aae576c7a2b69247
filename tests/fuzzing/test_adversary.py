"""An adversary takes nothing beyond the grants, whatever it tries; a wallet that lacks a check is found out.

An ordinary run tries 150 operations under each ruleset; ``--adversary 20000`` as many as it says.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sessionlab.attacks.attack_lab import AttackLab, fresh_attack_lab
from sessionlab.attacks.mutants import compiled, find_mutant, lab_with
from sessionlab.core.permissions import DEPLOYED, DOCUMENTED, EXTENSIONS, Ruleset, extended
from tests.locking import one_at_a_time

from .adversary import machine, run

#: By the number of operations: how many kinds of refusal a run meets at least.
REFUSALS = {150: 8, 10_000: 25}
#: Checks that are missing, and the seed whose operations find it out.
MISSING = {
    "nothing-is-used-up": 3,
    "last-call-counts-alone": 3,
    "signature-unchecked": 10,
    "revocation-leaves-the-key": 4,
}


@pytest.mark.parametrize("rules", [DOCUMENTED, DEPLOYED], ids=lambda rules: rules.name)
def test_an_adversary_takes_nothing_beyond_the_grants(rules: Ruleset, request: pytest.FixtureRequest) -> None:
    wanted = int(request.config.getoption("--adversary"))
    more = extended(rules, EXTENSIONS)
    tested = machine(lambda: fresh_attack_lab(rules), lambda: fresh_attack_lab(more))
    tally = run(tested, wanted)
    of_tokens, of_ether = (sum(found) / len(tested.bounded) for found in zip(*tested.bounded, strict=True))
    print(f"{tally}\n{len(tested.bounded)} examples; with an end: tokens {of_tokens:.0%}, ETH {of_ether:.0%}")
    assert set(EXTENSIONS) <= tested.granted[more.extensions]
    assert not set(EXTENSIONS) & tested.granted[rules.extensions]
    assert min(of_tokens, of_ether) >= 0.3
    assert tally.operations >= wanted
    assert tally.share_accepted >= 0.05
    assert len(tally.refusals) >= max((met for size, met in REFUSALS.items() if size <= wanted), default=1)


@pytest.mark.parametrize("name", MISSING)
def test_an_adversary_finds_the_missing_check(name: str, request: pytest.FixtureRequest) -> None:
    """It can win. Each of these is found within 400 operations; here, from the seed that finds it."""
    mutant = find_mutant(name)
    with one_at_a_time("contracts"):
        code = compiled([mutant], Path(request.config.cache.mkdir("contracts")))  # type: ignore[union-attr]

    def fresh() -> AttackLab:
        return lab_with(mutant, code(mutant))

    with pytest.raises(AssertionError, match=r"rules:\n"):
        run(machine(fresh), 400, shrink=False, first=MISSING[name])
