"""The node methods.

Strict JSON-RPC hex out, typed errors with the protocol's codes, nothing moved by a refusal.
"""

import json
import re

import pytest

from sessionlab.core.base.errors import RpcError
from sessionlab.core.base.keys import Key
from sessionlab.core.evm import GenesisAccount
from sessionlab.node.methods import METHODS, handle
from sessionlab.node.senders import senders_of

UNCLES = (("UncleCount", ""), ("Uncle", "AndIndex"))
TYPED = {"domain": {}, "types": {"EIP712Domain": [], "A": []}, "primaryType": "A", "message": {}}
COUNTER, REVERTER = "0x" + "c0" * 20, "0x" + "c1" * 20


@pytest.fixture
def chain(make_chain, counter, asm):
    reverter = asm("0xdead PUSH0 MSTORE 0x20 PUSH0 REVERT")
    return make_chain(
        {COUNTER: GenesisAccount(nonce=1, code=counter), REVERTER: GenesisAccount(nonce=1, code=reverter)}
    )


def _refusal(chain, method, params=None) -> RpcError:
    before = chain.state_root, chain.height, chain.now
    with pytest.raises(RpcError) as refusal:
        handle(chain, method, params)
    assert (chain.state_root, chain.height, chain.now) == before
    json.dumps(refusal.value.as_json())
    return refusal.value


def test_every_method_answers_json(chain, owner, owner_key):
    receipt = chain.transact(owner_key, COUNTER)
    call = {"to": COUNTER, "data": "0x"}
    params = {
        "eth_feeHistory": ["0x2", "latest", [50]],
        "eth_getBalance": [owner],
        "eth_getCode": [COUNTER, "latest"],
        "eth_getStorageAt": [COUNTER, "0x0", "latest"],
        "eth_getTransactionCount": [owner, "pending"],
        "eth_call": [call, "latest"],
        "eth_estimateGas": [call],
        "eth_getTransactionByHash": [receipt.transaction_hash],
        "eth_getTransactionReceipt": [receipt.transaction_hash],
        "eth_getBlockByNumber": ["latest", True],
        "eth_getBlockByHash": [receipt.block_hash, False],
        "eth_getLogs": [{}],
        "eth_getFilterChanges": ["0x1"],
        "eth_getFilterLogs": ["0x1"],
        "eth_uninstallFilter": ["0x1"],
        "evm_increaseTime": [5],
        "evm_revert": ["0x1"],
        "evm_setNextBlockTimestamp": [chain.now + 100],
        "eth_getBlockTransactionCountByNumber": ["latest"],
        "eth_getBlockTransactionCountByHash": [receipt.block_hash],
        "eth_getTransactionByBlockNumberAndIndex": ["latest", "0x0"],
        "eth_getTransactionByBlockHashAndIndex": [receipt.block_hash, "0x0"],
        "eth_getBlockReceipts": ["latest"],
        "anvil_increaseTime": [5],
        "anvil_setNextBlockTimestamp": [chain.now + 200],
    }
    for helpers in ("anvil", "hardhat"):
        levers = {"setBalance": ["0x5"], "setCode": ["0x00"], "setNonce": ["0x5"], "setStorageAt": ["0x0", "0x5"]}
        params |= {f"{helpers}_{name}": [COUNTER, *values] for name, values in levers.items()}
        params |= {f"{helpers}_impersonateAccount": [COUNTER], f"{helpers}_stopImpersonatingAccount": [COUNTER]}
        params |= {f"{helpers}_autoImpersonateAccount": [True], f"{helpers}_setCoinbase": [COUNTER]}
        params |= {f"{helpers}_setNextBlockBaseFeePerGas": ["0x5"]}
    tracer, sent = {"tracer": "callTracer"}, {"from": owner, "to": COUNTER}
    params |= {
        "debug_traceCall": [call, "latest", tracer],
        "debug_traceTransaction": [receipt.transaction_hash, tracer],
        "eth_createAccessList": [call],
        "eth_getRawTransactionByHash": [receipt.transaction_hash],
        "eth_getRawTransactionByBlockNumberAndIndex": ["latest", "0x0"],
        "eth_getRawTransactionByBlockHashAndIndex": [receipt.block_hash, "0x0"],
        **{f"eth_get{what}ByBlockNumber{more}": ["latest", "0x0"][: 1 + bool(more)] for what, more in UNCLES},
        **{f"eth_get{what}ByBlockHash{more}": [receipt.block_hash, "0x0"][: 1 + bool(more)] for what, more in UNCLES},
        **{method: [sent] for method in ("eth_sendTransaction", "eth_sendUnsignedTransaction", "eth_signTransaction")},
        "eth_sign": [owner, "0x"],
        "personal_sign": ["0x", owner],
        "eth_signTypedData": [owner, TYPED],
        "eth_signTypedData_v4": [owner, TYPED],
        "web3_sha3": ["0x"],
        "eth_newFilter": [{}],
        "evm_setAutomine": [True],
        "anvil_setAutomine": [True],
        "anvil_dropTransaction": [receipt.transaction_hash],
    }
    senders_of(chain).hold([Key(owner_key)])
    resets = ("evm_revert", "anvil_revert", "anvil_reset", "hardhat_reset")
    skipped = ("eth_sendRawTransaction", "eth_sendRawTransactionSync", *resets)
    for method in [m for m in METHODS if m not in skipped] + ["evm_revert"]:
        json.dumps(handle(chain, method, params.get(method, [])))


