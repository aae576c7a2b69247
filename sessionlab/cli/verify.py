"""``sessionlab verify POLICY``: judge a policy that is kept in a repository.

Exit code 1 if anything is wrong with it, 2 if a file or an option cannot be read.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

EXAMPLE = """\
A policy is JSON, as the Wallet API takes it: {"permissions": [...], "expiresIn": 86400}, or the list alone.

cases.yaml:
  names: {shop: "0x5a700d1124D968B640E329410935Eb2D7ABDBE22"}
  cases:
    - name: buys once
      calls: [{to: shop, function: "buy(uint256)", args: [1], value: 0.1 ether}]
      expect: allowed
    - name: spends more than the allowance
      before: [{calls: [{to: shop, value: 0.9 ether}]}]
      calls: [{to: shop, value: 0.2 ether}]
      expect: refused
      reason: ExceededNativeTokenLimit
"""


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "verify",
        help="judge a policy in a repository: its audit, its cases, what it grants beyond a baseline",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("policy", metavar="POLICY", help="a JSON file")
    command.add_argument("--cases", metavar="FILE", help="calls that must pass and calls that must be refused (YAML)")
    command.add_argument("--baseline", metavar="FILE", help="fail if the policy allows anything that this one does not")
    command.add_argument("--rules", choices=("both", "documented", "deployed"), default="both", help="default: both")
    command.add_argument("--extension", action="append", default=[], metavar="NAME", help="know an extension type too")
    command.add_argument(
        "--fail-on",
        metavar="HEADLINE:SEVERITY,…",
        default="",
        help="the mildest severity that fails, for each headline of the audit (default: permissions:high,gas:never)",
    )
    command.add_argument(
        "--expires-in", type=int, metavar="SECONDS", help="how long the session lasts, if the policy does not say so"
    )
    command.add_argument(
        "--expiry-sec", type=int, metavar="TIME", help="its last second in Unix time, if the policy does not say so"
    )
    command.add_argument(
        "--now",
        type=int,
        metavar="TIME",
        help="when it is granted, in Unix time; default: in January 2027, or earlier if it ends earlier",
    )
    command.add_argument("--full-coverage", action="store_true", help="fail if no case exercises a part of the policy")
    command.add_argument(
        "--format",
        choices=("text", "json", "github", "comment"),
        default="text",
        help="github: annotations for a workflow; comment: Markdown for a pull request (default: text)",
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Judge; returns 1 if anything is wrong."""
    from sessionlab.core.base.errors import InvalidInput
    from sessionlab.core.permissions.rulesets import RULESETS, ruleset
    from sessionlab.study.verifying import report, verify

    names = list(RULESETS) if options.rules == "both" else [options.rules]
    levels: dict[str, str] = {}
    for part in filter(None, options.fail_on.split(",")):
        name, colon, level = part.strip().partition(":")
        if not colon:
            fix = "write headline:severity, such as permissions:high,gas:never."
            raise InvalidInput(f"{part!r} has no severity.", field="--fail-on", asked=part, fix=fix)
        if levels.setdefault(name, level) != level:
            message = f"{name} has two severities, {levels[name]} and {level}."
            raise InvalidInput(message, field="--fail-on", asked=part, fix="keep one of them.")
    verification = verify(
        options.policy,
        cases=options.cases,
        baseline=options.baseline,
        rules=[ruleset(name, options.extension) for name in names],
        fail_on=levels,
        full_coverage=options.full_coverage,
        expiry_sec=options.expiry_sec,
        expires_in=options.expires_in,
        now=options.now,
    )
    if options.format == "json":
        print(json.dumps(verification.to_json(), indent=2))
    elif options.format == "github":
        print(report.as_annotations(verification, Path(options.policy).as_posix()))
    else:
        print(report.as_comment(verification) if options.format == "comment" else report.as_text(verification))
    return 0 if verification.ok else 1
