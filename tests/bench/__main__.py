"""``python -m tests.bench``: the performance figures, as ratios where they compare."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tests import bench


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print. A target that is missed is no failure: this is a measurement."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure speed and gas.")
    parser.add_argument("--json", action="store_true", help="the figures as JSON")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--no-anvil", action="store_true", help="skip the comparison with anvil")
    options = parser.parse_args(argv)

    def progress(what: str) -> None:
        if sys.stderr.isatty():
            print(f"\r\033[Kmeasuring: {what}", end="", file=sys.stderr, flush=True)

    figures = bench.run(quick=options.quick, anvil=not options.no_anvil, progress=progress)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    print(bench.to_json(figures) if options.json else bench.table(figures))


if __name__ == "__main__":
    main()
