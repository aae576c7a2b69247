"""Find what one policy allows and another does not: exactly, by one representative of each class of operations.

Why an operation, repeated, is witness enough for any sequence. Let one session take a whole sequence of which the
other refuses the last operation. It refuses it for what the operation is or when it comes, and then the operation
alone is a witness; or because a limit is used up. In that case, take an operation of the sequence that uses that
limit and let it ask for more than the other session ever had: it uses no more than the sequence did, and nothing else
of what the first session counts, so the first session takes it. Only where one operation cannot ask for enough, as
with call-limit, which counts each operation as one, is it sent again. Limits only fall, and by what is asked, whatever
was sent before, so nothing else in the sequence matters.

What is compared is what a key can get done. Each session has a form of its own: its nonce lane, and whether its
operations must be wrapped in ``executeUserOp``, which a client sees to. ``form_beyond`` compares the wrapping too.
Called contracts are taken to succeed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sessionlab.core.permissions.decide import Decision, decide
from sessionlab.core.permissions.operation import Operation
from sessionlab.study.comparing.candidates import candidates, paid_for
from sessionlab.study.comparing.subject import Subject

#: For an operation that a session takes again and again.
ENDLESS = 2**256


@dataclass(frozen=True)
class Witness:
    """An operation that, sent so many times at this moment, ends differently in the two sessions."""

    operation: Operation
    times: int
    #: Unix seconds.
    now: int
    #: How the other session refuses the last one.
    refusal: Decision = field(hash=False)


def put(subject: Subject, operation: Operation, now: int, times: int = 1) -> Decision:
    """Decide the last of so many equal operations, in the session's own nonce lane."""
    mine = operation._replace(is_global=subject.policy.is_root)
    first = decide(subject.policy, subject.remaining, mine, now, subject.rules)
    if times == 1 or not first.accepted:
        return first
    left = {
        meter: amount - (times - 1) * (amount - first.remaining[meter]) for meter, amount in subject.remaining.items()
    }
    return decide(subject.policy, left, mine, now, subject.rules)


def most(subject: Subject, operation: Operation, now: int) -> int:
    """Return how many times in a row a session takes an operation."""
    decision = put(subject, operation, now)
    if not decision.accepted:
        return 0
    used = ((amount, amount - decision.remaining[meter]) for meter, amount in subject.remaining.items())
    return min((amount // asked for amount, asked in used if asked), default=ENDLESS)


def beyond(a: Subject, b: Subject, now: int) -> Witness | None:
    """Return the smallest of what ``a`` allows from ``now`` on and ``b`` does not; None if there is nothing."""
    witness: Witness | None = None
    for candidate in _searched(a, b, now):
        if witness is None or candidate.times < witness.times:
            witness = candidate
        if witness.times == 1:
            break
    return witness


def form_beyond(a: Subject, b: Subject, now: int) -> Witness | None:
    """Return an operation that both sessions take, but only ``a`` without ``executeUserOp`` around it."""
    if a.policy.limits_spending or not b.policy.limits_spending:  # only spending limits want the wrapping
        return None
    for moment in moments(a, b, now):
        for operation in candidates(a, b):
            bare = operation._replace(wrapped=False)
            if most(b, operation, moment) and most(a, bare, moment) and not most(b, bare, moment):
                return Witness(bare, 1, moment, put(b, bare, moment))
    return None


def allowed(subject: Subject, now: int) -> Operation | None:
    """Return an operation that a session takes from ``now`` on; None if it takes none."""
    moment, *_ = moments(subject, subject, now)
    return next((o for o in candidates(subject, subject) if put(subject, o, moment).accepted), None)


def _searched(a: Subject, b: Subject, now: int) -> Iterator[Witness]:
    first, *others = moments(a, b, now)
    both: Operation | None = None
    for operation in candidates(a, b):
        if taken := most(a, operation, first):
            yield from _differs(a, b, operation, first, taken)
            both = both or operation
    if both is None:
        return
    for moment in others:
        yield from _differs(a, b, both, moment, most(a, both, moment))
    for operation in paid_for(both, a, b):
        yield from _differs(a, b, operation, first, most(a, operation, first))


def _differs(a: Subject, b: Subject, operation: Operation, now: int, taken: int) -> Iterator[Witness]:
    times = most(b, operation, now) + 1
    if times <= taken:
        yield Witness(operation, times, now, put(b, operation, now, times))


def moments(a: Subject, b: Subject, now: int) -> list[int]:
    """When to ask: first at a moment when both are valid, if there is one, then where ``a`` is and ``b`` is not."""
    begins = [max(now, subject.policy.valid_after) for subject in (a, b)]
    ends = [subject.policy.valid_until for subject in (a, b) if subject.policy.valid_until]
    both = max(begins)
    first = [both] if all(both <= end for end in ends) else []
    return [*first, begins[0], *(end + 1 for end in ends)]
