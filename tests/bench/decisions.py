"""Deciding: the pure engine against an ``eth_call`` of the same operation on this chain, on one core.

An ERC-20 transfer of a session with every kind of limit. The engine is given the operation as the rules see it, or
its call data to read first; the chain runs ``handleOps``, signature included, and throws the result away.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, handle_ops
from sessionlab.core.evm.chain import Chain
from sessionlab.core.permissions import (
    DEPLOYED,
    ContractAccess,
    Erc20TokenTransfer,
    GasLimit,
    NativeTokenTransfer,
    rows,
)
from sessionlab.core.permissions.decide import decide
from sessionlab.core.permissions.operation import read_operation
from sessionlab.core.permissions.policy import install as install_policy
from sessionlab.node.methods import handle
from tests.bench.attack_lab import (
    BUNDLER,
    CHAIN_ID,
    COUNTER,
    ENTITY,
    GWEI,
    OWNER,
    TOKEN,
    WALLET,
    Transaction,
    deposit,
    genesis,
    install,
    operation,
)
from tests.bench.figures import Figure, at_least
from tests.bench.gas import TRANSFER

PEER = "eth_call of handleOps"
BEST = "The best of several rounds, run in turn."
PERMISSIONS = (
    NativeTokenTransfer(allowance=10**18),
    Erc20TokenTransfer(address=TOKEN, allowance=10**9),
    GasLimit(limit=10**18),
    ContractAccess(address=COUNTER),
)
CALL_DATA = account.execute(TRANSFER, wrapped=True)
GAS = 550_000  # the worst case of ``attack_lab.operation``
LATER = 2_000_000_000  # unix seconds


def figures(quick: bool) -> list[Figure]:
    """Measure."""
    acts = {"decide": (_decide(), 20_000), "read": (_read_and_decide(), 10_000), "call": (_call(), 20)}
    best = dict.fromkeys(acts, 0.0)
    for _ in range(2 if quick else 6):
        for name, (act, count) in acts.items():
            best[name] = max(best[name], _rate(act, count))
    times = "decisions against eth_call"
    return [
        at_least("decisions", best["decide"], "/s", at_least=50_000, note=BEST),
        at_least(times, best["decide"], "/s", peer=best["call"], peer_name=PEER, at_least=1_000, note=BEST),
        at_least("decisions, call data read first", best["read"], "/s", at_least=50_000, note=BEST),
    ]


def _rate(act: Callable[[], None], count: int) -> float:
    begun = perf_counter()
    for _ in range(count):
        act()
    return count / (perf_counter() - begun)


def _decide() -> Callable[[], None]:
    policy, state = install_policy(rows(PERMISSIONS), wallet=WALLET, rules=DEPLOYED)
    read = read_operation(CALL_DATA, gas=GAS, fee=GWEI)

    def act() -> None:
        if decide(policy, state, read, LATER, DEPLOYED).reason is not None:
            raise RuntimeError("The engine refuses what is measured.")

    return act


def _read_and_decide() -> Callable[[], None]:
    policy, state = install_policy(rows(PERMISSIONS), wallet=WALLET, rules=DEPLOYED)

    def act() -> None:
        if decide(policy, state, read_operation(CALL_DATA, gas=GAS, fee=GWEI), LATER, DEPLOYED).reason is not None:
            raise RuntimeError("The engine refuses what is measured.")

    return act


def _call() -> Callable[[], None]:
    chain = Chain(genesis())
    for what in (deposit(), Transaction(OWNER, WALLET, install(PERMISSIONS, entity=ENTITY))):
        chain.transact(what.key.private, what.to, what.data, what.value, gas=what.gas)
    assert chain.chain_id == CHAIN_ID
    data = "0x" + handle_ops([operation(0, CALL_DATA)], BUNDLER.address).hex()
    request = [{"from": BUNDLER.address, "to": ENTRY_POINT, "data": data}, "latest"]

    def act() -> None:
        handle(chain, "eth_call", request)  # raises if the operation is refused

    return act
