"""The reason of a revert is in the message of the JSON-RPC error, as nodes write it, so that web3.py shows it."""

from __future__ import annotations

import pytest
from web3.exceptions import ContractLogicError

import sessionlab as sl

from .steps import refusal

REASON = "too much"
#: ``Error(string)`` with the reason.
DATA = (
    bytes.fromhex("08c379a0")
    + (32).to_bytes(32, "big")
    + len(REASON).to_bytes(32, "big")
    + REASON.encode().ljust(32, b"\0")
)
THERE = "0x" + "77" * 20


def reverting(data: bytes) -> bytes:
    """Code that reverts with these bytes."""
    code = b""
    for at in range(0, len(data), 32):
        code += b"\x7f" + data[at : at + 32].ljust(32, b"\0") + b"\x60" + bytes([at]) + b"\x52"
    return code + b"\x60" + bytes([len(data)]) + b"\x60\x00\xfd"


@pytest.fixture
def lab() -> sl.Lab:
    found = sl.Lab(seed=1)
    found.chain.set_code(THERE, reverting(DATA))
    return found


@pytest.mark.parametrize("method", ["eth_call", "eth_estimateGas"])
def test_the_error_of_a_node_says_the_reason(lab: sl.Lab, method: str) -> None:
    error = refusal(lambda: lab.provider.request(method, [{"to": THERE, "data": "0x"}]))
    assert isinstance(error, sl.RpcError)
    assert error.as_json() == {"code": 3, "message": f"execution reverted: {REASON}", "data": "0x" + DATA.hex()}


@pytest.mark.parametrize("name", ["call", "estimate_gas"])
def test_web3_shows_the_reason(lab: sl.Lab, name: str) -> None:
    with pytest.raises(ContractLogicError) as reverted:
        getattr(lab.web3.eth, name)({"to": THERE, "data": "0x"})
    assert reverted.value.message == f"execution reverted: {REASON}"
    assert reverted.value.data == "0x" + DATA.hex()


def test_a_revert_without_a_reason_has_none_in_its_message(lab: sl.Lab) -> None:
    for data in (b"", bytes.fromhex("deadbeef")):
        lab.chain.set_code(THERE, reverting(data))
        error = refusal(lambda: lab.provider.request("eth_call", [{"to": THERE, "data": "0x"}]))
        assert isinstance(error, sl.RpcError)
        assert (error.code, error.args[0], error.data) == (3, "execution reverted", "0x" + data.hex())
