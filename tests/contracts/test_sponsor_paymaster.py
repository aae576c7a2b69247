"""SponsorPaymaster: pays for exactly what its sponsor signed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_hash.auto import keccak

from sessionlab.core import deployments as lab
from sessionlab.core.base.keys import CURVE_ORDER, Key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, operation_hash, pack

from .world import (
    BUNDLER,
    COUNTER,
    DEPOSIT,
    INCREMENT,
    MERCHANT,
    NOW,
    OTHER_WALLET,
    OWNER,
    SPONSOR,
    SPONSORED,
    STRANGER,
    World,
    ask,
    count,
    deposit_of,
    everything,
    operation,
    send,
    signed,
    transact,
)

CALL = [Call(COUNTER, data=INCREMENT)]
paymaster_abi = artifact("SponsorPaymaster")


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def address_word(address: str) -> bytes:
    return bytes(12) + bytes.fromhex(address[2:])


def digest(op: UserOperation, window: bytes, chain_id: int, paymaster: str = SPONSORED) -> bytes:
    """What the sponsor signs, written down a second time from the contract's text."""
    return keccak(
        address_word(op.sender)
        + word(op.nonce)
        + keccak(op.init_code)
        + keccak(op.call_data)
        + word(op.verification_gas_limit << 128 | op.call_gas_limit)
        + word(op.pre_verification_gas)
        + word(op.max_priority_fee_per_gas << 128 | op.max_fee_per_gas)
        + word(op.paymaster_verification_gas_limit << 128 | op.paymaster_post_op_gas_limit)
        + word(int.from_bytes(window, "big"))
        + word(chain_id)
        + address_word(paymaster)
    )


def unsponsored(world: World, **fields: Any) -> UserOperation:
    given = {"paymaster": SPONSORED, "paymaster_verification_gas_limit": 150_000} | fields
    return operation(world, CALL, entity=0, **given)


def sponsored(
    world: World,
    op: UserOperation,
    *,
    sponsor: Key = SPONSOR,
    until: int = NOW + 100,
    after: int = NOW,
    chain_id: int | None = None,
    paymaster: str = SPONSORED,
) -> UserOperation:
    window = until.to_bytes(6, "big") + after.to_bytes(6, "big")
    hashed = digest(op, window, chain_id or world.chain.chain_id, paymaster)
    return replace(op, paymaster_data=window + sponsor.sign_message(hashed))


def sent(world: World, op: UserOperation) -> str | None:
    outcome = send(world, signed(world, op, OWNER))
    return outcome.code


def refused(world: World, op: UserOperation, code: str = "AA34 signature error") -> None:
    before = everything(world)
    assert sent(world, op) == code
    assert everything(world) == before


def test_validate_success_the_paymaster_pays_and_the_wallet_does_not(world: World) -> None:
    outcome = send(world, signed(world, sponsored(world, unsponsored(world)), OWNER))
    (one,) = outcome.included
    assert (one.success, one.paymaster, count(world)) == (True, SPONSORED, 1)
    assert deposit_of(world) == DEPOSIT
    assert deposit_of(world, SPONSORED) == DEPOSIT - one.gas_cost


