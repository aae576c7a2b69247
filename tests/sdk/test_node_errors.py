"""What the published clients make of a node's refusals: the class or the code that tells an application which it is."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.rpc_values import hex_data
from tests.sdk.node import run_node
from tests.sdk.serving import Served
from tests.sdk.worlds import environment, secret

REVERTS = "0x" + "77" * 20
REASON = "too much"
#: The class that viem makes of each refusal, and the code that ethers does.
VIEM = {
    "nonce too low": "NonceTooLowError",
    "nonce too high": "NonceTooHighError",
    "insufficient funds": "InsufficientFundsError",
    "fee cap too low": "FeeCapTooLowError",
    "intrinsic gas too low": "IntrinsicGasTooLowError",
    "gas over block": "IntrinsicGasTooHighError",
    "reverted": "ExecutionRevertedError",
    "estimate reverted": "ExecutionRevertedError",
    "estimate without funds": "InsufficientFundsError",
}
ETHERS = {
    "nonce too low": "NONCE_EXPIRED",
    "insufficient funds": "INSUFFICIENT_FUNDS",
    "reverted": "CALL_EXCEPTION",
    "estimate without funds": "INSUFFICIENT_FUNDS",
}


@pytest.fixture
def found(served: Served) -> dict[str, Any]:
    lab, owner, poor = served.lab, sl.new_key("sends"), sl.new_key("poor")
    lab.chain.set_balance(owner.address, sl.ether(1))
    lab.chain.transact(owner.private, lab.recipient, value=1)
    message = REASON.encode().ljust(32, b"\0")
    data = bytes.fromhex("08c379a0") + (32).to_bytes(32, "big") + len(REASON).to_bytes(32, "big") + message
    words = [data[at : at + 32].ljust(32, b"\0") for at in range(0, len(data), 32)]
    stores = b"".join(b"\x7f" + word + b"\x60" + bytes([32 * index]) + b"\x52" for index, word in enumerate(words))
    lab.chain.set_code(REVERTS, stores + b"\x60" + bytes([len(data)]) + b"\x5f\xfd")
    lab.chain.mine()
    keys = {"OWNER": secret(owner), "POOR": secret(poor)}
    answer: dict[str, Any] = run_node("node_errors.mjs", **environment(served, REVERTS=REVERTS, **keys))
    answer["data"] = hex_data(data)
    return answer


@pytest.mark.parametrize("rules", ["documented"])
def test_the_clients_know_why(found: dict[str, Any]) -> None:
    viem = {name: told for name, told in found["viem"].items() if name in VIEM}
    assert {name: VIEM[name] in told["names"] for name, told in viem.items()} == dict.fromkeys(VIEM, True), viem
    assert REASON in viem["reverted"]["message"] and REASON in viem["estimate reverted"]["message"]
    if "ethers" in found:
        ethers = found["ethers"]
        assert {name: ethers[name]["code"] for name in ETHERS} == ETHERS
        assert REASON in ethers["reverted"]["message"]
    if "web3" in found:
        assert all(told["message"] for told in found["web3"].values())
        assert found["web3"]["reverted"]["data"] == found["data"] or REASON in found["web3"]["reverted"]["message"]