def test_numbers_are_quantities_and_words_are_words(chain, owner, owner_key):
    chain.transact(owner_key, COUNTER)
    assert handle(chain, "eth_chainId") == "0x539" and handle(chain, "net_version") == "1337"
    assert handle(chain, "eth_blockNumber") == "0x1"
    assert handle(chain, "eth_getTransactionCount", [owner, "0x0"]) == "0x0"
    assert handle(chain, "eth_getStorageAt", [COUNTER, "0x0", "latest"]) == "0x" + "00" * 31 + "01"
    block = handle(chain, "eth_getBlockByNumber", ["0x1", True])
    quantities = [block[k] for k in ("number", "timestamp", "gasUsed", "gasLimit", "size", "baseFeePerGas")]
    quantities += [block["transactions"][0][k] for k in ("nonce", "gas", "value", "v", "r", "s", "type", "chainId")]
    assert all(re.fullmatch("0x(0|[1-9a-f][0-9a-f]*)", q) for q in quantities)
    assert len(block["logsBloom"]) == 514 and len(block["nonce"]) == 18


def test_the_block_of_a_call_may_be_an_object(chain, owner_key):
    chain.transact(owner_key, COUNTER)
    for block in (
        "0x0",
        {"blockNumber": "0x0"},
        {"blockHash": chain.block(0).hash},
        chain.block(0).hash,
        "earliest",
    ):
        assert handle(chain, "eth_getStorageAt", [COUNTER, "0x0", block]) == "0x" + "00" * 32


def test_a_revert_brings_its_data(chain):
    for method in ("eth_call", "eth_estimateGas"):
        refusal = _refusal(chain, method, [{"to": REVERTER}])
        assert refusal.code == 3 and refusal.data.endswith("dead")


def test_a_halt_that_is_no_revert_has_no_data(chain):
    refusal = _refusal(chain, "eth_call", [{"to": COUNTER, "gas": "0x5300"}])
    assert (refusal.code, refusal.data) == (-32000, None) and "OutOfGas" in str(refusal)


def test_an_unknown_method_is_refused(chain):
    assert _refusal(chain, "eth_mine").code == -32601


@pytest.mark.parametrize(
    ("method", "params", "field"),
    [
        ("eth_getBalance", [], "address"),
        ("eth_getBalance", ["0x12"], "address"),
        ("eth_getBalance", [COUNTER, "newest"], "block"),
        ("eth_getStorageAt", [COUNTER, 0], "slot"),
        ("eth_call", ["0x"], "transaction"),
        ("eth_call", [{"to": COUNTER, "data": "0x1"}], "data"),
        ("eth_call", [{"to": COUNTER, "value": 1}], "value"),
        ("eth_call", [{"to": COUNTER}, "latest", []], "overrides"),
        ("eth_call", [{"to": COUNTER}, "latest", {COUNTER: {"balance": 5}}], "overrides.balance"),
        ("eth_sendRawTransaction", ["0x02"], "rawTransaction"),
        ("eth_sendRawTransaction", [None], "rawTransaction"),
        ("eth_getLogs", [[]], "filter"),
        ("eth_getLogs", [{"address": "0x1"}], "address"),
        ("eth_getLogs", [{"topics": ["0x1"]}], "topics"),
        ("eth_getBlockByNumber", [], "blockNumber"),
        ("eth_getTransactionReceipt", ["0xzz"], "transactionHash"),
        ("evm_increaseTime", ["soon"], "seconds"),
        ("evm_mine", [{"blocks": "0x0"}], "blocks"),
        ("evm_mine", [{"blocks": 1_800_000_000}], "blocks"),
        ("evm_mine", ["soon"], "timestamp"),
        ("anvil_mine", ["0xffffffff"], "blocks"),
        ("hardhat_mine", ["0x1", "soon"], "interval"),
        ("anvil_setBalance", [COUNTER], "balance"),
        ("anvil_setCode", [COUNTER, "0x0"], "code"),
        ("hardhat_setNonce", [COUNTER], "nonce"),
        ("anvil_setStorageAt", [COUNTER, "0x0"], "value"),
        ("eth_getBlockReceipts", ["newest"], "block"),
        ("eth_getTransactionByBlockNumberAndIndex", ["latest"], "index"),
    ],
)
def test_malformed_parameters_name_their_field(chain, method, params, field):
    refusal = _refusal(chain, method, params)
    assert refusal.code == -32602 and f"(field: {field})" in refusal.message
    assert (refusal.data is None) if method == "eth_call" else (refusal.data["field"] == field)


