"""Run bundler-spec-tests, unmodified, against ``sessionlab serve --bundler strict --debug-bundler``.

    python -m tests.bundler_spec CHECKOUT [--specification CLONE] [-- arguments of pytest]

CHECKOUT is a clone of eth-infinitism/bundler-spec-tests, which is not changed; its branch releases/v0.7 is run. CLONE
is one of eth-infinitism/bundler-spec, if CHECKOUT does not have it as its submodule. Needs git, node and npm.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.bundler_spec.not_passing import NOT_PASSING
from tests.bundler_spec.running import Results, run
from tests.bundler_spec.suite import changes, prepare
from tests.npm import UnavailableError


def main() -> int:
    """Run the suite; 1 if a test fails that the table does not name, or one passes that it names."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bundler_spec",
        description=__doc__,
        usage="%(prog)s CHECKOUT [--specification CLONE] [-- PYTEST]",
    )
    parser.add_argument("checkout", type=Path, help="a clone of eth-infinitism/bundler-spec-tests")
    parser.add_argument("--specification", type=Path, metavar="CLONE", help="a clone of eth-infinitism/bundler-spec")
    own, more = split(sys.argv[1:])
    options = parser.parse_args(own)
    try:
        suite = prepare(options.checkout, options.specification)
    except UnavailableError as missing:
        print(missing, file=sys.stderr)
        return 2
    results = run(suite, more)
    changed = changes(suite)
    print(summary(results), f"bundler-spec-tests {suite.commit}, changed: {changed or 'nothing'}", sep="\n")
    return 1 if changed or (not more and (results.unexplained or results.stale)) else 0


def split(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return our arguments, and those of pytest, which stand behind ``--``."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:end], arguments[end + 1 :]


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
