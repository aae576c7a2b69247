"""Execute an audit's theft steps in order, as a thief on the EVM."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.functions import EXECUTE_USER_OP, REPLACE_OWNER
from sessionlab.study.audit.theft_steps import KEY_ACCOUNT, KEY_WALLET, OWNER, SESSION, THIEF, TheftStep

if TYPE_CHECKING:
    from sessionlab.attacks.thief import Thief


def run_steps(thief: Thief, steps: Iterable[TheftStep]) -> None:
    """Execute the steps in order. Raises AssertionError at the first that fails."""
    for step in steps:
        assert take(thief, step), f"this does not work: {step.words}"


def take(thief: Thief, step: TheftStep) -> bool:
    """Execute one step; returns whether it worked."""
    assert step.by != SESSION or not thief.is_owner, step
    assert step.by != OWNER or thief.is_owner, step
    if step.by == THIEF:
        return thief.transact(step.to, step.data)
    if step.by == KEY_ACCOUNT:
        return thief.sign(step.to, step.data)
    if step.by == KEY_WALLET:
        return thief.call_from(step.sender, Call(step.to, step.value, step.data))
    if step.gas:
        return thief.burn(step.gas, step.fee, _data_of_burning(step)) > 0
    if step.to != thief.wallet:
        return thief.call(Call(step.to, step.value, step.data))
    done = _own(thief, step)
    thief.is_owner = thief.is_owner or (done and step.data[:4].hex() == REPLACE_OWNER[2:])
    return done


def _own(thief: Thief, step: TheftStep) -> bool:
    if step.in_batch:
        return thief.call(Call(step.to, 0, step.data), batch=True)
    return thief.own_function(step.data)


def _data_of_burning(step: TheftStep) -> bytes | None:
    return EXECUTE_USER_OP + step.data if step.data else None
