"""Several that send for one session over HTTP: who comes too late is told what passes, and it passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import sessionlab as sl

Act = Callable[[], Any]


class Overtaken:
    """A provider of single requests, as HTTP is: somebody else acts between preparing and sending."""

    def __init__(self, lab: sl.Lab) -> None:
        self._lab, self.meanwhile = lab, None

    meanwhile: Act | None

    def request(self, method: str, params: Any = None) -> Any:
        if method == "wallet_sendPreparedCalls" and self.meanwhile:
            act, self.meanwhile = self.meanwhile, None
            act()
        return self._lab.provider.request(method, params)


class World:
    def __init__(self, rules: str, *, deployed: bool) -> None:
        self.lab = sl.Lab(rules)
        self.provider = Overtaken(self.lab)
        owner = sl.new_key("owner")
        self.wallet = sl.SmartWalletClient(self.provider, owner)
        self.lab.fund(self.wallet.address, sl.ether(1))
        if deployed:
            assert self.wallet.send_calls([]).ok
        permissions = [sl.NativeTokenTransfer(allowance=100), sl.ContractAccess(address=self.lab.recipient)]
        self.session = self.wallet.grant_permissions(permissions, key=sl.new_key(2))

    def pay(self, wei: int, **how: Any) -> sl.Outcome:
        return self.session.send_calls([sl.Call(self.lab.recipient, value=wei)], **how)

    def overtaken(self, wei: int, meanwhile: Act) -> sl.Outcome:
        self.provider.meanwhile = meanwhile
        return self.pay(wei)


CASES = {
    "the next operation": (True, "AA25", ["again", "nonce_key"]),
    "the same operation": (True, "AA25", ["again", "nonce_key"]),
    "the first operation": (True, "", ["again", "nonce_key"]),
    "the operation that deploys": (False, "AA10", ["again"]),
}


@pytest.mark.parametrize("rules", ["documented", "deployed"])
@pytest.mark.parametrize("name", CASES)
def test_an_operation_that_came_too_late_is_told_to_be_sent_again_and_that_passes(name: str, rules: str) -> None:
    deployed, code, kinds = CASES[name]
    world = World(rules, deployed=deployed)
    if name.startswith(("the next", "the same")):
        assert world.pay(1).ok
    others: dict[str, Act] = {
        "the same operation": lambda: world.pay(7),
        "the operation that deploys": lambda: world.wallet.send_calls([]),
    }
    before = world.lab.balance(world.lab.recipient)
    meanwhile = others.get(name, lambda: world.pay(2))
    denial = world.overtaken(7, meanwhile).denial
    assert denial is not None
    assert denial.phase == "validation"
    assert denial.code.startswith(code)
    paid = {"the same operation": 7, "the operation that deploys": 0}.get(name, 2)
    assert world.lab.balance(world.lab.recipient) == before + paid

    explanation = denial.explain()
    assert [change.kind for remedy in explanation.remedies for change in remedy.changes] == kinds
    text = str(explanation)
    assert "the owner" not in text.partition("It would pass")[2]
    assert "stays unused" not in text
    if name == "the same operation":
        assert "a second time" in str(explanation.remedies[0])
    else:
        assert "nonce_key" in denial.fix or code == "AA10"

    root = world.lab.chain.state_root
    moment = world.lab.snapshot()
    for kind in kinds:
        assert world.pay(7, nonce_key=5 if kind == "nonce_key" else 0).ok, kind
        world.lab.revert(moment)
        moment = world.lab.snapshot()
        assert world.lab.chain.state_root == root


@pytest.mark.parametrize("rules", ["documented", "deployed"])
def test_a_session_revoked_meanwhile_is_not_told_to_send_again(rules: str) -> None:
    world = World(rules, deployed=True)
    assert world.pay(1).ok
    denial = world.overtaken(7, lambda: world.wallet.revoke(world.session)).denial
    assert denial is not None
    kinds = [change.kind for remedy in denial.explain().remedies for change in remedy.changes]
    assert "again" not in kinds
    assert "renew" in kinds
