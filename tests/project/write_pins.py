"""Writes constraints.txt from what pip says that it would install; `make pins` runs it on pip's report."""

from __future__ import annotations

import json
import sys
from pathlib import Path

CONSTRAINTS = Path(__file__).parents[2] / "constraints.txt"

HEADER = """\
# Exact versions of what sessionlab, its extras and its tests need: pip install -c constraints.txt …
# Written by `make pins`, for the oldest Python that will do: what it can install, the newer ones can.
"""

#: What is asked for on macOS, or in a browser, and pip on Linux does not see.
ELSEWHERE = {"appnope": "0.1.4", "micropip": "0.11.1"}

#: Versions that are older than the newest, and why.
HELD = {"pyunormalize": "16.0.0"}  # web3 8.0.0 cannot read an ENS name with 18


def pins(report: str) -> str:
    """The text of constraints.txt for a report of pip's."""
    found = {item["metadata"]["name"]: item["metadata"]["version"] for item in json.loads(report)["install"]}
    found |= ELSEWHERE | {name: version for name, version in HELD.items() if name in found}
    found.pop("sessionlab", None)
    return HEADER + "".join(f"{name}=={found[name]}\n" for name in sorted(found, key=str.lower))


if __name__ == "__main__":
    CONSTRAINTS.write_text(pins(Path(sys.argv[1]).read_text()))
