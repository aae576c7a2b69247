"""What the bundler checks first, in rundler's words (crates/sim/src/precheck.rs, crates/types/src/pool/error.rs)."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.core.erc4337 import wallet_encoding
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, from_json, to_json

GWEI = 10**9
#: An account that answers 0 to everything.
ACCEPTS = "0xF0F0F0f0f0F0F0f0f0F0f0f0f0f0F0F0f0f0f0F0"
Fields = dict[str, str]


def sent(lab: sl.Lab, wallet: sl.SmartWalletClient, override: Fields) -> str:
    asked = {"calls": [{"to": lab.recipient, "value": "0x5"}], "from": wallet.address, "chainId": "0x539"}
    operation = lab.provider.request("wallet_prepareCalls", [asked])["data"] | override
    digest = lab.bundler.hash_of(from_json(operation))
    signature = wallet_encoding.signature_envelope(wallet.owner.sign_message(digest)).hex()
    answer = lab.provider.request("eth_sendUserOperation", [operation | {"signature": "0x" + signature}, ENTRY_POINT])
    return str(answer)


def estimated(lab: sl.Lab, wallet: sl.SmartWalletClient) -> Fields:
    asked = {"calls": [{"to": lab.recipient, "value": "0x5"}], "from": wallet.address, "chainId": "0x539"}
    return dict(lab.provider.request("wallet_prepareCalls", [asked])["data"])


@pytest.mark.parametrize(
    ("override", "field", "words"),
    [
        ({"maxFeePerGas": hex(GWEI - 1), "maxPriorityFeePerGas": "0x0"}, "maxFeePerGas", "maxFeePerGas is 999999999"),
        ({"maxFeePerGas": hex(GWEI), "maxPriorityFeePerGas": hex(GWEI + 1)}, "maxPriorityFeePerGas", "must be at most"),
        ({"preVerificationGas": "0x5208"}, "preVerificationGas", "preVerificationGas is 21000 but must be at least"),
        ({"callGasLimit": hex(9_099)}, "callGasLimit", "callGasLimit is 9099 but must be at least 9100"),
        ({"verificationGasLimit": hex(5_000_001)}, "verificationGasLimit", "5000001 but must be at most 5000000"),
        ({"callGasLimit": hex(30_000_000)}, "callGasLimit", "total gas limit is"),
    ],
)
def test_a_field_out_of_its_bound_is_named_in_rundlers_words(
    lab: sl.Lab, wallet: sl.SmartWalletClient, override: Fields, field: str, words: str
) -> None:
    before = lab.chain.state_root, lab.chain.height
    with pytest.raises(RpcError) as error:
        sent(lab, wallet, override)
    assert (lab.chain.state_root, lab.chain.height) == before
    assert (error.value.code, error.value.data["field"]) == (-32000, field)
    assert str(error.value).startswith("precheck failed: ")
    assert words in str(error.value)


def least(lab: sl.Lab, wallet: sl.SmartWalletClient, fees: Fields) -> str:
    """The preVerificationGas with which no less is asked for: its own bytes count, too."""
    gas = "0x0"
    for _ in range(5):
        snapshot = lab.snapshot()
        try:
            sent(lab, wallet, {**fees, "preVerificationGas": gas})
        except RpcError as error:
            gas = str(error.data["left"])
        else:
            lab.revert(snapshot)
            return gas
    raise AssertionError(gas)


def test_every_bound_itself_is_taken(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    fees = {"maxFeePerGas": hex(GWEI), "maxPriorityFeePerGas": hex(GWEI)}
    assert sent(lab, wallet, {**fees, "preVerificationGas": least(lab, wallet, fees)})
    assert sent(lab, wallet, {"verificationGasLimit": hex(5_000_000)})
    assert lab.balance(lab.recipient) == 10


def test_an_estimate_passes_the_prechecks_although_nothing_is_called(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    operation: dict[str, Any] = estimated(lab, wallet) | {"callData": "0x", "sender": ACCEPTS, "nonce": "0x0"}
    lab.chain.set_code(ACCEPTS, bytes.fromhex("5f5f5260205ff3"))
    limits = lab.provider.request("eth_estimateUserOperationGas", [operation, ENTRY_POINT])
    assert int(limits["callGasLimit"], 16) == 9_100


def test_an_operation_is_mined_once_and_refused_again(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    outcome = wallet.send_calls([sl.Call(lab.recipient, value=5)])
    assert outcome.receipt
    mined = lab.bundler.included()[-1].operation
    with pytest.raises(RpcError) as error:
        lab.provider.request("eth_sendUserOperation", [to_json(mined), ENTRY_POINT])
    assert (error.value.code, str(error.value)[:4]) == (-32500, "AA25")
    assert error.value.data["denial"]["path"] == ["AA25 invalid account nonce"]
    assert lab.balance(lab.recipient) == 5
