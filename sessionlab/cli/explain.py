"""``sessionlab explain POLICY CALLS``: whether the operations of an application fit its policy, and why not."""

from __future__ import annotations

import argparse
from typing import Any

from sessionlab.cli.policy_options import add_policy_options, policy_options, show

EXAMPLE = """\
calls.json is what your application sends, in order: lists of calls, or wallet_prepareCalls requests.

  {"names": {"shop": "0x5a700d1124D968B640E329410935Eb2D7ABDBE22"},
   "operations": [
     [{"to": "shop", "value": "0x16345785d8a0000", "data": "0xd96a094a"}],
     {"calls": [{"to": "shop", "function": "buy(uint256)", "args": [1], "value": "0.1 ether"}], "gas": 300000,
      "fee": "1 gwei"}]}

The rules decide, in this order; a called contract is taken to do what it is asked to. Without gas and fee, and
without a paymasterService, a gas-limit is not judged.

Exit code 0: every operation passes under every ruleset that was asked. 1: one does not, or a ruleset refuses the
policy. 2: a file cannot be read.
"""


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "explain",
        help="whether the operations of an application fit its policy: what is missing, and what is too wide",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_policy_options(command)
    command.add_argument("calls", metavar="CALLS", help="a JSON file with the operations")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Explain; returns 1 unless every operation passes."""
    from sessionlab.study.own_policies import explain

    explained = explain(options.policy, options.calls, **policy_options(options))
    show(explained, options.format)
    return 0 if explained.ok else 1
