"""The published SimpleAccount, deployed by its factory in its first operation, pays from itself and from a deposit."""

from __future__ import annotations

from dataclasses import replace

import pytest

import sessionlab as sl
from sessionlab.core.erc4337.bundler import OperationRejected
from sessionlab.core.erc4337.included import BundleReverted
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation
from tests.differential.interface import call
from tests.published_contracts.deployed import Deployed

ETHER, GWEI = 10**18, 10**9
OWNER, STRANGER = sl.new_key("simple account's owner"), sl.new_key("stranger")
SALT = 3


@pytest.fixture
def factory(lab: sl.Lab) -> Deployed:
    for key in (OWNER, STRANGER):
        lab.fund(key.address, 10 * ETHER)
    return Deployed(lab, "SimpleAccountFactory", OWNER, ("address",), ENTRY_POINT)


@pytest.fixture
def account(lab: sl.Lab, factory: Deployed) -> str:
    """Where it will be. It has ETH."""
    address = str(factory.ask("getAddress", "address", OWNER.address, SALT))
    lab.fund(address, ETHER)
    return address


def operation(lab: sl.Lab, account: str, factory: Deployed | None, wei: int = 5, by: sl.Key = OWNER) -> UserOperation:
    """A payment to the lab's recipient, with the limits that the lab estimates."""
    from sessionlab.core.base.addresses import checksum

    bare = UserOperation(
        sender=checksum(bytes.fromhex(account[2:])),
        nonce=lab.bundler.next_nonce(account, 0),
        call_data=call("execute", lab.recipient, wei, b"", contract="SimpleAccount"),
        call_gas_limit=0,
        verification_gas_limit=0,
        pre_verification_gas=0,
        max_fee_per_gas=GWEI,
        max_priority_fee_per_gas=0,
        factory=None if factory is None else factory.address,
        factory_data=b""
        if factory is None
        else call("createAccount", OWNER.address, SALT, contract="SimpleAccountFactory"),
        signature=STRANGER.sign_message(bytes(32)),
    )
    estimated = lab.bundler.estimate(bare)
    return estimated.signed(by.sign_message(lab.bundler.hash_of(estimated)))


def test_its_first_operation_deploys_it_and_the_next_does_not(lab: sl.Lab, factory: Deployed, account: str) -> None:
    first = lab.bundler.send(operation(lab, account, factory))
    assert first.included.success
    assert lab.chain.code(account)
    second = lab.bundler.send(operation(lab, account, None, wei=6))
    assert second.included.success
    assert lab.balance(lab.recipient) == 11
    paid = first.included.gas_cost + second.included.gas_cost
    assert lab.balance(account) + lab.bundler.deposit_of(account) == ETHER - 11 - paid


def test_three_in_one_bundle(lab: sl.Lab, factory: Deployed, account: str) -> None:
    assert lab.bundler.send(operation(lab, account, factory)).included.success
    one = operation(lab, account, None)
    bundle = [replace(one, nonce=one.nonce + place) for place in range(3)]
    signed = [each.signed(OWNER.sign_message(lab.bundler.hash_of(each))) for each in bundle]
    assert [mined.included.success for mined in lab.bundler.bundle(signed)] == [True] * 3
    assert lab.balance(lab.recipient) == 20


def test_its_own_deposit(lab: sl.Lab, factory: Deployed, account: str) -> None:
    assert lab.bundler.send(operation(lab, account, factory)).included.success
    had = lab.bundler.deposit_of(account)
    receipt = lab.chain.transact(OWNER.private, account, call("addDeposit", contract="SimpleAccount"), 7)
    assert (receipt.status, lab.bundler.deposit_of(account)) == (1, had + 7)
    data = call("withdrawDepositTo", lab.merchant, had + 7, contract="SimpleAccount")
    assert lab.chain.transact(STRANGER.private, account, data).status == 0
    assert lab.chain.transact(OWNER.private, account, data).status == 1
    assert (lab.balance(lab.merchant), lab.bundler.deposit_of(account)) == (had + 7, 0)


def test_anybody_else_is_refused(lab: sl.Lab, factory: Deployed, account: str) -> None:
    forged = operation(lab, account, factory, by=STRANGER)
    with pytest.raises(OperationRejected) as rejected:
        lab.bundler.send(forged)
    assert rejected.value.rejection.code == "AA24 signature error"
    with pytest.raises(BundleReverted) as reverted:
        lab.bundler.bundle([forged])
    assert reverted.value.revert.reason == "AA24 signature error"
    assert not lab.chain.code(account)


def test_a_payment_that_fails_is_paid_for(lab: sl.Lab, factory: Deployed, account: str) -> None:
    good = operation(lab, account, factory)
    assert lab.bundler.send(good).included.success
    one = operation(lab, account, None)
    too_much = replace(one, call_data=call("execute", lab.recipient, 5 * ETHER, b"", contract="SimpleAccount"))
    signed = too_much.signed(OWNER.sign_message(lab.bundler.hash_of(too_much)))
    had = lab.balance(account) + lab.bundler.deposit_of(account)
    (mined,) = lab.bundler.bundle([signed])
    assert not mined.included.success
    assert lab.balance(account) + lab.bundler.deposit_of(account) == had - mined.included.gas_cost
