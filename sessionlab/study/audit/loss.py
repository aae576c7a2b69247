"""A loss, and what all losses depend on: whether the thief can be the owner, and which contracts are in reach."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sessionlab.core.permissions.operation import plain_call
from sessionlab.study.audit import theft_steps
from sessionlab.study.audit.calls import OF_TOKENS, PAY_IN, UNNAMED, arguments_of_zeros, replace_owner
from sessionlab.study.audit.subject import AuditSubject
from sessionlab.study.audit.theft_steps import TheftStep

#: A loss of at least this share of what the wallet holds is high; of at least that one, medium.
HALF, SOME = 2, 100


@dataclass(frozen=True, slots=True)
class Loss:
    """The worst case for one asset, in ``unit``: wei, or base units of the token or collection at this address."""

    asset: str
    unit: str
    #: From what the wallet holds today (``now``), and until the session ends (``ever``; None: no limit).
    now: int
    ever: int | None
    #: The shortest sequence that takes ``now``; if one operation cannot take it all, its words say "again and again".
    sequence: tuple[TheftStep, ...]
    #: ``now`` and ``ever`` formatted for people.
    shown: tuple[str, str]
    #: What there is of it today.
    held: int
    #: The only possible recipient, in words; empty if the thief is.
    to: str = ""
    #: ``held`` formatted for people.
    shown_held: str = ""
    #: Whether collectibles are counted, and not units.
    is_things: bool = False

    @property
    def severity(self) -> str:
        """How bad it is, by how much of what is there can go: critical if all of it."""
        if not self.now and self.ever == 0:
            return "info"
        if not self.now:
            return "low"  # only what arrives later
        if self.to:
            return "high" if self.ever is None else "medium"
        if self.ever is None or self.now >= self.held:
            return "critical"
        if self.now * HALF >= self.held:
            return "high"
        return "medium" if self.now * SOME >= self.held else "low"

    def __repr__(self) -> str:
        return f"<Loss of {self.asset}: {self.shown[0]} today, {self.shown[1]} until the session ends>"

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON: amounts are decimal strings, and ``ever`` is null for no limit."""
        return {
            "asset": self.asset,
            "unit": self.unit,
            "held": str(self.held),
            "now": str(self.now),
            "ever": None if self.ever is None else str(self.ever),
            "severity": self.severity,
            "sequence": [result.to_json() for result in self.sequence],
        }


def eth_loss(
    case: AuditSubject, asset: str, now: int, ever: int | None, sequence: tuple[TheftStep, ...], held: int
) -> Loss:
    """Make a loss in wei."""
    shown = (case.eth(now), "no limit" if ever is None else case.eth(ever))
    return Loss(asset, "wei", now, ever, sequence, shown, held, shown_held=case.eth(held))


def owner_steps(case: AuditSubject) -> tuple[TheftStep, ...] | None:
    """Return the steps that make the thief the owner; none if the key is the owner's. None: the thief cannot be it."""
    if is_owners(case):
        return ()
    if case.is_root:
        return None  # a root session can already do what the owner can
    way = case.own_function(replace_owner(case.thief))
    return (theft_steps.become_owner(case, way),) if way else None


def is_owners(case: AuditSubject) -> bool:
    """Whether the key is the owner's own, or the owner is a contract by which it calls any function of the wallet."""
    owner = case.wallet.owner
    return bool(case.wallet.key_is_owners) or (owner is not None and makes_call(case, owner, case.wallet.address))


def controls(case: AuditSubject, address: str, seen: frozenset[str] = frozenset()) -> bool:
    """Whether the key makes any call as this address: its own account, its wallet, or a contract that these own.

    What it may do for the audited wallet is not asked.
    """
    address = address.lower()
    if case.wallet.key is not None and address == case.wallet.key.lower():
        return True
    if address in case.key_wallets and is_everything(case.key_wallets[address]):
        return True
    owner = case.wallet.owners.get(address)
    return owner is not None and address not in seen and makes_call(case, owner, address, seen | {address})


def makes_call(case: AuditSubject, sender: str, target: str, seen: frozenset[str] = frozenset()) -> bool:
    """Whether the key may have ``sender``, which is not the audited wallet, call any function of ``target``."""
    acts = case.key_wallets.get(sender.lower())
    return controls(case, sender, seen) or (acts is not None and reaches(acts, target))


def is_everything(case: AuditSubject) -> bool:
    """Whether a thief takes all there is, the wallet itself included."""
    return case.is_root or owner_steps(case) is not None


def taken_as_owner(case: AuditSubject, steps: tuple[TheftStep, ...]) -> tuple[TheftStep, ...]:
    """Return the steps as the owner takes them, after those by which the thief becomes the owner."""
    before = owner_steps(case) or ()
    who = theft_steps.OWNER if before else theft_steps.KEY_OF_OWNER
    return (*before, *theft_steps.taken_by(who, steps)) if steps else ()


def reaches(case: AuditSubject, address: str) -> bool:
    """Whether a session can call any function of a contract."""
    return _reaches(case, address, case.anywhere, frozenset())


def pays_out(case: AuditSubject, address: str, harmless: frozenset[bytes] = frozenset()) -> bool:
    """Whether a session can have a contract pay what it keeps for the wallet, by functions that are not harmless."""
    is_token = address.lower() in map(str.lower, case.wallet.tokens)
    of_its_kind = PAY_IN | (OF_TOKENS if is_token else frozenset())
    return is_everything(case) or _reaches(case, address, case.anywhere - OF_TOKENS, harmless | of_its_kind)


def _reaches(case: AuditSubject, address: str, anywhere: frozenset[bytes], harmless: frozenset[bytes]) -> bool:
    target = case.targets.get(address.lower())
    functions = {UNNAMED, *anywhere, *(target.functions if target else ())} - harmless
    # The arguments that a condition requires are unknown here, so assume that some pass.
    free = replace(case, conditional=False)
    return any(free.passes(plain_call(address, 0, arguments_of_zeros(function))) for function in sorted(functions))


def kept_elsewhere(case: AuditSubject) -> int:
    """Return the wei that contracts keep for the wallet, and that a thief can have paid out."""
    return sum(wei for address, wei in case.wallet.elsewhere.items() if pays_out(case, address))
