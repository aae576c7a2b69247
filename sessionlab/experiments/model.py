"""Runs on the decision engine: no chain, only the rules and a model of the lab's tokens and counters.

It models ``Strict`` too; every other address accepts any call. It cannot measure gas, so the EVM is asked about a run
in which a gas limit counts operations without limits of their own, or in which gas might take ETH that a call sends or
that a later operation needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sessionlab.core.base.amounts import units
from sessionlab.core.erc4337.gas import PAYMASTER_VERIFICATION, without_simulation
from sessionlab.core.lab.lab import SPONSOR_DEPOSIT
from sessionlab.core.permissions.decide import decide
from sessionlab.core.permissions.grant import check_grant, check_install
from sessionlab.core.permissions.limits import GAS
from sessionlab.core.permissions.operation import plain_call
from sessionlab.core.permissions.policy import install
from sessionlab.core.permissions.rows import limits_of, rows
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.experiments.addresses import START, WALLET_BALANCE, Places, places
from sessionlab.experiments.workload import Decided, Planned
from sessionlab.study.explain.client_operation import client_operation
from sessionlab.study.replay.demo_contracts import DemoContracts

#: More gas than a sponsor takes of an operation, in addition to the operation's own.
SPONSORING = 2 * PAYMASTER_VERIFICATION
TOKEN_DECIMALS = {"token": 18, "dollar": 6, "coin": 8}


def run(
    permissions: Sequence[Permission], planned: Sequence[Planned], expiry: int | None, rules: Ruleset, price: int
) -> Iterator[Decided]:
    """Grant the permissions and decide each operation. ``price``: wei per gas. Raises GrantRefused."""
    where = places()
    check_grant(permissions, wallet=where.wallet, expiry=expiry, now=START, rules=rules)
    check_install(permissions, expiry=expiry, wallet=where.wallet)
    if GAS in limits_of(permissions) and any(item.gas is None and not item.sponsored for item in planned):
        decided = None
    else:
        decided = _decided(permissions, planned, expiry, rules, price)
    if decided is None:
        from sessionlab.experiments import evm

        yield from evm.run(permissions, planned, expiry, rules, price)
    else:
        yield from decided


def _decided(
    permissions: Sequence[Permission], planned: Sequence[Planned], expiry: int | None, rules: Ruleset, price: int
) -> list[Decided] | None:
    """Decide each operation; None if what gas costs might matter."""
    where, installs, result = places(), rows(permissions), list[Decided]()
    policy, left = install(installs, wallet=where.wallet, rules=rules, valid_until=expiry or 0)
    demo_contracts = _demo_contracts(where)
    paid = {False: 0, True: 0}  # what the wallet, and the sponsor, have paid for gas at most, in wei
    now = block = START  # the chain's clock, and the next block's time
    for item in planned:
        now += item.wait
        block = max(block, now)
        calls = [plain_call(call.to, call.value, call.data) for call in item.calls]
        gas = (item.gas.total if item.gas else 0) or 0
        most = price * ((gas or without_simulation(item.calls, installs).total or 0) + SPONSORING)
        eth = demo_contracts.eth[where.wallet.lower()]
        operation = client_operation(calls, policy, gas=gas, fee=price, sponsored=item.sponsored)
        decision = decide(policy, left, operation, block, rules, demo_contracts.run)
        sends = 0 if decision.phase == "validation" else sum(call.value for call in item.calls)
        wallet_pays, sponsor_pays = (paid[who] + most * (item.sponsored is who) for who in (False, True))
        if wallet_pays + sends > eth or sponsor_pays > SPONSOR_DEPOSIT:
            return None
        if decision.accepted or (item.gas is not None and decision.phase != "validation"):
            left = decision.remaining
            now, block = block, block + 1
            paid[item.sponsored] += most
        result.append(Decided(decision.phase, decision.reason))
    return result


def _demo_contracts(where: Places) -> DemoContracts:
    wallet = where.wallet.lower()
    held = {getattr(where, name).lower(): units(1_000, decimals) for name, decimals in TOKEN_DECIMALS.items()}
    return DemoContracts(
        wallet=wallet,
        owner="owner",
        eth={wallet: WALLET_BALANCE},
        tokens={token: {wallet: amount} for token, amount in held.items()},
        counts={where.counter.lower(): 0, where.counter_2.lower(): 0},
        strict=frozenset([where.strict.lower()]),
    )
