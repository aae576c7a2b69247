"""Everything that two lists grant differently, part by part: what may be called where, each limit, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from sessionlab.core.base.amounts import format_time
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.functions import APPROVE, TRANSFER
from sessionlab.core.permissions.limits import LIMITS, NATIVE, SPENDING_BYTES, Meter, unit_of
from sessionlab.core.permissions.operation import Operation, operation_of, plain_call
from sessionlab.study.comparing.candidates import candidates, granted_at, is_limited, is_named
from sessionlab.study.comparing.comparison import PolicyComparison
from sessionlab.study.comparing.search import put
from sessionlab.study.comparing.subject import Subject
from sessionlab.study.text import count

YES, NO = "allowed", "refused"
#: More functions than these, at all addresses together, are not gone through one by one: of those that are granted
#: anywhere, and that no address is named for, one stands for all.
MOST_ROWS = 20_000
#: How far an amount may be from 2**255 or 2**256 to be told by it.
FEW = 10_000


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
    """What is called where, apart from when: the times are rows of their own."""
    a, b = _whenever(a), _whenever(b)
    every = len({*a.policy.targets, *b.policy.targets}) * len(a.policy.anywhere | b.policy.anywhere) <= MOST_ROWS
    named = cache(lambda target: granted_at(target, a, b) | a.policy.anywhere | b.policy.anywhere)
    plain: dict[str, tuple[bool, ...]] = {}
    valued: dict[str, tuple[bool, ...]] = {}
    for operation in candidates(a, b, every_function=every):
        value = operation.calls[0].value if operation.calls else 0
        if len(operation.calls) > 1 or value > 1:
            continue
        taken = tuple(put(subject, operation, comparison.a.since).accepted for subject in (a, b))
        what = _call_words(operation, comparison.names, a, b, named)
        if not value:
            plain.setdefault(what, taken)
        elif taken != plain.get(what):  # native tokens are told once for each address, and only if they matter
            where = f"native tokens to {target_name(operation.calls[0].target, comparison.names, a, b)}"
            before = valued.get(where, (False, False))
            valued[where] = tuple(x or y for x, y in zip(before, taken, strict=True))
    for what, (here, there) in [*plain.items(), *valued.items()]:
        if here != there:
            yield PolicyDifference("call", what, YES if here else NO, YES if there else NO)


def _whenever(subject: Subject) -> Subject:
    """The same session without a beginning and an end."""
    return replace(subject, policy=replace(subject.policy, valid_after=0, valid_until=0))


def target_name(target: str, names: AddressBook, a: Subject, b: Subject) -> str:
    """The name of an address: ``counter (0x5a70…BE22)``, ``any other address``, ``the wallet itself``."""
    if target == a.wallet:
        return "the wallet itself"
    if not is_named(target, a, b):
        return "any other address" if a.policy.targets or b.policy.targets else "any address"
    return names.address(target)


def _call_words(
    operation: Operation, names: AddressBook, a: Subject, b: Subject, named_at: Callable[[str], set[bytes]]
) -> str:
    """``increment() on counter``, ``any other function on any other address``, ``an empty batch``."""
    if not operation.calls:
        return f"{names.function(operation.own_data[:4])} of the wallet" if operation.own_data else "an empty batch"
    call = operation.calls[0]
    where, named = target_name(call.target, names, a, b), named_at(call.target)
    known = call.selector in named
    if not call.data:
        text = f"a call without data to {where}"
    elif len(call.data) < 4:
        size = (
            f"{count(len(call.data), 'byte')} of data (0x{call.data.hex()})" if known else "fewer than 4 bytes of data"
        )
        text = f"{size} to {where}"
    else:
        other = "any other function" if named else "any function"
        text = f"{names.function(call.selector) if known else other} on {where}"
        if len(call.data) < SPENDING_BYTES and call.selector in (TRANSFER, APPROVE) and is_limited(call.target, a, b):
            text += ", without an amount"
    return text + (", in a batch" if operation.is_batch else "")


def amount_words(names: AddressBook, amount: int, unit: str) -> str:
    """An amount with its unit; one as good as unlimited is ``2**256 - 1 wei``, since nobody reads its digits."""
    whole = 2**255 if amount < 3 * 2**254 else 2**256
    rest = amount - whole
    if abs(rest) >= FEW:
        return names.amount(amount, unit)
    what = f"units of {names.address(unit)}" if unit.startswith("0x") else unit
    more = f" {'+' if rest > 0 else '-'} {abs(rest):,}" if rest else ""
    return f"2**{whole.bit_length() - 1}{more} {what}"


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
        return amount_words(names, subject.remaining[meter], unit_of(meter, subject.rules))
    if meter == NATIVE and subject.rules.value_needs_permission and not subject.policy.is_root:
        return "none"
    if meter.token is None:
        return "no limit"
    spends = operation_of([plain_call(meter.token, 0, TRANSFER + bytes(64))], sponsored=True)
    return "not limited by amount" if put(_whenever(subject), spends, 0).accepted else "none"


def _times(a: Subject, b: Subject) -> Iterator[PolicyDifference]:
    for name in ("valid_after", "valid_until"):
        here, there = (getattr(subject.policy, name) for subject in (a, b))
        if here != there and not (a.refused or b.refused):
            what, none = ("first second", "at once") if name == "valid_after" else ("last second", "no end")
            yield PolicyDifference("time", what, *(format_time(at) if at else none for at in (here, there)))
