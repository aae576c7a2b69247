"""Sessions, contracts and refusals, for tests of what only the state tells."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.denials.denial import Denial
from sessionlab.core.erc4337 import wallet_encoding
from sessionlab.core.erc4337.user_operation import from_json
from sessionlab.core.evm.records import Receipt

INCREMENT = "increment()"
#: Jumps to its own beginning for ever.
ENDLESS = bytes.fromhex("5b5f56")
#: Sends 1 ETH to 0x…dead, and reverts without data if that fails.
SENDS_ONE_ETH = bytes.fromhex("5f5f5f5f670de0b6b3a764000061dead5af11560175700" + "5b5f5ffd")
#: The same, but reverts without data either way.
TRIES_TO_SEND_ONE_ETH = bytes.fromhex("5f5f5f5f670de0b6b3a764000061dead5af1505f5ffd")
#: Calls itself with 50,000 gas, which that call uses up, and reverts without data whatever came of it.
STARVES_ITSELF = bytes.fromhex("36601357" + "5f5f60015f5f3061c350f1" + "505f5ffd" + "5b601356")
REVERTS_WITH_DATA = bytes.fromhex("63deadbeef5f526004601cfd")
REVERTS_EMPTY = bytes.fromhex("5f5ffd")
#: Answers 1 to everything: as validationData, that is a wrong signature.
ANSWERS_ONE = bytes.fromhex("60015f5260205ff3")
INVALID = bytes.fromhex("fe")


def grant(lab: sl.Lab, wallet: sl.SmartWalletClient, *targets: str, key: int = 1) -> sl.Session:
    access = [sl.ContractAccess(address=target) for target in (lab.recipient, lab.counter, lab.vault, *targets)]
    return wallet.grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(100)), *access], key=sl.new_key(key))


def deployed(lab: sl.Lab, runtime: bytes) -> str:
    """Put a contract with this code on the chain."""
    size = len(runtime)
    copies = bytes([0x60, size, 0x60, 0x0B, 0x5F, 0x39, 0x60, size, 0x5F, 0xF3, 0x00])
    receipt: Receipt = lab.chain.transact(sl.new_key("faucet of the test").private, None, copies + runtime)
    assert receipt.contract_address and lab.chain.code(receipt.contract_address) == runtime
    return receipt.contract_address


def refused(act: Callable[[], Any]) -> Denial:
    with pytest.raises(sl.OperationRefused) as error:
        act()
    return error.value.denial


def rejected(lab: sl.Lab, method: str, *params: Any) -> sl.RpcError:
    before = lab.chain.state_root, lab.chain.height
    with pytest.raises(sl.RpcError) as error:
        lab.provider.request(method, list(params))
    assert (lab.chain.state_root, lab.chain.height) == before
    return error.value


def contradicts_itself(explanation: object) -> bool:
    return "No permission changes that" in str(explanation) and "Grant " in str(explanation)


def contradict(denial: Denial, explanation: object) -> bool:
    """Whether a denial names a permission, or a grant, where its explanation says that none helps."""
    names_one = denial.permission is not None or re.search(r"\bgrant\b", denial.fix, re.IGNORECASE)
    return "No permission changes that" in str(explanation) and bool(names_one)


def increment(lab: sl.Lab) -> list[sl.Call]:
    return [sl.Call(lab.counter, function=INCREMENT)]


def signed(lab: sl.Lab, key: sl.Key, operation: dict[str, Any]) -> str:
    digest = lab.bundler.hash_of(from_json(operation))
    return "0x" + wallet_encoding.signature_envelope(key.sign_message(digest)).hex()
