"""The audit in two sentences: what the permissions let a thief take, and what bundling at any price takes as gas.

They are kept apart, because the second depends on almost nothing that the permissions say: under rules that count gas
and not its price, every session for whose gas the wallet pays lets a thief have all of the wallet's ETH as fees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sessionlab.study.audit.eth import DEPOSIT, GAS, VALUE
from sessionlab.study.audit.loss import Loss, is_everything
from sessionlab.study.audit.subject import SEVERITY_ORDER, AuditSubject

PERMISSIONS, BUNDLING = "permissions", "gas"


@dataclass(frozen=True, slots=True)
class Headline:
    """One sentence about what a thief takes, and how bad that is."""

    #: ``permissions`` or ``gas``.
    about: str
    #: ``critical``, ``high``, ``medium``, ``low`` or ``info``, by the loss.
    severity: str
    sentence: str

    def __repr__(self) -> str:
        return f"<Headline about {self.about} ({self.severity}): {self.sentence}>"

    def to_json(self) -> dict[str, str]:
        """As JSON."""
        return {"about": self.about, "severity": self.severity, "sentence": self.sentence}


def headlines(case: AuditSubject, losses: Sequence[Loss]) -> tuple[Headline, Headline]:
    """Return what the permissions let a thief take, and what bundling at any price takes as gas."""
    taken = [loss for loss in losses if loss.asset != GAS and (loss.now or loss.ever is None or loss.ever)]
    worst = min((loss.severity for loss in taken), key=SEVERITY_ORDER.index, default="info")
    if is_everything(case):
        worst = "critical"
    gas = next(loss for loss in losses if loss.asset == GAS)
    return (
        Headline(PERMISSIONS, worst, f"A thief of this key {_by_permissions(case, taken)}."),
        Headline(BUNDLING, gas.severity, _as_gas(gas, "also takes" if taken else "takes")),
    )


def verdict(case: AuditSubject, made: tuple[Headline, Headline], losses: Sequence[Loss]) -> str:
    """Return the whole audit in one text: both headlines, or one sentence if that says it all."""
    permissions, gas = made
    if is_everything(case):
        return permissions.sentence
    if not any(loss.now or loss.ever != 0 for loss in losses):
        return "A thief of this key takes nothing."
    return f"{permissions.sentence} {gas.sentence}"


def _by_permissions(case: AuditSubject, taken: Sequence[Loss]) -> str:
    if is_everything(case):
        return "takes everything, the wallet itself included"
    if not taken:
        return "takes nothing by its permissions"
    own = [loss for loss in taken if not loss.to]
    free = [_subject(loss) for loss in own if loss.ever is None]
    counted = [loss.shown[1] + _of_whom(loss) for loss in own if loss.ever is not None]
    parts = []
    if free:
        parts.append(f"takes all {_list(free)}")
    if counted:
        parts.append(f"{'' if free else 'takes '}up to {_list(counted)}")
    for loss in taken:
        if loss.to:
            parts.append(f"sends {'all ' + loss.asset if loss.ever is None else 'up to ' + loss.shown[1]} to {loss.to}")
    return ", and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def _as_gas(gas: Loss, takes: str) -> str:
    if not gas.now and gas.ever == 0:
        return "Bundling at any price, it takes nothing as gas."
    if gas.ever is not None:
        return f"Bundling at a price of its own, it {takes} up to {gas.shown[1]} as gas."
    if gas.held:
        return f"Bundling at a price of its own, it {takes} all {gas.shown[0]} as gas."
    return "Bundling at a price of its own, it takes as gas all ETH that arrives; the wallet has none today."


def _subject(loss: Loss) -> str:
    return {VALUE: "ETH", DEPOSIT: "the deposit for gas"}.get(loss.asset, loss.asset)


def _of_whom(loss: Loss) -> str:
    """Return whose assets they are, if they are not the wallet's."""
    return loss.asset[loss.asset.index(" that ") :] if " that " in loss.asset else ""


def _list(items: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1])))
