"""The operations that suffice to tell two policies apart.

The rules look at an operation through few windows: which address a call goes to, which listed function its data
matches, whether the data has a selector at all, whether it carries native tokens, and how much it uses of each limit.
Two operations that look the same through all of them are decided the same. So one representative of each class is
enough, and the classes are finite, because a policy names finitely many addresses, functions and amounts:

- **Addresses**: those that either policy names, the wallet, and one that nobody names.
- **Data** for one address: empty; each function that either policy grants there, anywhere or, on the wallet, as its
  own; one that nobody names; fewer than four bytes, both those that are a listed selector's beginning and others,
  since the deployed rules pad them with zeros (R5); and for a limited token a transfer without an amount.
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
from itertools import chain

from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.permissions.decide import ROOT_FUNCTIONS
from sessionlab.core.permissions.functions import APPROVE, TRANSFER
from sessionlab.core.permissions.limits import GAS, NATIVE, LimitKind, Meter
from sessionlab.core.permissions.operation import CALL_SELECTORS, Operation, PlainCall, operation_of, plain_call
from sessionlab.study.comparing.subject import Subject

#: An address that has no code and no key, and whom no policy names unless it means this one.
STRANGER = "0x" + "57" * 20
#: Gas of an operation that certainly has enough: what a wallet's first operation takes is a third of it.
AMPLE_GAS = 1_000_000
#: The highest fee that an operation can offer (AA94), and the most gas that it can ask for: twice as much, since only
#: the gas of its calls must be there.
MOST_FEE = 2**120 - 1
MOST_GAS = 2 * MOST_FEE
HALF = 2**255


def candidates(a: Subject, b: Subject) -> Iterator[Operation]:
    """Yield one operation of each class, sponsored and wrapped, the plainest first."""
    targets, functions = _targets(a, b), _functions(a, b)
    amounts = {NATIVE: _amounts(NATIVE, a, b)}
    plain = [(target, data) for target in targets for data in _datas(target, functions, a, b)]
    for target, data in plain:
        yield from _calls(a, plain_call(target, 0, data))
    yield operation_of((), batch=True, sponsored=True)
    for code in _own(a, b):
        yield _own_function(code)
    for meter in sorted({*a.remaining, *b.remaining}):
        if meter.kind is LimitKind.ERC20 and meter.token is not None:
            for amount in _amounts(meter, a, b):
                yield from _calls(a, plain_call(meter.token, 0, _spending(TRANSFER, amount)))
    for value in amounts[NATIVE]:
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
    return [*named, _unnamed(named, a.wallet), a.wallet]


def _tokens(subject: Subject) -> Iterator[str]:
    return (meter.token for meter in subject.remaining if meter.token is not None)


def _unnamed(named: dict[str, None], wallet: str) -> str:
    number = int(STRANGER, 16)
    while f"0x{number:040x}" in named or f"0x{number:040x}" == wallet:
        number += 1
    return f"0x{number:040x}"


def _functions(a: Subject, b: Subject) -> list[bytes]:
    """The functions that either policy grants anywhere, and one that nobody names."""
    named = _every_selector(a) | _every_selector(b)
    other = 0xDEADBEEF
    while other.to_bytes(4, "big") in named or other & 0xFF == 0:
        other += 1
    return [*sorted(a.policy.anywhere | b.policy.anywhere), other.to_bytes(4, "big")]


def _every_selector(subject: Subject) -> frozenset[bytes]:
    listed = (target.functions for target in subject.policy.targets.values())
    own = subject.policy.account_functions
    return frozenset(chain(subject.policy.anywhere, own, *listed, CALL_SELECTORS, ROOT_FUNCTIONS, (TRANSFER, APPROVE)))


def _datas(target: str, functions: list[bytes], a: Subject, b: Subject) -> list[bytes]:
    here = {code for s in (a, b) if target in s.policy.targets for code in s.policy.targets[target].functions}
    if target == a.wallet:
        here |= a.policy.account_functions | b.policy.account_functions | CALL_SELECTORS | ROOT_FUNCTIONS
    limited = any(Meter(LimitKind.ERC20, target) in s.remaining for s in (a, b))
    if limited:
        here |= {TRANSFER, APPROVE}
    codes = [*sorted(here), *(code for code in functions if code not in here)]
    spending = [_spending(code, 0) for code in codes if limited and code in (TRANSFER, APPROVE)]
    short = [code[:size] for code in codes for size in (1, 2, 3) if not any(code[size:])]
    return list(dict.fromkeys([*spending, *codes, b"", *short, functions[-1][:3]]))


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
