"""Any bytes, any JSON, and good requests bent a little: an answer each time, no bug, and an error has moved nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.server.request_handler import BUG_CODE, RequestHandler
from tests.bending import bent

REPEATED = (-32603, -32005, -32007, 429, -1)
ENTRY_POINT = "0x0000000071727De22E5E9d8BAf0edAc6f37da032"
LIKELY: list[Any] = [
    "0x", "0x0", "0x1", "0x539", "0xzz", "1", "", "latest", "pending", "earliest", None, 0, -1, 1.5, True, 2**256,
    "0x" + "00" * 20, "0x" + "22" * 20, ENTRY_POINT, "0x" + "ff" * 32, "0x" + "ab" * 65, "0x" + "f" * 64, {}, [], [{}],
    [[]], 2**64, "\ud800", {"context": "0x00"}, {"multiplier": 1.2}, "0x" + "٣" * 4, "0X1", " 0x1", "1_0",
]  # fmt: skip
values = st.recursive(
    st.sampled_from(LIKELY) | st.integers(-(2**70), 2**270) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
METHODS = sorted(
    {*sl.Lab._api_methods, *sl.Lab._node_methods} - {"evm_snapshot", "evm_revert"}
)  # these two go back on purpose


class Corpus:
    """A lab in which something has happened, and good requests about it."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.lab = lab = sl.Lab()
        self.request_handler = RequestHandler(lab, None, self.told.append)
        wallet = lab.wallet()
        session = wallet.grant_permissions([sl.NativeTokenTransfer(allowance=10**6)], key=sl.new_key(1))
        permissions = {"context": session.context}
        signed = session.sign_prepared_calls(session.prepare_calls([sl.Call(to=lab.recipient, value=1)]))
        done = session.send_calls([sl.Call(to=lab.recipient, value=1)])
        assert done.receipt
        block, transaction = done.receipt["blockHash"], done.receipt["transactionHash"]
        call = {"from": wallet.address, "to": lab.counter, "data": "0xd09de08a", "value": "0x0", "gas": "0x186a0"}
        unknown = lab.wallet(deployed=False)
        operation = unknown.prepare_calls([sl.Call(to=lab.recipient, value=1)])["data"] | {
            "signature": "0x" + "ab" * 67
        }
        calls = [{"to": lab.recipient, "value": "0x1", "data": "0x"}]
        key = {"type": "secp256k1", "publicKey": sl.new_key(2).address}
        grant = [{"type": "erc20-token-transfer", "data": {"address": lab.token, "allowance": "0x64"}}]
        request = {
            "calls": calls,
            "from": wallet.address,
            "chainId": "0x539",
            "capabilities": {"permissions": permissions},
        }
        granting = {"chainId": "0x539", "key": key, "permissions": grant, "account": wallet.address, "expirySec": 0}
        logs = {"address": lab.token, "fromBlock": "0x0", "toBlock": "latest", "topics": [None]}
        by_block = [lab.counter, "0x0", "latest"]
        self.good: list[tuple[str, list[Any]]] = [
            ("eth_call", [call, "latest", {lab.counter: {"balance": "0x1", "stateDiff": {"0x0": "0x1"}}}]),
            ("eth_estimateGas", [call]),
            ("eth_getBalance", [wallet.address, "latest"]),
            ("eth_getCode", [lab.counter, "0x1"]),
            ("eth_getStorageAt", by_block),
            ("eth_getTransactionCount", [wallet.address, {"blockHash": block}]),
            ("eth_getBlockByNumber", ["0x1", True]),
            ("eth_getBlockByHash", [block, False]),
            ("eth_getTransactionReceipt", [transaction]),
            ("eth_getTransactionByHash", [transaction]),
            ("eth_getLogs", [logs]),
            ("eth_newFilter", [logs]),
            ("eth_getFilterChanges", ["0x1"]),
            ("eth_feeHistory", ["0x2", "latest", [50]]),
            ("eth_sendRawTransaction", ["0x02f8" + "00" * 90]),
            ("evm_increaseTime", ["0x3c"]),
            ("evm_mine", [{"blocks": "0x2"}]),
            ("eth_sendTransaction", [{**call, "from": wallet.owner.address}]),
            ("eth_signTypedData_v4", [wallet.owner.address, {"domain": {}, "types": {"A": []}, "primaryType": "A"}]),
            ("debug_traceTransaction", [transaction, {"tracer": "callTracer", "tracerConfig": {"withLog": True}}]),
            ("debug_traceCall", [call, "latest", {"tracer": "callTracer"}]),
            ("eth_createAccessList", [call, "latest"]),
            ("anvil_impersonateAccount", [wallet.address]),
            ("anvil_setNextBlockBaseFeePerGas", ["0x3b9aca00"]),
            ("pm_getPaymasterStubData", [operation, ENTRY_POINT, "0x539", {"policyId": lab.policy_id}]),
            ("pm_getPaymasterData", [operation, ENTRY_POINT, "0x539", None]),
            ("evm_setNextBlockTimestamp", [hex(lab.now + 10**6)]),
            ("anvil_setBalance", [wallet.address, "0xde0b6b3a7640000"]),
            ("wallet_requestAccount", [{"signerAddress": wallet.owner.address, "creationHint": {"salt": "0x1"}}]),
            ("wallet_createSession", [granting]),
            ("wallet_prepareCalls", [request]),
            ("wallet_sendPreparedCalls", [{**signed, "capabilities": {"permissions": permissions}}]),
            ("wallet_getCallsStatus", [done.call_id]),
            ("eth_sendUserOperation", [operation, ENTRY_POINT]),
            ("eth_estimateUserOperationGas", [operation, ENTRY_POINT]),
            ("eth_getUserOperationReceipt", ["0x" + "ab" * 32]),
        ]

    def check(self, body: bytes) -> None:
        """The one rule. What was good is undone, so that each body meets the same lab."""
        lab = self.lab
        before = (lab.chain.state_root, lab.chain.height, lab.chain.now)
        moment = lab.chain.snapshot()
        try:
            self.told.clear()
            answer = self.request_handler.answer(body)
            assert self.told == [], body
            if answer is None:
                return
            for one in replies if isinstance(replies := json.loads(answer), list) else [replies]:
                if "error" not in one:
                    assert set(one) == {"jsonrpc", "id", "result"}
                    continue
                assert set(one) == {"jsonrpc", "id", "error"}
                assert one["error"]["code"] not in (*REPEATED, BUG_CODE)
                assert one["error"]["message"]
            if not isinstance(replies, list) and "error" in replies:
                assert before == (lab.chain.state_root, lab.chain.height, lab.chain.now)
        finally:
            lab.chain.revert(moment)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus()


