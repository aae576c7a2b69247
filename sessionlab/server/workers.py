"""The threads of one server. Few run the EVM at once, so that the loop gets the interpreter in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessionlab.server.steps import Steps
from sessionlab.server.worker import Worker

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain

#: Threads for reads that may take long.
LONG_READERS = 2


class Workers:
    """The threads of one server: for steps, for reads, and for those of them that turn out to be long.

    Quick reads are answered where they arrive.
    """

    def __init__(self, chain: Chain) -> None:
        self.steps, self.short, self.long = Steps(chain), Worker(), Worker(LONG_READERS)

    def stop(self, seconds: float) -> bool:
        """Finish the queued jobs and stop; returns False if that takes longer than ``seconds``."""
        stopped = [worker.stop(seconds) for worker in (self.steps, self.short, self.long)]
        return all(stopped)
