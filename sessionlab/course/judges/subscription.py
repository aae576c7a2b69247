"""An app that pays a subscription: what it should be able to do, and operations by seed, wanted and unwanted.

    for wish in wishes(lab, wallet.address, seed=1, count=200):
        wish.says, wish.calls            'pay 2.5 LUSD to merchant', (<Call …>,)
    plan = Plan(lab)
    plan.wants(wish.calls)               counts what it has said yes to

The plan knows nothing of permissions: it is what the owner would say if asked each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from sessionlab.core.base.amounts import ether, units
from sessionlab.core.erc4337.call import Call
from sessionlab.core.lab.layout import TOKENS
from sessionlab.core.permissions.functions import selector

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab

#: In whole LUSD and in ETH, over the life of the session.
LUSD, ETH = 60, "0.5"
TRANSFER, APPROVE = "transfer(address,uint256)", "approve(address,uint256)"
PAYEES = ("merchant", "recipient")
_AMOUNT = slice(36, 68)


@dataclass(frozen=True)
class WantedOperation:
    """One operation, in words and as calls."""

    says: str
    calls: tuple[Call, ...]


class SubscriptionPlan:
    """What the owner wants of the app; ``wants`` is asked once for each operation, in order."""

    def __init__(self, lab: Lab) -> None:
        self._dollar = lab.dollar
        self._functions = {
            (lab.dollar, _code(TRANSFER)),
            (lab.dollar, _code(APPROVE)),
            (lab.counter, _code("increment()")),
            (lab.counter_2, _code("increment()")),
            (lab.vault, _code("deposit()")),
        }
        self.lusd_left, self.eth_left = units(LUSD, 6), ether(ETH)

    def wants(self, calls: Sequence[Call]) -> bool:
        """Whether the operation is wanted: all its calls are, and the sums still fit. Then they are used up."""
        lusd = sum(int.from_bytes(call.data[_AMOUNT], "big") for call in calls if call.to == self._dollar)
        eth = sum(call.value for call in calls)
        known = all(not call.data or (call.to, call.data[:4]) in self._functions for call in calls)
        if not known or lusd > self.lusd_left or eth > self.eth_left:
            return False
        self.lusd_left -= lusd
        self.eth_left -= eth
        return True


def requests(lab: Lab, wallet: str, seed: int, count: int) -> Iterator[WantedOperation]:
    """Operations as they come: about half are the app's, the others a thief's; now and then two in one batch."""
    random = Random(seed)
    for _ in range(count):
        item = random.choice(_KINDS)(lab, wallet, random)
        if random.random() < 0.2:
            other = random.choice(_KINDS)(lab, wallet, random)
            if wallet not in (item.calls[0].to, other.calls[0].to):  # a function of the wallet is not a call of a batch
                item = WantedOperation(f"{item.says}, and {other.says}", (*item.calls, *other.calls))
        yield item


def edges(lab: Lab, plan: SubscriptionPlan) -> Iterator[WantedOperation]:
    """One unit more than the plan has left, and all that it has left: of LUSD, then of ETH. For a plan in use."""
    for more in (1, 0):
        pay = Call(lab.dollar, function=TRANSFER, args=[lab.merchant, plan.lusd_left + more])
        yield WantedOperation(f"transfer {(plan.lusd_left + more) / 10**6:f} LUSD to merchant", (pay,))
    for more in (1, 0):
        wei = plan.eth_left + more
        yield WantedOperation(f"deposit() on vault with {wei:,} wei", (Call(lab.vault, wei, function="deposit()"),))


def _code(function: str) -> bytes:
    return bytes.fromhex(selector(function)[2:])


def _token(lab: Lab, name: str, function: str, halves: int, random: Random) -> WantedOperation:
    """A function of a token with an amount, counted in halves of a whole token."""
    payee, info = random.choice(PAYEES), TOKENS[name]
    says = f"{function.partition('(')[0]} {halves / 2:g} {info.symbol} to {payee}"
    args = [getattr(lab, payee), halves * units(1, info.decimals) // 2]
    return WantedOperation(says, (Call(lab.addresses[name], function=function, args=args),))


def _function(lab: Lab, name: str, function: str, args: Sequence[int] = (), value: int = 0) -> WantedOperation:
    with_value = f" with {value / 10**18:g} ETH" if value else ""
    return WantedOperation(
        f"{function} on {name}{with_value}", (Call(getattr(lab, name), value, function=function, args=args),)
    )


def _pay(lab: Lab, wallet: str, random: Random) -> WantedOperation:
    return _token(lab, "dollar", random.choice((TRANSFER, TRANSFER, APPROVE)), random.randint(1, 12), random)


def _renew(lab: Lab, wallet: str, random: Random) -> WantedOperation:
    return _function(lab, random.choice(("counter", "counter_2")), "increment()")


def _top_up(lab: Lab, wallet: str, random: Random) -> WantedOperation:
    return _function(lab, "vault", "deposit()", value=random.randint(1, 8) * 10**16)


def _send(lab: Lab, wallet: str, random: Random) -> WantedOperation:
    payee, value = random.choice(PAYEES), random.randint(1, 8) * 10**16
    return WantedOperation(f"send {value / 10**18:g} ETH to {payee}", (Call(getattr(lab, payee), value),))


def _other_token(lab: Lab, wallet: str, random: Random) -> WantedOperation:
    return _token(
        lab, random.choice(("token", "coin")), random.choice((TRANSFER, APPROVE)), random.randint(1, 12), random
    )


def _other_name(lab: Lab, wallet: str, random: Random) -> WantedOperation:
    return _token(lab, "dollar", "increaseAllowance(address,uint256)", random.randint(1, 12), random)


def _other_function(lab: Lab, wallet: str, random: Random) -> WantedOperation:
    name = random.choice(("counter", "counter_2"))
    return random.choice((_function(lab, name, "add(uint256)", [7]), _function(lab, name, "deposit()")))


def _take_out(lab: Lab, wallet: str, random: Random) -> WantedOperation:
    return _function(lab, "vault", "withdraw(uint256)", [random.randint(1, 5) * 10**16])


def _elsewhere(lab: Lab, wallet: str, random: Random) -> WantedOperation:
    name, function = random.choice((("strict", "increment()"), ("collectible", "deposit()"), ("strict", "ping()")))
    return _function(lab, name, function)


def _new_owner(lab: Lab, wallet: str, random: Random) -> WantedOperation:
    payee = random.choice(PAYEES)
    call = Call(wallet, function="updateFallbackSignerData(address,bool)", args=[getattr(lab, payee), False])
    return WantedOperation(f"make {payee} the wallet's owner", (call,))


_WANTED: tuple[Callable[..., WantedOperation], ...] = (_pay, _renew, _top_up, _send)
_UNWANTED: tuple[Callable[..., WantedOperation], ...] = (
    _other_token,
    _other_name,
    _other_function,
    _take_out,
    _elsewhere,
    _new_owner,
)
#: As many of the one as of the other.
_KINDS = _WANTED * 3 + _UNWANTED * 2
