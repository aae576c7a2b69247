"""Run bundler-spec-tests, unmodified, against ``sessionlab serve --bundler strict --debug-bundler``.

    python -m tests.bundler_spec CHECKOUT [--specification CLONE] [-- arguments of pytest]

CHECKOUT is a clone of eth-infinitism/bundler-spec-tests, which is not changed; its branch releases/v0.7 is run. CLONE
is one of eth-infinitism/bundler-spec, if CHECKOUT does not have it as its submodule. Needs git, node and npm.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.bundler_spec.not_passing import NOT_PASSING
from tests.bundler_spec.running import Results, run
from tests.bundler_spec.suite import changes, prepare
from tests.sdk.node import UnavailableError


def main() -> int:
    """Run the suite; 1 if a test fails that the table does not name, or one passes that it names."""
    parser = argparse.ArgumentParser(prog="python -m tests.bundler_spec", description=__doc__)
    parser.add_argument("checkout", type=Path, help="a clone of eth-infinitism/bundler-spec-tests")
    parser.add_argument("--specification", type=Path, metavar="CLONE", help="a clone of eth-infinitism/bundler-spec")
    parser.add_argument("more", nargs="*", help="further arguments of pytest, behind --")
    options = parser.parse_args()
    try:
        suite = prepare(options.checkout, options.specification)
    except UnavailableError as missing:
        print(missing, file=sys.stderr)
        return 2
    results = run(suite, options.more)
    changed = changes(suite)
    print(summary(results), f"bundler-spec-tests {suite.commit}, changed: {changed or 'nothing'}", sep="\n")
    return 1 if changed or (not options.more and (results.unexplained or results.stale)) else 0


def summary(results: Results) -> str:
    """Return the counts, and each test that did not pass with its reason."""
    lines = [f"{len(results.passed)} passed of {len(results.outcomes)} collected"]
    for name, what in results.outcomes.items():
        if what != "passed":
            lines.append(f"  {name}: {what}\n    {NOT_PASSING.get(name, 'NO REASON IS GIVEN')}")
    lines += [f"  {name} passes: take it out of the table" for name in results.stale]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
