"""For each permission type: a session that holds it, an operation that passes, and one that it refuses afterwards.

A type without a scenario fails the walk: what nobody has looked at is not known to be right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sessionlab as sl
from sessionlab.core.permissions import Permission

TRANSFER = "transfer(address,uint256)"
REPLACE_OWNER = "updateFallbackSignerData(address,bool)"


@dataclass(frozen=True)
class Scenario:
    """Amounts in the unit of the type; None for a type that counts nothing."""

    permissions: Sequence[Permission]
    passes: Sequence[sl.Call]
    refused: Sequence[sl.Call]
    #: The production name of the reason, and the phase.
    reason: str
    phase: str
    #: What the views say of the limit after the operation that passes: ``{used} of {limit} used, {left} left``.
    sentence: str | None = None
    #: What ``check`` says is left, before and after the operation that passes.
    left: tuple[str, str] | None = None
    #: Words that a thief's worst case must have, and words that it must not have.
    audit: tuple[str, ...] = ()
    audit_not: tuple[str, ...] = ()
    #: Seconds to wait before the refused one.
    wait: int = 0


Make = Callable[[sl.Lab, str], Scenario]


def _increment(lab: sl.Lab) -> list[sl.Call]:
    return [sl.Call(lab.counter, function="increment()")]


def _native(lab: sl.Lab, wallet: str) -> Scenario:
    return Scenario(
        [sl.NativeTokenTransfer(allowance=sl.ether(1)), sl.ContractAccess(address=lab.merchant)],
        [sl.Call(lab.merchant, sl.ether("0.4"))],
        [sl.Call(lab.merchant, sl.ether("0.7"))],
        "ExceededNativeTokenLimit",
        "execution",
        "0.4 ETH of 1 ETH used, 0.6 ETH left",
        ("0.6 ETH of native-token-transfer", "0.2 ETH of native-token-transfer"),
        ("up to 0.6 ETH",),
    )


def _erc20(lab: sl.Lab, wallet: str) -> Scenario:
    def transfer(amount: str) -> list[sl.Call]:
        return [sl.Call(lab.dollar, function=TRANSFER, args=[lab.merchant, sl.units(amount, 6)])]

    return Scenario(
        [sl.Erc20TokenTransfer(address=lab.dollar, allowance=sl.units("25.5", 6))],
        transfer("10"),
        transfer("20"),
        "ExceededTokenLimit",
        "execution",
        "10 LUSD of 25.5 LUSD used, 15.5 LUSD left",
        ("15.5 LUSD of erc20-token-transfer", "5.5 LUSD of erc20-token-transfer"),
        ("up to 15.5 LUSD",),
    )


def _gas(lab: sl.Lab, wallet: str) -> Scenario:
    in_gas = lab.rules.gas_limit_counts_gas
    limit = 480_000 * (1 if in_gas else sl.gwei(1))
    reason = "ExceededGasLimit" if in_gas else "ExceededNativeTokenLimit"
    return Scenario(
        [sl.GasLimit(limit=limit), sl.ContractAccess(address=lab.counter)],
        _increment(lab),
        _increment(lab),
        reason,
        "validation",
        " of 480,000 gas used, " if in_gas else " of 0.00048 ETH used, ",
        ("gas of gas-limit" if in_gas else "ETH of gas-limit",) * 2,
        ("burns up to",),
    )


def _calls(lab: sl.Lab, wallet: str) -> Scenario:
    return Scenario(
        [sl.CallLimit(count=1), sl.ContractAccess(address=lab.counter)],
        _increment(lab),
        _increment(lab),
        "ExceededCallLimit",
        "validation",
        "1 of 1 operation used, 0 left",
        ("0 operations of call-limit",) * 2,
        ("takes nothing",),
    )


def _reach(permission: Permission, passes: sl.Call, refused: sl.Call, reason: str, **more: object) -> Scenario:
    facts = {"phase": "validation", "audit": ("burns all ETH as gas",)} | more
    return Scenario([permission], [passes], [refused], reason, **facts)  # type: ignore[arg-type]  # fields by name


def _contract(lab: sl.Lab, wallet: str) -> Scenario:
    (increment,) = _increment(lab)
    other = sl.Call(lab.counter_2, function="increment()")
    return _reach(sl.ContractAccess(address=lab.counter), increment, other, "AddressNotAllowed")


def _on_contract(lab: sl.Lab, wallet: str) -> Scenario:
    granted = sl.FunctionsOnContract(address=lab.counter, functions=["increment()"])
    (increment,) = _increment(lab)
    add = sl.Call(lab.counter, function="add(uint256)", args=[5])
    return _reach(granted, increment, add, "SelectorNotAllowed")


def _anywhere(lab: sl.Lab, wallet: str) -> Scenario:
    coins = sl.units("0.5", 8)
    return _reach(
        sl.FunctionsOnAllContracts(functions=[TRANSFER]),
        sl.Call(lab.coin, function=TRANSFER, args=[lab.merchant, coins]),
        sl.Call(lab.coin, function="approve(address,uint256)", args=[lab.merchant, coins]),
        "AddressNotAllowed",
        audit=("LAB", "LUSD", "LBTC"),
    )


def _account(lab: sl.Lab, wallet: str) -> Scenario:
    (owner,) = {client.owner.address for client in lab.wallets() if client.address == wallet}
    return _reach(
        sl.AccountFunctions(functions=[REPLACE_OWNER]),
        sl.Call(wallet, function=REPLACE_OWNER, args=[owner, False]),
        _increment(lab)[0],
        "ValidationFunctionMissing",
        audit=("takes everything",),
    )


def _root(lab: sl.Lab, wallet: str) -> Scenario:
    pay = sl.Call(lab.merchant, sl.ether(2))
    late = "AA22 expired or not due"
    return _reach(sl.Root(), pay, pay, late, audit=("takes everything",), wait=3601)


SCENARIOS: dict[str, Make] = {
    "native-token-transfer": _native,
    "erc20-token-transfer": _erc20,
    "gas-limit": _gas,
    "contract-access": _contract,
    "functions-on-contract": _on_contract,
    "functions-on-all-contracts": _anywhere,
    "account-functions": _account,
    "root": _root,
    "call-limit": _calls,
}
