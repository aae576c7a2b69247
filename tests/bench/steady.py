"""One session operation in steady state, alone and in bundles of 20: this process against anvil and web3.

An operation is: build, hash and sign a user operation through a session, ``handleOps``, receipt, decode its
event, read the counter.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.bench.attack_lab import INCREMENT, increment
from tests.bench.figures import Figure, compared
from tests.bench.machines import Machine, Own, Peer
from tests.bench.timing import interleaved, one_core

PEER = "anvil + web3 HTTP"
BUNDLE = 20

ALONE = "The aim is ≤ 1.0."
DOOR = "Estimate, gas limits, sign, send, outcome; the peer does less."
REFUSED = "Against an accepted one."
STRICT = "Validation is watched opcode by opcode in the run that mines it, and the mempool's rules hold."
BESIDE = "Against the same steps one after the other, on one core: between cores, plain Python threads lose as much."
STEPS = 5  # operations of each lab
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


def _sender(seed: int = 0, bundler: str = "ordinary") -> tuple[Callable[[], None], Callable[[], None]]:
    """Make the actions that send, as the lab's users do, an increment that is accepted and one that is refused."""
    import sessionlab as sl

    lab = sl.Lab(seed=seed, bundler=bundler)
    session = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)])

    def send(counter: str, wanted: bool) -> Callable[[], None]:
        call = sl.Call(to=counter, data="0x" + INCREMENT.data.hex())

        def act() -> None:
            outcome = session.send_calls([call])
            if outcome.ok is not wanted:
                raise RuntimeError(str(outcome))

        return act

    return send(lab.counter, True), send(lab.counter_2, False)


def _labs_beside_each_other() -> dict[str, Callable[[], None]]:
    """Make the actions that take the steps of two labs in turn, and in two threads."""
    steps = [_sender(seed)[0] for seed in (1, 2)]

    def walk(step: Callable[[], None]) -> None:
        for _ in range(STEPS):
            step()

    def in_turn() -> None:
        for step in steps:
            walk(step)

    def beside() -> None:
        with ThreadPoolExecutor(len(steps)) as pool:
            list(pool.map(walk, steps))

    return {"in turn": in_turn, "beside": beside}


def figures(url: str | None, quick: bool) -> list[Figure]:
    """Measure; ``url`` is anvil's, None where there is none."""
    machines = {"own": Counting(Own())} | ({"peer": Counting(Peer(url))} if url else {})
    accepted, refused = _sender()
    strict, _ = _sender(bundler="strict")
    alone = {n: m.bundle(1) for n, m in machines.items()} | {"door": accepted, "refused": refused, "strict": strict}
    one = interleaved(alone, 15 if quick else 100, warm=10)
    many = interleaved({n: m.bundle(BUNDLE) for n, m in machines.items()}, 3 if quick else 12, warm=2)
    with one_core():
        labs = interleaved(_labs_beside_each_other(), 5 if quick else 20, warm=1)
    own, peer = many["own"] / BUNDLE, many["peer"] / BUNDLE if url else None
    name = f"operation in bundles of {BUNDLE}"
    door = "one operation through session.send_calls"
    beside = f"{PEER}, alone"
    return [
        compared("one session operation", one["own"], "ms", one.get("peer"), PEER, at_most=1.25, note=ALONE),
        compared(door, one["door"], "ms", one.get("peer"), PEER, at_most=1.5, note=DOOR),
        compared(
            "a refused send_calls", one["refused"], "ms", one["door"], "an accepted one", at_most=1.0, note=REFUSED
        ),
        compared("one to a strict bundler", one["strict"], "ms", one["door"], "an ordinary", at_most=1.3, note=STRICT),
        compared("two labs in two threads", labs["beside"], "ms", labs["in turn"], "in turn", at_most=1.1, note=BESIDE),
        compared(name, own, "ms", one.get("peer"), beside, at_most=0.6, note=BUNDLED),
        compared(f"{name}, both bundled", own, "ms", peer, f"{PEER}, bundled", note=BOTH),
    ]
