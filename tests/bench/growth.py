"""Growth: what height and full blocks cost. Nothing here should."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from sessionlab.core.base.errors import SessionlabError
from sessionlab.node.methods import handle
from tests.bench.figures import Figure, bounded, compared
from tests.bench.machines import Own
from tests.bench.steady import BUNDLE, Counting
from tests.bench.timing import interleaved, medians, repeated

LOW, HIGH, LOGS_AT = 10, 5_000, 1_000
RECEIPTS = 500  # look-ups in one reading: one takes microseconds


class World:
    """The prepared chain, and who counts on it."""

    def __init__(self) -> None:
        self.own = Own()
        self.counting = Counting(self.own)
        self.operate = self.counting.bundle(1)

    def grow(self, height: int) -> World:
        """Operate until the chain is that high."""
        while self.own.chain.height < height:
            self.operate()
        return self

    def receipt(self, number: int) -> Callable[[], Any]:
        """Make the action that fetches the receipt of a block's transaction, through JSON-RPC."""
        wanted = self.own.chain.block(number).transactions[0].hash

        def ask() -> Any:
            return handle(self.own.chain, "eth_getTransactionReceipt", [wanted])

        return ask


def figures(quick: bool) -> list[Figure]:
    """Measure a low chain and a high one side by side."""
    rounds, high_at, logs_at = (8, 300, 100) if quick else (60, HIGH, LOGS_AT)
    low, high = World().grow(LOW), World().grow(logs_at)
    logs = interleaved({"logs": lambda: _all_logs(high)}, 3)["logs"]
    high.grow(high_at)
    note = f"Quick run: height {high_at} in place of {HIGH}." if quick else ""
    against = f"at height {LOW}"
    found = []
    pairs: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
        "operation": (_undone(low), _undone(high)),
        "newest receipt": _many(low.receipt(LOW), high.receipt(high_at)),
        "oldest receipt": _many(low.receipt(1), high.receipt(1)),
    }
    for name, (at_low, at_high) in pairs.items():
        times = interleaved({"low": at_low, "high": at_high}, rounds, warm=3)
        scale = 1 if name == "operation" else RECEIPTS
        own, peer = times["high"] / scale, times["low"] / scale
        title = f"{name} at height {high_at:,}"
        found.append(compared(title, own, "ms", peer, against, at_most=1.15, note=note))
    found.append(bounded(f"get_logs over {logs_at:,} blocks", logs, "ms", at_most=1_500, note=note))
    return [*found, _snapshot(low, rounds)]


def _snapshot(world: World, rounds: int) -> Figure:
    """Take a snapshot after a block of 20 operations, mine another such block, and revert it."""
    chain, bundle = world.own.chain, world.counting.bundle(BUNDLE)
    bundle()
    done = world.counting.done

    def there_and_back() -> float:
        start = perf_counter()
        moment = chain.snapshot()
        taken = perf_counter() - start
        bundle()
        start = perf_counter()
        chain.revert(moment)
        taken += perf_counter() - start
        world.counting.done = done
        return taken * 1_000

    times = medians({"snapshot": there_and_back}, min(rounds, 10), warm=1)
    name = f"snapshot and revert, blocks of {BUNDLE} operations"
    return bounded(name, times["snapshot"], "ms", at_most=4)


def _undone(world: World) -> Callable[[], None]:
    """Make the action that operates; the block is taken back when the next begins, so the height stays."""
    chain, start = world.own.chain, world.counting.done
    moment = chain.snapshot()

    def act() -> None:
        nonlocal moment
        chain.revert(moment)
        moment = chain.snapshot()
        world.counting.done = start
        world.operate()

    return act


def _many(*asks: Callable[[], Any]) -> tuple[Callable[[], Any], Callable[[], Any]]:
    low, high = (repeated(ask, RECEIPTS) for ask in asks)
    return low, high


def _all_logs(world: World) -> None:
    found = handle(world.own.chain, "eth_getLogs", [{"fromBlock": "earliest", "toBlock": "latest"}])
    if len(found) < world.counting.done:
        raise SessionlabError(f"{len(found)} logs of {world.counting.done} operations.")
