"""The worst case, asset by asset: how much a thief of the key can take, and the shortest way to do it.

``now`` is the most that can be taken from what there is today; ``ever`` is the most until the session ends, whatever
else arrives, with None for no limit. ETH that a thief moves into the deposit before taking it counts as gas, because
it is paid in as a prefund.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sessionlab.study.audit.collectibles import collection_loss
from sessionlab.study.audit.entrusted import entrusted_losses
from sessionlab.study.audit.eth import deposit_loss, gas_loss, stake_loss, value_loss, vault_losses
from sessionlab.study.audit.loss import Loss, eth_loss, kept_elsewhere
from sessionlab.study.audit.subject import AuditSubject
from sessionlab.study.audit.theft_steps import TheftStep
from sessionlab.study.audit.tokens import token_loss

Kind = Callable[[AuditSubject], Iterator[Loss]]

#: Every kind of asset that the audit counts: ETH first, by each way that it leaves.
ASSETS: tuple[Kind, ...] = (
    lambda case: iter((value_loss(case), gas_loss(case), deposit_loss(case), stake_loss(case))),
    vault_losses,
    lambda case: (token_loss(case, token, held) for token, held in case.wallet.tokens.items()),
    lambda case: (collection_loss(case, address, held) for address, held in case.wallet.collections.items()),
    entrusted_losses,
)


def losses(case: AuditSubject) -> tuple[Loss, ...]:
    """Return one loss for each way that ETH can leave, and for each token, collection and approval."""
    return tuple(loss for kind in ASSETS for loss in kind(case))


def total_eth(case: AuditSubject, result: tuple[Loss, ...]) -> Loss:
    """Combine all ETH losses: gas, value and deposit draw on the same balance."""
    ways = [loss for loss in result if loss.unit == "wei"]
    wallet = case.wallet
    held = wallet.balance + wallet.deposit + wallet.stake + kept_elsewhere(case)
    known = [loss.ever for loss in ways if loss.ever is not None]
    ever = sum(known) if len(known) == len(ways) else None
    now = min(held, sum(loss.now for loss in ways))
    best = sorted(ways, key=lambda loss: -loss.now)
    sequence: tuple[TheftStep, ...] = ()
    taken = 0
    for loss in best:
        if taken < now:
            sequence, taken = sequence + tuple(s for s in loss.sequence if s not in sequence), taken + loss.now
    return eth_loss(case, "ETH in total", now, ever, sequence, held)