def test_parameters_are_a_list(chain):
    assert _refusal(chain, "eth_getBalance", {"address": COUNTER}).code == -32602


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("evm_revert", ["0x9"]),
        ("evm_increaseTime", [-1]),
        ("evm_setNextBlockTimestamp", [1_800_000_000]),
        ("eth_getBalance", [COUNTER, "0x99"]),
    ],
)
def test_what_the_chain_refuses_is_refused_with_its_facts(chain, method, params):
    refusal = _refusal(chain, method, params)
    assert refusal.code == -32000 and "left" in refusal.data


def test_unknown_blocks_and_transactions_are_null(chain):
    nothing = "0x" + "ab" * 32
    for method in ("eth_getTransactionByHash", "eth_getTransactionReceipt", "eth_getBlockByHash"):
        assert handle(chain, method, [nothing]) is None
    for method in ("eth_getBlockByNumber", "eth_getBlockReceipts", "eth_getBlockTransactionCountByNumber"):
        assert handle(chain, method, ["0x99"]) is None
    for place in (["0x99", "0x0"], ["latest", "0x1"]):
        assert handle(chain, "eth_getTransactionByBlockNumberAndIndex", place) is None


def test_a_block_tells_its_transactions_and_receipts(chain, owner_key):
    made = chain.transact(owner_key, COUNTER)
    for which, kind in (("0x1", "Number"), (made.block_hash, "Hash")):
        assert handle(chain, f"eth_getBlockTransactionCountBy{kind}", [which]) == "0x1"
        found = handle(chain, f"eth_getTransactionByBlock{kind}AndIndex", [which, "0x0"])
        assert found == handle(chain, "eth_getTransactionByHash", [made.transaction_hash])
        receipt = handle(chain, "eth_getTransactionReceipt", [made.transaction_hash])
        assert handle(chain, "eth_getBlockReceipts", [which]) == [receipt]


@pytest.mark.parametrize("helpers", ["anvil", "hardhat"])
def test_state_can_be_set_by_the_names_of_other_test_chains(chain, stranger, helpers):
    handle(chain, f"{helpers}_setBalance", [stranger, "0x7"])
    handle(chain, f"{helpers}_setNonce", [stranger, "0x8"])
    handle(chain, f"{helpers}_setCode", [stranger, "0x5f"])
    assert handle(chain, f"{helpers}_setStorageAt", [stranger, "0x1", "0x" + "00" * 31 + "09"]) is True
    assert (chain.balance(stranger), chain.nonce(stranger)) == (7, 8)
    assert (chain.code(stranger), chain.storage(stranger, 1)) == (b"\x5f", 9)


def test_blocks_can_be_mined_apart(chain):
    """As anvil 1.7.1 does, which lets the interval pass before the first block, too."""
    handle(chain, "anvil_mine", ["0x3", "0x3c"])
    assert [chain.block(n).timestamp - chain.block(0).timestamp for n in (1, 2, 3)] == [60, 120, 180]
    handle(chain, "hardhat_mine", ["0x0"])
    assert chain.height == 3
    handle(chain, "hardhat_mine")
    assert chain.height == 4


def test_overrides_reach_the_call(chain):
    call = [{"to": COUNTER}, "latest", {COUNTER: {"stateDiff": {"0x" + "00" * 32: "0x" + "00" * 31 + "29"}}}]
    assert int(handle(chain, "eth_call", call), 16) == 42


def test_snapshots_and_time_by_their_usual_names(chain):
    snapshot = handle(chain, "evm_snapshot")
    handle(chain, "evm_setNextBlockTimestamp", ["0x" + f"{1_900_000_000:x}"])
    handle(chain, "evm_mine")
    assert chain.block().timestamp == 1_900_000_000
    assert handle(chain, "evm_revert", [snapshot]) is True
    assert chain.height == 0 and chain.now == 1_800_000_000
