"""Long histories: what it takes to read and to show 5,000 operations, and the lives of 1,000 sessions."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import sessionlab as sl
from tests.bench.figures import Figure, bounded

OPERATIONS, SESSIONS = 5_000, 1_000


def figures(quick: bool) -> list[Figure]:
    """Measure on a real chain, which takes minutes to grow; ``quick``: on a twentieth of it."""
    operations, sessions = (OPERATIONS // 20, SESSIONS // 20) if quick else (OPERATIONS, SESSIONS)
    note = f"Quick run: {operations} operations and {sessions} sessions." if quick else ""
    (lab, session), wallet = _session(operations), _wallet(sessions)
    shown: dict[str, Callable[[], Any]] = {
        name: lambda n=name: session.plot(n) for name in ("operations", "gas", "life")
    }
    shown |= {"burn-down": lambda: session.plot("burn-down"), "recording": session.record, "audit": session.audit}
    shown |= {"history": lambda: session.history, "blocks": lambda: sl.pictures.blocks(lab)}
    found = [
        bounded(f"{name} of {operations:,} operations", _seconds(make), "s", at_most=2, note=note)
        for name, make in shown.items()
    ]
    lives = _seconds(lambda: sl.pictures.key_lives(wallet.sessions()))
    return [*found, bounded(f"key lives of {sessions:,} sessions", lives, "s", at_most=3, note=note)]


def _session(operations: int) -> tuple[sl.Lab, sl.Session]:
    """Return a session with so many payments, every fiftieth of which was refused."""
    lab = sl.Lab()
    wallet = lab.wallet(balance=sl.ether(1_000))
    session = wallet.grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(5))], key=sl.new_key(1))
    for number in range(operations):
        is_refused = number % 50 == 7
        amount = sl.ether(6) if is_refused else sl.ether("0.0001")
        session.send_calls([sl.Call(to=lab.merchant, value=amount)], preflight=is_refused)
    return lab, session


def _wallet(sessions: int) -> sl.SmartWalletClient:
    """Return a wallet with so many sessions, each of which has sent one operation."""
    lab = sl.Lab()
    wallet = lab.wallet(balance=sl.ether(1_000))
    for number in range(sessions):
        session = wallet.grant_permissions([sl.NativeTokenTransfer(allowance=100)], key=sl.new_key(number))
        session.send_calls([sl.Call(to=lab.merchant, value=1)], preflight=False)
    return wallet


def _seconds(make: Callable[[], Any]) -> float:
    """Time reading, the card and the text."""
    start = perf_counter()
    thing = make()
    thing._repr_html_()
    repr(thing)
    return perf_counter() - start
