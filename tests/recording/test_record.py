"""Recording a session in a lab: what is on the chain, what this client saw refused, and nothing of anybody else."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.erc4337.user_operation import UserOperation, from_json, handle_ops
from sessionlab.study.unpack import read_handle_ops
from tests.recording.makers import COUNTER, OTHER, START, call, recording, step


def increment(lab: sl.Lab) -> sl.Call:
    return sl.Call(lab.counter, function="increment()")


@pytest.fixture
def session(lab: sl.Lab, wallet: sl.SmartWalletClient) -> sl.Session:
    functions = ["increment()", "fail()"]
    permissions = [sl.FunctionsOnContract(address=lab.counter, functions=functions), sl.GasLimit(limit=10**16)]
    return wallet.grant_permissions(permissions, key=sl.new_key(1), expiry_sec=lab.now + 1_000)


def test_what_happened_is_recorded_in_order(lab: sl.Lab, session: sl.Session) -> None:
    outcomes = [
        session.send_calls([increment(lab)]),
        session.send_calls([sl.Call(lab.vault, value=3)]),
        session.send_calls([sl.Call(lab.counter, function="fail()")], preflight=False, policy_id=lab.policy_id),
        session.send_calls([increment(lab), increment(lab)], nonce_key=7),
    ]
    steps = session.record().steps
    assert [step.phase for step in steps] == [outcome.phase for outcome in outcomes]
    assert [step.reason for step in steps] == [None, "AddressNotAllowed", "CounterFailed", None]
    assert [step.is_on_chain for step in steps] == [True, False, True, True]
    assert [step.sponsored for step in steps] == [False, False, True, False]
    assert [len(step.calls(session.wallet)) for step in steps] == [1, 1, 1, 2]
    assert [step.time for step in steps] == sorted(step.time for step in steps)
    assert steps[1].time == steps[2].time == steps[0].time + 1, "refused, it would have been in the next block"


def test_a_session_that_did_nothing_has_an_empty_recording(session: sl.Session) -> None:
    found = session.record()
    assert found.steps == ()
    assert found.under().changes == ()
    assert (found.permissions, found.expiry_sec) == (session.permissions, session.expiry_sec)


def test_sessions_of_one_wallet_are_recorded_apart(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session
) -> None:
    other = wallet.grant_permissions([sl.Root()], key=sl.new_key(2))
    session.send_calls([increment(lab)])
    other.send_calls([increment(lab), increment(lab)])
    wallet.send_calls([increment(lab)])
    other.send_calls([increment(lab)])
    assert [len(step.calls(session.wallet)) for step in session.record().steps] == [1]
    assert [len(step.calls(session.wallet)) for step in other.record().steps] == [2, 1]
    assert all(step.is_global for step in other.record().steps)


def test_operations_of_one_bundle_are_told_apart(lab: sl.Lab, session: sl.Session) -> None:
    session.send_calls([increment(lab)])
    neighbour = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(2))
    neighbour.send_calls([increment(lab)])
    signed = []
    for who, nonce_key in ((neighbour, 0), (session, 4), (session, 5)):
        prepared = who.prepare_calls([increment(lab)] * (nonce_key + 1), nonce_key=nonce_key)
        envelope = b"\xff\x00" + who.key.sign_message(bytes.fromhex(prepared["signatureRequest"]["rawPayload"][2:]))
        signed.append(from_json(prepared["data"]).signed(envelope))
    lab.bundler.bundle(signed)
    assert [len(step.calls(session.wallet)) for step in session.record().steps] == [1, 5, 6]
    assert session.record().under().changes == ()


def test_the_gas_that_a_refused_operation_asked_for_is_known_where_it_was_told(
    lab: sl.Lab, wallet: sl.SmartWalletClient
) -> None:
    permissions = [sl.ContractAccess(address=lab.counter), sl.GasLimit(limit=5)]
    session = wallet.grant_permissions(permissions, key=sl.new_key(1))
    denial = session.send_calls([increment(lab)]).denial
    session.send_calls([increment(lab)], preflight=False)
    session.send_calls([sl.Call(lab.vault)])
    told, fixed, unknown = session.record().steps
    assert denial is not None
    price = 1 if lab.rules.gas_limit_counts_gas else lab.chain.base_fee
    assert told.gas * price == denial.asked
    assert (fixed.gas, fixed.gas_known) == (1_000_000, True)
    assert (unknown.gas, unknown.gas_known) == (0, False)
    assert session.record().under().changes == ()
    enough = session.record().under([sl.ContractAccess(address=lab.counter), sl.GasLimit(limit=told.gas * price)])
    assert [verdict.number for verdict in enough.now_allowed] == [0]


def test_a_revocation_ends_the_recording_under_any_permissions(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session
) -> None:
    session.send_calls([increment(lab)])
    wallet.revoke(session)
    session.send_calls([increment(lab)])
    found = session.record()
    assert found.revoked == found.steps[0].time + 1
    assert [step.reason for step in found.steps] == [None, "ValidationFunctionMissing"]
    for again in (found.under(), found.under([sl.Root()]), found.under([sl.ContractAccess(address=lab.counter)])):
        assert again.changes == ()


def test_refusals_of_a_history_that_was_reverted_are_gone(lab: sl.Lab, session: sl.Session) -> None:
    session.send_calls([increment(lab)])
    moment = lab.snapshot()
    lab.travel(5)
    session.send_calls([increment(lab)])
    session.send_calls([sl.Call(lab.vault)])
    assert len(session.record().steps) == 3
    lab.revert(moment)
    lab.travel(50)
    session.send_calls([increment(lab)])
    assert [step.reason for step in session.record().steps] == [None, None]


def test_it_is_read_over_json_rpc_alone(lab: sl.Lab) -> None:
    methods = set()

    class Text:
        """What crosses is JSON text."""

        def request(self, method: str, params: Any = None) -> Any:
            methods.add(method)
            asked = json.loads(json.dumps({"method": method, "params": params}))
            return json.loads(json.dumps(lab.provider.request(**asked)))

    provider = Text()
    wallet = sl.SmartWalletClient(provider, sl.new_key("owner"), names=lab.names)
    lab.fund(wallet.address, sl.ether(1))
    session = wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))
    session.send_calls([increment(lab)])
    methods.clear()
    assert len(session.record().succeeded) == 1
    assert methods <= {
        "eth_getLogs",
        "eth_getTransactionByHash",
        "eth_getBlockByNumber",
        "lab_knownSessions",
        "lab_describe",
    }


def test_a_recording_holds_no_private_key_and_shows_names(lab: sl.Lab, session: sl.Session) -> None:
    session.send_calls([increment(lab)])
    session.send_calls([sl.Call(lab.vault, value=sl.ether("0.3"))])
    found = session.record()
    for text in (repr(found), found._repr_html_()):
        assert "increment() on counter" in text
        assert "0.3 ETH to vault" in text
        assert "never sent" in text
    assert session.key.private.hex() not in json.dumps(found.to_json()) + repr(found)


JSON = recording("deployed", step(call(COUNTER, b"abcd")), permissions=[sl.ContractAccess(address=COUNTER)]).to_json()


def test_a_mixture_of_rulesets_comes_back_too() -> None:
    found = sl.Recording.from_json(JSON)
    mixed = replace(found, rules=replace(found.rules, name="mixed", gas_limit_counts_gas=True))
    assert sl.Recording.from_json(json.loads(json.dumps(mixed.to_json()))) == mixed


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"wallet": "0x12"}, "wallet"),
        ({"wallet": None}, "wallet"),
        ({"rules": "deplyed"}, "rules"),
        ({"rules": {"name": "mixed"}}, "rules.value_needs_permission"),
        ({"permissions": [{"type": "root", "data": {}}]}, "permissions[0].data"),
        ({"expirySec": "soon"}, "expirySec"),
        ({"revoked": -1}, "revoked"),
        ({"steps": {}}, "steps"),
        ({"colour": 1}, "recording.colour"),
    ],
)
def test_json_that_is_no_recording_is_refused_with_its_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(sl.InvalidInput) as error:
        sl.Recording.from_json(JSON | change)
    assert (error.value.field, bool(error.value.fix)) == (field, True)


LIMITS = ("callGasLimit", "verificationGasLimit", "preVerificationGas")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"time": "now"}, "time"),
        ({"block": True}, "block"),
        ({"callData": "0x1"}, "callData"),
        ({"gas": 5}, "gas"),
        ({"gasLimits": {"callGasLimit": "0x1"}}, "gasLimits.verificationGasLimit"),
        (
            {"gasLimits": {"callGasLimit": "0x1", "verificationGasLimit": "0x1", "preVerificationGas": "0x0"}},
            "gasLimits",
        ),
        ({"nonceKey": 1}, "nonceKey"),
        ({"creates": 1}, "creates"),
        ({"fee": None}, "fee"),
        ({"sponsored": 1}, "sponsored"),
        ({"phase": "fine"}, "phase"),
        ({"reason": "Broken"}, "reason"),
        ({"phase": "execution"}, "reason"),
        ({"more": 1}, "more"),
    ],
)
def test_json_that_is_no_operation_is_refused_with_its_field(change: dict[str, Any], field: str) -> None:
    data = copy.deepcopy(JSON)
    data["steps"][0] |= change
    with pytest.raises(sl.InvalidInput) as error:
        sl.Recording.from_json(data)
    assert (error.value.field, bool(error.value.fix)) == (f"steps[0].{field}", True)


@pytest.mark.parametrize("data", [None, [], "text", {}])
def test_anything_else_is_no_recording(data: Any) -> None:
    with pytest.raises(sl.InvalidInput):
        sl.Recording.from_json(data)


FACTS: dict[str, Any] = {
    "call_gas_limit": 1,
    "verification_gas_limit": 2,
    "pre_verification_gas": 3,
    "max_fee_per_gas": 4,
    "max_priority_fee_per_gas": 5,
}
PLAIN = UserOperation(sl.Call(OTHER).to, 6 << 64, b"calls", **FACTS, signature=b"signed")
FULL = UserOperation(
    sl.Call(COUNTER).to,
    7,
    b"",
    **FACTS,
    factory=sl.Call(OTHER).to,
    factory_data=b"make",
    paymaster=sl.Call(COUNTER).to,
    paymaster_verification_gas_limit=8,
    paymaster_post_op_gas_limit=9,
    paymaster_data=b"pay",
)


def test_a_bundle_is_read_back_as_it_was_packed() -> None:
    assert read_handle_ops(handle_ops([PLAIN, FULL], OTHER)) == [PLAIN, FULL]
    assert read_handle_ops(handle_ops([], OTHER)) == []


@pytest.mark.parametrize("data", [b"", b"abcd", handle_ops([PLAIN], OTHER)[:-40], handle_ops([PLAIN], OTHER)[:4]])
def test_what_is_no_bundle_is_refused(data: bytes) -> None:
    with pytest.raises(sl.InvalidInput) as error:
        read_handle_ops(data)
    assert (error.value.field, bool(error.value.fix)) == ("input", True)


def test_time_is_where_the_recording_begins() -> None:
    assert sl.Recording.from_json(JSON).steps[0].time == START
