"""A node's errors in geth's words: one table, each row of it reached, with the code that geth sends."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from web3.exceptions import ContractLogicError, ContractPanicError, Web3RPCError

import sessionlab as sl
from sessionlab.node.geth_words import GETH, HALTS, PANICS

GWEI = 10**9
THERE = "0x" + "77" * 20
RICH, POOR = sl.new_key("rich"), sl.new_key("poor")
FREE: dict[str, Any] = {"to": THERE, "from": RICH.address}


@pytest.fixture(scope="module")
def lab() -> sl.Lab:
    lab = sl.Lab(seed=1)
    lab.chain.set_balance(RICH.address, sl.ether(1))
    lab.chain.transact(RICH.private, THERE, value=1)
    return lab


def refused(lab: sl.Lab, method: str, params: list[Any]) -> sl.RpcError:
    with pytest.raises(sl.RpcError) as error:
        lab.provider.request(method, params)
    return error.value


def raw(key: sl.Key, **fields: Any) -> list[str]:
    tx = {"chainId": 1337, "nonce": 1, "gas": 21_000, "to": THERE, "value": 0}
    tx |= {"maxFeePerGas": 2 * GWEI, "maxPriorityFeePerGas": 0, **fields}
    return ["0x" + bytes(Account.sign_transaction(tx, key.private).raw_transaction).hex()]


SENT: dict[str, tuple[sl.Key, dict[str, Any]]] = {
    "nonce too low: next nonce 1, tx nonce 0": (RICH, {"nonce": 0}),
    f"nonce too high: address {RICH.address}, tx: 5 state: 1": (RICH, {"nonce": 5}),
    f"insufficient funds for gas * price + value: address {POOR.address} have 0 want 42000000000007": (
        POOR,
        {"nonce": 0, "value": 7},
    ),
    f"max fee per gas less than block base fee: address {RICH.address}, maxFeePerGas: 5, baseFee: 1000000000": (
        RICH,
        {"maxFeePerGas": 5},
    ),
    (
        f"max priority fee per gas higher than max fee per gas: address {RICH.address}, "
        "maxPriorityFeePerGas: 3000000000, maxFeePerGas: 2000000000"
    ): (RICH, {"maxPriorityFeePerGas": 3 * GWEI}),
    "intrinsic gas too low: gas 20999, minimum needed 21000": (RICH, {"gas": 20_999}),
    "insufficient gas for floor data gas cost: gas 24999, minimum needed 25000": (
        RICH,
        {"gas": 24_999, "data": b"\x01" * 100},
    ),
    "exceeds block gas limit": (RICH, {"gas": 60_000_001}),
    "max initcode size exceeded: code size 49153, limit 49152": (
        RICH,
        {"gas": 9_000_000, "to": "", "data": bytes(49_153)},
    ),
    "oversized data: transaction size 131073, limit 131072": (RICH, {"gas": 2_000_000, "data": bytes(130_960)}),
    "invalid chain id for signer: have 5 want 1337": (RICH, {"chainId": 5}),
}
ASKED: dict[str, tuple[str, list[Any]]] = {
    "transaction type not supported": ("eth_sendRawTransaction", ["0x03c0"]),
    "header not found": ("eth_getBalance", [THERE, "0xffff"]),
    "filter not found": ("eth_getFilterChanges", ["0xffff"]),
    "chainId does not match node's (have=5, want=1337)": ("eth_call", [FREE | {"chainId": "0x5"}]),
    f"insufficient funds for transfer: address 0x{POOR.address[2:].lower()}": (
        "eth_estimateGas",
        [{"from": POOR.address, "to": THERE, "value": "0x1", "gasPrice": hex(GWEI)}],
    ),
    "gas required exceeds allowance (0)": (
        "eth_estimateGas",
        [{"from": POOR.address, "to": THERE, "gasPrice": hex(GWEI)}],
    ),
}


@pytest.mark.parametrize("words", SENT)
def test_a_transaction_is_refused_in_geths_words(lab: sl.Lab, words: str) -> None:
    key, fields = SENT[words]
    error = refused(lab, "eth_sendRawTransaction", raw(key, **fields))
    assert error.message.startswith(words) and error.code == -32000
    assert error.data["field"] and error.message != words  # and then in ours


@pytest.mark.parametrize("words", ASKED)
def test_a_question_is_refused_in_geths_words(lab: sl.Lab, words: str) -> None:
    error = refused(lab, *ASKED[words])
    assert error.message.startswith(words) and error.code == -32000


def test_a_contract_is_no_sender(lab: sl.Lab) -> None:
    key = sl.new_key("coded")
    lab.chain.set_balance(key.address, sl.ether(1))
    lab.chain.set_code(key.address, b"\x00")
    error = refused(lab, "eth_sendRawTransaction", raw(key, nonce=0))
    assert error.message.startswith(f"sender not an eoa: address {key.address}")


def test_every_row_of_the_table_is_reached() -> None:
    reached = {name for name in GETH for words in [*SENT, *ASKED] if words.startswith(name)}
    assert GETH.keys() - reached == {"sender not an eoa"}  # which has a test of its own


CODE = {
    "OutOfGas": "5b5f56",  # for ever
    "InsufficientStack": "01",
    "FullStack": "5b5f5f56",  # pushes more than it pops
    "InvalidJumpDestination": "600556",
    "InvalidInstruction": "fe",
    "OutOfBoundsRead": "60ff5f5f3e",
}


@pytest.mark.parametrize("halt", CODE)
def test_a_halt_has_geths_words(lab: sl.Lab, halt: str) -> None:
    lab.chain.set_code(THERE, bytes.fromhex(CODE[halt]))
    error = refused(lab, "eth_call", [{"to": THERE, "gas": hex(100_000)}])
    assert (error.code, error.data) == (-32000, None)
    assert error.message == f"{HALTS[halt]}. The EVM halted: {halt}."


def reverting(data: bytes) -> bytes:
    """Code that reverts with these bytes."""
    parts = [data[at : at + 32].ljust(32, b"\0") for at in range(0, len(data), 32)]
    stores = (b"\x7f" + part + b"\x60" + bytes([32 * place]) + b"\x52" for place, part in enumerate(parts))
    return b"".join(stores) + b"\x60" + bytes([len(data)]) + b"\x5f\xfd"


@pytest.mark.parametrize("code", PANICS)
def test_a_panic_is_put_into_words(lab: sl.Lab, code: int) -> None:
    lab.chain.set_code(THERE, reverting(bytes.fromhex("4e487b71") + code.to_bytes(32, "big")))
    error = refused(lab, "eth_call", [{"to": THERE}])
    assert (error.code, error.message) == (3, f"execution reverted: {PANICS[code]}")
    with pytest.raises(ContractPanicError):
        lab.web3.eth.call({"to": THERE})


def test_an_estimate_that_runs_out_of_gas_says_how_much_there_was(lab: sl.Lab) -> None:
    lab.chain.set_code(THERE, bytes.fromhex("5b5f56"))
    error = refused(lab, "eth_estimateGas", [{"to": THERE, "gas": hex(100_000)}])
    assert error.message.startswith("gas required exceeds allowance (100000)") and error.code == -32000


def test_web3_raises_its_own_classes(lab: sl.Lab) -> None:
    lab.chain.set_code(THERE, reverting(b""))
    with pytest.raises(ContractLogicError, match="execution reverted"):
        lab.web3.eth.call({"to": THERE})
    with pytest.raises(Web3RPCError, match="nonce too low"):
        lab.web3.eth.send_raw_transaction(raw(RICH, nonce=0)[0])


def test_the_largest_transaction_is_mined() -> None:
    lab = sl.Lab(seed=1)
    lab.chain.set_balance(RICH.address, sl.ether(1))
    (sent,) = raw(RICH, nonce=0, gas=2_000_000, data=bytes(130_959))
    assert len(sent) == 2 + 2 * 131_072
    digest = lab.provider.request("eth_sendRawTransaction", [sent])
    assert lab.provider.request("eth_getTransactionReceipt", [digest])["status"] == "0x1"
