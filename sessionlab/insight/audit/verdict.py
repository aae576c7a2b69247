"""The whole audit in one sentence."""

from __future__ import annotations

from sessionlab.insight.audit.case import Case
from sessionlab.insight.audit.eth import GAS
from sessionlab.insight.audit.loss import Loss, new_owner


def verdict(case: Case, losses: tuple[Loss, ...]) -> str:
    """What a thief takes, the unlimited first."""
    if (case.policy.is_root and case.passes()) or new_owner(case):
        return "A thief of this key takes everything, the wallet itself included."
    taken = [loss for loss in losses if loss.now or loss.ever is None or loss.ever]
    if not taken:
        return "A thief of this key takes nothing."
    gas = next(loss for loss in losses if loss.asset == GAS)
    own = [loss for loss in taken if loss is not gas and not loss.to]
    free = [_subject(loss) for loss in own if loss.ever is None]
    counted = [loss.shown[1] for loss in own if loss.ever is not None]
    parts = []
    if free:
        parts.append(f"takes all {_list(free)}")
    if counted:
        parts.append(f"{'' if free else 'takes '}up to {_list(counted)}")
    for loss in taken:
        if loss.to:
            parts.append(f"sends {'all ' + loss.asset if loss.ever is None else 'up to ' + loss.shown[1]} to {loss.to}")
    if gas.ever is None:
        parts.append("burns all ETH as gas")
    elif gas.ever:
        parts.append(f"burns up to {gas.shown[1]} as gas")
    joined = ", and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    return f"A thief of this key {joined}."


def _subject(loss: Loss) -> str:
    return {"ETH by value": "ETH", "ETH deposit": "the deposit for gas"}.get(loss.asset, loss.asset)


def _list(items: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1])))
