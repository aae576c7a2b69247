"""A contract that anybody can send, and whose answers never end, makes no audit wait and is not left out in silence."""

from __future__ import annotations

import pytest

import sessionlab as sl

SPIN = """
# pragma version 0.4.3
event Transfer:
    sender: indexed(address)
    receiver: indexed(address)
    amount: uint256

spins: bool

@deploy
def __init__(spins: bool):
    self.spins = spins

@external
def send(to: address):
    log Transfer(sender=msg.sender, receiver=to, amount=5)

@internal
@view
def _spin():
    for i: uint256 in range(max_value(uint256)):
        if not self.spins:
            break

@external
@view
def balanceOf(holder: address) -> uint256:
    self._spin()
    return 5

@external
@view
def decimals() -> uint256:
    for i: uint256 in range(max_value(uint256)):
        pass
    return 0
"""


class Counting:
    """A provider that adds up the gas that questions to contracts may use."""

    def __init__(self, lab: sl.Lab) -> None:
        self.provider, self.gas = lab.provider, 0

    def request(self, method: str, params: object = None) -> object:
        if method == "eth_call" and isinstance(params, list):
            self.gas += int(params[0].get("gas", hex(30_000_000)), 16)
        return self.provider.request(method, params)


@pytest.mark.parametrize("rules", ["documented", "deployed"])
@pytest.mark.parametrize("spins", [True, False])
def test_it_is_asked_with_little_gas_and_named_where_it_does_not_answer(rules: str, spins: bool) -> None:
    lab = sl.Lab(rules)
    counting = Counting(lab)
    wallet = sl.SmartWalletClient(counting, sl.new_key(5), rules=rules)
    lab.fund(wallet.address, sl.ether(1))
    session = wallet.grant_permissions(
        [sl.NativeTokenTransfer(allowance=1), sl.ContractAccess(address=lab.recipient)], key=sl.new_key(1)
    )
    assert session.send_calls([sl.Call(lab.recipient, value=1)])
    counting.gas = 0
    session.audit()
    before = counting.gas
    token = lab.deploy(SPIN, spins)
    token.transact("send", wallet.address)
    counting.gas = 0
    audit = session.audit()
    assert counting.gas - before < 10_000_000
    assert named(audit, token.address) == spins


def named(audit: sl.Audit, address: str) -> bool:
    """Whether the audit says that it does not know what the wallet has there."""
    short = f"{address[:6]}…{address[-4:]}"
    return any("no answer came" in line and short in line for line in audit.assumptions)


COLLECTION = """
# pragma version 0.4.3
event Transfer:
    sender: indexed(address)
    receiver: indexed(address)
    id: indexed(uint256)

@external
def send(to: address):
    log Transfer(sender=msg.sender, receiver=to, id=7)

@external
@view
def ownerOf(id: uint256) -> address:
    for i: uint256 in range(max_value(uint256)):
        pass
    return self
"""


@pytest.mark.parametrize("rules", ["documented", "deployed"])
def test_so_is_a_collection(rules: str) -> None:
    lab = sl.Lab(rules)
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.ContractAccess(address=lab.recipient)], key=sl.new_key(1))
    things = lab.deploy(COLLECTION)
    assert not named(session.audit(), things.address)
    things.transact("send", wallet.address)
    assert named(session.audit(), things.address)


@pytest.mark.parametrize("rules", ["documented", "deployed"])
@pytest.mark.parametrize("spins", [True, False])
def test_so_is_a_token_that_a_permission_names(rules: str, spins: bool) -> None:
    """It counts as a token, and still its balance is not known."""
    lab = sl.Lab(rules)
    wallet, token = lab.wallet(), lab.deploy(SPIN, spins)
    granted = [sl.Erc20TokenTransfer(address=token.address, allowance=5)]
    audit = wallet.grant_permissions(granted, key=sl.new_key(1)).audit()
    assert named(audit, token.address) == spins
