"""The worst case, asset by asset: how much a thief of the key can take, and the shortest way to do it.

``now`` is the most that can be taken from what the wallet holds today; ``ever`` is the most until the session ends,
whatever else arrives, with None for no limit. ETH can leave in three ways: as the value of calls, as gas, and through
the deposit in the EntryPoint. ETH that a thief moves into the deposit before taking it counts as gas, because it is
paid in as a prefund.
"""

from __future__ import annotations

from sessionlab.study.audit.eth import deposit_loss, gas_loss, value_loss
from sessionlab.study.audit.loss import Loss, eth_loss, kept_elsewhere
from sessionlab.study.audit.subject import AuditSubject
from sessionlab.study.audit.theft_steps import TheftStep
from sessionlab.study.audit.tokens import token_loss


def losses(case: AuditSubject) -> tuple[Loss, ...]:
    """Return one loss for each way that ETH can leave and for each token that the wallet holds."""
    result = [value_loss(case), gas_loss(case), deposit_loss(case)]
    result += [token_loss(case, token, held) for token, held in case.wallet.tokens.items()]
    return tuple(result)


def total_eth(case: AuditSubject, result: tuple[Loss, ...]) -> Loss:
    """Combine all ETH losses: gas, value and deposit draw on the same balance."""
    ways = [loss for loss in result if loss.unit == "wei"]
    wallet = case.wallet
    held = wallet.balance + wallet.deposit + kept_elsewhere(case)
    known = [loss.ever for loss in ways if loss.ever is not None]
    ever = sum(known) if len(known) == len(ways) else None
    now = min(held, sum(loss.now for loss in ways))
    best = sorted(ways, key=lambda loss: -loss.now)
    sequence: tuple[TheftStep, ...] = ()
    taken = 0
    for loss in best:
        if taken < now:
            sequence, taken = sequence + tuple(s for s in loss.sequence if s not in sequence), taken + loss.now
    return eth_loss(case, "ETH in all", now, ever, sequence)
