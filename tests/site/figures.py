"""How long the browser lab takes, on a machine with nothing else to do: ``python -m tests.site.figures [SITE]``.

Without a site it builds one. Prints the seconds from the address to the first refusal with its fix, on a first visit
and on the next; and, in a new kernel, those of importing sessionlab up to a lab, of a lab, and of an operation.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

from browser import site as builder
from tests.site.serving import BELOW, Visitor, served, visitor

LESSON = "00_start_here.ipynb"
MOST = {"first visit": 30.0, "second visit": 12.0, "import": 2.5, "operation": 0.15}  # seconds
CODE = """
import json, time
begun = time.perf_counter()
import sessionlab as sl
sl.Lab, sl.new_key, sl.Call, sl.NativeTokenTransfer
imported = time.perf_counter()
lab = sl.Lab()
made = time.perf_counter()
session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key(1))
session.send_calls([sl.Call(to=lab.recipient, value=1)])
warm = time.perf_counter()
for _ in range(20):
    session.send_calls([sl.Call(to=lab.recipient, value=1)])
done = time.perf_counter()
print(json.dumps({"import": imported - begun, "Lab()": made - imported, "operation": (done - warm) / 20}))
"""


def first_refusal(guest: Visitor) -> float:
    """Open the first lesson, run it, and return the seconds until it shows a refusal and how to fix it."""
    begun = time.monotonic()
    lab = guest.lab(LESSON)
    lab.page.evaluate("void jupyterapp.commands.execute('notebook:run-all-cells')")
    lab.page.wait_for_function(
        """() => Array.from(jupyterapp.shell.currentWidget.content.model.cells)
            .some(cell => cell.type === 'code' && JSON.stringify(cell.outputs.toJSON()).includes('How to fix'))"""
    )
    seconds = time.monotonic() - begun
    lab.page.close()
    return seconds


def measured(site: Path) -> dict[str, float]:
    """Return all figures of a site, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / BELOW
        place.parent.mkdir(parents=True)
        place.symlink_to(site.resolve())
        with served(Path(folder)) as address, visitor(f"{address}/{BELOW}", Path(folder)) as guest:
            visits = {"first visit": first_refusal(guest), "second visit": first_refusal(guest)}
            return visits | json.loads(guest.lab(LESSON).answer(CODE))


def main() -> None:
    """Print each figure, and what it is to be at most."""
    parser = argparse.ArgumentParser(prog="python -m tests.site.figures", description="Time the browser lab.")
    parser.add_argument("site", type=Path, nargs="?", help="a site that `make site` built (default: build one)")
    site = parser.parse_args().site or builder.build(builder.WORK / "figures", only=("00",), with_reference=False)
    found, load = measured(site), os.getloadavg()[0]
    for name, seconds in found.items():
        print(f"{name:14} {seconds:6.2f} s" + (f"  (at most {MOST[name]:g})" if name in MOST else ""))
    if load > 1.5 * (os.cpu_count() or 1):
        print(f"The machine was busy with other things: its load was {load:.1f}.")


if __name__ == "__main__":
    main()
