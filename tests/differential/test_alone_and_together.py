"""An operation that passes alone, with the lab's limits, passes in any bundle with which it shares nothing."""

from __future__ import annotations

from random import Random

import pytest

from sessionlab.core.erc4337.user_operation import UserOperation
from tests.differential.cast import WALLETS
from tests.differential.judged import never_ran, successes
from tests.differential.operations import KINDS, bundle, of_wallet
from tests.differential.twins import Twins

SPONSORS = ("", "open", "signed")
BUNDLES = 8


def drawn(twins: Twins, random: Random) -> list[UserOperation]:
    """One operation of each wallet, each with its own recipient or counter: none takes from another."""
    return [
        of_wallet(twins, random.choice(KINDS), number, sponsor=random.choice(SPONSORS), parallel=0)
        for number in range(WALLETS)
    ]


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("seed", range(1))
def test_what_passes_alone_passes_together(twins: Twins, seed: int, side: str) -> None:
    random = Random(f"together {seed}")
    chosen = getattr(twins, side)
    operations = drawn(twins, random)
    start = chosen.chain.checkpoint()

    def outcome(of: list[UserOperation], appended: bytes = b"") -> list[bool]:
        made = bundle(of, appended=appended)
        seen = chosen.observe(made)
        chosen.chain.restore(start)
        assert seen.status == 1, seen.refusal
        assert never_ran(seen, made.operations) == []
        return successes(seen)

    assert [outcome([operation]) for operation in operations] == [[True]] * WALLETS
    for size in [WALLETS, *(random.randint(2, WALLETS) for _ in range(BUNDLES))]:
        together = random.sample(operations, size)
        appended = random.randbytes(random.choice([0, 0, 500, 20_000]))
        assert outcome(together, appended) == [True] * size
