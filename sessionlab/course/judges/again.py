"""What was done on a chain, done again on another: the same signed transactions, at the same times."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sessionlab.course.lesson import Judgement

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain

#: A block: its time in Unix seconds, and the transactions in it as they were sent.
SentBlock = tuple[int, tuple[bytes, ...]]


def sent_since(chain: Chain, height: int) -> list[SentBlock]:
    """Return the blocks above a height."""
    from sessionlab.node.raw_transactions import raw_bytes

    blocks = [chain.block(number) for number in range(height + 1, chain.height + 1)]
    return [(item.timestamp, tuple(map(raw_bytes, item.transactions))) for item in blocks]


def send_again(chain: Chain, blocks: Iterable[SentBlock]) -> None:
    """Mine these blocks. Each transaction is checked and executed as if it came for the first time.

    Raises ChainError or InvalidInput for one that this chain does not take.
    """
    for time, sent in blocks:
        if time != chain.next_timestamp:
            chain.travel_to(time)
        if not sent:
            chain.mine()
        for raw in sent:
            chain.send_raw(raw)


def changed_by_hand(chain: Chain) -> Judgement | None:
    """Return what to say if an account was changed without a transaction, which nobody can do on a real chain."""
    if not chain.edited:
        return None
    return Judgement(
        False, "The chain was changed by hand. Do it by transactions: on a real chain there is nothing else."
    )
