"""An adversary takes nothing beyond the grants, whatever it tries; a wallet that lacks a check is found out.

An ordinary run tries 150 operations under each ruleset; ``--adversary 20000`` as many as it says.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sessionlab.attacks.scene import Scene, fresh_scene
from sessionlab.attacks.weakness import compiled, find_weakness, weak_scene
from sessionlab.permissions import DEPLOYED, DOCUMENTED, EXTENSIONS, Ruleset, extended
from tests.locking import one_at_a_time

from .adversary import machine, run

#: By the number of operations: how many kinds of refusal a run meets at least.
REFUSALS = {150: 8, 10_000: 25}
MISSING = ("nothing-is-used-up", "last-call-counts-alone", "signature-unchecked", "revocation-leaves-the-key")


@pytest.mark.parametrize("rules", [DOCUMENTED, DEPLOYED], ids=lambda rules: rules.name)
def test_an_adversary_takes_nothing_beyond_the_grants(rules: Ruleset, request: pytest.FixtureRequest) -> None:
    wanted = int(request.config.getoption("--adversary"))
    more = extended(rules, EXTENSIONS)
    tested = machine(lambda: fresh_scene(rules), lambda: fresh_scene(more))
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
    """It can win. Each of these is found within 400 operations."""
    weakness = find_weakness(name)
    with one_at_a_time("contracts"):
        code = compiled([weakness], Path(request.config.cache.mkdir("contracts")))  # type: ignore[union-attr]

    def fresh() -> Scene:
        return weak_scene(weakness, code(weakness))

    with pytest.raises(AssertionError, match=r"rules:\n"):
        run(machine(fresh), 400, shrink=False)
