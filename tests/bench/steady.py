"""One session operation in steady state, alone and in bundles of 20: this process against anvil and web3.

An operation is: build, hash and sign a user operation through a session, ``handleOps``, receipt, decode its
event, read the counter.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.bench.attack_lab import INCREMENT, increment
from tests.bench.figures import Figure, compared
from tests.bench.machines import Machine, Own, Peer
from tests.bench.timing import interleaved

PEER = "anvil + web3 HTTP"
BUNDLE = 20

ALONE = "The aim is ≤ 1.0."
DOOR = "For information: prepare with a simulation, gas limits, sign, send, outcome; the peer does less."
BUNDLED = "Per operation, against the peer's single operation: what one who bundles gains."
BOTH = "For information: the peer bundles too, and native code gains more by it."


class Counting:
    """Sends increments to one machine, bundle after bundle, and checks each."""

    def __init__(self, machine: Machine) -> None:
        self.machine, self.done = machine, 0

    def bundle(self, size: int) -> Callable[[], None]:
        """Make the action that includes so many operations in one bundle."""

        def act() -> None:
            operations = [increment(self.done + place) for place in range(size)]
            self.done += size
            succeeded = self.machine.include(operations)
            counted = self.machine.count()
            if (succeeded, counted) != (size, self.done):
                raise RuntimeError(f"{succeeded} of {size} operations succeeded; {counted} counted.")

        return act


def _through_the_door() -> Callable[[], None]:
    """Make the action that increments as the lab's users do."""
    import sessionlab as sl

    lab = sl.Lab()
    session = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)])
    call = sl.Call(to=lab.counter, data="0x" + INCREMENT.data.hex())

    def act() -> None:
        outcome = session.send_calls([call])
        if not outcome.ok:
            raise RuntimeError(str(outcome))

    return act


def figures(url: str | None, quick: bool) -> list[Figure]:
    """Measure; ``url`` is anvil's, None where there is none."""
    machines = {"own": Counting(Own())} | ({"peer": Counting(Peer(url))} if url else {})
    alone = {n: m.bundle(1) for n, m in machines.items()} | {"door": _through_the_door()}
    one = interleaved(alone, 15 if quick else 100, warm=10)
    many = interleaved({n: m.bundle(BUNDLE) for n, m in machines.items()}, 3 if quick else 12, warm=2)
    own, peer = many["own"] / BUNDLE, many["peer"] / BUNDLE if url else None
    name = f"operation in bundles of {BUNDLE}"
    door = "one operation through session.send_calls"
    beside = f"{PEER}, alone"
    return [
        compared("one session operation", one["own"], "ms", one.get("peer"), PEER, at_most=1.25, note=ALONE),
        compared(door, one["door"], "ms", one.get("peer"), PEER, note=DOOR),
        compared(name, own, "ms", one.get("peer"), beside, at_most=0.6, note=BUNDLED),
        compared(f"{name}, both bundled", own, "ms", peer, f"{PEER}, bundled", note=BOTH),
    ]
