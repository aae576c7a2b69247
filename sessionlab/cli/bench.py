"""``sessionlab bench``: the performance figures, as ratios where they compare."""

from __future__ import annotations

import argparse
import sys
from typing import Any


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser("bench", help="measure speed and gas against their targets")
    command.add_argument("--json", action="store_true", help="the figures as JSON")
    command.add_argument("--quick", action="store_true", help="fewer repetitions")
    command.add_argument("--no-anvil", action="store_true", help="without anvil beside it")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Measure and print. The exit code is 0 also when a target is missed: it is a measurement."""
    from tests import bench

    def progress(what: str) -> None:
        if sys.stderr.isatty():
            print(f"\r\033[Kmeasuring: {what}", end="", file=sys.stderr, flush=True)

    figures = bench.run(quick=options.quick, anvil=not options.no_anvil, progress=progress)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    print(bench.to_json(figures) if options.json else bench.table(figures))
    return 0
