"""lab_tryOperation runs an operation of a session that might be, and nothing of it stays."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from sessionlab import account
from sessionlab.account import RawCall
from sessionlab.chain.rpc import RpcError
from sessionlab.permissions import Permission, rows


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab()


@pytest.fixture
def wallet(lab: sl.Lab) -> sl.SmartWalletClient:
    return lab.wallet()


def attempt(
    lab: sl.Lab, wallet: sl.SmartWalletClient, permissions: list[Permission], call: RawCall, **more: Any
) -> Any:
    given = [
        {"kind": int(r.kind), "target": r.target, "selector": "0x" + r.selector.hex(), "amount": hex(r.amount)}
        for r in rows(permissions)
    ]
    data = account.execute(call, wrapped=any(p.type == "native-token-transfer" for p in permissions))
    request = {"from": wallet.address, "rows": given, "callData": "0x" + data.hex(), **more}
    return lab.provider.request("lab_tryOperation", [request])


def increment(lab: sl.Lab) -> RawCall:
    return RawCall(lab.counter, 0, bytes.fromhex("d09de08a"))


def test_it_passes_or_is_refused_with_phase_and_reason(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    access = [sl.ContractAccess(address=lab.counter)]
    assert attempt(lab, wallet, access, increment(lab))["phase"] == "ok"
    answer = attempt(lab, wallet, access, RawCall(lab.counter_2))
    assert (answer["phase"], answer["reason"], answer["gas"]) == ("validation", "AddressNotAllowed", None)
    fail = attempt(lab, wallet, access, RawCall(lab.counter, 0, bytes.fromhex("a9cc4718")))
    assert (fail["phase"], fail["reason"]) == ("execution", "CounterFailed")


@pytest.mark.parametrize("installed", [True, False])
def test_time_is_what_is_asked_for(lab: sl.Lab, wallet: sl.SmartWalletClient, installed: bool) -> None:
    access = [sl.ContractAccess(address=lab.counter)]
    end = lab.now + 100
    window = {"validUntil": hex(end), "installed": installed}
    assert attempt(lab, wallet, access, increment(lab), time=hex(end), **window)["phase"] == "ok"
    assert attempt(lab, wallet, access, increment(lab), time=hex(end + 1), **window)["reason"].startswith("AA22")


def test_the_owner_may_what_no_session_may(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    assert attempt(lab, wallet, [], RawCall(lab.merchant, 1), byOwner=True)["phase"] == "ok"


@pytest.mark.parametrize("deployed", [True, False])
def test_gas_is_what_prepared_calls_ask_for(lab: sl.Lab, deployed: bool) -> None:
    """To a hundredth, for the signatures have other zero bytes; to two where the wallet is made on the way."""
    wallet = lab.wallet(deployed=deployed)
    permissions = [sl.ContractAccess(address=lab.counter), sl.GasLimit(limit=10_000_000)]
    session = wallet.grant_permissions(permissions, key=sl.new_key(1))
    calls = [sl.Call(to=lab.counter, function="increment()")]
    for _ in range(3):
        prepared = session.prepare_calls(calls)["data"]
        asked = sum(int(prepared[n], 16) for n in ("verificationGasLimit", "callGasLimit", "preVerificationGas"))
        explained = session.explain(calls)
        assert explained.ok
        assert explained.situation.operation.gas == pytest.approx(asked, rel=0.01 if deployed else 0.02)
        session.send_calls(calls)


def test_nothing_of_it_stays(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    before = (lab.chain.state_root, lab.chain.height)
    attempt(lab, wallet, [sl.ContractAccess(address=lab.counter)], increment(lab), installed=False)
    assert (lab.chain.state_root, lab.chain.height) == before
    assert lab.read("Counter", lab.counter, "number") == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rows": {}}, "rows"),
        ({"rows": [{"kind": 99}]}, "rows[0].kind"),
        ({"rows": [{"kind": 4, "target": "0x"}]}, "rows[0].target"),
        ({"callData": "0x0"}, "callData"),
        ({"byOwner": "yes"}, "byOwner"),
        ({"time": "now"}, "time"),
        ({"entityId": hex(2**32)}, "entityId"),
    ],
)
def test_malformed_requests_name_their_field(
    lab: sl.Lab, wallet: sl.SmartWalletClient, change: dict[str, Any], field: str
) -> None:
    good = {"from": wallet.address, "rows": [], "callData": "0x"}
    with pytest.raises(RpcError) as caught:
        lab.provider.request("lab_tryOperation", [good | change])
    assert caught.value.data["field"] == field
