"""Which operations may join the mempool: both sides of each rule of ERC-7562, on plain data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sessionlab.core.evm.records import Authorization
from sessionlab.node.bundler.mempool import MOST_WAITING, least_fee, same_place, with_digest, without
from sessionlab.node.bundler.reputation import Counts
from sessionlab.node.bundler.trace import ACCOUNT, FACTORY, PAYMASTER
from tests.bundler.pool import GWEI, address, code_against, joined_by, priced, rule_against, waiting

PAYMASTERS, FACTORIES = 500, 600
DEAR = {"fee": 20 * GWEI, "tip": 2 * GWEI}
SHARED: dict[str, Any] = {"paymaster": PAYMASTERS, "factory": FACTORIES}
BANNED, THROTTLED = Counts(510, 0), Counts(110, 0)
STAKED_SENDER, STAKED_PAYMASTER = frozenset({ACCOUNT}), frozenset({PAYMASTER})


def named(role: str, number: int) -> dict[str, Any]:
    return {role: number}


@pytest.mark.parametrize(
    ("fee", "tip", "wrong"),
    [
        (11 * GWEI, 11 * GWEI // 10, None),
        (11 * GWEI - 1, 11 * GWEI // 10, "maxFeePerGas"),
        (11 * GWEI, 11 * GWEI // 10 - 1, "maxPriorityFeePerGas"),
        (10 * GWEI, GWEI, "maxPriorityFeePerGas"),
        (20 * GWEI, GWEI, "maxPriorityFeePerGas"),
        (10 * GWEI, 2 * GWEI, "maxFeePerGas"),
        (20 * GWEI, 2 * GWEI, None),
    ],
)
def test_an_operation_is_replaced_if_both_fees_are_ten_percent_higher(fee: int, tip: int, wrong: str | None) -> None:
    first, other = waiting(1), waiting(2)
    pool, new = joined_by(first, other), priced(first, fee=fee, tip=tip)
    refused = rule_against(pool, new)
    if wrong is None:
        assert refused is None
        assert joined_by(first, other, new) == (new, other)
    else:
        assert refused is not None
        assert (refused.rejection.code, refused.rejection.revert.args["field"]) == ("ReplacementUnderpriced", wrong)


@pytest.mark.parametrize(("fee", "least"), [(0, 0), (1, 2), (9, 10), (10, 11), (11, 13), (10**18, 11 * 10**17)])
def test_the_least_fee_is_rounded_up(fee: int, least: int) -> None:
    assert least_fee(fee) == least


def test_another_nonce_key_replaces_nothing() -> None:
    first, second = waiting(1, 0), waiting(1, 1 << 64)
    assert joined_by(first, second) == (first, second)


def test_an_unstaked_sender_has_four_operations_waiting() -> None:
    """UREP-010, and UREP-011: a staked sender has as many as it likes."""
    four = joined_by(*(waiting(1, n << 64) for n in range(4)))
    assert code_against(four[:3], waiting(1, 4 << 64)) is None
    assert code_against(four, waiting(1, 4 << 64)) == "UREP-010"
    assert code_against(four, waiting(2)) is None
    assert code_against(four, waiting(1, 4 << 64, staked=STAKED_SENDER)) is None


def test_a_replacement_does_not_count_twice() -> None:
    four = joined_by(*(waiting(1, n << 64) for n in range(4)))
    assert code_against(four, priced(four[3], fee=20 * GWEI, tip=2 * GWEI)) is None


def test_an_unstaked_paymaster_has_ten_operations_waiting() -> None:
    """UREP-020."""
    ten = joined_by(*(waiting(n, paymaster=PAYMASTERS) for n in range(1, 11)))
    assert code_against(ten[:9], waiting(11, paymaster=PAYMASTERS)) is None
    assert code_against(ten, waiting(11, paymaster=PAYMASTERS)) == "UREP-020"
    assert code_against(ten, waiting(11, paymaster=PAYMASTERS + 1)) is None
    assert code_against(ten, waiting(11, paymaster=PAYMASTERS, staked=STAKED_PAYMASTER)) is None
    earned = {address(PAYMASTERS): Counts(10, 4)}
    assert code_against(ten, waiting(11, paymaster=PAYMASTERS), reputation=earned) is None


@pytest.mark.parametrize("role", [ACCOUNT, PAYMASTER, FACTORY])
def test_a_banned_entity_is_not_taken(role: str) -> None:
    """GREP-010."""
    entry = waiting(1, paymaster=PAYMASTERS, factory=FACTORIES)
    reputation = {entry.entities[role]: BANNED}
    assert code_against((), entry, reputation=reputation) == "GREP-010"
    assert code_against((), entry, reputation={entry.entities[role]: Counts(509, 0)}) is None


@pytest.mark.parametrize("role", [PAYMASTER, FACTORY])
def test_a_throttled_entity_has_four_operations_waiting(role: str) -> None:
    """GREP-020, stake or no stake."""
    number = {PAYMASTER: PAYMASTERS, FACTORY: FACTORIES}[role]
    staked = frozenset({role})
    entries = [waiting(n, staked=staked, **named(role, number)) for n in range(1, 6)]
    reputation = {address(number): THROTTLED}
    four = joined_by(*entries[:4], reputation=reputation)
    assert code_against(four, entries[4], reputation=reputation) == "GREP-020"
    assert code_against(four[:3], entries[4], reputation=reputation) is None
    assert code_against(four, entries[4], reputation={address(number): Counts(109, 0)}) is None


@pytest.mark.parametrize("role", [PAYMASTER, FACTORY])
def test_an_address_is_a_sender_or_another_entity(role: str) -> None:
    """STO-040, in either order."""
    number = 7
    as_sender, as_helper = waiting(number), waiting(1, **named(role, number))
    assert code_against(joined_by(as_sender), as_helper) == "STO-040"
    assert code_against(joined_by(as_helper), as_sender) == "STO-040"
    assert code_against(joined_by(waiting(8)), as_helper) is None


def test_an_account_delegates_to_one_contract_in_all_that_waits() -> None:
    """AUTH-040."""
    first = replace(waiting(1), authorizations=[delegation_to(8)])
    same, other = (replace(waiting(1, 1 << 64), authorizations=[delegation_to(number)]) for number in (8, 9))
    pool = joined_by(first)
    assert code_against(pool, same) is None
    assert code_against(pool, other) == "AUTH-040"
    assert code_against(pool, waiting(1, 1 << 64)) is None
    assert code_against(joined_by(waiting(1)), other) is None
    assert code_against(joined_by(waiting(2)), other) is None
    assert code_against(pool, priced(replace(waiting(1), authorizations=[delegation_to(9)]), **DEAR)) is None


def delegation_to(number: int) -> Authorization:
    return Authorization(1337, address(number), 0, 0, 1, 1)


def test_two_operations_may_name_the_same_helpers() -> None:
    assert len(joined_by(waiting(1, **SHARED), waiting(2, **SHARED))) == 2


def test_a_deposit_covers_all_that_waits() -> None:
    """EREP-010. Each operation may cost 300,000 gas at 10 gwei."""
    cost = 300_000 * 10 * GWEI
    pool = joined_by(waiting(1, paymaster=PAYMASTERS), waiting(2, paymaster=PAYMASTERS), waiting(3))
    third = waiting(4, paymaster=PAYMASTERS)
    assert third.operation.max_cost == cost
    assert code_against(pool, third, deposit=3 * cost) is None
    refused = rule_against(pool, third, deposit=3 * cost - 1)
    assert refused is not None
    assert refused.rejection.code == "EREP-010"
    assert refused.rejection.facts == {"paymaster": address(PAYMASTERS)}
    assert refused.rejection.revert.args["promised"] == 2 * cost
    assert code_against(pool, waiting(4), deposit=0) is None


def test_the_mempool_has_room_for_so_many() -> None:
    full = tuple(waiting(number) for number in range(1, MOST_WAITING + 1))
    assert code_against(full, waiting(MOST_WAITING + 1)) == "MempoolFull"
    assert code_against(full[1:], waiting(MOST_WAITING + 1)) is None
    assert code_against(full, priced(full[0], fee=20 * GWEI, tip=2 * GWEI)) is None


def test_what_counts_for_reputation_is_an_entity() -> None:
    """ERC-7562, "Entity": the factory, the paymaster, and the account if it is staked."""
    helpers = [address(FACTORIES), address(PAYMASTERS)]
    assert waiting(1, **SHARED).counted == helpers
    assert waiting(1, staked=STAKED_SENDER, **SHARED).counted == [helpers[0], address(1), helpers[1]]


def test_what_waits_is_found_by_its_place_and_by_its_hash() -> None:
    first, second = waiting(1), waiting(2, 5)
    pool = joined_by(first, second)
    assert same_place(pool, second.operation) is second
    assert same_place(pool, waiting(2, 6).operation) is None
    assert with_digest(pool, first.digest) is first
    assert with_digest(pool, b"") is None
    assert without(pool, first) == (second,)
