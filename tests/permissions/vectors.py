"""The decided scenarios of ``tests/vectors``, with the real addresses in their permissions."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "vectors"


@cache
def lines(ruleset: str) -> list[dict[str, Any]]:
    """Every scenario of one ruleset; ``permissions`` is ready for the JSON door."""
    scenarios = [json.loads(line) for line in (FOLDER / f"{ruleset}.jsonl").open()]
    for scenario in scenarios:
        for permission in scenario["permissions"]:
            data = permission.get("data", {})
            if "address" in data:
                data["address"] = scenario["addresses"][data["address"]]
    return scenarios
