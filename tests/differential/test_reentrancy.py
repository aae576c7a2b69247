"""Whoever the EntryPoint calls may call back, with any of its functions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sessionlab.core.erc4337.user_operation import ENTRY_POINT, handle_ops
from tests.differential.actors import VALID, made_by, paymaster_code, wallet_code
from tests.differential.assembly import Statement, assemble, calls, creates, deploying, once
from tests.differential.cast import BENEFICIARY, ETHER
from tests.differential.interface import call
from tests.differential.judged import assert_same
from tests.differential.operations import bundle, of_contract
from tests.differential.twins import Transaction, Twins

BIG = {"verification_gas_limit": 2_000_000, "call_gas_limit": 2_000_000}
BIG_PAYMASTER = {"paymaster_verification_gas_limit": 2_000_000, "paymaster_post_op_gas_limit": 2_000_000}
#: Name to call data and wei.
BACK: dict[str, tuple[bytes, int]] = {
    "handleOps of nothing": (handle_ops([], BENEFICIARY), 0),
    "handleOps with ETH": (handle_ops([], BENEFICIARY), 1),
    "depositTo": (call("depositTo", BENEFICIARY), 5),
    "plain ETH": (b"", 7),
    "withdrawTo": (call("withdrawTo", BENEFICIARY, 11), 0),
    "withdrawTo too much": (call("withdrawTo", BENEFICIARY, 10**30), 0),
    "addStake": (call("addStake", 60), 13),
    "unlockStake": (call("unlockStake"), 0),
    "incrementNonce": (call("incrementNonce", 0), 0),
    "incrementNonce of another key": (call("incrementNonce", 9), 0),
    "innerHandleOp": (
        call("innerHandleOp", b"", ((BENEFICIARY, *[0] * 6, BENEFICIARY, 0, 0), bytes(32), 0, 0, 0), b""),
        0,
    ),
    "getSenderAddress": (call("getSenderAddress", bytes(20)), 0),
    "delegateAndRevert": (call("delegateAndRevert", BENEFICIARY, b""), 0),
}


def back(name: str) -> Statement:
    """Calls the EntryPoint, once, and notes how it went."""
    data, value = BACK[name]
    return once(16, calls(ENTRY_POINT, data, value, keeps=17))


Scene = Callable[[Twins, Statement], Transaction]


def from_validation(twins: Twins, again: Statement) -> Transaction:
    wallet = twins.place(wallet_code(validation=(again, VALID)), deposit=ETHER // 10)
    return bundle([of_contract(wallet, **BIG)])


def from_execution(twins: Twins, again: Statement) -> Transaction:
    wallet = twins.place(wallet_code(again), deposit=ETHER // 10)
    return bundle([of_contract(wallet, **BIG)])


def from_a_target(twins: Twins, again: Statement) -> Transaction:
    target = twins.place(assemble(again), deposit=ETHER)
    wallet = twins.place(wallet_code(calls(target)))
    return bundle([of_contract(wallet, **BIG)], others=[target])


def from_a_factory(twins: Twins, again: Statement) -> Transaction:
    code = wallet_code()
    factory = twins.place(assemble(again, creates(deploying(code))), deposit=ETHER)
    sender = made_by(factory, code)
    for side in twins.sides:
        side.chain.set_balance(sender, ETHER)
    return bundle([of_contract(sender, factory=factory, **BIG)], others=[factory])


def from_a_paymaster(twins: Twins, again: Statement) -> Transaction:
    paymaster = twins.place(paymaster_code(validation=again), deposit=ETHER)
    return bundle([of_contract(twins.place(wallet_code()), paymaster=paymaster, **BIG, **BIG_PAYMASTER)])


def from_post_op(twins: Twins, again: Statement) -> Transaction:
    paymaster = twins.place(paymaster_code(again, given=b"context"), deposit=ETHER)
    return bundle([of_contract(twins.place(wallet_code()), paymaster=paymaster, **BIG, **BIG_PAYMASTER)])


def from_the_beneficiary(twins: Twins, again: Statement) -> Transaction:
    beneficiary = twins.place(assemble(again), deposit=ETHER)
    return bundle([of_contract(twins.place(wallet_code()))], beneficiary=beneficiary)


SCENES: list[Scene] = [
    from_validation,
    from_execution,
    from_a_target,
    from_a_factory,
    from_a_paymaster,
    from_post_op,
    from_the_beneficiary,
]


@pytest.mark.parametrize("name", BACK)
@pytest.mark.parametrize("scene", SCENES)
def test_calling_back(twins: Twins, scene: Scene, name: str) -> None:
    assert_same(twins, scene(twins, back(name)))


@pytest.mark.parametrize("scene", SCENES)
def test_another_bundle_within_the_bundle(twins: Twins, scene: Scene) -> None:
    """It is refused by name, and so is whatever waits for its answer."""
    other = of_contract(twins.place(wallet_code(), "other"))
    again = once(16, calls(ENTRY_POINT, handle_ops([other], BENEFICIARY), keeps=17))
    made = scene(twins, again)
    assert_same(twins, made)


def test_a_wallet_that_takes_its_prefund_back(twins: Twins) -> None:
    """Between its payment and the EntryPoint's look at its deposit."""
    back_again = calls(ENTRY_POINT, call("withdrawTo", BENEFICIARY, 10**14))
    wallet = twins.place(wallet_code(validation=(back_again, VALID)))
    published = assert_same(twins, bundle([of_contract(wallet)]))
    assert published.refusal == 'FailedOp(0, "AA21 didn\'t pay prefund")'


def test_a_wallet_that_uses_its_nonce_in_validation(twins: Twins) -> None:
    skips = calls(ENTRY_POINT, call("incrementNonce", 0))
    wallet = twins.place(wallet_code(validation=(skips, VALID)))
    published = assert_same(twins, bundle([of_contract(wallet)]))
    assert published.refusal == "FailedOp(0, 'AA25 invalid account nonce')"
    twins.reset()
    twins.place(wallet_code(validation=(skips, VALID)))
    assert assert_same(twins, bundle([of_contract(wallet, nonce=1)])).status == 1


def test_a_paymaster_that_takes_its_deposit_before_the_charge(twins: Twins) -> None:
    takes = calls(ENTRY_POINT, call("withdrawTo", BENEFICIARY, ETHER), keeps=1)
    paymaster = twins.place(paymaster_code(validation=takes, given=b"c"), deposit=ETHER)
    made = bundle([of_contract(twins.place(wallet_code()), paymaster=paymaster)], others=[BENEFICIARY])
    assert_same(twins, made)
