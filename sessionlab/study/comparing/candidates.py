"""The operations that suffice to tell two policies apart.

The rules look at an operation through few windows: which address a call goes to, which listed function its data
matches, whether the data has a selector at all, whether it carries native tokens, and how much it uses of each limit.
Two operations that look the same through all of them are decided the same. So one representative of each class is
enough, and the classes are finite, because a policy names finitely many addresses, functions and amounts:

- **Addresses**: those that either policy names, the wallet, and one that nobody names.
- **Data** for one address: empty; each function that either policy grants there or, on the wallet, as its own; of the
  functions that are granted anywhere, one that both grant and one that only either grants, since none of them is
  special at this address; one that nobody names; fewer than four bytes, likewise, since the deployed rules pad them
  with zeros (R5); and for a limited token a transfer without an amount.
- **Amounts**: 0, 1, and each limit and the next amount above it.
- **Forms**: ``execute`` and ``executeBatch`` differ for calls to the wallet alone. A batch is refused exactly if one
  of its calls is refused alone or if its calls together use more than is left, so operations of one call are enough,
  and the empty batch. Whatever is accepted bare is accepted inside ``executeUserOp``, but not the other way round, so
  wrapped operations show everything that a session can do.

Whatever else differs between operations, gas, fees and who pays for them, does not depend on their calls:
``paid_for`` varies it for one operation that both policies take.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.permissions.decide import ROOT_FUNCTIONS
from sessionlab.core.permissions.functions import APPROVE, TRANSFER
from sessionlab.core.permissions.limits import GAS, NATIVE, LimitKind, Meter
from sessionlab.core.permissions.operation import CALL_SELECTORS, Operation, PlainCall, operation_of, plain_call
from sessionlab.study.comparing.subject import Subject, first_free

#: An address that has no code and no key, and whom no policy names unless it means this one.
STRANGER = "0x" + "57" * 20
#: Gas of an operation that certainly has enough: what a wallet's first operation takes is a third of it.
AMPLE_GAS = 1_000_000
#: What the smallest operation of a session takes, about.
LEAST_GAS = 120_000
#: The highest fee that an operation can offer (AA94), and the most gas that it can ask for: twice as much, since only
#: the gas of its calls must be there.
MOST_FEE = 2**120 - 1
MOST_GAS = 2 * MOST_FEE
HALF = 2**255


def candidates(a: Subject, b: Subject, *, every_function: bool = False) -> Iterator[Operation]:
    """Yield one operation of each class, sponsored and wrapped, the plainest first.

    ``every_function``: for each address, each function that is granted anywhere, not only one of each class.
    """
    alike, amounts = _alike(a, b), _amounts(NATIVE, a, b)
    plain = [(target, data) for target in _targets(a, b) for data in _datas(target, alike, a, b, every_function)]
    for target, data in plain:
        yield from _calls(a, plain_call(target, 0, data))
    yield operation_of((), batch=True, sponsored=True)
    for code in _own(a, b):
        yield _own_function(code)
    for meter in sorted({*a.remaining, *b.remaining}):
        if meter.kind is LimitKind.ERC20 and meter.token is not None:
            for amount in _amounts(meter, a, b):
                yield from _calls(a, plain_call(meter.token, 0, _spending(TRANSFER, amount)))
    for value in amounts:
        for target, data in plain:
            yield from _calls(a, plain_call(target, value, data))
    yield from _beyond_a_word(plain, a, b)


def paid_for(operation: Operation, a: Subject, b: Subject) -> Iterator[Operation]:
    """Yield the same calls paid for by the wallet, at each gas and fee that the limits can tell apart."""
    limits = {subject.remaining[GAS] for subject in (a, b) if GAS in subject.remaining}
    gases = {min(most + more, MOST_GAS) for most in limits for more in (0, 1)} | {AMPLE_GAS, MOST_GAS}
    for gas in sorted(gases, key=lambda gas: (gas < AMPLE_GAS, gas)):  # first those with which an operation can run
        fees = {0, 1} | {min(most // gas + more, MOST_FEE) for most in limits if gas for more in (0, 1)}
        for fee in sorted(fees, key=lambda fee: (fee == 0, fee)):
            yield operation._replace(sponsored=False, gas=gas, fee=fee)


def _targets(a: Subject, b: Subject) -> list[str]:
    named = dict.fromkeys(chain(a.policy.targets, b.policy.targets, _tokens(a), _tokens(b)))
    named.pop(a.wallet, None)
    return [*named, unnamed(a, b), a.wallet]


def _tokens(subject: Subject) -> Iterator[str]:
    return (meter.token for meter in subject.remaining if meter.token is not None)


def unnamed(a: Subject, b: Subject) -> str:
    """Return an address that neither policy names, and that is not the wallet's."""
    taken: set[str] = set()
    while (address := first_free(STRANGER, taken)) in (a.wallet, b.wallet) or is_named(address, a, b):
        taken.add(address)
    return address


def is_named(address: str, a: Subject, b: Subject) -> bool:
    """Whether a permission of either policy is about this address."""
    return any(
        address in subject.policy.targets
        or any(address in limited for limited in subject.policy.target_limits.values())
        for subject in (a, b)
    )


