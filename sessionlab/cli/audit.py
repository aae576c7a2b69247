"""``sessionlab audit POLICY``: what a policy allows, and the worst that a thief of its key takes."""

from __future__ import annotations

import argparse
from typing import Any

from sessionlab.cli.policy_options import add_policy_options, policy_options, show

EXAMPLE = """\
A policy is the JSON that your application sends: the parameters of wallet_createSession, the whole request,
{"permissions": [...], "expiresIn": 86400}, or the list of permissions alone.

Exit code 0: every ruleset that was asked grants the policy. 1: one of them refuses it. 2: it cannot be read.
"""


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "audit",
        help="what a policy allows under both rulesets, and the worst that a thief of its key takes",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_policy_options(command)
    command.add_argument("--balance", metavar="ETH", default="10", help="what the wallet holds (default 10)")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Audit; returns 1 if a ruleset refuses the policy."""
    from sessionlab.core.base.amounts import ether
    from sessionlab.core.base.errors import InvalidInput
    from sessionlab.study.own_policies import audit_policy

    try:
        balance = ether(options.balance)
    except InvalidInput as error:
        error.field = "--balance"
        raise
    audited = audit_policy(options.policy, balance=balance, **policy_options(options))
    show(audited, options.format)
    return 0 if audited.ok else 1
