"""``sessionlab attack --mutants [NAME]``: remove each check of the contracts and run attacks that kill the mutant."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sessionlab.attacks.attack import Attack, AttackResult
    from sessionlab.attacks.mutants import Mutant


def run(name: str | None, *, whole: bool, as_json: bool) -> int:
    """Run attacks on mutants; returns 1 if a non-equivalent one survives or an equivalent one is killed.

    ``name``: one mutant or one attack. ``whole``: run every attack on each mutant, not only the one that it names.
    """
    from sessionlab.attacks.attack import attacks, find_attacks
    from sessionlab.attacks.mutants import WEAKER, compiled, find_mutant, killed_by

    chosen, tried = WEAKER, None
    if name and any(name in (attack.name, attack.part_of) for attack in attacks()):
        tried = find_attacks(name)
    elif name:
        chosen, whole = (find_mutant(name),), True
    code = compiled(chosen)
    unexpected = killed = 0
    for mutant in chosen:
        wanted = tried or (attacks() if whole else _named(mutant))
        result = list(killed_by(mutant, code(mutant), wanted))
        wrong = not result and tried is None if mutant.attack else bool(result)
        unexpected += wrong
        killed += bool(result)
        if as_json:
            print(json.dumps(_as_json(mutant, result)), flush=True)
        elif result or tried is None:
            _show(mutant, result, wrong)
    equivalent = sum(bool(mutant.equivalent) for mutant in chosen)
    summary = {"mutants": len(chosen), "killed": killed, "equivalent": equivalent, "unexpected": unexpected}
    if as_json:
        print(json.dumps(summary))
    else:
        what = f"by {name}" if tried else f"by attacks, {equivalent} equivalent, {unexpected} otherwise than expected"
        print(f"\n{len(chosen)} mutants: {killed} killed {what}")
    return 1 if unexpected else 0


def _named(mutant: Mutant) -> Iterable[Attack]:
    from sessionlab.attacks.attack import attacks, find_attack

    return [find_attack(mutant.attack)] if mutant.attack else attacks()


def _as_json(mutant: Mutant, answer: list[AttackResult]) -> dict[str, Any]:
    return {
        "mutant": mutant.name,
        "contract": mutant.contract,
        "module": mutant.module,
        "what": mutant.what,
        **mutant.ruleset.named(),
        "killed_by": {result.attack.name: result.taken for result in answer},
        "equivalent_because": mutant.equivalent or None,
    }


def _show(mutant: Mutant, answer: list[AttackResult], wrong: bool) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False)
    where = f"{mutant.contract}, {mutant.module}, {mutant.ruleset.title}"
    console.print(f"[bold]{mutant.name}[/bold]  {escape(mutant.what)}  [dim]{where}[/dim]")
    for result in answer:
        console.print(f"    ✗ {result.attack.name} takes {escape(result.taken)}")
    if mutant.equivalent:
        console.print(f"    {'!' if wrong else '○'} equivalent for every attack: {escape(mutant.equivalent)}")
    elif mutant.stricter:
        console.print(f"    {'!' if wrong else '○'} stricter than the original: the tests of the contracts kill it")
    elif not answer:
        console.print("    ! no attack kills it: one is missing, or the check is needless")
