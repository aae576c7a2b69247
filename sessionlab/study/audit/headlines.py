"""The audit in two sentences: what the permissions let a thief take, and what bundling at any price takes as gas.

They are kept apart, because the second depends on almost nothing that the permissions say: under rules that count gas
and not its price, every session for whose gas the wallet pays lets a thief have all of the wallet's ETH as fees.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sessionlab.core.base.amounts import short_address
from sessionlab.study.audit.eth import DEPOSIT, GAS, STAKE, VALUE
from sessionlab.study.audit.findings import Finding
from sessionlab.study.audit.findings.table import ABOUT_GAS
from sessionlab.study.audit.loss import Loss, is_everything
from sessionlab.study.audit.subject import SEVERITY_ORDER, AuditSubject

PERMISSIONS, BUNDLING = "permissions", "gas"
A_THIEF_CAN = "Anyone who steals this key can"
BY_BUNDLING = "By bundling at a price they choose, the thief"
#: Where an endpoint does not say what it has issued.
BY_WHAT_IS_KNOWN = "Sessions signed for this key that other clients hold are unknown here, and add to that."
#: A finding as bad as this is named if no loss says as much.
GRAVE = SEVERITY_ORDER[:2]


@dataclass(frozen=True, slots=True)
class Headline:
    """One sentence about what a thief takes, and how bad that is."""

    #: ``permissions`` or ``gas``.
    about: str
    #: ``critical``, ``high``, ``medium``, ``low`` or ``info``: as bad as the worst loss or finding.
    severity: str
    sentence: str

    def __repr__(self) -> str:
        return f"<Headline about {self.about} ({self.severity}): {self.sentence}>"

    def to_json(self) -> dict[str, str]:
        """As JSON."""
        return {"about": self.about, "severity": self.severity, "sentence": self.sentence}


def headlines(case: AuditSubject, losses: Sequence[Loss], findings: Sequence[Finding]) -> tuple[Headline, Headline]:
    """Return what the permissions let a thief take, and what bundling at any price takes as gas.

    The first is never milder than the worst finding that is not about gas.
    """
    taken = [loss for loss in losses if loss.asset != GAS and (loss.now or loss.ever != 0)]
    lost = _worst(loss.severity for loss in taken)
    others = [finding for finding in findings if finding.id not in ABOUT_GAS]
    severity = "critical" if is_everything(case) else _worst((lost, *(finding.severity for finding in others)))
    gas = next(loss for loss in losses if loss.asset == GAS)
    said = f"{A_THIEF_CAN} {_by_permissions(case, taken)}."
    if severity != lost and severity in GRAVE and not is_everything(case):
        worst = next(finding for finding in others if finding.severity == severity)
        said = f"{said} That is not all: {worst.sentence}" if taken else f"{A_THIEF_CAN} do harm. {worst.sentence}"
    if case.wallet.issued_is_known is False and not is_everything(case):
        said = f"{said} {BY_WHAT_IS_KNOWN}"
    return Headline(PERMISSIONS, severity, said), Headline(BUNDLING, gas.severity, _as_gas(gas, bool(taken)))


def verdict(case: AuditSubject, made: tuple[Headline, Headline], losses: Sequence[Loss]) -> str:
    """Return the whole audit in one text: both headlines, or one sentence if that says it all."""
    permissions, gas = made
    if is_everything(case):
        return permissions.sentence
    if not any(loss.now or loss.ever != 0 for loss in losses) and permissions.severity not in GRAVE:
        later = f" {BY_WHAT_IS_KNOWN}" if case.wallet.issued_is_known is False else ""
        return f"{A_THIEF_CAN} take nothing.{later}"
    return f"{permissions.sentence} {gas.sentence}"


def listed(items: Sequence[str]) -> str:
    """Return a list in words: ``a``, ``a and b``, ``a, b, and c``."""
    if len(items) < 3:
        return " and ".join(items)
    return f"{', '.join(items[:-1])}, and {items[-1]}"


def _worst(severities: Iterable[str]) -> str:
    return min(severities, key=SEVERITY_ORDER.index, default="info")


def _by_permissions(case: AuditSubject, taken: Sequence[Loss]) -> str:
    if is_everything(case):
        return "take everything, the wallet itself included"
    if not taken:
        return "take nothing through its permissions"
    own = [loss for loss in taken if not loss.to]
    alone = len(taken) == 1
    parts = [f"take {listed([_phrase(loss, alone=alone) for loss in own])}"] if own else []
    parts += [f"send {_phrase(loss, alone=alone)} to {loss.to}" for loss in taken if loss.to]
    return listed(parts)


def _phrase(loss: Loss, *, alone: bool) -> str:
    """Return what is lost, as part of a list."""
    now, ever = loss.shown
    if loss.ever is None:
        return _all_of(loss)
    if loss.now == loss.ever:
        return f"up to {now}{_of_whom(loss)}"
    if not loss.now:
        return f"up to {ever}{_of_whom(loss)} that may arrive until the session ends"
    if alone:
        return f"up to {now}{_of_whom(loss)} today, {ever} until the session ends"
    return f"up to {now}{_of_whom(loss)} today ({ever} until the session ends)"


def _all_of(loss: Loss) -> str:
    """Return what can be lost without a limit."""
    now = loss.shown[0]
    if loss.asset in (DEPOSIT, STAKE):
        return f"the {loss.asset}" + (f" ({now})" if loss.now else ", once there is one")
    if not loss.now:
        of_whom = _of_whom(loss)
        what = "ETH" if loss.asset == VALUE else loss.asset.removesuffix(of_whom)
        return f"any {what}{of_whom}, once there is some"
    if loss.is_things:
        at, count = f" ({short_address(loss.unit)})", f"all {now}"
        if loss.now < 3:
            noun = now.partition(" ")[2]
            count = f"both {noun}" if loss.now == 2 else f"the {noun}"
        return count + at + _of_whom(loss)
    if _of_whom(loss) or loss.asset.startswith("ETH in "):
        return f"the {now}{_of_whom(loss) or loss.asset.removeprefix('ETH')}"
    return f"all {now}"


def _as_gas(gas: Loss, also: bool) -> str:
    collects = "also collects" if also else "collects"
    if not gas.now and gas.ever == 0:
        return "By bundling, the thief collects nothing in gas fees."
    if gas.ever is None and gas.now:
        return f"{BY_BUNDLING} {collects} all {gas.shown[0]} in gas fees."
    if gas.ever is None or not gas.now:
        return f"{BY_BUNDLING} {collects} ETH that arrives in gas fees: the wallet has none today."
    later = "" if gas.now == gas.ever else f" today, {gas.shown[1]} until the session ends,"
    return f"{BY_BUNDLING} {collects} up to {gas.shown[0]}{later} in gas fees."


def _of_whom(loss: Loss) -> str:
    """Return whose assets they are, if they are not the wallet's."""
    return loss.asset[loss.asset.index(" that ") :] if " that " in loss.asset else ""
