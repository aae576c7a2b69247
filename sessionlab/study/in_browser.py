"""The lab in a browser (Pyodide): what is chosen there, where files are kept, and what it cannot do."""

from __future__ import annotations

import os
import sys
from pathlib import Path

IN_BROWSER = sys.platform == "emscripten"
#: JupyterLite keeps what is written there in the browser's storage, and lists it with the notebooks.
DRIVE = Path("/drive")
#: What an extra is for, as the browser lab words it: what is missing there, and the way around.
WAYS_AROUND = {
    "contracts": "reload the page, so that the compiler is loaded again.",
    "experiments": "print the object itself or its rows, which say the same; sweeps run here without an executor.",
    "notebooks": "show the object itself, or its text with print(…).",
    "server": "use the lab of the notebook, which needs no URL; `make lab` on your machine has `serve`.",
}


def prepare() -> None:
    """Choose what eth-keys signs with, where there is no coincurve, and look for modules next to the notebook last.

    Each look there is a request to the page, and most imports find theirs elsewhere. Does nothing outside of a browser.
    """
    if IN_BROWSER:
        os.environ.setdefault("ECC_BACKEND_CLASS", "sessionlab_standins.eth_keys_backend.Backend")
        sys.path[:] = [*filter(None, sys.path), ""]


def way_around(extra: str) -> str:
    """Return how to go on without an extra's packages, for a sentence's end."""
    return f"in the browser lab, {WAYS_AROUND.get(extra, WAYS_AROUND['notebooks'])}"
