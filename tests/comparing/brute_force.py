"""Brute force: send sequences to both sessions, step by step, with nothing but the rules themselves."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from sessionlab.core.permissions.decide import decide
from sessionlab.core.permissions.operation import Operation
from sessionlab.study.comparing.subject import Subject
from tests.comparing.drawn import NOW, operation, wrapped


def taken(subject: Subject, steps: Iterable[tuple[Operation, int]]) -> int | None:
    """The index of the first operation that the session does not take; None if it takes all."""
    left = subject.remaining
    for index, (step, now) in enumerate(steps):
        mine = step._replace(is_global=subject.policy.is_root)
        decision = decide(subject.policy, left, mine, now, subject.rules)
        if not decision.accepted:
            return index
        left = decision.remaining
    return None


def sequence_beyond(draw: Random, a: Subject, b: Subject, tries: int) -> list[tuple[Operation, int]] | None:
    """Look for a sequence of up to eight operations that ``a`` takes whole and ``b`` does not."""
    for _ in range(tries):
        now, steps, left = NOW, [], a.remaining
        for _ in range(8):
            now += draw.choice((0, 0, 0, 1, 2))
            step = wrapped(operation(draw))
            for _ in range(6):  # a sequence that grows needs operations that are taken
                mine = step._replace(is_global=a.policy.is_root)
                decision = decide(a.policy, left, mine, now, a.rules)
                if decision.accepted:
                    steps.append((step, now))
                    left = decision.remaining
                    break
                step = wrapped(operation(draw))
        if taken(b, steps) is not None:
            return steps
    return None