def _bodies(draw: Any, corpus: Corpus) -> bytes:
    kind = draw(st.sampled_from(["bent", "bent", "bent", "any params", "batch", "json", "cut", "bytes"]))
    if kind == "bytes":
        return bytes(draw(st.binary(max_size=60)))
    if kind == "json":
        return json.dumps(draw(values)).encode()
    if kind == "any params":
        return json.dumps({"id": 1, "method": draw(st.sampled_from(METHODS)), "params": draw(values)}).encode()
    requests = []
    for _ in range(draw(st.integers(1, 3)) if kind == "batch" else 1):
        method, params = draw(st.sampled_from(corpus.good))
        requests.append(bent(draw, {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}, values))
    body = json.dumps(requests if kind == "batch" else requests[0]).encode()
    return body[: draw(st.integers(0, len(body)))] if kind == "cut" else body


def test_whatever_comes_is_answered(corpus: Corpus, request: pytest.FixtureRequest) -> None:
    count = request.config.getoption("--fuzz")

    @settings(
        max_examples=count, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
    )
    @given(data=st.data())
    def run(data: st.DataObject) -> None:
        corpus.check(_bodies(data.draw, corpus))

    run()


def test_good_requests_are_good(corpus: Corpus) -> None:
    """What is bent is worth bending: most of it is understood as it stands."""
    fine = 0
    for method, params in corpus.good:
        reply = json.loads(
            corpus.request_handler.answer(json.dumps({"id": 1, "method": method, "params": params}).encode()) or b""
        )
        fine += "result" in reply
    assert fine >= len(corpus.good) - 5
