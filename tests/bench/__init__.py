"""The performance figures of the lab, measured beside a peer in the same run.

    from sessionlab import bench
    print(bench.table(bench.run(quick=True)))

Trust the ratios: peers are run in turn with what they are compared to, and medians are taken.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from tests.bench.figures import Figure, from_json, table, to_json

__all__ = ["Figure", "from_json", "run", "table", "to_json"]

Progress = Callable[[str], object]


def run(quick: bool = False, anvil: bool = True, progress: Progress | None = None) -> list[Figure]:
    """Measure every figure; about five minutes, ``quick`` about a tenth of it with fewer repetitions.

    ``anvil=False`` measures without the peer. Where it cannot be had, ``progress`` is told why, and figures
    that need it have no ratio.
    """
    from tests.bench import cold, comparing, decisions, gas, growth, long, node, served, steady

    say = progress or (lambda _: None)
    with ExitStack() as stack:
        program = url = None
        if anvil:
            try:
                program = node.executable()
                url = stack.enter_context(node.running())
            except node.Unavailable as missing:
                say(f"Without anvil: {missing}")
        say("one operation, and bundles of 20")
        found = steady.figures(url, quick)
        stack.close()
        say("cold start and imports, in processes of their own")
        found = cold.figures(program, quick) + found
    say("growth with height, logs, snapshots")
    found += growth.figures(quick)
    say("long histories")
    found += long.figures(quick)
    say("decisions")
    found += decisions.figures(quick)
    say("comparing policies")
    found += comparing.figures(quick)
    say("a served lab")
    found += served.figures(quick)
    say("gas")
    return found + gas.figures()
