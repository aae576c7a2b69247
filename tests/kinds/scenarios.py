"""For each permission type: a session that holds it, an operation that passes, and one that it refuses afterwards.

A type without a scenario fails the walk: what nobody has looked at is not known to be right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import sessionlab as sl
from sessionlab.core.permissions import Permission

TRANSFER = "transfer(address,uint256)"
INCREMENT = "increment()"
GAS_LIMIT = 480_000
#: Enough for a few operations.
AMPLE_GAS = 5_000_000
REPLACE_OWNER = "updateFallbackSignerData(address,bool)"


@dataclass(frozen=True)
class Counted:
    """What is counted of the operation that passes, in base units. None: what it may use is its gas, whatever that is.

    ``asked`` is what the refused one asks for.
    """

    limit: int
    used: int | None
    asked: int | None
    unit: str
    #: How the limit is raised so that the refused one passes; empty where its gas decides that.
    raised: str = ""
    #: How it ends, what an audit says if the limit is 0.
    at_zero: str = " ETH in gas fees."


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
    counted: Counted | None = None
    #: Places in the reach map, target and function: one that is open, one that is closed; and by which permission.
    opens: tuple[str, str] = ("counter", INCREMENT)
    closed: tuple[str, str] | None = ("counter_2", INCREMENT)
    by: tuple[int, ...] = (1,)
    #: Of the blast radius, after the operation that passes: what it says of ETH, and of tokens that are not out of it.
    blast: str = "unlimited"
    tokens: tuple[tuple[str, str], ...] = ()
    #: Where the ways of a thief end; none: nowhere.
    ends: tuple[str, ...] = ("ETH as gas: all",)
    #: Wei that leave the wallet with the calls that pass.
    value: int = 0


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
        counted=Counted(
            10**18, 4 * 10**17, 7 * 10**17, "wei", "native-token-transfer allowance by 0.1 ETH, to 1.1 ETH"
        ),
        opens=("merchant", "wei"),
        closed=("the wallet itself", "wei"),
        by=(1,) if lab.rules.native_reaches_plain_transfers else (2,),
        ends=("ETH by value: 0.6 ETH", "ETH as gas: all"),
        value=4 * 10**17,
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
        counted=Counted(
            25_500_000, 10_000_000, 20_000_000, lab.dollar, "erc20-token-transfer allowance by 4.5 LUSD, to 30 LUSD"
        ),
        opens=("dollar", TRANSFER),
        closed=("coin", TRANSFER),
        tokens=(("LUSD", "15.5 LUSD of 990 LUSD now, 15.5 LUSD until the session ends"),),
        ends=("LUSD: 15.5 LUSD", "ETH as gas: all"),
    )


def _gas(lab: sl.Lab, wallet: str) -> Scenario:
    in_gas = lab.rules.gas_limit_counts_gas
    limit = GAS_LIMIT * (1 if in_gas else sl.gwei(1))
    # Under the deployed rules ETH that is sent along is not limited here (R1): the counter takes deposits.
    at_zero = "take nothing." if in_gas else "collects nothing in gas fees."
    reason = "ExceededGasLimit" if in_gas else "ExceededNativeTokenLimit"
    return Scenario(
        [sl.GasLimit(limit=limit), sl.ContractAccess(address=lab.counter)],
        _increment(lab),
        _increment(lab),
        reason,
        "validation",
        " of 480,000 gas used, " if in_gas else " of 0.00048 ETH used, ",
        ("gas of gas-limit" if in_gas else "ETH of gas-limit",) * 2,
        ("in gas fees",),
        counted=Counted(limit, None, None, "gas" if in_gas else "wei", at_zero=at_zero),
        by=(2,),
        blast="unlimited" if in_gas else "bounded",
        ends=("ETH as gas: all" if in_gas else "ETH as gas: 0.",),
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
        ("take nothing",),
        counted=Counted(
            1,
            1,
            1,
            "operations",
            "call-limit by 1 operation, to 2 operations",
            at_zero="take nothing.",
        ),
        by=(2,),
        blast="out of reach",
        ends=(),
    )


def roomy(lab: sl.Lab, wallet: str, name: str) -> Scenario:
    """The scenario of a type with a limit that leaves room for the same operation again."""
    scenario = SCENARIOS[name](lab, wallet)
    wider = {"gas-limit": AMPLE_GAS * (1 if lab.rules.gas_limit_counts_gas else sl.gwei(1)), "call-limit": 3}
    if name not in wider:
        return scenario
    first, *rest = scenario.permissions
    return replace(scenario, permissions=[first.with_limit(wider[name]), *rest])


def bounded(lab: sl.Lab, permissions: Sequence[Permission]) -> list[Permission]:
    """The list with the limits on whole operations that it has not: three operations, and gas for a few."""
    ample = AMPLE_GAS * (1 if lab.rules.gas_limit_counts_gas else sl.gwei(1))
    has = {permission.type for permission in permissions}
    return [*permissions, *(p for p in (sl.GasLimit(limit=ample), sl.CallLimit(count=3)) if p.type not in has)]


def _reach(permission: Permission, passes: sl.Call, refused: sl.Call, reason: str, **more: object) -> Scenario:
    facts = {"phase": "validation", "audit": ("in gas fees",)} | more
    return Scenario([permission], [passes], [refused], reason, **facts)  # type: ignore[arg-type]  # fields by name


def _contract(lab: sl.Lab, wallet: str) -> Scenario:
    (increment,) = _increment(lab)
    other = sl.Call(lab.counter_2, function="increment()")
    return _reach(sl.ContractAccess(address=lab.counter), increment, other, "AddressNotAllowed")


def _on_contract(lab: sl.Lab, wallet: str) -> Scenario:
    granted = sl.FunctionsOnContract(address=lab.counter, functions=["increment()"])
    (increment,) = _increment(lab)
    add = sl.Call(lab.counter, function="add(uint256)", args=[5])
    return _reach(granted, increment, add, "SelectorNotAllowed", closed=("counter", "transfer(address,uint256)"))


def _anywhere(lab: sl.Lab, wallet: str) -> Scenario:
    coins = sl.units("0.5", 8)
    return _reach(
        sl.FunctionsOnAllContracts(functions=[TRANSFER]),
        sl.Call(lab.coin, function=TRANSFER, args=[lab.merchant, coins]),
        sl.Call(lab.coin, function="approve(address,uint256)", args=[lab.merchant, coins]),
        "AddressNotAllowed",
        audit=("LAB", "LUSD", "LBTC"),
        opens=("coin", TRANSFER),
        closed=("coin", "approve(address,uint256)"),
        tokens=(("LBTC", "999.5 LBTC of 999.5 LBTC now, and anything that arrives until the session ends"),),
        ends=("LBTC: all", "ETH as gas: all"),
    )


def _account(lab: sl.Lab, wallet: str) -> Scenario:
    (owner,) = {client.owner.address for client in lab.wallets() if client.address == wallet}
    return _reach(
        sl.AccountFunctions(functions=[REPLACE_OWNER]),
        sl.Call(wallet, function=REPLACE_OWNER, args=[owner, False]),
        _increment(lab)[0],
        "ValidationFunctionMissing",
        audit=("take everything",),
        opens=("the wallet itself", REPLACE_OWNER),
        tokens=(("LUSD", "1,000 LUSD of 1,000 LUSD now, and anything that arrives until the session ends"),),
        ends=("the new owner", "LUSD: all", "ETH as gas: all"),
    )


def _root(lab: sl.Lab, wallet: str) -> Scenario:
    pay = sl.Call(lab.merchant, sl.ether(2))
    late = "AA22 expired or not due"
    return _reach(
        sl.Root(),
        pay,
        pay,
        late,
        audit=("take everything",),
        wait=3601,
        opens=("merchant", "wei"),
        closed=None,
        blast="out of reach",  # the session is over
        ends=(),
        value=2 * 10**18,
    )


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
