"""The scripted agent of lesson 17: a model that does what it reads, without a network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sessionlab.core.client.outcome import Outcome
    from sessionlab.study.facade import Lab, Session, SmartWalletClient

#: What the agent takes for an order, wherever it stands.
ORDER = re.compile(r"pay ([\d.]+) ETH to (\w+)")
STRANGER = "stranger"


def agent(session: Session, inbox: Iterable[str], **how: Any) -> Iterator[Outcome]:
    """Carry out every order in every line: ``pay 0.1 ETH to merchant`` becomes a payment."""
    import sessionlab as sl

    for line in inbox:
        for amount, to in ORDER.findall(line):
            yield session.send_calls([sl.Call(to=to, value=sl.ether(amount))], **how)


def stranger() -> str:
    """Return the address that an injected line names."""
    import sessionlab as sl

    return str(sl.new_key(STRANGER).address)


def hired(lab: Lab) -> tuple[SmartWalletClient, Session]:
    """Return a wallet, and the agent's session as the lesson grants it."""
    import sessionlab as sl

    wallet = lab.wallet()
    granted = [sl.NativeTokenTransfer(allowance=sl.ether(1)), sl.GasLimit(limit=3_000_000)]
    return wallet, wallet.grant_permissions(granted, expires_in=86_400, key=sl.new_key(seed=1))
