"""What published clients show, step by step: ``python -m tests.sdk [FLOW …] [--anvil]``."""

from __future__ import annotations

import json
import sys

from tests.sdk.client_tables import ANVIL, NOT_YET
from tests.sdk.flows import node_of
from tests.sdk.test_clients import steps_of


def main(words: list[str]) -> None:
    """Print each flow's steps, on a served lab or on anvil; a step that fails has its reason, if a table knows it."""
    kind, tables = ("anvil", ANVIL) if "--anvil" in words else ("lab", NOT_YET)
    for flow in [word for word in words if word in tables] or tables:
        with node_of(kind) as node:
            steps = steps_of(flow, node)
        print(f"{flow} on {kind}: {sum(step.passed for step in steps)} of {len(steps)}")
        for step in steps:
            reason = "" if step.passed else f" [{tables[flow].get(step.name, 'not in the table')}]"
            print(f"  {'ok  ' if step.passed else 'FAIL'} {step.name}{reason}: {json.dumps(step.shown, default=repr)}")


if __name__ == "__main__":
    main(sys.argv[1:])
