"""``sessionlab attack --incidents [NAME]``: published incidents, on a wallet with their hole and on the sound one."""

from __future__ import annotations

import json


def run(name: str | None, *, as_json: bool) -> int:
    """Show one case study whole, or a table of all; 1 if one takes nothing, or is not refused by the rule it names."""
    from sessionlab.attacks.incidents import case_studies, case_study, overview

    studies = (case_study(name),) if name else case_studies()
    if as_json:
        for one in studies:
            print(json.dumps(one.as_json()))
    else:
        print(studies[0] if name else overview(studies))
    wrong = [one.case.name for one in studies if not one.holed.loss or not one.refused]
    summary = {"incidents": len(studies), "lost": sum(bool(one.holed.loss) for one in studies), "wrong": len(wrong)}
    if as_json:
        print(json.dumps(summary))
    elif not name:
        print(f"\n{len(studies)} incidents, {len(wrong)} otherwise than expected")
    return 1 if wrong else 0
