"""What the tests of deployed contracts deploy."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import sessionlab as sl

FILES = Path(__file__).parent / "files"
#: A contract that answers 42, whatever it is asked.
CODE_OF_42 = "0x600a600c600039600a6000f3602a60005260206000f3"
#: What its ABI may be.
ANSWER = [{"type": "function", "name": "answer", "inputs": [], "outputs": [{"name": "", "type": "uint256"}]}]
GAME = """
# pragma version 0.4.3
# error TooSmall(asked: uint256, least: uint256)
# error NotYou(who: address, why: String[40])

event Played:
    who: indexed(address)
    amount: uint256

struct Round:
    player: address
    amount: uint256
    odds: DynArray[uint8, 4]

owner: public(address)
least: public(uint256)
total: public(uint256)

@deploy
@payable
def __init__(owner: address, least: uint256):
    assert least > 0, "least is zero"
    self.owner = owner
    self.least = least

@external
@payable
def play(amount: uint256, times: uint256 = 1) -> uint256:
    if amount < self.least:
        raw_revert(abi_encode(amount, self.least, method_id=method_id("TooSmall(uint256,uint256)")))
    self.total += amount * times
    log Played(who=msg.sender, amount=amount)
    return self.total

@external
def enter(round: Round) -> Round:
    if round.player != msg.sender:
        raw_revert(abi_encode(round.player, "not you", method_id=method_id("NotYou(address,string)")))
    self.total += round.amount
    return round

@external
def reset():
    assert msg.sender == self.owner, "only the owner"
    self.total = 0
"""


@cache
def artifact_text(name: str) -> str:
    return (FILES / f"{name}.json").read_text(encoding="utf-8")


def artifact(name: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(artifact_text(name))
    return result


def session_for(lab: sl.Lab, *contracts: sl.Contract) -> sl.Session:
    """A session that may call these contracts, with up to 1,000 wei."""
    granted = [sl.ContractAccess(address=contract.address) for contract in contracts]
    allowed = [sl.NativeTokenTransfer(allowance=1_000), *granted]
    return lab.wallet().grant_permissions(allowed, key=sl.new_key(1))


def told(outcome: sl.Outcome) -> sl.Denial:
    """The denial of an outcome that was refused."""
    assert outcome.denial is not None
    return outcome.denial
