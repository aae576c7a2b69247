"""Numbered inputs, the same ones each time, sent one after the other; and what one operation would do."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from sessionlab.attacks.attack_lab import BUNDLER, AttackLab
from sessionlab.core.contracts.reverts import decode_revert
from sessionlab.core.erc4337.included import read_logs
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, handle_ops
from sessionlab.core.evm.overlay import StateOverlay
from tests.agreement.machine import Tally

Ending = tuple[str, str | None]


def send_all(send: Callable[[Random], Ending], wanted: int) -> Tally:
    """Input number 7 is always the same one. An AssertionError says which one it was."""
    tally = Tally()
    for number in range(wanted):
        try:
            tally.note(send(Random(number)))
        except AssertionError as differs:
            differs.add_note(f"Input number {number}.")
            raise
    return tally


def simulate(lab: AttackLab, op: UserOperation) -> tuple[str, str | None, StateOverlay]:
    """Phase, reason, and the state after it; the chain itself stays as it is."""
    after = lab.chain.overlay()
    result = after.call(ENTRY_POINT, handle_ops([op], BUNDLER.address), sender=BUNDLER.address)
    if not result.success:
        return "validation", decode_revert(result.output).innermost.reason, after
    (included,) = read_logs(result.logs)
    if included.revert is None:
        return "ok", None, after
    return "execution", included.revert.innermost.reason, after