def _alike(a: Subject, b: Subject) -> list[list[bytes]]:
    """The data that no address is named for, in classes that are decided the same wherever nothing else is granted.

    It matters only which of the policies grants the function anywhere, and whether there are four bytes of data.
    """
    result = dict[tuple[bool, ...], list[bytes]]()
    none = nobodys(a, b)
    for code in (*sorted(a.policy.anywhere | b.policy.anywhere), none):
        for data in (code, *(_short(code) if code != none else [none[:3]])):
            alike = (len(data) < 4, code in a.policy.anywhere, code in b.policy.anywhere)
            result.setdefault(alike, []).append(data)
    return list(result.values())


def nobodys(a: Subject, b: Subject) -> bytes:
    """Return the selector of a function that neither policy names, nor one that begins with the same three bytes."""
    named = {code[:3] for subject in (a, b) for code in _every_selector(subject)}
    other = 0xDEADBEEF
    while other.to_bytes(4, "big")[:3] in named:
        other = (other + 0x100) % 2**32
    return other.to_bytes(4, "big")


def _short(code: bytes) -> list[bytes]:
    """The beginnings of a selector that are this selector once they are zero-padded."""
    return [code[:size] for size in (1, 2, 3) if not any(code[size:])]


def _every_selector(subject: Subject) -> frozenset[bytes]:
    listed = (target.functions for target in subject.policy.targets.values())
    own = subject.policy.account_functions
    return frozenset(chain(subject.policy.anywhere, own, *listed, CALL_SELECTORS, ROOT_FUNCTIONS, (TRANSFER, APPROVE)))


def _datas(target: str, alike: list[list[bytes]], a: Subject, b: Subject, every: bool) -> list[bytes]:
    """One of each class of data for this address or, if ``every``, each function that is granted anywhere."""
    here = granted_at(target, a, b)
    others = [data for datas in alike for data in islice(_outside(datas, here), None if every else 1)]
    codes = [*sorted(here), *(data for data in others if len(data) == 4)]
    spending = [_spending(code, 0) for code in codes if is_limited(target, a, b) and code in (TRANSFER, APPROVE)]
    short = [*(data for code in sorted(here) for data in _short(code)), *(data for data in others if len(data) < 4)]
    return list(dict.fromkeys([*spending, *codes, b"", *short]))


def _outside(datas: list[bytes], here: set[bytes]) -> Iterator[bytes]:
    return (data for data in datas if data.ljust(4, b"\0") not in here)


def granted_at(target: str, a: Subject, b: Subject) -> set[bytes]:
    """Return the functions that either policy tells apart at this address."""
    here = {code for s in (a, b) if target in s.policy.targets for code in s.policy.targets[target].functions}
    if target == a.wallet:
        here |= a.policy.account_functions | b.policy.account_functions | CALL_SELECTORS | ROOT_FUNCTIONS
    if is_limited(target, a, b):
        here |= {TRANSFER, APPROVE}
    return here


def is_limited(target: str, a: Subject, b: Subject) -> bool:
    """Whether either policy limits this token."""
    return any(Meter(LimitKind.ERC20, target) in s.remaining for s in (a, b))


def _spending(code: bytes, amount: int) -> bytes:
    return code + bytes.fromhex(STRANGER[2:]).rjust(32, b"\0") + amount.to_bytes(32, "big")


def _calls(a: Subject, call: PlainCall) -> Iterator[Operation]:
    """The call alone, and for the wallet itself also as a batch of one."""
    yield operation_of([call], sponsored=True)
    if call.target == a.wallet:
        yield operation_of([call], batch=True, sponsored=True)


def _own(a: Subject, b: Subject) -> list[bytes]:
    return sorted(a.policy.account_functions | b.policy.account_functions | ROOT_FUNCTIONS)


def _own_function(code: bytes) -> Operation:
    data = code + bytes(64)
    return operation_of((), sponsored=True)._replace(selector=code, own_data=data)


def _amounts(meter: Meter, a: Subject, b: Subject) -> list[int]:
    limits = [subject.remaining[meter] for subject in (a, b) if meter in subject.remaining]
    return sorted({1, *limits, *(most + 1 for most in limits if most < MAX_UINT256)} - {0})


def _beyond_a_word(plain: list[tuple[str, bytes]], a: Subject, b: Subject) -> Iterator[Operation]:
    """Ask for more than one call can carry: by halves of which the second is too much and, of tokens, both at once.

    No wallet holds more than 2**256 - 1 wei, so no batch sends more.
    """
    if any(subject.remaining.get(NATIVE) == MAX_UINT256 for subject in (a, b)):
        for target, data in plain:
            yield operation_of([plain_call(target, HALF, data)], sponsored=True)
    for meter in sorted({*a.remaining, *b.remaining}):
        if meter.token is not None and MAX_UINT256 in (a.remaining.get(meter), b.remaining.get(meter)):
            half = plain_call(meter.token, 0, _spending(TRANSFER, HALF))
            yield operation_of([half], sponsored=True)
            yield operation_of([half] * 2, sponsored=True)
