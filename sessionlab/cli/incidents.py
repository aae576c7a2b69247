"""``sessionlab attack --museum [NAME]``: the published cases, run on a wallet with their hole and on the sound one."""

from __future__ import annotations

import json


def run(name: str | None, *, as_json: bool) -> int:
    """Show one exhibit whole, or a table of all; 1 if one takes nothing, or is not refused by the rule it names."""
    from sessionlab.attacks.incidents import exhibit, museum, overview

    exhibits = (exhibit(name),) if name else museum()
    if as_json:
        for one in exhibits:
            print(json.dumps(one.as_json()))
    else:
        print(exhibits[0] if name else overview(exhibits))
    wrong = [one.case.name for one in exhibits if not one.holed.loss or not one.refused]
    summary = {"exhibits": len(exhibits), "lost": sum(bool(one.holed.loss) for one in exhibits), "wrong": len(wrong)}
    if as_json:
        print(json.dumps(summary))
    elif not name:
        print(f"\n{len(exhibits)} exhibits, {len(wrong)} otherwise than expected")
    return 1 if wrong else 0
