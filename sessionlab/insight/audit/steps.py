"""One step of a theft, in words and as data that can be sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sessionlab.chain.addresses import address_bytes, checksum
from sessionlab.insight.audit.calls import (
    OWNER_FUNCTION,
    TRANSFER_FROM,
    UNNAMED,
    TokenFunction,
    replace_owner,
)
from sessionlab.insight.audit.case import Case
from sessionlab.permissions.functions import function_name
from sessionlab.permissions.operation import PlainCall, plain_call

#: Who takes a step.
SESSION, OWNER, THIEF = "the session key", "the new owner", "the thief's own account"


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of the wallet, or one transaction of the thief. ``words`` says what it does."""

    #: ``the session key``, ``the new owner`` or ``the thief's own account``.
    by: str
    #: Address and name of the target, its function, wei, and the call's data.
    to: str
    target: str
    function: str
    value: int
    data: bytes
    words: str
    #: The wallet's own function as a call within executeBatch, and not as the operation itself.
    in_batch: bool = False
    #: Of a step that burns gas: all of the operation's gas limits, and its price in wei per gas.
    gas: int = 0
    fee: int = 0

    def __repr__(self) -> str:
        return f"<Step by {self.by}: {self.words}>"

    def to_json(self) -> dict[str, Any]:
        """As JSON, amounts as decimal strings."""
        found = {"by": self.by, "to": self.to, "target": self.target, "function": self.function}
        amounts = {"value": str(self.value), "data": "0x" + self.data.hex(), "words": self.words}
        return found | amounts | ({"gas": str(self.gas), "fee": str(self.fee)} if self.gas else {})


def step(case: Case, call: PlainCall, words: str, by: str = SESSION) -> Step:
    """A step that makes one call."""
    function = function_name("0x" + call.selector.hex()) if call.data else "no data"
    target = case.called(call.target)
    return Step(by, checksum(address_bytes(call.target)), target, function, call.value, call.data, words)


def send(case: Case, call: PlainCall) -> Step:
    """Send ETH along with a call."""
    amount = case.eth(call.value)
    how = "" if not call.data else ", as " + function_name("0x" + call.selector.hex())
    if call.selector == UNNAMED:
        how = ", by any function of it that takes ETH"
    return step(case, call, f"send {amount} to {case.called(call.target)}{how}")


def take_token(case: Case, token: str, how: TokenFunction, amount: int, to: str) -> tuple[Step, ...]:
    """Take units of a token by one of its functions; an approval is pulled afterwards."""
    shown, who = case.token_amount(token, amount), case.called(to)
    data = how.data(thief=to, wallet=case.wallet.address, amount=amount)
    call = plain_call(token, 0, data)
    if not how.approves:
        verb = f"{how.name} {shown}" + (f" to {who}" if "thief" in how.arguments else "")
        return (step(case, call, verb),)
    allowed = step(case, call, f"{how.name} {shown} to {who}")
    return (allowed, pull(case, token, to, amount))


def repeated(steps: tuple[Step, ...], again: bool, total: str) -> tuple[Step, ...]:
    """The same steps; the words of the last say so where they must be taken again and again."""
    if not again:
        return steps
    return (*steps[:-1], replace(steps[-1], words=f"{steps[-1].words}, again and again, {total} in all"))


def pull(case: Case, token: str, spender: str, amount: int) -> Step:
    """Take what was approved: nobody asks the session for that."""
    data = TRANSFER_FROM.data(thief=spender, wallet=case.wallet.address, amount=amount)
    who = "" if spender.lower() == case.thief.lower() else f" by {case.called(spender)}"
    words = f"transferFrom the wallet {case.token_amount(token, amount)}{who}, now or after the session's end"
    return step(case, plain_call(token, 0, data), words, THIEF)


def become_owner(case: Case, way: str) -> Step:
    """Put the thief in the owner's place."""
    function = function_name("0x" + OWNER_FUNCTION.hex())
    wallet = checksum(address_bytes(case.wallet.address))
    data = replace_owner(case.thief)
    words = "make the thief the owner of the wallet"
    return Step(SESSION, wallet, "the wallet", function, 0, data, words, in_batch=way == "batch")


def as_owner(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The same steps, taken by the new owner instead of the session key."""
    return tuple(replace(found, by=OWNER) if found.by == SESSION else found for found in steps)


def burn(case: Case, wei: int, gas: int, fee: int) -> Step:
    """One operation that costs as much gas as its limits say, into the pocket of the thief who bundles it."""
    amount = case.eth(wei)
    words = f"bundle one operation that costs {amount} of gas, and keep the fee"
    wallet = checksum(address_bytes(case.wallet.address))
    return Step(SESSION, wallet, "the wallet", "any", 0, b"", words, gas=gas, fee=fee)
