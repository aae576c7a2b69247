"""The worst, asset by asset: how much a thief of the key can take, and the shortest way to it.

``now`` is the most that can be taken from what the wallet holds; ``ever`` the most until the session ends, whatever
else arrives, with None for no limit. ETH has three ways out: the value of calls, gas, and the deposit in the
EntryPoint. What a thief moves into the deposit before taking that counts as gas: it is paid in as a prefund.
"""

from __future__ import annotations

from sessionlab.study.audit.eth import deposit_loss, gas_loss, value_loss
from sessionlab.study.audit.loss import Loss, eth_loss, kept_elsewhere
from sessionlab.study.audit.subject import AuditSubject
from sessionlab.study.audit.theft_steps import TheftStep
from sessionlab.study.audit.tokens import token_loss


def losses(case: AuditSubject) -> tuple[Loss, ...]:
    """One for each way out of the wallet and each token that it holds."""
    result = [value_loss(case), gas_loss(case), deposit_loss(case)]
    result += [token_loss(case, token, held) for token, held in case.wallet.tokens.items()]
    return tuple(result)


def total_eth(case: AuditSubject, result: tuple[Loss, ...]) -> Loss:
    """All ETH together: gas, value and deposit draw on the same balance."""
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
