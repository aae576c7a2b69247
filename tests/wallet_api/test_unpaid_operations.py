"""A bundler takes no operation that does not pay for itself: it names the field that is too low, and nothing moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.erc4337 import wallet_encoding
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, from_json
from tests.faults.steps import refusal

Fields = dict[str, str]

#: The field that is at fault, and what an operation says in it. The lab's base fee is 1 gwei.
UNPAID: dict[str, tuple[str, Fields]] = {
    "no fee": ("maxFeePerGas", {"maxFeePerGas": "0x0"}),
    "less than the base fee": ("maxFeePerGas", {"maxFeePerGas": hex(10**9 - 1)}),
    "no gas for the bundle": ("preVerificationGas", {"preVerificationGas": "0x0"}),
    "a tip above the fee": (
        "maxPriorityFeePerGas",
        {"maxFeePerGas": hex(10**9), "maxPriorityFeePerGas": hex(2 * 10**9)},
    ),
}
#: Clients repeat what is refused with one of these.
REPEATED = {-32603, -32005, 429}


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab(seed=1)


@pytest.fixture
def wallet(lab: sl.Lab) -> sl.SmartWalletClient:
    return lab.wallet()


def request(lab: sl.Lab, wallet: sl.SmartWalletClient, override: Fields) -> dict[str, Any]:
    calls = {"calls": [{"to": lab.recipient, "value": "0x5"}], "from": wallet.address, "chainId": "0x539"}
    return calls | {"capabilities": {"gasParamsOverride": override}}


def through_the_wallet_api(lab: sl.Lab, wallet: sl.SmartWalletClient, override: Fields) -> Any:
    prepared = lab.provider.request("wallet_prepareCalls", [request(lab, wallet, override)])
    return lab.provider.request("wallet_sendPreparedCalls", [wallet.sign_prepared_calls(prepared)])


def through_the_bundler(lab: sl.Lab, wallet: sl.SmartWalletClient, override: Fields) -> Any:
    prepared = lab.provider.request("wallet_prepareCalls", [request(lab, wallet, {})])["data"] | override
    digest = lab.bundler.hash_of(from_json(prepared))
    signature = wallet_encoding.signature_envelope(wallet.owner.sign_message(digest))
    operation = prepared | {"signature": "0x" + signature.hex()}
    return lab.provider.request("eth_sendUserOperation", [operation, ENTRY_POINT])


DOORS: dict[str, Callable[[sl.Lab, sl.SmartWalletClient, Fields], Any]] = {
    "wallet_sendPreparedCalls": through_the_wallet_api,
    "eth_sendUserOperation": through_the_bundler,
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("unpaid", UNPAID)
def test_an_operation_that_does_not_pay_is_refused(
    lab: sl.Lab, wallet: sl.SmartWalletClient, unpaid: str, door: str
) -> None:
    field, override = UNPAID[unpaid]
    before = lab.chain.state_root, lab.chain.height
    error = refusal(lambda: DOORS[door](lab, wallet, override))
    assert (lab.chain.state_root, lab.chain.height) == before
    assert isinstance(error, sl.RpcError)
    assert error.code not in REPEATED
    assert field in str(error)


@pytest.mark.parametrize("door", DOORS)
def test_an_operation_that_pays_just_the_base_fee_is_mined(
    lab: sl.Lab, wallet: sl.SmartWalletClient, door: str
) -> None:
    bundler = lab.balance(lab.bundler.address)
    DOORS[door](lab, wallet, {"maxFeePerGas": hex(10**9), "maxPriorityFeePerGas": "0x0"})
    assert lab.balance(lab.recipient) == 5
    assert lab.balance(lab.bundler.address) >= bundler, "it does not pay out of its own pocket"
