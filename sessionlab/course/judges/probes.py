"""Probe operations: what a session must be able to do, and what it must not. They are sent, and the first that ends
otherwise is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sessionlab.course.lesson import Judgement

if TYPE_CHECKING:
    from sessionlab.core.erc4337.call import Call
    from sessionlab.study.facade import Session


@dataclass(frozen=True)
class Probe:
    """One operation. ``what``: the beginning of a sentence; ``shows``: the misconception if it ends otherwise."""

    what: str
    calls: Sequence[Call]
    allowed: bool
    shows: str | None = None


def first_wrong(session: Session, probes: Sequence[Probe]) -> Judgement | None:
    """Send the probes in order. What there is to say of the first that ends otherwise than it must; None: of none."""
    for probe in probes:
        denial = session.send_calls(probe.calls).denial
        if probe.allowed and denial is not None:
            return Judgement(False, f"{probe.what} must pass, and is refused. {denial.sentence}", probe.shows)
        if denial is None and not probe.allowed:
            return Judgement(False, f"{probe.what} must be refused, and it passed.", probe.shows)
    return None
