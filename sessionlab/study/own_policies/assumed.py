"""Whose wallet a policy is audited for, where none is there to be read."""

from __future__ import annotations

from sessionlab.core.base.amounts import MAX_UINT256, ether
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.limits import gas_unit
from sessionlab.study.audit import Audit, WalletState, audit
from sessionlab.study.audit.state import Holding
from sessionlab.study.comparing.subject import Subject

BALANCE = ether(10)
#: How much of each limited token the wallet holds, in limits.
TIMES = 10


def assumed_audit(subject: Subject, now: int, balance: int = BALANCE, names: AddressBook | None = None) -> Audit:
    """Audit a policy for a wallet with ``balance`` wei that holds of each limited token ten times the limit."""
    book = names or AddressBook(gas_unit=gas_unit(subject.rules))
    tokens = {
        meter.token: Holding(min(TIMES * amount, MAX_UINT256), f"units of {book.address(meter.token)}", 0)
        for meter, amount in subject.remaining.items()
        if meter.token is not None
    }
    expiry = subject.policy.valid_until or None
    state = WalletState(address=subject.wallet, now=now, expiry=expiry, balance=balance, tokens=tokens, names=book)
    return audit(subject.permissions, state, subject.rules)
