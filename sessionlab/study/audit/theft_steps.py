"""One step of a theft, in words and as data that can be sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.amounts import format_units
from sessionlab.core.permissions.operation import PlainCall, plain_call
from sessionlab.study.audit.calls import (
    OWNER_FUNCTION,
    TRANSFER_FROM,
    UNNAMED,
    TokenFunction,
    replace_owner,
)
from sessionlab.study.audit.state import GWEI
from sessionlab.study.audit.subject import AuditSubject

#: Who takes a step.
SESSION, OWNER, THIEF = "the session key", "the new owner", "the thief's own account"
KEY_OF_OWNER = "the key, which is the owner's"
#: Outside of the wallet: the key by a transaction of its own account, or for another wallet.
KEY_ACCOUNT, KEY_WALLET = "the key's own account", "another wallet of this key"


@dataclass(frozen=True, slots=True)
class TheftStep:
    """One wallet operation, or one transaction of the thief. ``words`` says what it does."""

    #: ``the session key``, ``the new owner``, ``the key, which is the owner's``, ``the thief's own account``, ``the
    #: key's own account`` or ``another wallet of this key``.
    by: str
    #: Address and name of the target, its function, the wei, and the calldata.
    to: str
    target: str
    function: str
    value: int
    data: bytes
    words: str
    #: True: the wallet's own function is called within executeBatch, not as the operation itself.
    in_batch: bool = False
    #: For a step that burns gas: the sum of the operation's gas limits, and its price in wei per gas.
    gas: int = 0
    fee: int = 0
    #: Of a step by another wallet of the key: its address.
    sender: str = ""

    def __repr__(self) -> str:
        return f"<Step by {self.by}: {self.words}>"

    def to_json(self) -> dict[str, Any]:
        """As JSON, amounts as decimal strings."""
        result = {"by": self.by, "to": self.to, "target": self.target, "function": self.function}
        amounts = {"value": str(self.value), "data": "0x" + self.data.hex(), "words": self.words}
        sender = {"sender": self.sender} if self.sender else {}
        return result | amounts | sender | ({"gas": str(self.gas), "fee": str(self.fee)} if self.gas else {})


def step(case: AuditSubject, call: PlainCall, words: str, by: str = SESSION) -> TheftStep:
    """Make a step with one call."""
    function = case.wallet.names.function(call.selector) if call.data else "no data"
    target = case.called(call.target)
    return TheftStep(by, checksum(address_bytes(call.target)), target, function, call.value, call.data, words)


def send(case: AuditSubject, call: PlainCall) -> TheftStep:
    """Make a step that sends ETH with a call."""
    amount = case.eth(call.value)
    how = "" if not call.data else ", as " + case.wallet.names.function(call.selector)
    if call.selector == UNNAMED:
        how = ", by any of its functions that takes ETH"
    return step(case, call, f"send {amount} to {case.called(call.target)}{how}")


def take_token(case: AuditSubject, token: str, how: TokenFunction, amount: int, to: str) -> tuple[TheftStep, ...]:
    """Take units of a token through one of its functions; after an approval, pull them."""
    shown, who = case.token_amount(token, amount), case.called(to)
    data = how.data(thief=to, holder=case.wallet.address, amount=amount)
    call = plain_call(token, 0, data)
    if not how.approves:
        verb = f"{how.name} {shown}" + (f" to {who}" if "thief" in how.arguments else "")
        return (step(case, call, verb),)
    allowed = step(case, call, f"{how.name} {shown} to {who}")
    return (allowed, pull(case, token, to, amount))


def repeated(steps: tuple[TheftStep, ...], again: bool, total: str) -> tuple[TheftStep, ...]:
    """Return the same steps; if they must be repeated, the words of the last say so."""
    if not again:
        return steps
    return (*steps[:-1], replace(steps[-1], words=f"{steps[-1].words}, again and again, {total} in total"))


def pull(case: AuditSubject, token: str, spender: str, amount: int) -> TheftStep:
    """Pull approved units; no session of the wallet is asked."""
    return pull_by(case, spender, token, amount, case.token_amount(token, amount))


def pull_by(case: AuditSubject, spender: str, token: str, amount: int, shown: str) -> TheftStep:
    """Pull an amount of a token, or a thing with this id: the key does it as the spender, if it acts for it."""
    wallet = case.wallet
    is_keys = wallet.key is not None and spender.lower() == wallet.key.lower()
    acts = is_keys or spender.lower() in case.key_wallets
    data = TRANSFER_FROM.data(thief=case.thief if acts else spender, holder=wallet.address, amount=amount)
    who = "" if spender.lower() == case.thief.lower() else f" by {case.called(spender)}"
    words = f"transferFrom the wallet {shown}{who}, now or after the session's end"
    by = KEY_ACCOUNT if is_keys else KEY_WALLET if acts else THIEF
    made = step(case, plain_call(token, 0, data), words, by)
    return replace(made, sender=checksum(address_bytes(spender))) if by == KEY_WALLET else made


def become_owner(case: AuditSubject, way: str) -> TheftStep:
    """Make the thief the owner."""
    function = case.wallet.names.function(OWNER_FUNCTION)
    wallet = checksum(address_bytes(case.wallet.address))
    data = replace_owner(case.thief)
    words = "make the thief the owner of the wallet"
    return TheftStep(SESSION, wallet, "the wallet", function, 0, data, words, in_batch=way == "batch")


def taken_by(who: str, steps: tuple[TheftStep, ...]) -> tuple[TheftStep, ...]:
    """Return the same steps, taken by an owner instead of a session."""
    return tuple(replace(result, by=who) if result.by == SESSION else result for result in steps)


def burn(case: AuditSubject, wei: int, gas: int, fee: int, data: bytes = b"") -> TheftStep:
    """Burn gas: one operation that costs all the gas its limits allow, paid to the thief as the bundler.

    ``data``: the function of the wallet that it calls; empty for an empty batch.
    """
    amount = case.eth(wei)
    price = format_units(fee, 9, "gwei") if fee >= GWEI else f"{fee:,} wei"
    words = f"submit one operation of {gas:,} gas at {price}, and collect the {amount} fee as the bundler"
    wallet = checksum(address_bytes(case.wallet.address))
    return TheftStep(SESSION, wallet, "the wallet", "any", 0, data, words, gas=gas, fee=fee)
