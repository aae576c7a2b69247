"""``sessionlab replay FILE``: decided operations against an engine, decision for decision."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sessionlab.replay.run import EngineFactory


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser("replay", help="replay a vectors file and print what differs")
    command.add_argument("file", type=Path, metavar="FILE", help="a vectors file (JSON lines)")
    command.add_argument("--engine", choices=("evm", "model"), default="evm", help="what decides (default evm)")
    command.add_argument(
        "--rules", choices=("documented", "deployed"), help="the ruleset (default: what the file's lines say)"
    )
    command.add_argument(
        "--extension",
        action="append",
        default=[],
        metavar="NAME",
        help="know a permission type that production does not have, in every line; may be given again",
    )
    command.add_argument("--json", action="store_true", help="one JSON object for each mismatch")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Replay; 1 on a mismatch."""
    from sessionlab.errors import InvalidInput
    from sessionlab.permissions.kinds import extended
    from sessionlab.permissions.rulesets import DOCUMENTED
    from sessionlab.replay.run import replay
    from sessionlab.replay.vectors import read_vectors

    if not options.file.is_file():
        raise InvalidInput(f"There is no file {options.file}.", field="FILE", asked=str(options.file))
    extended(DOCUMENTED, options.extension)  # refused before anything is read
    lines = read_vectors(options.file)
    if not lines:
        raise InvalidInput(f"{options.file} has no lines.", field="FILE", fix="give a vectors file.")
    for line in lines:
        line["rules"] = options.rules or line["rules"]
        line["extensions"] = [*line.get("extensions", ()), *options.extension]
    report = replay(lines, _engine(options.engine), on_line=_Progress(len(lines)))
    for mismatch in report.mismatches:
        print(json.dumps(asdict(mismatch)) if options.json else mismatch)
    print(json.dumps(report.to_json()))
    return 1 if report.mismatches else 0


def _engine(name: str) -> EngineFactory:
    """The chain is imported only to decide on it."""
    if name == "model":
        from sessionlab.replay.model import ModelEngine

        return ModelEngine
    from sessionlab.replay.evm import EvmEngine

    return EvmEngine


class _Progress:
    """A line that counts, if somebody is watching."""

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0

    def __call__(self, line: Any, mismatches: Any) -> None:
        self.done += 1
        if sys.stderr.isatty():
            end = "\n" if self.done == self.total else ""
            print(f"\r{self.done} of {self.total} lines", end=end, file=sys.stderr, flush=True)
