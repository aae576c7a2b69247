"""Findings about the key: whose it is, and what else it may do on the wallet."""

from __future__ import annotations

from collections.abc import Iterator

from sessionlab.study.audit.eth import GAS
from sessionlab.study.audit.findings.table import Finding, finding
from sessionlab.study.audit.loss import Loss, is_owners
from sessionlab.study.audit.losses import losses
from sessionlab.study.audit.subject import SEVERITY_ORDER, AuditSubject


def of_the_owner(case: AuditSubject) -> Iterator[Finding]:
    """The key is the owner's own, or acts for the owner."""
    if is_owners(case) and not case.wallet.key_is_owners:
        who = case.called(case.wallet.owner or "")
        sentence = f"The wallet's owner is {who}, for which the key acts: a thief of it takes everything."
        remedy = "End what the key may do for the owner, or give the session a key of its own."
        yield finding(case, None, "key-of-the-owner", "critical", sentence, remedy)
    if case.wallet.key_is_owners:
        sentence = (
            "The key of this session is the owner's own: a thief of it takes everything, whatever is granted here."
        )
        remedy = "Give the session a key of its own, and move the wallet to an owner whose key nobody else has."
        yield finding(case, None, "key-of-the-owner", "critical", sentence, remedy)


def of_other_sessions(case: AuditSubject) -> Iterator[Finding]:
    """The key has other sessions on the wallet. As bad as what they add to the losses."""
    others = case.live_others
    if not others:
        return
    roots = [session for session in case.sessions[1:] if session.policy.is_root]
    alone = {_place(loss): loss for loss in losses(case.alone)}
    more = [loss for loss in losses(case) if _exceeds(loss, alone.get(_place(loss)))]
    gas, more = [loss for loss in more if loss.asset == GAS], [loss for loss in more if loss.asset != GAS]
    severity = min((loss.severity for loss in more), key=SEVERITY_ORDER.index, default="info")
    which = ", ".join(str(other.entity_id) for other in others)
    many = "s" if len(others) > 1 else ""
    if roots:
        sentence = f"The key also holds session{many} {which} of this wallet, with root: a thief takes everything."
    elif more:
        adds = ", ".join(dict.fromkeys(loss.asset for loss in more))
        sentence = f"The key also holds session{many} {which} of this wallet, which the losses count: more {adds}."
    else:
        add = "add" if many else "adds"
        sentence = f"The key also holds session{many} {which} of this wallet, which {add} nothing to the losses today."
    remedy = "Use a key of its own for each session, and revoke what is no longer needed."
    if roots or more or not gas:
        yield finding(case, None, "key-of-other-sessions", "critical" if roots else severity, sentence, remedy)
    if gas and not roots:
        sentence = f"The key also holds session{many} {which} of this wallet, whose gas the wallet pays too."
        yield finding(case, None, "gas-of-other-sessions", gas[0].severity, sentence, remedy)


def _place(loss: Loss) -> tuple[str, str]:
    return loss.asset, loss.unit


def _exceeds(loss: Loss, before: Loss | None) -> bool:
    if before is None or loss.now > before.now:
        return True
    return before.ever is not None and (loss.ever is None or loss.ever > before.ever)
