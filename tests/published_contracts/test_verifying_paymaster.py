"""The published VerifyingPaymaster pays for lab wallets, and is refused as its authors say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_hash.auto import keccak

import sessionlab as sl
from sessionlab.core.base.abi_words import address_word, pair, word
from sessionlab.core.base.keys import Key
from sessionlab.core.contracts.reverts import decode_revert
from sessionlab.core.erc4337 import wallet_encoding
from sessionlab.core.erc4337.bundler import OperationRejected
from sessionlab.core.erc4337.included import BundleReverted
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, from_json
from tests.packed_operation import packed
from tests.published_contracts.deployed import Deployed

ETHER = 10**18
OWNER, SIGNER, STRANGER = (sl.new_key(role) for role in ("paymaster's owner", "verifying signer", "stranger"))
DUMMY = word(0) + word(0) + b"\x01" * 64 + b"\x1b"


@pytest.fixture
def paymaster(lab: sl.Lab) -> Deployed:
    """It is deployed, which it only is where ``supportsInterface`` knows IEntryPoint, and has a deposit."""
    for key in (OWNER, STRANGER):
        lab.fund(key.address, 10 * ETHER)
    made = Deployed(lab, "VerifyingPaymaster", OWNER, ("address", "address"), ENTRY_POINT, SIGNER.address)
    assert made.transact(OWNER, "deposit", value=ETHER).status == 1
    return made


def prepared(lab: sl.Lab, paymaster: Deployed) -> UserOperation:
    """A wallet's payment of 5 wei, with this paymaster and the limits that the lab estimates."""
    wallet = lab.wallet()
    calls = {
        "calls": [{"to": lab.recipient, "value": "0x5"}],
        "from": wallet.address,
        "chainId": hex(lab.chain.chain_id),
    }
    plain = from_json(lab.provider.request("wallet_prepareCalls", [calls])["data"])
    bare = replace(plain, paymaster=paymaster.address, paymaster_data=DUMMY)
    return lab.bundler.estimate(bare.signed(wallet_encoding.DUMMY_SIGNATURE))


def sponsored(
    lab: sl.Lab, operation: UserOperation, *, until: int = 0, after: int = 0, by: Key = SIGNER, cut: int | None = None
) -> UserOperation:
    """Signed by the paymaster's signer, or another, and then by the wallet's owner."""
    window = word(until) + word(after)
    data = window + by.sign_message(hash_of(operation, lab.chain.chain_id, until, after))[:cut]
    paid = replace(operation, paymaster_data=data)
    signature = lab.wallets()[-1].owner.sign_message(lab.bundler.hash_of(paid))
    return paid.signed(wallet_encoding.signature_envelope(signature))


def hash_of(operation: UserOperation, chain_id: int, until: int, after: int) -> bytes:
    """What the signer signs (VerifyingPaymaster.getHash)."""
    assert operation.paymaster is not None
    words = (
        address_word(operation.sender),
        word(operation.nonce),
        keccak(operation.init_code),
        keccak(operation.call_data),
        pair(operation.verification_gas_limit, operation.call_gas_limit),
        pair(operation.paymaster_verification_gas_limit, operation.paymaster_post_op_gas_limit),
        word(operation.pre_verification_gas),
        pair(operation.max_priority_fee_per_gas, operation.max_fee_per_gas),
        word(chain_id),
        address_word(operation.paymaster),
        word(until),
        word(after),
    )
    return bytes(keccak(b"".join(words)))


def test_it_pays(lab: sl.Lab, paymaster: Deployed) -> None:
    operation = sponsored(lab, prepared(lab, paymaster), until=lab.now + 60)
    wallet, bundler = lab.balance(operation.sender), lab.balance(lab.bundler.address)
    mined = lab.bundler.send(operation)
    assert mined.included.success
    assert mined.included.paymaster == paymaster.address
    assert lab.balance(lab.recipient) == 5
    assert lab.balance(operation.sender) == wallet - 5
    assert lab.bundler.deposit_of(operation.sender) == 0
    assert paymaster.ask("getDeposit", "uint256") == ETHER - mined.included.gas_cost
    spent = mined.receipt.gas_used * mined.receipt.effective_gas_price
    assert lab.balance(lab.bundler.address) == bundler + mined.included.gas_cost - spent


def test_its_hash_is_the_one_that_is_signed(lab: sl.Lab, paymaster: Deployed) -> None:
    operation = prepared(lab, paymaster)
    assert paymaster.ask("getHash", "bytes32", packed(operation), 7, 3) == hash_of(operation, lab.chain.chain_id, 7, 3)


