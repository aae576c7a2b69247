"""Traces and access lists, held against what anvil 1.7.1 said about the same contracts.

Where geth differs from anvil, and clients know geth, geth is followed: each such difference is named here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.keys import Key
from sessionlab.core.deployments import DELEGATE_7702
from sessionlab.core.evm import authorize
from tests.node.traced_contracts import CODES, GAS, GOLDEN, MANY, REVERTS, STORES, answers

Ask = Callable[..., Any]
#: anvil's words, which are revm's, and geth's (core/vm/errors.go).
GETH_WORDS = {
    "CreateCollision": "contract address collision",
    "StateChangeDuringStaticCall": "write protection",
    "out of gas: not enough gas for reentrancy sentry": "out of gas",
    "CreateContractStartingWithEF": "invalid code: must not begin with 0xef",
    "insufficient balance for transfer": "insufficient balance for transfer",
}


@pytest.fixture
def said(ask: Ask, keys: list[Key]) -> dict[str, Any]:
    sender = keys[0].address
    text = json.dumps(answers(ask, sender))
    for form in (sender, sender.lower()):
        text = text.replace(form, "SENDER")
    return dict(json.loads(text))


def test_calls_and_access_lists_are_as_anvil_has_them(said: dict[str, Any]) -> None:
    expected = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert said.keys() == expected.keys()
    for name, answer in expected.items():
        assert _plain(said[name]) == _plain(_as_geth(answer, said[name])), name


def test_a_creation_shows_the_address_of_its_contract(ask: Ask, keys: list[Key]) -> None:
    sent = ask("eth_sendTransaction", {"from": keys[0].address, "data": "0x60016000f3"})
    trace = ask("debug_traceTransaction", sent, {"tracer": "callTracer"})
    receipt = ask("eth_getTransactionReceipt", sent)
    assert (trace["type"], trace["to"], trace["output"]) == ("CREATE", receipt["contractAddress"].lower(), "0x00")


def test_the_outermost_call_offers_the_gas_of_the_transaction(said: dict[str, Any]) -> None:
    """geth's callTracer takes the transaction's gas (``t.gasLimit``); anvil what is left after the intrinsic gas."""
    assert said["many sent "]["gas"] == hex(30_000_000)


def test_a_reverted_message_has_a_list_and_an_error(ask: Ask, said: dict[str, Any]) -> None:
    """As in geth, where ``error`` stands beside ``accessList`` and ``gasUsed``; anvil answers an error alone."""
    assert said["reverts listed"].keys() == {"accessList", "error", "gasUsed"}
    assert said["reverts listed"]["error"] == "execution reverted"


@pytest.mark.parametrize(
    ("options", "field", "words"),
    [
        ({"tracer": "prestateTracer"}, "tracer", "There is no tracer 'prestateTracer'"),
        ({}, "tracer", "Opcode by opcode is not traced here"),
        (None, "tracer", "Opcode by opcode is not traced here"),
        (
            {"tracer": "callTracer", "tracerConfig": {"withLogs": True}},
            "tracerConfig.withLogs",
            "did you mean 'withLog'?",
        ),
        ({"tracer": "callTracer", "tracerConfig": {"withLog": 1}}, "tracerConfig.withLog", "neither true nor false"),
        ({"tracer": "callTracer", "blockOverride": {}}, "blockOverride", "did you mean 'blockOverrides'?"),
    ],
)
def test_what_is_not_traced_is_refused_by_name(ask: Ask, options: Any, field: str, words: str) -> None:
    error = ask("debug_traceCall", {"to": REVERTS}, "latest", options)["error"]
    assert (error["code"], error["data"]["field"]) == (-32602, field)
    assert words in error["message"]


def test_a_trace_sees_the_block_that_is_asked_for(ask: Ask, lab: sl.Lab) -> None:
    """The newest one, as in ``eth_call``, with ``blockOverrides`` in its place."""
    clock = "0x" + "77" * 20
    lab.chain.set_code(clock, bytes.fromhex("425f5260205ff3"))  # TIMESTAMP PUSH0 MSTORE: returns the time
    for more, seen in (({}, lab.chain.block().timestamp), ({"blockOverrides": {"time": "0x7"}}, 7)):
        trace = ask("debug_traceCall", {"to": clock}, "latest", {"tracer": "callTracer", **more})
        assert int(trace["output"], 16) == seen


@pytest.mark.parametrize(("name", "least"), [("MOST_CALLS", 15), ("MOST_BYTES", 100)])
def test_a_trace_is_bounded_and_says_so(
    ask: Ask, keys: list[Key], said: dict[str, Any], monkeypatch: pytest.MonkeyPatch, name: str, least: int
) -> None:
    """The contract makes 15 calls, and they return one reason of 100 bytes, and nothing else."""
    message, tracer = {"from": keys[0].address, "to": MANY, "gas": hex(GAS)}, {"tracer": "callTracer"}
    monkeypatch.setattr(f"sessionlab.node.traced_calls.{name}", least)
    whole = ask("debug_traceCall", message, "latest", tracer)
    assert sum(call["type"] != "SELFDESTRUCT" for call in _flat(whole)) == 1 + 15
    monkeypatch.setattr(f"sessionlab.node.traced_calls.{name}", least - 1)
    error = ask("debug_traceCall", message, "latest", tracer)["error"]
    assert (error["code"], error["data"]["left"]) == (-32000, hex(least - 1))
    assert "onlyTopCall" in error["message"]
    top = ask("debug_traceCall", message, "latest", {**tracer, "tracerConfig": {"onlyTopCall": True}})
    assert top["gasUsed"] == whole["gasUsed"]


def authorization(key: Key, nonce: int) -> dict[str, str]:
    signed = authorize(key.private, DELEGATE_7702, chain_id=1337, nonce=nonce)
    numbers = {"chainId": signed.chain_id, "nonce": signed.nonce, "yParity": signed.y_parity}
    return {"address": signed.address} | {k: hex(v) for k, v in (numbers | {"r": signed.r, "s": signed.s}).items()}


@pytest.mark.parametrize(
    "fields",
    [
        {"maxFeePerGas": hex(3 * 10**9), "maxPriorityFeePerGas": "0x5"},
        {"gasPrice": hex(2 * 10**9)},
        {"accessList": [{"address": STORES, "storageKeys": ["0x" + "00" * 31 + "01"]}]},
        {"authorizationList": "of the sender"},
        {"authorizationList": "of another"},
    ],
)
def test_a_message_is_traced_as_its_transaction_will_be(ask: Ask, lab: sl.Lab, keys: list[Key], fields: Any) -> None:
    """With its price, its access list and its authorizations: every field is honoured."""
    sender = keys[1]
    for address, code in CODES.items():
        lab.chain.set_code(address, code)
        lab.chain.set_balance(address, 100)
    message = {"from": sender.address, "to": MANY, "gas": hex(GAS), **fields}
    if "authorizationList" in fields:
        other = fields["authorizationList"] == "of another"
        signer = keys[2] if other else sender
        given = authorization(signer, lab.chain.nonce(signer.address) + (0 if other else 1))
        message |= {"authorizationList": [given], "to": signer.address, "data": "0x8da5cb5b"}  # owner()
    tracer = {"tracer": "callTracer", "tracerConfig": {"withLog": True}}
    foreseen = ask("debug_traceCall", message, "latest", tracer)
    assert ask("debug_traceTransaction", ask("eth_sendTransaction", message), tracer) == foreseen
    if "authorizationList" in fields:
        assert (foreseen.get("error"), len(foreseen["output"])) == (None, 66)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"gas": "0x5207"}, "intrinsic gas too low: gas 20999, minimum needed 21000"),
        ({"gasPrice": "0x1"}, "max fee per gas less than block base fee"),
        ({"value": hex(10**30)}, "insufficient funds for gas * price + value"),
        ({"gasPrice": hex(10**20)}, "insufficient funds for gas * price + value"),
    ],
)
def test_what_cannot_be_sent_is_not_traced(ask: Ask, keys: list[Key], fields: dict[str, str], words: str) -> None:
    message = {"from": keys[0].address, "to": keys[1].address, **fields}
    for method, more in (("debug_traceCall", [{"tracer": "callTracer"}]), ("eth_createAccessList", [])):
        error = ask(method, message, "latest", *more)["error"]
        assert error["code"] == -32000
        assert error["message"].startswith(words)


def test_edits_between_blocks_are_part_of_what_a_transaction_found(ask: Ask, keys: list[Key]) -> None:
    first, second = (key.address for key in keys[:2])
    ask("anvil_setBalance", second, hex(10**20))
    sent = ask("eth_sendTransaction", {"from": second, "to": first, "value": hex(10**20 - 10**15)})
    ask("anvil_setBalance", second, "0x0")
    trace = ask("debug_traceTransaction", sent, {"tracer": "callTracer"})
    assert (trace["type"], trace["gasUsed"], "error" in trace) == ("CALL", "0x5208", False)


def test_a_loaded_lab_traces_what_was_mined_without_edits(lab: sl.Lab, keys: list[Key], tmp_path: Any) -> None:
    first, second = (key.address for key in keys[:2])
    sent = lab.api.handle("eth_sendTransaction", [{"from": first, "to": second, "value": "0x1"}])
    before = lab.api.handle("debug_traceTransaction", [sent, {"tracer": "callTracer"}])
    lab.save(tmp_path / "a.lab")
    loaded = sl.Lab.load(tmp_path / "a.lab")
    assert loaded.api.handle("debug_traceTransaction", [sent, {"tracer": "callTracer"}]) == before


@pytest.mark.parametrize("had", ["0x0", hex(10**18)])
def test_a_loaded_lab_does_not_trace_what_an_edit_made_possible(
    ask: Ask, lab: sl.Lab, keys: list[Key], tmp_path: Any, had: str
) -> None:
    """Its sender got its ETH by hand, or the called contract its code: running it again gives another result."""
    sender = keys[1].address
    ask("anvil_setBalance", sender, had)
    ask("evm_mine")
    ask("anvil_setBalance", sender, hex(10**20))
    ask("anvil_setCode", STORES, "0x" + CODES[REVERTS].hex())
    sent = ask("eth_sendTransaction", {"from": sender, "to": STORES, "gas": hex(100_000)})
    assert ask("debug_traceTransaction", sent, {"tracer": "callTracer"})["revertReason"] == "nope!"
    lab.save(tmp_path / "a.lab")
    loaded = sl.Lab.load(tmp_path / "a.lab")
    with pytest.raises(sl.RpcError, match="the state before it was edited by hand"):
        loaded.api.handle("debug_traceTransaction", [sent, {"tracer": "callTracer"}])


def test_every_operation_of_a_session_can_be_traced(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    session = wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))
    outcome = session.send_calls([sl.Call(lab.counter, function="increment()")])
    assert outcome.receipt
    trace = lab.api.handle("debug_traceTransaction", [outcome.receipt["transactionHash"], {"tracer": "callTracer"}])
    receipt = lab.chain.receipt(outcome.receipt["transactionHash"])
    assert int(trace["gasUsed"], 16) == receipt.gas_used
    assert lab.counter.lower() in {call["to"] for call in _flat(trace)}


def _flat(call: dict[str, Any]) -> list[dict[str, Any]]:
    return [call, *(inner for made in call.get("calls", ()) for inner in _flat(made))]


def _as_geth(answer: Any, ours: Any) -> Any:
    """Return anvil's answer with geth's words and geth's gas of the outermost call."""
    if "error" in answer and isinstance(answer["error"], dict):  # a list of a message that fails
        assert ours["error"]
        return ours
    result = _words(answer)
    if "type" in result:
        result["gas"] = ours["gas"]
    if result.get("type") == "CREATE":
        result["to"] = ours["to"]  # follows from the sender, who is another there
    if not ours.get("calls"):  # anvil shows a SELFDESTRUCT even where only the outermost call is asked for
        result.pop("calls", None)
    return result


def _words(call: dict[str, Any]) -> dict[str, Any]:
    result = dict(call)
    if "error" in result:
        result["error"] = GETH_WORDS.get(result["error"], result["error"])
    if "error" in result and result.get("logs"):
        del result["logs"]  # geth drops what a failed call logged
    if "calls" in result:
        result["calls"] = [_words(inner) for inner in result["calls"]]
    return result


def _plain(answer: Any) -> Any:
    if "accessList" in answer:  # neither geth nor anvil has an order of addresses
        listed = sorted(answer["accessList"], key=lambda entry: str(entry["address"]).lower())
        answer = {**answer, "accessList": [{**e, "storageKeys": sorted(e["storageKeys"])} for e in listed]}
    return json.loads(json.dumps(answer, sort_keys=True).lower())
