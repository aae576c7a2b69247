"""Deposits and stakes: every step and every refusal, with each contract's own clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from sessionlab.core.base.abi_words import word
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from tests.differential.assembly import assemble, refuses
from tests.differential.cast import BANK, BENEFICIARY, ETHER
from tests.differential.interface import call, selector
from tests.differential.judged import assert_same
from tests.differential.twins import Transaction, Twins, parties

NOBODY = "0x" + "ab" * 20
#: Steps are (function, arguments, wei), or a number of seconds that pass.
Steps = Sequence[tuple[str, tuple[Any, ...], int] | int]
PAID = ("depositTo", (BANK.address,), 5 * ETHER)
STAKED = ("addStake", (60,), ETHER)
CASES: dict[str, tuple[Steps, str]] = {
    "deposit for another": ([("depositTo", (NOBODY,), 3)], ""),
    "deposit of nothing": ([("depositTo", (NOBODY,), 0)], ""),
    "deposit twice": ([PAID, PAID], ""),
    "withdraw some": ([PAID, ("withdrawTo", (BENEFICIARY, ETHER), 0)], ""),
    "withdraw all": ([PAID, ("withdrawTo", (BENEFICIARY, 5 * ETHER), 0)], ""),
    "withdraw nothing": ([("withdrawTo", (BENEFICIARY, 0), 0)], ""),
    "withdraw too much": ([PAID, ("withdrawTo", (BENEFICIARY, 5 * ETHER + 1), 0)], "Withdraw amount too large"),
    "withdraw from nothing": ([("withdrawTo", (BENEFICIARY, 1), 0)], "Withdraw amount too large"),
    "stake": ([STAKED], ""),
    "stake more": ([STAKED, STAKED], ""),
    "stake longer, without ETH": ([STAKED, ("addStake", (61,), 0)], ""),
    "stake shorter": ([STAKED, ("addStake", (59,), 1)], "cannot decrease unstake time"),
    "stake without delay": ([("addStake", (0,), 1)], "must specify unstake delay"),
    "stake nothing": ([("addStake", (1,), 0)], "no stake specified"),
    "stake the most": ([("addStake", (1,), 2**112 - 1)], ""),
    "stake too much": ([("addStake", (1,), 2**112)], "stake overflow"),
    "stake too much in two steps": ([("addStake", (1,), 2**112 - 1), ("addStake", (1,), 1)], "stake overflow"),
    "stake for the longest time": ([("addStake", (2**32 - 1,), 1), ("unlockStake", (), 0)], ""),
    "unlock nothing": ([("unlockStake", (), 0)], "not staked"),
    "unlock": ([STAKED, ("unlockStake", (), 0)], ""),
    "unlock twice": ([STAKED, ("unlockStake", (), 0), ("unlockStake", (), 0)], "already unstaking"),
    "stake again after unlocking": ([STAKED, ("unlockStake", (), 0), ("addStake", (60,), 0)], ""),
    "take nothing": ([("withdrawStake", (BENEFICIARY,), 0)], "No stake to withdraw"),
    "take what is locked": ([STAKED, ("withdrawStake", (BENEFICIARY,), 0)], "must call unlockStake() first"),
    "take too early": (
        [STAKED, ("unlockStake", (), 0), 59, ("withdrawStake", (BENEFICIARY,), 0)],
        "Stake withdrawal is not due",
    ),
    "take in time": ([STAKED, ("unlockStake", (), 0), 60, ("withdrawStake", (BENEFICIARY,), 0)], ""),
    "take twice": (
        [STAKED, ("unlockStake", (), 0), 60, *[("withdrawStake", (BENEFICIARY,), 0)] * 2],
        "No stake to withdraw",
    ),
    "stake shorter after taking": (
        [STAKED, ("unlockStake", (), 0), 60, ("withdrawStake", (BENEFICIARY,), 0), ("addStake", (1,), 1)],
        "",
    ),
    "unlock after taking": (
        [STAKED, ("unlockStake", (), 0), 60, ("withdrawStake", (BENEFICIARY,), 0), ("unlockStake", (), 0)],
        "not staked",
    ),
    "skip a nonce": ([("incrementNonce", (0,), 0), ("incrementNonce", (2**192 - 1,), 0)], ""),
}
STAKE_OF = call("getDepositInfo", BANK.address)


@pytest.mark.parametrize("case", CASES)
def test_steps(twins: Twins, case: str) -> None:
    """The last one is refused with the given words; after each, both keep the same."""
    steps, refusal = CASES[case]
    seen = ""
    for step in steps:
        if isinstance(step, int):
            for side in twins.sides:
                side.chain.travel(step)
            continue
        name, arguments, value = step
        seen = assert_same(twins, made(call(name, *arguments), value)).refusal
        kept = [side.chain.call(ENTRY_POINT, STAKE_OF).output for side in twins.sides]
        assert kept[0] == kept[1]
    assert seen == (f"Error({refusal!r},)" if refusal else "")


@pytest.mark.parametrize("what", ["deposit", "stake"])
def test_to_somebody_who_refuses(twins: Twins, what: str) -> None:
    refusing = twins.place(assemble(refuses(word(7))))
    twins.prepare(made(call("depositTo", BANK.address), ETHER))
    twins.prepare(made(call("addStake", 1), ETHER))
    twins.prepare(made(call("unlockStake")))
    for side in twins.sides:
        side.chain.travel(1)
    data = call("withdrawTo", refusing, 1) if what == "deposit" else call("withdrawStake", refusing)
    expected = "failed to withdraw" if what == "deposit" else "failed to withdraw stake"
    assert assert_same(twins, made(data)).refusal == f"Error({expected!r},)"


@pytest.mark.parametrize(
    "data",
    [
        selector("addStake") + word(2**32),
        selector("depositTo") + word(2**160),
        selector("withdrawTo") + word(2**200) + word(0),
        selector("incrementNonce") + word(2**192),
        selector("withdrawTo") + word(1),
        selector("unlockStake") + word(1),
    ],
    ids=["delay", "account", "address", "key", "short", "long"],
)
def test_words_that_do_not_fit(twins: Twins, data: bytes) -> None:
    assert_same(twins, made(data))


def made(data: bytes, value: int = 0) -> Transaction:
    return Transaction(
        BANK,
        data,
        value=value,
        parties=parties(BANK.address, BENEFICIARY, NOBODY),
        keys=frozenset({(BANK.address, 0), (BANK.address, 2**192 - 1)}),
    )
