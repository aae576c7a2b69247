"""The options that commands about a policy share."""

from __future__ import annotations

import argparse
import json
from typing import Any, Protocol


class Printable(Protocol):
    """What such a command prints."""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""


def add_policy_options(command: argparse.ArgumentParser) -> None:
    """Add the policy, its rulesets and its end, and the format."""
    command.add_argument(
        "policy",
        metavar="POLICY",
        help="a JSON file: a list of permissions, or what the application sends to wallet_createSession",
    )
    command.add_argument("--rules", choices=("both", "documented", "deployed"), default="both", help="default: both")
    command.add_argument(
        "--extension", action="append", default=[], metavar="NAME", help="add an extension type; repeatable"
    )
    command.add_argument(
        "--expires-in", type=int, metavar="SECONDS", help="how long the session lasts, if the policy does not say so"
    )
    command.add_argument(
        "--expiry-sec", type=int, metavar="TIME", help="its last second in Unix time, if the policy does not say so"
    )
    command.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def policy_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return what these options say, as arguments for Python."""
    from sessionlab.core.permissions.rulesets import RULESETS, ruleset

    names = list(RULESETS) if options.rules == "both" else [options.rules]
    rules = [ruleset(name, options.extension) for name in names]
    return {"rules": rules, "expires_in": options.expires_in, "expiry_sec": options.expiry_sec}


def show(answer: Printable, form: str) -> None:
    """Print an answer as text or as JSON."""
    print(json.dumps(answer.to_json(), indent=2) if form == "json" else answer)
