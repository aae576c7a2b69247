"""``sessionlab tour``: the eight permission types in the terminal."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from sessionlab.course.tour import Shown
    from sessionlab.study.allowances import Allowance

BAR = 24  # width of an allowance bar in characters


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "tour", help="the eight permission types: one operation allowed, one refused, and why"
    )
    command.add_argument("--rules", choices=("documented", "deployed"), default="documented")
    command.add_argument("--seed", type=int, default=0, help="seed of the lab (default 0)")
    command.add_argument("--json", action="store_true", help="one JSON object a line")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the tour; returns 1 if something that should pass is refused, or the other way around."""
    from sessionlab.course.tour import STOPS, tour

    good = 0
    console = None if options.json else _console()
    if console:
        console.print(f"\n[bold]The eight permission types, {options.rules} rules[/]\n")
    for number, shown in enumerate(tour(options.rules, options.seed), 1):
        good += shown.allowed.ok and not shown.denied.ok
        if console:
            _print(console, number, shown)
        else:
            print(json.dumps(shown.to_json()), flush=True)
    if console:
        console.print(f"[bold]{good} of {len(STOPS)} types[/]: one operation done, one refused and explained.\n")
    return 0 if good == len(STOPS) else 1


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False, soft_wrap=False)


def _print(console: Console, number: int, shown: Shown) -> None:
    from rich.table import Table

    allowed, denied = shown.allowed, shown.denied
    console.print(f"[bold]{number}  {shown.stop.permission}[/]")
    for permission in shown.session.permissions:
        console.print(f"   [dim]granted: {shown.session.names.permission(permission)}[/]")
    table = Table.grid(padding=(0, 2))
    table.add_column(width=12, no_wrap=True)
    table.add_column(overflow="fold")
    mark = "[green]✓ done[/]" if allowed.ok else "[red]✗ refused[/]"
    table.add_row(f"   {mark}", f"{shown.stop.allowed_words} [dim]({allowed.gas:,} gas)[/]")
    mark = "[yellow]✗ refused[/]" if not denied.ok else "[red]✓ done[/]"
    table.add_row(f"   {mark}", shown.stop.denied_words)
    if denied.denial:
        why = denied.denial
        table.add_row("   [dim]why[/]", why.sentence)
        table.add_row("   [dim]help[/]", why.fix)
        table.add_row("   [dim]code[/]", f"[dim]{why.shown_code}, in {why.phase}; nothing was sent, nobody paid[/]")
    if shown.before and shown.after:
        table.add_row("   [dim]before[/]", _bar(shown.before))
        table.add_row("   [dim]after[/]", _bar(shown.after))
    console.print(table)
    console.print()


def _bar(allowance: Allowance) -> str:
    limit, used, remaining = allowance.shown
    share = allowance.used / allowance.limit if allowance.limit else 0
    full = min(BAR, -int(-share * BAR // 1))
    return f"{'█' * full}{'░' * (BAR - full)} {used} of {limit} used, {remaining} left"
