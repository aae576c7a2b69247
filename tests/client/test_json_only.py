"""The client speaks JSON-RPC and nothing else: it works the same when all that crosses is JSON text."""

from __future__ import annotations

import json
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.core.client.wallet_api_client import Provider

OURS = {
    "wallet_requestAccount", "wallet_createSession", "wallet_prepareCalls", "wallet_sendPreparedCalls",
    "wallet_getCallsStatus",
}  # fmt: skip
NODES = {"eth_chainId", "eth_getBalance", "eth_call", "eth_getLogs", "eth_getBlockByNumber"}


class TextProvider:
    """Sends text, receives text, and keeps both."""

    def __init__(self, inner: Provider) -> None:
        self._inner = inner
        self.requests: list[str] = []

    def request(self, method: str, params: Any = None) -> Any:
        self.requests.append(json.dumps({"method": method, "params": params}, allow_nan=False))
        request = json.loads(self.requests[-1])
        try:
            answer = json.dumps({"result": self._inner.request(**request)}, allow_nan=False)
        except RpcError as error:
            answer = json.dumps({"error": error.as_json()}, allow_nan=False)
        found = json.loads(answer)
        if "error" in found:
            raise RpcError(found["error"]["code"], found["error"]["message"], found["error"].get("data"))
        return found["result"]


def scenario(lab: sl.Lab, provider: Provider) -> list[Any]:
    """Everything that a client can do, and what came of it."""
    wallet = sl.SmartWalletClient(provider, sl.new_key("owner"), names=lab.names)
    lab.fund(wallet.address, sl.ether(1))
    session = wallet.grant_permissions(
        [
            sl.NativeTokenTransfer(allowance=1_000),
            sl.ContractAccess(address=lab.recipient),
            sl.GasLimit(limit=2**255),
        ],
        key=sl.new_key("session"),
        expiry_sec=lab.now + 100_000,
    )
    told: list[Any] = [session.send_calls([sl.Call(to=lab.recipient, value=value)]) for value in (5, 2_000)]
    told.append(session.send_calls([sl.Call(to=lab.counter)]))
    told.append(session.send_calls([sl.Call(to=lab.recipient, value=995)], policy_id=lab.policy_id))
    told.append(session.send_calls([sl.Call(to=lab.recipient, value=1)], preflight=False))
    with pytest.raises(sl.GrantRefused) as grant:
        wallet.grant_permissions([sl.Root(), sl.Root()])
    with pytest.raises(sl.InvalidInput) as policy:
        session.send_calls([], policy_id="x")
    told += [(e.value.field, e.value.fix, e.value.message) for e in (grant, policy)]
    told += [grant.value.rule, session.installed, session.allowances, session.history, session.history.to_csv()]
    told += [wallet.revoke(session), session.allowances, session.send_calls([]), wallet.balance]
    return [json.dumps(item.to_json()) if hasattr(item, "to_json") else repr(item) for item in told]


def test_the_client_works_the_same_over_text() -> None:
    direct, over_text = sl.Lab(), sl.Lab()
    provider = TextProvider(over_text.provider)
    assert scenario(over_text, provider) == scenario(direct, direct.provider)
    methods = {json.loads(request)["method"] for request in provider.requests}
    assert methods == OURS | NODES | {"lab_describe", "lab_knownSessions"}


def test_no_request_carries_a_private_key() -> None:
    lab = sl.Lab()
    provider = TextProvider(lab.provider)
    scenario(lab, provider)
    sent = "".join(provider.requests).lower()
    for key in (sl.new_key("owner"), sl.new_key("session")):
        assert key.private.hex() not in sent
        assert str(int.from_bytes(key.private, "big")) not in sent