Change = Callable[[sl.Lab, UserOperation], UserOperation]
REFUSED: dict[str, tuple[Change, str]] = {
    "another signer": (lambda lab, op: sponsored(lab, op, by=STRANGER), "AA34 signature error"),
    "signed for another operation": (
        lambda lab, op: _swapped(lab, op),
        "AA34 signature error",
    ),
    "its window is over": (lambda lab, op: sponsored(lab, op, until=lab.now - 1), "AA32 paymaster expired or not due"),
    "its window has not begun": (
        lambda lab, op: sponsored(lab, op, after=lab.now + 1_000),
        "AA32 paymaster expired or not due",
    ),
    "a signature of 63 bytes": (lambda lab, op: sponsored(lab, op, cut=63), "AA33 reverted"),
}


def _swapped(lab: sl.Lab, operation: UserOperation) -> UserOperation:
    """The signature for one operation on another, which the owner signs."""
    data = sponsored(lab, operation).paymaster_data
    other = replace(operation, pre_verification_gas=operation.pre_verification_gas + 1, paymaster_data=data)
    signature = lab.wallets()[-1].owner.sign_message(lab.bundler.hash_of(other))
    return other.signed(wallet_encoding.signature_envelope(signature))


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(lab: sl.Lab, paymaster: Deployed, name: str) -> None:
    """By the bundler's own look at it, and by the EntryPoint."""
    change, code = REFUSED[name]
    operation = change(lab, prepared(lab, paymaster))
    with pytest.raises(OperationRejected) as rejected:
        lab.bundler.send(operation)
    assert rejected.value.rejection.code == code
    with pytest.raises(BundleReverted) as reverted:
        lab.bundler.bundle([operation])
    assert reverted.value.revert.reason == code
    if code == "AA33 reverted":
        assert "invalid signature length" in reverted.value.revert.innermost.reason
    assert lab.balance(lab.recipient) == 0
    assert paymaster.ask("getDeposit", "uint256") == ETHER


def test_a_window_that_closes_while_the_operation_waits(lab: sl.Lab, paymaster: Deployed) -> None:
    operation = sponsored(lab, prepared(lab, paymaster), until=lab.now + 60)
    lab.travel(61)
    with pytest.raises(BundleReverted) as reverted:
        lab.bundler.bundle([operation])
    assert reverted.value.revert.reason == "AA32 paymaster expired or not due"


def test_a_deposit_that_is_too_low(lab: sl.Lab, paymaster: Deployed) -> None:
    operation = sponsored(lab, prepared(lab, paymaster))
    assert paymaster.transact(OWNER, "withdrawTo", lab.merchant, ETHER - operation.max_cost + 1).status == 1
    with pytest.raises(BundleReverted) as reverted:
        lab.bundler.bundle([operation])
    assert reverted.value.revert.reason == "AA31 paymaster deposit too low"


def test_its_owner_withdraws_and_stakes(lab: sl.Lab, paymaster: Deployed) -> None:
    assert paymaster.transact(OWNER, "withdrawTo", lab.merchant, 7).status == 1
    assert (lab.balance(lab.merchant), paymaster.ask("getDeposit", "uint256")) == (7, ETHER - 7)
    assert paymaster.transact(OWNER, "addStake", 60, value=11).status == 1
    assert stake_of(lab, paymaster) == (True, 11, 60, 0)
    refused = paymaster.transact(OWNER, "withdrawStake", lab.merchant)
    assert decode_revert(refused.output).reason == "must call unlockStake() first"
    assert paymaster.transact(OWNER, "unlockStake").status == 1
    lab.travel(60)
    assert paymaster.transact(OWNER, "withdrawStake", lab.merchant).status == 1
    assert lab.balance(lab.merchant) == 18
    assert stake_of(lab, paymaster) == (False, 0, 0, 0)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("withdrawTo", (STRANGER.address, 1)), ("addStake", (1,)), ("unlockStake", ()), ("withdrawStake", (ENTRY_POINT,))],
)
def test_nobody_else_does(lab: sl.Lab, paymaster: Deployed, name: str, arguments: tuple[Any, ...]) -> None:
    assert paymaster.transact(STRANGER, name, *arguments).status == 0
    assert paymaster.ask("getDeposit", "uint256") == ETHER


def test_only_the_entry_point_asks_it(lab: sl.Lab, paymaster: Deployed) -> None:
    operation = sponsored(lab, prepared(lab, paymaster))
    receipt = paymaster.transact(STRANGER, "validatePaymasterUserOp", packed(operation), bytes(32), 0)
    assert decode_revert(receipt.output).reason == "Sender not EntryPoint"


def stake_of(lab: sl.Lab, paymaster: Deployed) -> tuple[Any, ...]:
    """Staked, stake in wei, delay in seconds, and when it can be taken."""
    data = keccak(b"getDepositInfo(address)")[:4] + encode(["address"], [paymaster.address])
    answer = lab.chain.call(ENTRY_POINT, data).output
    _, staked, *numbers = (int.from_bytes(answer[place : place + 32], "big") for place in range(0, 160, 32))
    return (bool(staked), *numbers)
