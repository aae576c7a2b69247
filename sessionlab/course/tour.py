"""The tour: the eight permission types, each with one operation that passes and one that is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.amounts import ether, gwei, units
from sessionlab.core.base.keys import derive_key
from sessionlab.core.client.outcome import Outcome
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.types import (
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    Permission,
    Root,
)
from sessionlab.study.allowances import Allowance
from sessionlab.study.facade import Lab

if TYPE_CHECKING:
    from sessionlab.study.facade import Session

EXPIRES_IN = 3_600  # seconds
REPLACE_OWNER = "updateFallbackSignerData(address,bool)"


@dataclass(frozen=True)
class Stop:
    """One stop of the tour: the permissions, an operation that they allow, and one that they do not."""

    permissions: Sequence[Permission]
    allowed: Call
    allowed_words: str
    denied: Call
    denied_words: str
    #: Seconds between the two operations.
    wait: int = 0

    @property
    def permission(self) -> str:
        """The permission type that this stop shows: the first in its list."""
        return self.permissions[0].type


@dataclass(frozen=True)
class Shown:
    """The result of a stop."""

    stop: Stop
    session: Session
    allowed: Outcome
    denied: Outcome
    before: Allowance | None
    after: Allowance | None

    def to_json(self) -> dict[str, Any]:
        """One line of ``sessionlab tour --json``."""
        denial = self.denied.denial
        return {
            "permission": self.stop.permission,
            "allowed": {"ok": self.allowed.ok, "gas": self.allowed.gas},
            "denied": {
                "ok": self.denied.ok,
                "phase": self.denied.phase,
                "code": denial.code if denial else None,
                "message": f"{denial.sentence} {denial.fix}" if denial else None,
            },
            "allowance": _allowance_json(self.after),
        }


def tour(rules: str, seed: int = 0) -> Iterator[Shown]:
    """Run all stops in one lab; each has its own wallet and key."""
    lab = Lab(rules=rules, seed=seed)
    for number, make in enumerate(STOPS):
        wallet = lab.wallet()
        stop = make(lab, wallet.owner.address, wallet.address)
        session = wallet.grant_permissions(
            stop.permissions, expiry_sec=lab.now + EXPIRES_IN, key=derive_key(seed, f"tour {number}")
        )
        before = _counted(session, stop.permission)
        allowed = session.send_calls([stop.allowed])
        if stop.wait:
            lab.travel(stop.wait)
        denied = session.send_calls([stop.denied])
        yield Shown(stop, session, allowed, denied, before, _counted(session, stop.permission))


def _native(lab: Lab, owner: str, wallet: str) -> Stop:
    # Under the deployed rules it grants nothing on its own: the target must be named as well.
    target = [] if lab.rules.native_reaches_plain_transfers else [ContractAccess(address=lab.recipient)]
    return Stop(
        [NativeTokenTransfer(allowance=ether(1)), *target],
        Call(lab.recipient, ether("0.4")),
        "send 0.4 ETH",
        Call(lab.recipient, ether("0.7")),
        "send 0.7 ETH more",
    )


def _erc20(lab: Lab, owner: str, wallet: str) -> Stop:
    def transfer(amount: str) -> Call:
        arguments = [lab.merchant, units(amount, 6)]
        return Call(lab.dollar, function="transfer(address,uint256)", args=arguments)

    return Stop(
        [Erc20TokenTransfer(address=lab.dollar, allowance=units("25.5", 6))],
        transfer("10"),
        "transfer 10 LUSD",
        transfer("20"),
        "transfer 20 LUSD more",
    )


def _gas(lab: Lab, owner: str, wallet: str) -> Stop:
    gas = 480_000  # enough for the first operation, which installs the session, but not for a second
    limit = gas if lab.rules.gas_limit_counts_gas else gas * gwei(1)
    increment = Call(lab.counter, function="increment()")
    return Stop(
        [GasLimit(limit=limit), ContractAccess(address=lab.counter)],
        increment,
        "increment a counter (and install the session)",
        increment,
        "increment it again",
    )


def _contract(lab: Lab, owner: str, wallet: str) -> Stop:
    return Stop(
        [ContractAccess(address=lab.counter)],
        Call(lab.counter, function="increment()"),
        "increment the counter",
        Call(lab.counter_2, function="increment()"),
        "increment another counter",
    )


def _account(lab: Lab, owner: str, wallet: str) -> Stop:
    return Stop(
        [AccountFunctions(functions=[REPLACE_OWNER])],
        Call(wallet, function=REPLACE_OWNER, args=[owner, False]),
        "name the wallet's owner (it could name anyone!)",
        Call(lab.counter, function="increment()"),
        "increment a counter",
    )


def _anywhere(lab: Lab, owner: str, wallet: str) -> Stop:
    return Stop(
        [FunctionsOnAllContracts(functions=["transfer(address,uint256)"])],
        Call(lab.coin, function="transfer(address,uint256)", args=[lab.merchant, units("0.5", 8)]),
        "transfer 0.5 LBTC",
        Call(lab.coin, function="approve(address,uint256)", args=[lab.merchant, units("0.5", 8)]),
        "approve 0.5 LBTC",
    )


def _function(lab: Lab, owner: str, wallet: str) -> Stop:
    return Stop(
        [FunctionsOnContract(address=lab.counter, functions=["increment()"])],
        Call(lab.counter, function="increment()"),
        "increment the counter",
        Call(lab.counter, function="add(uint256)", args=[5]),
        "add 5 to the counter",
    )


def _root(lab: Lab, owner: str, wallet: str) -> Stop:
    return Stop(
        [Root()],
        Call(lab.merchant, ether(2)),
        "send 2 ETH to anyone",
        Call(lab.merchant, ether(2)),
        "send 2 ETH after the session's end",
        wait=EXPIRES_IN + 1,
    )


STOPS: tuple[Callable[[Lab, str, str], Stop], ...] = (
    _native,
    _erc20,
    _gas,
    _contract,
    _account,
    _anywhere,
    _function,
    _root,
)


def _counted(session: Session, permission: str) -> Allowance | None:
    result = [item for item in session.allowances if item.permission == permission]
    return result[0] if result else None


def _allowance_json(allowance: Allowance | None) -> dict[str, Any] | None:
    if allowance is None:
        return None
    return {name: value for name, value in allowance.to_json().items() if name != "permission"}
