"""What the EntryPoint does with bundles: who pays what to whom, in which order, up to which size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sessionlab.core import deployments as lab
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, handle_ops
from sessionlab.core.permissions import DOCUMENTED, ContractAccess, Ruleset
from tests.sampling import by_turns

from .vyper_sources import ACCOUNT, PAYMASTER, compiled
from .world import (
    BALANCE,
    BUNDLER,
    COUNTER,
    DEPOSIT,
    GWEI,
    INCREMENT,
    MERCHANT,
    OTHER_WALLET,
    OWNER,
    SESSION,
    STRANGER,
    WALLET,
    ZERO,
    World,
    act,
    address,
    count,
    deposit_of,
    events,
    everything,
    install,
    next_nonce,
    operation,
    send,
    signed,
    transact,
)

CALL = [Call(COUNTER, data=INCREMENT)]
FAIL = [Call(COUNTER, data=artifact("Counter").encode("fail"))]
WHERE = address("post paymaster")


@pytest.mark.parametrize("size", [1, 4, 5, 6, 20, 64])
def test_handle_ops_success_every_operation_runs_and_the_beneficiary_gets_the_cost(world: World, size: int) -> None:
    install(world, [ContractAccess(address=COUNTER)])
    ops = [signed(world, operation(world, CALL, nonce_key=nonce_key), SESSION) for nonce_key in range(size)]
    assert (len(handle_ops(ops, MERCHANT)) > 4_096) == (size >= 6)
    outcome = send(world, *ops, beneficiary=MERCHANT)
    assert outcome.phase == "ok"
    assert count(world) == size
    assert [one.nonce for one in outcome.included] == [op.nonce for op in ops]
    cost = sum(one.gas_cost for one in outcome.included)
    assert world.chain.balance(MERCHANT) == cost
    assert deposit_of(world) == DEPOSIT - cost
    assert all(one.gas_cost == one.gas_used * GWEI for one in outcome.included)


def test_handle_ops_revert_over_the_bounds_of_vyper(make_world: Callable[[Ruleset], World]) -> None:
    """Ours alone has bounds; a bundle of more than 128 operations needs more gas than most blocks have."""
    world = make_world(DOCUMENTED)
    if world.entry_point == "canonical":
        return
    op = signed(world, operation(world, CALL, entity=0), OWNER)
    many = transact(world, BUNDLER, ENTRY_POINT, handle_ops([op] * 129, MERCHANT))
    assert (many.reason, many.args) == ("BundleTooLarge", {"asked": 129, "limit": 128})
    long = replace(op, call_data=op.call_data + bytes(80_000))
    large = transact(world, BUNDLER, ENTRY_POINT, handle_ops([op, long], MERCHANT))
    assert (large.reason, large.args) == (
        "OperationTooLarge",
        {"index": 1, "asked": large.args["asked"], "limit": 73_696},
    )
    assert large.args["asked"] > 80_000


@pytest.mark.parametrize("size", [1, 3, 16])
def test_handle_ops_success_a_large_operation_beside_small_ones(
    make_world: Callable[[Ruleset], World], size: int
) -> None:
    """Up to 16 calls with 4 KiB of data each; its neighbors pay what they pay without it."""
    world = make_world(DOCUMENTED)
    small = [signed(world, operation(world, CALL, entity=0, nonce_key=key), OWNER) for key in (1, 3)]
    calls = [Call(COUNTER, data=INCREMENT.ljust(4_096, b"\0"))] * size
    big = operation(world, calls, entity=0, nonce_key=2, call_gas_limit=5_000_000, verification_gas_limit=2_000_000)
    before = world.chain.snapshot()
    alone = send(world, *small)
    world.chain.revert(before)
    outcome = send(world, small[0], signed(world, big, OWNER), small[1])
    assert [one.success for one in outcome.included] == [True] * 3
    assert count(world) == 2 + size
    beside = [outcome.included[0], outcome.included[2]]
    for one, other in zip(beside, alone.included, strict=True):
        assert abs(one.gas_used - other.gas_used) < 0.02 * other.gas_used


@pytest.mark.parametrize("size", [4, 5, 8])
def test_handle_ops_success_small_operations_in_small_bundles(world: World, size: int) -> None:
    world.chain.set_code(MERCHANT, compiled(ACCOUNT).runtime)
    world.chain.set_balance(MERCHANT, 10**18)
    transact(world, STRANGER, MERCHANT, compiled(ACCOUNT).encode("prepare", 0, True))
    ops = [
        operation(world, b"", entity=0, sender=MERCHANT, nonce_key=nonce_key, pre_verification_gas=0)
        for nonce_key in range(size)
    ]
    assert len(handle_ops(ops, BUNDLER.address)) < 4_096
    assert [one.success for one in send(world, *ops).included] == [True] * size


def test_handle_ops_success_an_empty_bundle_pays_nothing(world: World) -> None:
    assert send(world, beneficiary=MERCHANT).phase == "ok"
    assert world.chain.balance(MERCHANT) == 0


def test_handle_ops_success_one_operation_with_sixteen_calls_of_four_kilobytes(world: World) -> None:
    heavy = INCREMENT + b"\x11" * 4_092
    outcome = act(world, [Call(COUNTER, data=heavy)] * 16, entity=0, call_gas_limit=3_000_000)
    assert (outcome.phase, count(world)) == ("ok", 16)


def test_handle_ops_success_two_operations_of_one_sender_with_one_nonce_key(world: World) -> None:
    first = operation(world, CALL, entity=0)
    second = replace(first, nonce=first.nonce + 1)
    outcome = send(world, *(signed(world, op, OWNER) for op in (first, second)))
    assert (outcome.phase, count(world)) == ("ok", 2)
    assert next_nonce(world, 1) == (1 << 64) + 2


def test_handle_ops_success_operations_of_several_wallets(world: World) -> None:
    mine = signed(world, operation(world, CALL, entity=0), OWNER)
    other = signed(world, operation(world, CALL, entity=0, sender=OTHER_WALLET), OWNER)
    outcome = send(world, mine, other)
    assert [one.sender for one in outcome.included] == [WALLET, OTHER_WALLET]
    assert [deposit_of(world, one.sender) for one in outcome.included] == [
        DEPOSIT - one.gas_cost for one in outcome.included
    ]


def test_handle_ops_success_a_failing_operation_is_paid_for_and_stops_no_other(world: World) -> None:
    ops = [
        signed(world, operation(world, call, entity=0, nonce_key=nonce_key), OWNER)
        for nonce_key, call in enumerate((CALL, FAIL, CALL))
    ]
    outcome = send(world, *ops)
    assert [one.success for one in outcome.included] == [True, False, True]
    assert (outcome.phase, outcome.reason, count(world)) == ("execution", "CounterFailed", 2)
    assert all(one.gas_cost > 0 for one in outcome.included)
    assert next_nonce(world, account.nonce_key_of(0, is_global=True, nonce_key=1)) & 1 == 1


def test_handle_ops_success_validation_of_all_comes_before_execution_of_any(world: World) -> None:
    """The first operation empties the wallet; the second was validated, and paid for, before."""
    empty = [Call(MERCHANT, BALANCE)]
    ops = [
        signed(world, operation(world, call, entity=0, nonce_key=nonce_key), OWNER)
        for nonce_key, call in enumerate((empty, CALL))
    ]
    outcome = send(world, *ops)
    assert [one.success for one in outcome.included] == [True, True]
    names = [name for name, _ in events("EntryPoint", outcome.receipt.logs)]
    assert names == ["BeforeExecution", "UserOperationEvent", "UserOperationEvent"]


def test_handle_ops_event_says_what_happened(world: World) -> None:
    op = signed(world, operation(world, FAIL, entity=0), OWNER)
    outcome = send(world, op)
    found = dict(events("EntryPoint", outcome.receipt.logs))
    ended = found["UserOperationEvent"]
    assert ended["sender"] == WALLET.lower()
    assert (ended["nonce"], ended["success"], ended["paymaster"]) == (op.nonce, False, ZERO)
    told = found["UserOperationRevertReason"]
    assert (told["userOpHash"], told["nonce"]) == (ended["userOpHash"], op.nonce)
    assert told["revertReason"] == next(
        code for code, error in artifact("Counter").errors.items() if error.name == "CounterFailed"
    )


def gas_used(world: World, **fields: Any) -> int:
    """Of an operation of an account that checks no signature: v of 27 or 28 would differ in gas."""
    moment = world.chain.snapshot()
    world.chain.set_code(MERCHANT, compiled(ACCOUNT).runtime)
    world.chain.set_balance(MERCHANT, 10**18)
    transact(world, STRANGER, MERCHANT, compiled(ACCOUNT).encode("prepare", 0, True))
    op = operation(world, b"\1\2\3\4", entity=0, sender=MERCHANT, **fields)
    (one,) = send(world, op).included
    world.chain.revert(moment)
    assert one.success
    return one.gas_used


@pytest.mark.parametrize("more", [10, 1_000, 1_000_000])
def test_handle_ops_penalty_is_a_tenth_of_the_unused_execution_gas(world: World, more: int) -> None:
    used = [gas_used(world, call_gas_limit=limit) for limit in (500_000, 500_000 + more)]
    assert used[1] - used[0] == more // 10


def test_handle_ops_penalty_counts_post_op_gas_too(world: World) -> None:
    place_paymaster(world, b"context")
    used = [gas_used(world, **sponsored(gas)) for gas in (200_000, 300_000)]
    assert used[1] - used[0] == 10_000


@pytest.mark.parametrize(
    ("max_fee", "priority", "price"),
    [(2 * GWEI, 2 * GWEI, 2 * GWEI), (3 * GWEI, GWEI, 2 * GWEI), (2 * GWEI, 5 * GWEI, 2 * GWEI), (3, 3, 3)],
)
def test_handle_ops_price_is_at_most_the_fee_and_the_base_fee_and_the_tip(
    world: World, max_fee: int, priority: int, price: int
) -> None:
    fees = {"max_fee_per_gas": max_fee, "max_priority_fee_per_gas": priority}
    (one,) = act(world, CALL, entity=0, **fees).included
    assert one.gas_cost == one.gas_used * price
    assert deposit_of(world) == DEPOSIT - one.gas_cost


def test_handle_ops_success_low_prefund_charges_it_all_and_undoes_the_operation(world: World) -> None:
    """Gas limits so tight that what the EntryPoint does around the operation is not covered."""
    seen = {}
    for limit in range(60_000, 20_000, -500):
        moment = world.chain.snapshot()
        tight = {"verification_gas_limit": limit, "pre_verification_gas": 0, "call_gas_limit": 0}
        op = operation(world, [], entity=0, **tight)
        outcome = send(world, signed(world, op, OWNER))
        names = [name for name, _ in events("EntryPoint", outcome.receipt.logs)]
        if "UserOperationPrefundTooLow" in names:
            (one,) = outcome.included
            left = deposit_of(world)
            seen[limit] = (one.success, one.gas_cost == limit * GWEI, left == DEPOSIT - one.gas_cost)
        world.chain.revert(moment)
    assert set(seen.values()) == {(False, True, True)}


@pytest.mark.parametrize(
    ("entry_point", "call", "pre_verification"),
    by_turns(["ours", "canonical"], [[], CALL, FAIL], [0, 50_000]),
    indirect=["entry_point"],
)
def test_handle_ops_success_tight_limits_harm_no_bundle(world: World, call: list[Call], pre_verification: int) -> None:
    """Whatever the limits, the operation pays at most its prefund, and the other operations are included."""
    other = signed(world, operation(world, [], entity=0, sender=OTHER_WALLET), OWNER)
    act(world, CALL, entity=0)
    for limit in range(35_000, 50_000, 250):
        moment = world.chain.snapshot()
        tight = {
            "verification_gas_limit": limit,
            "pre_verification_gas": pre_verification,
            "call_gas_limit": 12_000,
        }
        op = signed(world, operation(world, call, entity=0, **tight), OWNER)
        outcome = send(world, op, other)
        if outcome.phase == "validation":
            assert str(outcome.code)[:4] in ("AA23", "AA26")
        else:
            one, last = outcome.included
            assert one.gas_cost <= op.max_cost
            assert last.success
        world.chain.revert(moment)


# -- paymasters


def place_paymaster(world: World, context: bytes, *, post_refuses: bool = False) -> None:
    made = compiled(PAYMASTER)
    world.chain.set_code(WHERE, made.runtime)
    transact(world, STRANGER, WHERE, made.encode("prepare", context, 0, False, post_refuses))
    pay_in = artifact("EntryPoint").encode("depositTo", WHERE)
    transact(world, STRANGER, ENTRY_POINT, pay_in, 10**18)


def sponsored(post_op: int = 200_000) -> dict[str, Any]:
    return {
        "paymaster": WHERE,
        "paymaster_verification_gas_limit": 100_000,
        "paymaster_post_op_gas_limit": post_op,
    }


def told(world: World, name: str) -> Any:
    made = compiled(PAYMASTER)
    return made.decode(name, world.chain.call(WHERE, made.encode(name)).output)


@pytest.mark.parametrize("call", [CALL, FAIL])
def test_handle_ops_post_op_is_told_context_mode_and_cost(world: World, call: list[Call]) -> None:
    place_paymaster(world, b"what for")
    outcome = act(world, call, entity=0, **sponsored())
    (one,) = outcome.included
    assert (told(world, "calls"), told(world, "seen")) == (1, b"what for")
    assert told(world, "mode") == (0 if call is CALL else 1)
    assert told(world, "price") == GWEI
    cost = told(world, "cost")
    assert 0 < cost < one.gas_cost
    assert one.paymaster == WHERE
    assert deposit_of(world, WHERE) == 10**18 - one.gas_cost
    assert deposit_of(world) == DEPOSIT


def test_handle_ops_post_op_is_not_called_without_context(world: World) -> None:
    place_paymaster(world, b"")
    assert act(world, CALL, entity=0, **sponsored()).phase == "ok"
    assert told(world, "calls") == 0


@pytest.mark.parametrize("size", [1, 5])
def test_handle_ops_post_op_that_reverts_undoes_the_operation_and_is_paid_for(world: World, size: int) -> None:
    place_paymaster(world, b"context", post_refuses=True)
    ops = [
        signed(world, operation(world, CALL, entity=0, nonce_key=nonce_key, **sponsored()), OWNER)
        for nonce_key in range(size)
    ]
    outcome = send(world, *ops)
    assert [one.success for one in outcome.included] == [False] * size
    assert count(world) == 0
    names = [name for name, _ in events("EntryPoint", outcome.receipt.logs)]
    assert names == ["BeforeExecution"] + ["PostOpRevertReason", "UserOperationEvent"] * size
    cost = sum(one.gas_cost for one in outcome.included)
    assert (deposit_of(world, WHERE), deposit_of(world)) == (10**18 - cost, DEPOSIT)
    assert next_nonce(world, 1) == (1 << 64) + 1


def test_handle_ops_post_op_reverts_for_one_operation_alone(world: World) -> None:
    place_paymaster(world, b"context", post_refuses=True)
    ops = [
        signed(world, operation(world, CALL, entity=0, nonce_key=nonce_key, **fields), OWNER)
        for nonce_key, fields in enumerate(({}, sponsored(), {}))
    ]
    outcome = send(world, *ops)
    assert [one.success for one in outcome.included] == [True, False, True]
    assert count(world) == 2


# -- wallets that are not there yet


def make_call(salt: int) -> bytes:
    return artifact("WalletFactory").encode("createSemiModularAccount", OWNER.address, salt)


def test_handle_ops_success_the_first_operation_makes_the_wallet(world: World) -> None:
    factory = artifact("WalletFactory")
    answer = world.chain.call(lab.FACTORY, factory.encode("getAddressSemiModular", OWNER.address, 3))
    wallet = str(factory.decode("getAddressSemiModular", answer.output))
    assert world.chain.code(wallet) == b""
    world.chain.set_balance(wallet, 10**18)
    made = {"factory": lab.FACTORY, "factory_data": make_call(3)}
    op = signed(world, operation(world, CALL, entity=0, sender=wallet, **made), OWNER)
    outcome = send(world, op)
    assert (outcome.phase, count(world)) == ("ok", 1)
    assert world.chain.code(wallet) != b""
    found = dict(events("EntryPoint", outcome.receipt.logs))["AccountDeployed"]
    assert (found["sender"], found["factory"]) == (wallet.lower(), lab.FACTORY.lower())
    made_again = signed(world, operation(world, CALL, entity=0, sender=wallet, **made), OWNER)
    assert send(world, made_again).code == "AA10 sender already constructed"


def test_handle_ops_revert_leaves_no_wallet_when_a_stranger_signed_its_first_operation(world: World) -> None:
    factory = artifact("WalletFactory")
    answer = world.chain.call(lab.FACTORY, factory.encode("getAddressSemiModular", OWNER.address, 3))
    wallet = str(factory.decode("getAddressSemiModular", answer.output))
    world.chain.set_balance(wallet, 10**18)
    made = {"factory": lab.FACTORY, "factory_data": make_call(3)}
    before = everything(world)
    op = signed(world, operation(world, CALL, entity=0, sender=wallet, **made), STRANGER)
    assert send(world, op).code == "AA24 signature error"
    assert world.chain.code(wallet) == b""
    assert everything(world) == before


def test_handle_ops_success_from_any_bundler(world: World) -> None:
    op = signed(world, operation(world, CALL, entity=0), OWNER)
    for who, nonce in ((BUNDLER, 0), (STRANGER, 1)):
        one = signed(world, replace(op, nonce=op.nonce + nonce), OWNER)
        assert transact(world, who, ENTRY_POINT, handle_ops([one], MERCHANT)).phase == "ok"
