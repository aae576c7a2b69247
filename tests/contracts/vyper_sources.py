"""Small contracts that only tests need, compiled on the spot."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from sessionlab.cli.compile_contracts import compile_contract
from sessionlab.core.contracts.artifacts import Artifact, read_artifact

#: A paymaster that does what it was told by ``prepare``, and remembers what postOp was told.
PAYMASTER = """
# pragma version 0.4.3
# error Refused()
# error PostRefused()
context: Bytes[64]
verdict: uint256
refuses: bool
post_refuses: bool
mode: public(uint256)
seen: public(Bytes[64])
cost: public(uint256)
price: public(uint256)
calls: public(uint256)

@external
def prepare(context: Bytes[64], verdict: uint256, refuses: bool, post_refuses: bool):
    self.context = context
    self.verdict = verdict
    self.refuses = refuses
    self.post_refuses = post_refuses

@external
def postOp(mode: uint8, context: Bytes[64], cost: uint256, price: uint256):
    if self.post_refuses:
        raw_revert(method_id("PostRefused()"))
    self.calls += 1
    self.mode = convert(mode, uint256)
    self.seen = context
    self.cost = cost
    self.price = price

@external
@raw_return
def __default__() -> Bytes[256]:
    assert slice(msg.data, 0, 4) == x"52b7512c"
    if self.refuses:
        raw_revert(method_id("Refused()"))
    return abi_encode(self.context, self.verdict)
"""

#: An account whose validation answers what it was told, and that does nothing else. It pays when asked to.
ACCOUNT = """
# pragma version 0.4.3
verdict: public(uint256)
pays: public(bool)

@external
def prepare(verdict: uint256, pays: bool):
    self.verdict = verdict
    self.pays = pays

@external
@payable
@raw_return
def __default__() -> Bytes[32]:
    if len(msg.data) < 4 or slice(msg.data, 0, 4) != x"19822f7c":
        return b""
    missing: uint256 = convert(slice(msg.data, 68, 32), uint256)
    if self.pays and missing != 0:
        raw_call(msg.sender, b"", value=missing)
    return abi_encode(self.verdict)
"""

#: A factory that fails, or answers an address that it was told without making anything.
FACTORY = """
# pragma version 0.4.3
@external
def make(answer: address, fails: bool) -> address:
    assert not fails
    return answer
"""

#: Calls back, with what it was told, when it is paid.
CALLER_BACK = """
# pragma version 0.4.3
target: address
data: Bytes[4096]

@external
def prepare(target: address, data: Bytes[4096]):
    self.target = target
    self.data = data

@external
@payable
def __default__():
    raw_call(self.target, self.data)
"""


@cache
def compiled(source: str) -> Artifact:
    """The contract of this source."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Try.vy").write_text(source.lstrip())
        return read_artifact("Try", compile_contract("Try", Path(folder)))
