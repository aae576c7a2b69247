"""Runs on the EVM: one lab for each thread, ruleset and price, reverted to its initial state before each run.

The lab and its wallet are as ``Lab`` and ``lab.wallet()`` make them; only the wallet's balance is larger. Operations
are sent as a session sends them, and the first one installs it. An operation with gas limits of its own
(``Planned.gas``) is not simulated first: if it fails in execution, it is mined, and the wallet pays for it.
Such limits need not cover an install, so if the first operation has them, the owner installs the session before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sessionlab.core.base.errors import ChainError
from sessionlab.core.base.keys import derive_key
from sessionlab.core.client.wallet_api_client import WalletApiClient
from sessionlab.core.denials.denial import Denial
from sessionlab.core.denials.reasons.silent import WITHOUT_FUNCTION
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.rows import rows
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.experiments.addresses import SEED, START, WALLET_BALANCE
from sessionlab.experiments.workload import Decided, Planned
from sessionlab.study.facade import Lab, SmartWalletClient
from sessionlab.study.of_this_thread import OfThisThread


class Stage(NamedTuple):
    """A lab, its wallet, and the snapshot of its initial state."""

    lab: Lab
    wallet: SmartWalletClient
    beginning: int


_of_this_thread = OfThisThread()
#: How many labs a thread keeps, for as many rulesets and prices.
MOST_STAGES = 8


def run(
    permissions: Sequence[Permission], planned: Sequence[Planned], expiry: int | None, rules: Ruleset, price: int
) -> Iterator[Decided]:
    """Grant, install and send. ``price``: wei per gas. Raises GrantRefused."""
    lab, wallet, _ = stage = _at_the_beginning(rules, price)
    key = derive_key(SEED, "session")
    session = wallet.grant_permissions(permissions, expiry_sec=expiry, key=key)
    if planned and planned[0].gas is not None:
        _install(stage, permissions, session.entity_id, key.address, expiry)
    sender = WalletApiClient(lab.provider, wallet.address, lab.chain.chain_id, key, {"context": session.context})
    lab.chain.travel_to(START)
    for item in planned:
        lab.travel(item.wait)
        policy_id = lab.policy_id if item.sponsored else None
        outcome = sender.send_calls(item.calls, policy_id=policy_id, preflight=item.gas is None, gas=item.gas)
        reason = _reason(outcome.denial) if outcome.denial else None
        yield Decided(outcome.phase, reason, outcome.gas)


def _reason(denial: Denial) -> str:
    """Return the contracts' own reason, without what only the run shows where they give none."""
    return "EmptyRevert" if denial.code == WITHOUT_FUNCTION else denial.code


def _at_the_beginning(rules: Ruleset, price: int) -> Stage:
    """Return a stage in its initial state. It is removed while it reverts, so an interrupted stage is never reused."""
    stages: dict[tuple[Ruleset, int], Stage] = vars(_of_this_thread).setdefault("stages", {})
    if (rules, price) in stages:
        lab, wallet, beginning = stages.pop((rules, price))
        lab.revert(beginning)
    else:
        while len(stages) >= MOST_STAGES:
            stages.pop(next(iter(stages)))
        lab = Lab(rules, seed=SEED, base_fee=price)
        wallet = lab.wallet(balance=WALLET_BALANCE)
    stages[rules, price] = stage = Stage(lab, wallet, lab.snapshot())
    return stage


def _install(stage: Stage, permissions: Sequence[Permission], entity: int, key: str, expiry: int | None) -> None:
    result = rows(permissions)
    data = account.install_call(entity_id=entity, key=key, rows=result, valid_until=expiry or 0)
    outcome = stage.wallet.send_calls([Call(stage.wallet.address, data=data)])
    if outcome.denial is not None:
        raise ChainError(f"The session is not installed: {outcome.denial}", field="permissions", asked=len(result))
