"""What the node signs and sends: for the manifest's accounts, and for those that were impersonated."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from eth_hash.auto import keccak

import sessionlab as sl
from sessionlab.core.base.keys import Key
from sessionlab.node.methods import handle
from sessionlab.node.senders import senders_of

Ask = Callable[..., Any]
ETHER, GWEI = 10**18, 10**9
TYPED = {
    "domain": {"name": "lab", "chainId": 1337},
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
        "Note": [{"name": "text", "type": "string"}],
    },
    "primaryType": "Note",
    "message": {"text": "hello"},
}


def test_the_accounts_are_the_manifests(ask: Ask, keys: list[Key]) -> None:
    assert ask("eth_accounts") == [key.address for key in keys]
    assert handle(sl.Lab(seed=3).chain, "eth_accounts") == []


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, "0x2"),
        ({"gasPrice": hex(3 * GWEI)}, "0x0"),
        ({"type": "0x0"}, "0x0"),
        ({"gasPrice": hex(3 * GWEI), "accessList": [], "gas": "0xfde8"}, "0x1"),
        ({"maxFeePerGas": hex(2 * GWEI), "maxPriorityFeePerGas": "0x1"}, "0x2"),
        ({"accessList": [{"address": "0x" + "11" * 20, "storageKeys": ["0x" + "00" * 32]}], "gas": "0xfde8"}, "0x2"),
    ],
)
@pytest.mark.parametrize("impersonated", [False, True])
def test_every_type_is_sent_and_found_as_it_was_sent(
    ask: Ask, lab: sl.Lab, keys: list[Key], wallet: sl.SmartWalletClient, fields: Any, kind: str, impersonated: bool
) -> None:
    sender, to = (wallet.address if impersonated else keys[1].address), keys[2].address
    if impersonated:
        ask("anvil_impersonateAccount", sender)
        lab.fund(sender, ETHER)
    had, nonce = lab.balance(to), lab.chain.nonce(sender)
    digest = ask("eth_sendTransaction", {"from": sender, "to": to, "value": "0x7", **fields})
    found = ask("eth_getTransactionByHash", digest)
    assert (found["from"], found["to"], found["type"], found["nonce"]) == (sender, to, kind, hex(nonce))
    assert ask("eth_getTransactionReceipt", digest)["status"] == "0x1"
    assert lab.balance(to) == had + 7
    raw = ask("eth_getRawTransactionByHash", digest)
    assert "0x" + keccak(bytes.fromhex(raw[2:])).hex() == digest
    if not impersonated:
        assert Account.recover_transaction(raw) == sender


def test_equal_transactions_of_two_impersonated_senders_are_two(ask: Ask, lab: sl.Lab, keys: list[Key]) -> None:
    ask("anvil_autoImpersonateAccount", True)
    senders = ["0x" + "a1" * 20, "0x" + "a2" * 20]
    for sender in senders:
        lab.chain.set_balance(sender, ETHER)
    hashes = [ask("eth_sendTransaction", {"from": sender, "to": keys[0].address}) for sender in senders]
    assert len(set(hashes)) == 2
    ask("anvil_autoImpersonateAccount", False)
    assert ask("eth_sendTransaction", {"from": senders[0], "to": senders[1]})["error"]["code"] == -32602


def test_a_wallet_is_impersonated_until_it_is_not(ask: Ask, wallet: sl.SmartWalletClient, keys: list[Key]) -> None:
    sent = {"from": wallet.address, "to": keys[0].address, "value": "0x1"}
    assert ask("eth_sendTransaction", sent)["error"]["message"].startswith("No signer available")
    assert ask("hardhat_impersonateAccount", wallet.address) is None
    assert len(ask("eth_sendTransaction", sent)) == 66
    assert ask("hardhat_stopImpersonatingAccount", wallet.address) is None
    assert ask("eth_sendTransaction", sent)["error"]["message"].startswith("No signer available")


def test_without_impersonation_a_contract_sends_nothing(ask: Ask, wallet: sl.SmartWalletClient) -> None:
    """EIP-3607 holds for everybody whose signature counts."""
    assert len(ask("eth_sendUnsignedTransaction", {"from": wallet.address, "to": wallet.address})) == 66
    assert ask("eth_sendTransaction", {"from": wallet.address, "to": wallet.address})["error"]


def test_a_transaction_to_be_sent_later_is_signed(ask: Ask, keys: list[Key]) -> None:
    raw = ask("eth_signTransaction", {"from": keys[0].address, "to": keys[1].address, "value": "0x1"})
    receipt = ask("eth_sendRawTransactionSync", raw)
    assert (receipt["from"], receipt["status"]) == (keys[0].address, "0x1")
    assert "error" in ask("eth_sendRawTransactionSync", raw)
    assert "error" in ask("eth_sendRawTransactionSync", raw, "soon")


def test_messages_are_signed_as_eth_account_recovers_them(ask: Ask, keys: list[Key]) -> None:
    address = keys[0].address
    message = encode_defunct(b"hello")
    for signature in (ask("eth_sign", address, "0x68656c6c6f"), ask("personal_sign", "0x68656c6c6f", address.lower())):
        assert Account.recover_message(message, signature=signature) == address
    typed = encode_typed_data(full_message=TYPED)
    for given in (TYPED, json.dumps(TYPED)):
        signature = ask("eth_signTypedData_v4", address, given)
        assert Account.recover_message(typed, signature=signature) == address


@pytest.mark.parametrize(
    ("method", "params", "field"),
    [
        ("eth_sendTransaction", [{"valeu": "0x1"}], "valeu"),
        ("eth_sendTransaction", [{"gasPrice": "0x1", "maxFeePerGas": "0x1"}], "gasPrice"),
        ("eth_sendTransaction", [{"type": "0x3"}], "type"),
        ("eth_sendTransaction", [{"type": "0x4", "to": "0x" + "11" * 20}], "authorizationList"),
        ("eth_sendTransaction", [{"type": "0x0", "accessList": [{"address": "0x" + "11" * 20}]}], "accessList"),
        ("eth_sendTransaction", [{"chainId": "0x1"}], "chainId"),
        ("eth_sendTransaction", [{"data": "0x01", "input": "0x02"}], "data"),
        ("eth_sendTransaction", [{"nonce": -1}], "nonce"),
        ("eth_signTypedData_v4", ["SENDER", "{"], "typedData"),
        ("personal_sign", ["hello", "SENDER"], "message"),
        ("eth_sign", ["0x" + "11" * 20, "0x"], "from"),
        ("anvil_autoImpersonateAccount", ["yes"], "enabled"),
        ("anvil_impersonateAccount", [], "address"),
    ],
)
def test_wrong_parameters_are_refused_by_name(
    ask: Ask, keys: list[Key], method: str, params: list[Any], field: str
) -> None:
    sender = keys[0].address
    given = [{"from": sender, **item} if isinstance(item, dict) else item for item in params]
    error = ask(method, *(sender if item == "SENDER" else item for item in given))["error"]
    code = -32000 if field in ("type", "chainId") else -32602  # geth has its own words for these two
    assert (error["code"], error["data"]["field"]) == (code, field)


def test_no_key_is_shown(lab: sl.Lab, keys: list[Key]) -> None:
    held = senders_of(lab.chain)
    shown = repr(held) + str(held) + repr(vars(held))
    assert all(key.private.hex() not in shown for key in keys)
    with pytest.raises(sl.InvalidInput) as error:
        held.key("0x" + "11" * 20)
    assert all(key.private.hex() not in str(vars(error.value)) for key in keys)


@pytest.mark.parametrize("impersonated", [False, True])
def test_what_nodes_do_not_take_is_not_sent_for_their_accounts_either(
    ask: Ask, lab: sl.Lab, keys: list[Key], impersonated: bool
) -> None:
    sender = "0x" + "a1" * 20 if impersonated else keys[0].address
    if impersonated:
        ask("anvil_impersonateAccount", sender)
        lab.fund(sender, ETHER)
    before = lab.chain.state_root, lab.chain.height
    sent = {"from": sender, "to": keys[1].address, "gas": hex(10**7), "data": "0x" + "00" * 131_072}
    error = ask("eth_sendTransaction", sent)["error"]
    assert error["message"].startswith("oversized data: transaction size 131")
    assert (lab.chain.state_root, lab.chain.height) == before
    assert ask("eth_sendTransaction", sent | {"data": "0x" + "00" * 130_900})


def test_a_blob_transaction_is_refused_for_its_type_whatever_its_size(ask: Ask) -> None:
    for size in (1, 200_000):
        error = ask("eth_sendRawTransaction", "0x03" + "00" * size)["error"]
        assert error["message"].startswith("transaction type not supported")


def test_a_nonce_is_looked_at_before_an_estimate(ask: Ask, keys: list[Key]) -> None:
    """What a later transaction does depends on those before it, which are not there yet."""
    reverts = {"from": keys[0].address, "data": "0x60006000fd", "nonce": "0x3ff"}
    assert ask("eth_sendTransaction", reverts)["error"]["message"].startswith("nonce too high")
    assert ask("eth_sendTransaction", reverts | {"nonce": "0x0"})["error"]["message"].startswith(
        ("nonce too low", "execution reverted")
    )
    later = {"from": keys[0].address, "to": keys[1].address, "nonce": "0x3ff"}
    assert ask("eth_signTransaction", later).startswith("0x02")
