"""``sessionlab attack --weakened [NAME]``: each check of the contracts removed, and the attacks that notice."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sessionlab.attacks.attack import Attack, Verdict
    from sessionlab.attacks.weakness import Weakness


def run(name: str | None, *, whole: bool, as_json: bool) -> int:
    """Run attacks on weakened contracts; 1 if a check that is not spare can be removed without any noticing.

    ``name``: one weakened contract, or one attack. ``whole``: every attack on each, not only the one that is named.
    """
    from sessionlab.attacks.attack import attacks, find_attacks
    from sessionlab.attacks.weakness import compiled, find_weakness, taking, weaknesses

    chosen, tried = weaknesses(), None
    if name and any(name in (one.name, one.part_of) for one in attacks()):
        tried = find_attacks(name)
    elif name:
        chosen, whole = (find_weakness(name),), True
    code = compiled(chosen)
    missed = noticed = 0
    for one in chosen:
        wanted = tried or (attacks() if whole else _named(one))
        found = list(taking(one, code(one), wanted))
        wrong = bool(found) if one.because else not found and tried is None
        missed += wrong
        noticed += bool(found)
        if as_json:
            print(json.dumps(_as_json(one, found)), flush=True)
        elif found or tried is None:
            _show(one, found, wrong)
    spare = sum(bool(one.because) for one in chosen)
    summary = {"weakened": len(chosen), "noticed": noticed, "spare": spare, "missed": missed}
    if as_json:
        print(json.dumps(summary))
    else:
        what = f"noticed by {name}" if tried else f"noticed, {spare} spare, {missed} otherwise than expected"
        print(f"\n{len(chosen)} weakened contracts: {noticed} {what}")
    return 1 if missed else 0


def _named(one: Weakness) -> Iterable[Attack]:
    from sessionlab.attacks.attack import attacks, find_attack

    return [find_attack(one.by)] if one.by else attacks()


def _as_json(one: Weakness, found: list[Verdict]) -> dict[str, Any]:
    return {
        "weakness": one.name,
        "contract": one.contract,
        "module": one.module,
        "what": one.what,
        **one.ruleset.named(),
        "noticed_by": {verdict.attack.name: verdict.taken for verdict in found},
        "spare_because": one.because or None,
    }


def _show(one: Weakness, found: list[Verdict], wrong: bool) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False)
    where = f"{one.contract}, {one.module}, {one.ruleset.title}"
    console.print(f"[bold]{one.name}[/bold]  {escape(one.what)}  [dim]{where}[/dim]")
    for verdict in found:
        console.print(f"    ✗ {verdict.attack.name} takes {escape(verdict.taken)}")
    if one.because:
        console.print(f"    {'!' if wrong else '○'} spare: {escape(one.because)}")
    elif not found:
        console.print("    ! no attack notices: one is missing, or the check is needless")
