"""Everything that two lists grant differently, part by part: what may be called where, each limit, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sessionlab.core.base.amounts import format_time
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.functions import APPROVE, TRANSFER
from sessionlab.core.permissions.limits import GAS, LIMITS, NATIVE, SPENDING_BYTES, Meter, unit_of
from sessionlab.core.permissions.operation import Operation
from sessionlab.study.comparing.candidates import STRANGER, candidates
from sessionlab.study.comparing.comparison import PolicyComparison
from sessionlab.study.comparing.search import moments, put
from sessionlab.study.comparing.subject import Subject
from sessionlab.study.text import count

YES, NO = "allowed", "refused"


@dataclass(frozen=True)
class PolicyDifference:
    """One part that the two sides grant differently."""

    #: ``call``, ``limit`` or ``time``.
    part: str
    what: str
    #: What each side says: allowed or refused, an amount, a moment.
    a: str
    b: str


def differences(comparison: PolicyComparison) -> list[PolicyDifference]:
    """Return every part that differs: calls by target and function, then limits, then times."""
    a, b = comparison.a._subject, comparison.b._subject
    return [*_calls(comparison, a, b), *_limits(comparison.names, a, b), *_times(a, b)]


def _calls(comparison: PolicyComparison, a: Subject, b: Subject) -> Iterator[PolicyDifference]:
    now, *_ = moments(a, b, comparison.a.since)
    known = _named(a, b)
    plain: dict[str, tuple[bool, ...]] = {}
    valued: dict[str, tuple[bool, ...]] = {}
    for operation in candidates(a, b):
        value = operation.calls[0].value if operation.calls else 0
        if len(operation.calls) > 1 or value > 1:
            continue
        taken = tuple(put(subject, operation, now).accepted for subject in (a, b))
        what = call_words(operation, comparison.names, a.wallet, known)
        if not value:
            plain.setdefault(what, taken)
        elif taken != plain.get(what):  # native tokens are told once for each address, and only if they matter
            where = f"native tokens to {target_name(operation.calls[0].target, comparison.names, a.wallet)}"
            before = valued.get(where, (False, False))
            valued[where] = tuple(x or y for x, y in zip(before, taken, strict=True))
    for what, (here, there) in [*plain.items(), *valued.items()]:
        if here != there:
            yield PolicyDifference("call", what, YES if here else NO, YES if there else NO)


def _named(a: Subject, b: Subject) -> frozenset[bytes]:
    listed = [target.functions for s in (a, b) for target in s.policy.targets.values()]
    return frozenset().union(
        *listed, *(s.policy.anywhere | s.policy.account_functions for s in (a, b)), (TRANSFER, APPROVE)
    )


def target_name(target: str, names: AddressBook, wallet: str) -> str:
    """The name of an address: ``counter (0x5a70…BE22)``, ``any other address``, ``the wallet itself``."""
    if target == wallet:
        return "the wallet itself"
    return "any other address" if target == STRANGER else names.address(target)


def call_words(operation: Operation, names: AddressBook, wallet: str, known: frozenset[bytes]) -> str:
    """``increment() on counter``, ``any other function on any other address``, ``an empty batch``."""
    if not operation.calls:
        return f"{names.function(operation.own_data[:4])} of the wallet" if operation.own_data else "an empty batch"
    call = operation.calls[0]
    where = target_name(call.target, names, wallet)
    if not call.data:
        text = f"a call without data to {where}"
    elif len(call.data) < 4:
        text = f"{count(len(call.data), 'byte')} of data (0x{call.data.hex()}) to {where}"
    else:
        text = f"{names.function(call.selector) if call.selector in known else 'any other function'} on {where}"
        if len(call.data) < SPENDING_BYTES and call.selector in (TRANSFER, APPROVE):
            text += ", without an amount"
    return text + (", in a batch" if operation.is_batch else "")


def _limits(names: AddressBook, a: Subject, b: Subject) -> Iterator[PolicyDifference]:
    for meter in sorted({*a.remaining, *b.remaining}):
        here, there = (_limit(names, subject, meter) for subject in (a, b))
        if here != there:
            title = LIMITS[meter.kind].permission + (f" of {names.address(meter.token)}" if meter.token else "")
            yield PolicyDifference("limit", title, here, there)


def _limit(names: AddressBook, subject: Subject, meter: Meter) -> str:
    if subject.refused is not None:
        return "no session"
    if meter in subject.remaining:
        return names.amount(subject.remaining[meter], unit_of(meter, subject.rules))
    if meter == NATIVE and subject.rules.value_needs_permission and not subject.policy.is_root:
        return "none"
    return "no limit" if meter in (NATIVE, GAS) or meter.token is None else "not limited by amount"


def _times(a: Subject, b: Subject) -> Iterator[PolicyDifference]:
    for name in ("valid_after", "valid_until"):
        here, there = (getattr(subject.policy, name) for subject in (a, b))
        if here != there and not (a.refused or b.refused):
            what, none = ("first second", "at once") if name == "valid_after" else ("last second", "no end")
            yield PolicyDifference("time", what, *(format_time(at) if at else none for at in (here, there)))
