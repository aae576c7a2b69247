"""What differs between two EntryPoints that were sent the same transaction.

Everything is compared exactly, except for what follows from gas: the cost of each operation may differ by
``TOLERANCE``, and what an account holds by that share of the costs that it pays or gets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from sessionlab.core.base.addresses import ZERO_ADDRESS, checksum
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, HANDLE_OPS
from tests.differential.observed import Event, Observed
from tests.differential.recorder import Sent

TOLERANCE = 0.2
#: Whoever is given more is given all that there is, not its limit.
ALL_GAS = 20_000_000
_STARVED = re.compile(
    r"FailedOp(?:WithRevert)?\((\d+), '(?:AA23 reverted', b''|AA26 over verificationGasLimit'|"
    r"AA33 reverted', b''|AA36 over paymasterVerificationGasLimit')\)"
)
POST_OP, VALIDATE_USER_OP = bytes.fromhex("7c627b21"), bytes.fromhex("19822f7c")
VALIDATE_PAYMASTER = bytes.fromhex("52b7512c")


@dataclass(frozen=True)
class Difference:
    """``kind``: status, refusal, events, charge, payer, nonce, state, logs, handed, gas handed or value."""

    kind: str
    ours: Any
    published: Any
    where: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.where}: {_short(self.ours)}, published {_short(self.published)}"


def differences(ours: Observed, published: Observed) -> list[Difference]:
    """Every difference that somebody could notice."""
    return list(_differences(ours, published))


def _differences(ours: Observed, published: Observed) -> Iterator[Difference]:
    if ours.status != published.status or not _same_refusal(ours.refusal, published.refusal):
        kind = "status" if ours.status != published.status else "refusal"
        yield Difference(kind, ours.refusal or "success", published.refusal or "success")
    elif ours.refusal == published.refusal and ours.output != published.output:
        yield Difference("refusal", ours.output, published.output, "output")
    yield from _events(ours, published)
    yield from _sent(ours, published)
    yield from _accounts(ours, published)
    if ours.value_taken != published.value_taken:
        yield Difference("value", ours.value_taken, published.value_taken)
    if ours.other_logs != published.other_logs:
        yield Difference("logs", ours.other_logs, published.other_logs)
    yield from _exactly("nonce", ours.nonces, published.nonces)
    yield from _exactly("state", ours.state, published.state)


def _same_refusal(ours: str, published: str) -> bool:
    """Whether they say the same.

    A wallet or a paymaster that is left too little gas fails by itself, without data, or the EntryPoint finds its limit
    exceeded behind it: which of the two follows from each contract's own gas.
    """
    return _STARVED.sub(r"\1 starved", ours) == _STARVED.sub(r"\1 starved", published)


def _events(ours: Observed, published: Observed) -> Iterator[Difference]:
    names = [event.name for event in ours.events], [event.name for event in published.events]
    if names[0] != names[1]:
        yield Difference("events", *names)
        return
    slack = _slack(published)
    for place, (mine, theirs) in enumerate(zip(ours.events, published.events, strict=True)):
        where = f"{theirs.name} {place}"
        if mine.topics != theirs.topics:
            yield Difference("events", mine.topics, theirs.topics, where)
        elif theirs.name == "UserOperationEvent":
            if mine.values[:2] != theirs.values[:2]:
                yield Difference("events", mine.values, theirs.values, where)
            for name, index in (("cost", 2), ("gas", 3)):
                if not _near(mine.values[index], theirs.values[index], theirs.values[index] * TOLERANCE):
                    yield Difference("charge", mine.values[index], theirs.values[index], f"{name} of {where}")
        elif theirs.name == "Deposited":
            if not _near(mine.values[0], theirs.values[0], slack.get(theirs.account, 0)):
                yield Difference("events", mine.values, theirs.values, where)
        elif mine.values != theirs.values:
            yield Difference("events", mine.values, theirs.values, where)


def _sent(ours: Observed, published: Observed) -> Iterator[Difference]:
    """What wallets, paymasters and others are handed, in order."""
    slack = _slack(published)
    several = published.entered.count(HANDLE_OPS) > 1
    for place, (mine, theirs) in enumerate(zip_longest(ours.sent, published.sent)):
        where = f"message {place}"
        if mine is None or theirs is None or (mine.to, mine.by_creator) != (theirs.to, theirs.by_creator):
            yield Difference("handed", _about(mine), _about(theirs), where)
            return
        if theirs.data == b"" and theirs.value:
            share = slack.get(theirs.to, 0)
            if several or published.status != 1:  # no event says what a refused bundle would have cost
                share = max(share, theirs.value * TOLERANCE)
            if mine.data or not _near(mine.value, theirs.value, share):
                yield Difference("handed", _about(mine), _about(theirs), where)
        elif mine.value != theirs.value or not _same_data(mine, theirs, slack, several=several):
            yield Difference("handed", _about(mine), _about(theirs), where)
        limited = theirs.selector in (POST_OP, VALIDATE_USER_OP, VALIDATE_PAYMASTER) and theirs.gas < ALL_GAS
        if limited and mine.gas != theirs.gas:
            yield Difference("gas handed", mine.gas, theirs.gas, where)


def _same_data(mine: Sent, theirs: Sent, slack: Mapping[str, float], *, several: bool) -> bool:
    if mine.data == theirs.data:
        return True
    if len(mine.data) != len(theirs.data):
        return False
    if theirs.selector == POST_OP:  # mode, offset of the context, cost, price
        cost = _word(theirs.data, 2)
        return _near(_word(mine.data, 2), cost, cost * TOLERANCE) and _without(mine.data, 2) == _without(theirs.data, 2)
    if theirs.selector == VALIDATE_USER_OP and several:  # operation, hash, missing funds
        near = _near(_word(mine.data, 2), _word(theirs.data, 2), slack.get(theirs.to, 0))
        return near and _without(mine.data, 2) == _without(theirs.data, 2)
    return False


def _accounts(ours: Observed, published: Observed) -> Iterator[Difference]:
    slack = _slack(published)
    for name, mine, theirs in (
        ("balance", ours.balances, published.balances),
        ("deposit", ours.deposits, published.deposits),
    ):
        for account in sorted({*mine, *theirs}):
            gained, right = mine.get(account, 0), theirs.get(account, 0)
            if not _near(gained, right, slack.get(account, 0)):
                kind = "charge" if account in slack else "payer"
                yield Difference(kind, gained, right, f"{name} of {account}")


def _slack(published: Observed) -> dict[str, float]:
    """By how many wei each account may differ: a share of what it pays and gets for gas."""
    costs: dict[str, float] = {}
    for event in published.events:
        if event.name == "UserOperationEvent":
            payer = _payer(event)
            costs[payer] = costs.get(payer, 0) + event.values[2] * TOLERANCE
    total = sum(costs.values())
    for sent in published.sent:  # the fees of a bundle
        if sent.data == b"" and not sent.by_creator:
            costs[sent.to] = costs.get(sent.to, 0) + total
    costs[checksum(bytes.fromhex(ENTRY_POINT[2:]))] = total
    return costs


def _payer(event: Event) -> str:
    paymaster = "0x" + event.topics[3][-40:]
    return checksum(bytes.fromhex((paymaster if paymaster != ZERO_ADDRESS else event.topics[2])[-40:]))


def _exactly(kind: str, ours: Mapping[Any, Any], published: Mapping[Any, Any]) -> Iterator[Difference]:
    for key in sorted({*ours, *published}):
        if ours.get(key) != published.get(key):
            yield Difference(kind, ours.get(key), published.get(key), str(key))


def _near(mine: int, theirs: int, slack: float) -> bool:
    return abs(mine - theirs) <= slack


def _word(data: bytes, place: int) -> int:
    return int.from_bytes(data[4 + 32 * place : 36 + 32 * place], "big")


def _without(data: bytes, place: int) -> bytes:
    return data[: 4 + 32 * place] + data[36 + 32 * place :]


def _about(sent: Sent | None) -> str:
    if sent is None:
        return "nothing"
    return f"{sent.to} gets {sent.value} wei and {len(sent.data)} bytes {sent.data.hex()}"


def _short(value: Any) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(_short(part) for part in value) + ")"
    text = "0x" + value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= 160 else f"{text[:110]} … {text[-40:]}"
