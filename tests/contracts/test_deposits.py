"""Deposits, stakes and nonce keys of the EntryPoint."""

from __future__ import annotations

from typing import Any

import pytest

from sessionlab.core.base.keys import Key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.erc4337.wallet_encoding import nonce_key_of

from .world import (
    COUNTER,
    INCREMENT,
    MERCHANT,
    STRICT,
    BundleOutcome,
    World,
    act,
    ask,
    deposit_of,
    events,
    next_nonce,
    transact,
)

entry_point_abi = artifact("EntryPoint")


def tell(world: World, who: Key, function: str, *values: Any, value: int = 0) -> BundleOutcome:
    return transact(world, who, ENTRY_POINT, entry_point_abi.encode(function, *values), value)


def info(world: World, who: Key) -> Any:
    return ask(world, "EntryPoint", ENTRY_POINT, "getDepositInfo", who.address)


def test_deposit_to_adds_up_and_says_so(world: World, stranger: Key, owner: Key) -> None:
    for total in (5, 10):
        outcome = tell(world, stranger, "depositTo", owner.address, value=5)
        (event,) = events("EntryPoint", outcome.receipt.logs)
        assert event == ("Deposited", {"account": owner.address.lower(), "totalDeposit": total})
    assert (deposit_of(world, owner.address), deposit_of(world, stranger.address)) == (10, 0)


def test_plain_value_is_the_senders_deposit(world: World, stranger: Key) -> None:
    outcome = transact(world, stranger, ENTRY_POINT, b"", 7)
    assert events("EntryPoint", outcome.receipt.logs)[0][1]["totalDeposit"] == 7
    assert deposit_of(world, stranger.address) == 7


def test_withdraw_to_pays_out_and_says_so(world: World, stranger: Key) -> None:
    tell(world, stranger, "depositTo", stranger.address, value=9)
    outcome = tell(world, stranger, "withdrawTo", MERCHANT, 4)
    (event,) = events("EntryPoint", outcome.receipt.logs)
    assert event[0] == "Withdrawn"
    assert (event[1]["withdrawAddress"], event[1]["amount"]) == (MERCHANT.lower(), 4)
    assert (world.chain.balance(MERCHANT), deposit_of(world, stranger.address)) == (4, 5)


@pytest.mark.parametrize(("amount", "to"), [(10, MERCHANT), (9, STRICT)])
def test_withdraw_to_revert(world: World, stranger: Key, amount: int, to: str) -> None:
    tell(world, stranger, "depositTo", stranger.address, value=9)
    reason = "Withdraw amount too large" if amount > 9 else "failed to withdraw"
    assert tell(world, stranger, "withdrawTo", to, amount).reason == reason
    assert deposit_of(world, stranger.address) == 9


def test_withdraw_to_revert_from_untouched_state(world: World, stranger: Key) -> None:
    assert tell(world, stranger, "withdrawTo", MERCHANT, 1).reason == "Withdraw amount too large"
    assert tell(world, stranger, "withdrawStake", MERCHANT).reason == "No stake to withdraw"
    assert tell(world, stranger, "unlockStake").reason == "not staked"


def test_a_stake_lives_from_lock_to_withdrawal(world: World, stranger: Key) -> None:
    locked = tell(world, stranger, "addStake", 100, value=6)
    assert events("EntryPoint", locked.receipt.logs)[0][0] == "StakeLocked"
    assert tuple(info(world, stranger)) == (0, True, 6, 100, 0)
    assert tell(world, stranger, "withdrawStake", MERCHANT).reason == "must call unlockStake() first"
    assert tell(world, stranger, "unlockStake").phase == "ok"
    assert tell(world, stranger, "unlockStake").reason == "already unstaking"
    due = world.chain.now + 100
    assert tuple(info(world, stranger)) == (0, False, 6, 100, due)
    world.chain.travel_to(due - 1)
    assert tell(world, stranger, "withdrawStake", MERCHANT).reason == "Stake withdrawal is not due"
    world.chain.travel_to(due)
    assert tell(world, stranger, "withdrawStake", MERCHANT).phase == "ok"
    assert world.chain.balance(MERCHANT) == 6
    assert tuple(info(world, stranger)) == (0, False, 0, 0, 0)


def test_add_stake_revert(world: World, stranger: Key) -> None:
    assert tell(world, stranger, "addStake", 0, value=1).reason == "must specify unstake delay"
    assert tell(world, stranger, "addStake", 5).reason == "no stake specified"
    tell(world, stranger, "addStake", 5, value=1)
    assert tell(world, stranger, "addStake", 4, value=1).reason == "cannot decrease unstake time"
    assert tuple(info(world, stranger)) == (0, True, 1, 5, 0)


def test_withdraw_stake_revert_when_the_receiver_takes_nothing(world: World, stranger: Key) -> None:
    tell(world, stranger, "addStake", 1, value=1)
    tell(world, stranger, "unlockStake")
    world.chain.travel(1)
    assert tell(world, stranger, "withdrawStake", STRICT).reason == "failed to withdraw stake"


def test_nonce_keys_are_independent(world: World) -> None:
    call = [Call(COUNTER, data=INCREMENT)]
    for nonce_key in (5, 0, 5, 2**100):
        assert act(world, call, entity=0, nonce_key=nonce_key).phase == "ok"
    used = {
        nonce_key: next_nonce(world, nonce_key_of(0, is_global=True, nonce_key=nonce_key)) % 2**64
        for nonce_key in (0, 1, 5, 2**100)
    }
    assert used == {0: 1, 1: 0, 5: 2, 2**100: 1}


def test_increment_nonce_makes_a_signed_operation_worthless(world: World, stranger: Key) -> None:
    key = nonce_key_of(0, is_global=True)
    assert tell(world, stranger, "incrementNonce", key).phase == "ok"
    assert next_nonce(world, key, stranger.address) == (key << 64) + 1
    assert next_nonce(world, key) == key << 64
    call = Call(ENTRY_POINT, data=entry_point_abi.encode("incrementNonce", key))
    assert act(world, [call], entity=0).phase == "ok"
    assert next_nonce(world, key) == (key << 64) + 2
    assert act(world, [call], entity=0, nonce=(key << 64) + 1).code == "AA25 invalid account nonce"


def test_get_nonce_holds_the_nonce_key(world: World) -> None:
    assert next_nonce(world, 2**192 - 1) == (2**192 - 1) << 64
    assert ask(world, "EntryPoint", ENTRY_POINT, "nonceSequenceNumber", MERCHANT, 3) == 0


def test_get_sender_address_reverts_with_the_address(world: World, owner: Key) -> None:
    from sessionlab.core import deployments as lab

    factory = artifact("WalletFactory")
    code = bytes.fromhex(lab.FACTORY[2:]) + factory.encode("createSemiModularAccount", owner.address, 1)
    answer = world.chain.call(ENTRY_POINT, entry_point_abi.encode("getSenderAddress", code))
    expected = ask(world, "WalletFactory", lab.FACTORY, "getAddressSemiModular", owner.address, 1)
    (error,) = [e for e in entry_point_abi.errors.values() if e.name == "SenderAddressResult"]
    assert answer.output[:4] == error.selector
    assert error.decode(answer.output[4:])["sender"] == expected


def test_supports_interface(world: World) -> None:
    assert ask(world, "EntryPoint", ENTRY_POINT, "supportsInterface", bytes.fromhex("01ffc9a7")) is True
    assert ask(world, "EntryPoint", ENTRY_POINT, "supportsInterface", bytes.fromhex("ffffffff")) is False
