"""What goes into one bundle, on plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sessionlab.core.erc4337.bundler import BUNDLE_GAS
from sessionlab.node.bundler.bundling import NextBundle, by_tip, choose
from sessionlab.node.bundler.mempool import Pool, Waiting
from sessionlab.node.bundler.reputation import Counts
from tests.bundler.pool import GWEI, address, waiting

PAYMASTER = 500
BANNED, THROTTLED = Counts(510, 0), Counts(110, 0)


@dataclass(frozen=True)
class Found:
    """A second validation: what it touched, and whether it passed."""

    touched: dict[str, dict[int, bool]] = field(default_factory=dict)
    ok: bool = True


def chosen(pool: Pool, found: dict[Waiting, Found] | None = None, **how: Any) -> NextBundle:
    asked: list[Waiting] = how.get("asked", [])

    def validate(entry: Waiting) -> Any:
        asked.append(entry)
        return (found or {}).get(entry, Found())

    deposit = how.get("deposit", 10**18)
    return choose(pool, how.get("reputation", {}), how.get("height", 0), lambda _: deposit, validate)


def touching(number: int) -> Found:
    return Found({address(number): {0: False}})


def test_the_highest_tip_goes_first_and_of_the_same_the_oldest() -> None:
    low, high, also_high = (waiting(n, max_priority_fee_per_gas=tip * GWEI) for n, tip in ((1, 1), (2, 3), (3, 3)))
    assert by_tip((low, high, also_high)) == [high, also_high, low]
    assert chosen((low, high, also_high)).bundle == (high, also_high, low)


def test_a_sender_is_in_a_bundle_once() -> None:
    first, second = waiting(1, 0), waiting(1, 1 << 64)
    assert chosen((first, second)).bundle == (first,)


def test_operations_that_touch_each_other_are_kept_apart() -> None:
    """STO-041, whichever of the two touches the other's sender."""
    first, second, third = waiting(1), waiting(2), waiting(3)
    pool = (first, second, third)
    assert chosen(pool, {second: touching(1)}).bundle == (first, third)
    assert chosen(pool, {first: touching(2)}).bundle == (first, third)
    assert chosen(pool, {first: touching(1), second: touching(2)}).bundle == pool
    assert chosen(pool, {first: touching(99), second: touching(99)}).bundle == pool


def test_two_that_touch_each_other_do_not_wait_for_ever() -> None:
    first, second = waiting(1), waiting(2)
    found = {first: touching(2), second: touching(1)}
    assert chosen((first, second), found).bundle == (first,)
    assert chosen((second,), found).bundle == (second,)


def test_what_fails_its_second_validation_is_named_and_not_bundled() -> None:
    first, second = waiting(1), waiting(2)
    failed = Found(ok=False)
    choice = chosen((first, second), {first: failed})
    assert choice.bundle == (second,)
    assert [(entry, result.ok) for entry, result in choice.failed] == [(first, False)]


def test_what_names_a_banned_entity_is_dropped_without_being_validated() -> None:
    first, second = waiting(1, paymaster=PAYMASTER), waiting(2)
    asked: list[Waiting] = []
    choice = chosen((first, second), reputation={address(PAYMASTER): BANNED}, asked=asked)
    assert (choice.bundle, choice.dropped, asked) == ((second,), (first,), [second])


def test_four_of_a_bundle_name_a_throttled_entity() -> None:
    """GREP-020."""
    five = tuple(waiting(n, paymaster=PAYMASTER) for n in range(1, 6))
    assert chosen(five, reputation={address(PAYMASTER): THROTTLED}).bundle == five[:4]
    assert chosen(five, reputation={address(PAYMASTER): Counts(109, 0)}).bundle == five


def test_a_throttled_entitys_operations_wait_for_ten_blocks() -> None:
    """GREP-020."""
    entry = waiting(1, paymaster=PAYMASTER, block=5)
    throttled = {address(PAYMASTER): THROTTLED}
    assert chosen((entry,), reputation=throttled, height=15).bundle == (entry,)
    assert chosen((entry,), reputation=throttled, height=16).dropped == (entry,)
    assert chosen((entry,), height=16).bundle == (entry,)


def test_a_deposit_pays_for_all_of_a_bundle() -> None:
    both = tuple(waiting(n, paymaster=PAYMASTER) for n in (1, 2))
    cost = both[0].operation.max_cost
    assert chosen(both, deposit=2 * cost).bundle == both
    assert chosen(both, deposit=2 * cost - 1).bundle == both[:1]


def test_a_bundle_has_room_for_so_much_gas() -> None:
    half = (BUNDLE_GAS - 1_000_000) // 2 - 200_000
    first, second = (waiting(n, call_gas_limit=half) for n in (1, 2))
    assert chosen((first, second)).bundle == (first, second)
    second = waiting(2, call_gas_limit=half + 2)
    assert chosen((first, second)).bundle == (first,)
    alone = waiting(3, call_gas_limit=BUNDLE_GAS)
    assert chosen((alone,)).bundle == (alone,)
