"""``sessionlab attack --incidents [NAME]``: run published incidents on a vulnerable and on the original wallet."""

from __future__ import annotations

import json


def run(name: str | None, *, as_json: bool) -> int:
    """Show one case study, or a table of all; returns 1 if one takes nothing or is not refused by the rule it names."""
    from sessionlab.attacks.incidents import case_studies, case_study, overview

    studies = (case_study(name),) if name else case_studies()
    if as_json:
        for study in studies:
            print(json.dumps(study.as_json()))
    else:
        print(studies[0] if name else overview(studies))
    wrong = [study.case.name for study in studies if not study.holed.loss or not study.refused]
    summary = {"incidents": len(studies), "lost": sum(bool(study.holed.loss) for study in studies), "wrong": len(wrong)}
    if as_json:
        print(json.dumps(summary))
    elif not name:
        print(f"\n{len(studies)} incidents, {len(wrong)} otherwise than expected")
    return 1 if wrong else 0