@pytest.mark.parametrize(
    "changes",
    [
        {"call_data": b"\xb6\x1d\x27\xf6"},
        {"verification_gas_limit": 400_000},
        {"call_gas_limit": 400_000},
        {"pre_verification_gas": 59_999},
        {"max_fee_per_gas": 10**9 + 1},
        {"max_priority_fee_per_gas": 10**9 - 1},
        {"paymaster_verification_gas_limit": 149_999},
        {"paymaster_post_op_gas_limit": 1},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_validate_revert_for_an_operation_that_was_changed(world: World, changes: dict[str, Any]) -> None:
    good = sponsored(world, unsponsored(world))
    bent = replace(good, **changes)
    if "call_data" in changes:
        bent = replace(good, call_data=operation(world, CALL * 2, entity=0).call_data)
    refused(world, bent)
    assert sent(world, good) is None


def test_validate_revert_for_another_nonce_and_another_wallet(world: World) -> None:
    good = sponsored(world, unsponsored(world))
    refused(world, replace(good, nonce=operation(world, CALL, entity=0, nonce_key=1).nonce))
    refused(world, replace(good, sender=OTHER_WALLET))


def test_validate_revert_for_another_way_to_make_the_wallet(world: World) -> None:
    owners = artifact("WalletFactory")
    wallet = str(ask(world, "WalletFactory", lab.FACTORY, "getAddressSemiModular", OWNER.address, 1))
    make = owners.encode("createSemiModularAccount", OWNER.address, 1)
    op = unsponsored(world, sender=wallet, factory=lab.FACTORY, factory_data=make)
    good = sponsored(world, op)
    refused(world, replace(good, factory_data=make + b"\0"))
    assert sent(world, good) is None


@pytest.mark.parametrize("place", range(0, 77, 4))
def test_validate_revert_for_paymaster_data_that_was_changed(world: World, place: int) -> None:
    good = sponsored(world, unsponsored(world), until=0, after=0)
    data = bytearray(good.paymaster_data)
    data[place] ^= 1
    refused(world, replace(good, paymaster_data=bytes(data)))


def test_validate_revert_for_data_of_another_length(world: World) -> None:
    good = sponsored(world, unsponsored(world))
    for data in (b"", good.paymaster_data[:-1], good.paymaster_data + b"\0", bytes(77), bytes(12)):
        refused(world, replace(good, paymaster_data=data))


def test_validate_revert_unless_the_sponsor_signed(world: World) -> None:
    for key in (STRANGER, OWNER, BUNDLER):
        refused(world, sponsored(world, unsponsored(world), sponsor=key))


def test_validate_revert_for_the_other_of_two_signatures(world: World) -> None:
    good = sponsored(world, unsponsored(world))
    data = good.paymaster_data
    high = CURVE_ORDER - int.from_bytes(data[44:76], "big")
    refused(world, replace(good, paymaster_data=data[:44] + word(high) + bytes([55 - data[76]])))


def test_validate_revert_for_another_chain_or_paymaster(world: World) -> None:
    refused(world, sponsored(world, unsponsored(world), chain_id=1))
    refused(world, sponsored(world, unsponsored(world), paymaster=MERCHANT))


@pytest.mark.parametrize(
    ("after", "until", "good"),
    [
        (NOW, NOW, True),
        (0, 0, True),
        (NOW + 1, NOW + 9, False),
        (0, NOW - 1, False),
    ],
)
def test_validate_the_window_includes_both_ends(world: World, after: int, until: int, good: bool) -> None:
    op = sponsored(world, unsponsored(world), after=after, until=until)
    if good:
        assert sent(world, op) is None
    else:
        refused(world, op, "AA32 paymaster expired or not due")


def test_validate_revert_when_replayed(world: World) -> None:
    op = sponsored(world, unsponsored(world))
    assert sent(world, op) is None
    refused(world, op, "AA25 invalid account nonce")


def test_validate_revert_for_anybody_but_the_entry_point(world: World) -> None:
    op = signed(world, sponsored(world, unsponsored(world)), OWNER)
    hashed = operation_hash(op, world.chain.chain_id)
    data = bytes.fromhex("52b7512c") + word(96) + hashed + word(0) + pack(op)
    outcome = transact(world, STRANGER, SPONSORED, data)
    assert (outcome.reason, outcome.args) == ("NotEntryPoint", {"caller": STRANGER.address.lower()})
    assert transact(world, STRANGER, SPONSORED, b"\xde\xad\xbe\xef").phase == "execution"


def test_deposit_is_open_to_everybody(world: World) -> None:
    assert transact(world, STRANGER, SPONSORED, paymaster_abi.encode("deposit"), 7).phase == "ok"
    assert deposit_of(world, SPONSORED) == DEPOSIT + 7


def test_withdraw_to_is_the_sponsors(world: World) -> None:
    call = paymaster_abi.encode("withdrawTo", MERCHANT, 7)
    before = everything(world)
    for who in (STRANGER, OWNER):
        outcome = transact(world, who, SPONSORED, call)
        assert (outcome.reason, outcome.args) == ("NotSponsor", {"caller": who.address.lower()})
    assert everything(world) == before
    assert transact(world, SPONSOR, SPONSORED, call).phase == "ok"
    assert (world.chain.balance(MERCHANT), deposit_of(world, SPONSORED)) == (7, DEPOSIT - 7)
    assert ask(world, "SponsorPaymaster", SPONSORED, "sponsor") == SPONSOR.address.lower()
    assert world.chain.balance(ENTRY_POINT) > 0
