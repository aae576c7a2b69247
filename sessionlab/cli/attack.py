"""``sessionlab attack [NAME]``: run known attacks on the EVM under both rulesets; ``--mutants``, ``--incidents``."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sessionlab.attacks.attack import AttackResult

RULESETS = ("documented", "deployed")


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser("attack", help="run the known attacks on sessions and show what refuses each")
    command.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="one attack, or all the ways of a published one, with all that is known of it",
    )
    command.add_argument("--rules", choices=RULESETS, help="one ruleset (default: both)")
    command.add_argument("--json", action="store_true", help="one JSON object per line, and a summary")
    command.add_argument(
        "--mutants", action="store_true", help="each check of the contracts removed: which attack succeeds"
    )
    command.add_argument(
        "--incidents", action="store_true", help="published incidents, run on a wallet with their hole"
    )
    command.add_argument("--all", action="store_true", help="with --mutants: every attack on each, the whole matrix")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the attacks; returns 1 if one does not end as expected."""
    from sessionlab.attacks.attack import attacks, find_attacks, judge_all

    if options.incidents:
        from sessionlab.cli import incidents

        return incidents.run(options.name, as_json=options.json)
    if options.mutants:
        from sessionlab.cli import mutants

        return mutants.run(options.name, whole=options.all, as_json=options.json)
    chosen = find_attacks(options.name) if options.name else attacks()
    rulesets = (options.rules,) if options.rules else RULESETS
    verdicts = []
    for verdict in judge_all(chosen, rulesets):
        verdicts.append(verdict)
        if options.json:
            print(json.dumps(verdict.as_json()))
    summary = _summary(verdicts)
    if options.json:
        print(json.dumps(summary))
    else:
        _show(verdicts, options.name is not None)
        many, runs = ("" if summary[what] == 1 else "s" for what in ("attacks", "runs"))
        print(
            f"{summary['attacks']} attack{many}, {summary['runs']} run{runs}: {summary['refused']} refused, "
            f"{summary['passed']} passed, {summary['unexpected']} otherwise than expected"
        )
    return 1 if summary["unexpected"] else 0


def _summary(verdicts: list[AttackResult]) -> dict[str, int]:
    refused = sum(verdict.refused for verdict in verdicts)
    return {
        "attacks": len({verdict.attack.name for verdict in verdicts}),
        "runs": len(verdicts),
        "refused": refused,
        "passed": len(verdicts) - refused,
        "unexpected": sum(not verdict.right for verdict in verdicts),
    }


def _show(verdicts: list[AttackResult], whole: bool) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    if whole:
        for item in dict.fromkeys(verdict.attack for verdict in verdicts):
            for word in ("name", "holds", "tries", "gain", "source"):
                console.print(f"[bold]{word:>7}[/bold]  {escape(getattr(item, word))}")
            console.print()
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("attack", "rules", "result", "by", "phase", "gain"):
        table.add_column(column, overflow="fold")  # a truncated name could not be looked up
    for verdict in verdicts:
        table.add_row(
            verdict.attack.name,
            verdict.ruleset.title,
            _result(verdict),
            escape(verdict.by or "–"),
            verdict.phase or "–",
            escape(verdict.taken or f"not: {verdict.attack.gain}"),
        )
    console.print(table)


def _result(verdict: AttackResult) -> str:
    word = "refused" if verdict.refused else "passes"
    if not verdict.right:
        return f"{word} (should not)"
    if verdict.flagged and not verdict.refused:
        return f"{word}; audit: CRITICAL"
    return word
