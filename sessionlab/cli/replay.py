"""``sessionlab replay FILE``: decided operations against an engine, decision for decision."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser("replay", help="replay a vectors file and print what differs")
    command.add_argument("file", type=Path, metavar="FILE", help="a vectors file (JSON lines)")
    command.add_argument("--engine", choices=("evm",), default="evm", help="what decides (default evm)")
    command.add_argument(
        "--rules", choices=("documented", "deployed"), help="the ruleset (default: what the file's lines say)"
    )
    command.add_argument("--json", action="store_true", help="one JSON object for each mismatch")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Replay; 1 on a mismatch."""
    from sessionlab.errors import InvalidInput
    from sessionlab.permissions.rulesets import ruleset
    from sessionlab.replay.evm import EvmEngine
    from sessionlab.replay.run import replay
    from sessionlab.replay.vectors import read_vectors

    if not options.file.is_file():
        raise InvalidInput(f"There is no file {options.file}.", field="FILE", asked=str(options.file))
    lines = read_vectors(options.file)
    if not lines:
        raise InvalidInput(f"{options.file} has no lines.", field="FILE", fix="give a vectors file.")
    rules = ruleset(options.rules or lines[0]["rules"])

    def engine(addresses: dict[str, str]) -> EvmEngine:
        return EvmEngine(addresses, rules)

    report = replay(lines, engine, on_line=_progress(len(lines)))
    for mismatch in report.mismatches:
        if options.json:
            print(json.dumps(mismatch.to_json()))
        else:
            print(mismatch)
    print(json.dumps(report.summary))
    return 1 if report.mismatches else 0


def _progress(total: int) -> Any:
    """A line that counts, if somebody is watching."""
    if not sys.stderr.isatty():
        return None

    def show(done: int) -> None:
        end = "\n" if done == total else ""
        print(f"\r{done} of {total} lines", end=end, file=sys.stderr, flush=True)

    return show
