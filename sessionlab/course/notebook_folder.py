"""Locates the notebooks."""

from __future__ import annotations

import shutil
from pathlib import Path

START = "00_start_here.ipynb"
COPY = Path("sessionlab-notebooks")


def notebooks() -> Path:
    """Return the notebook folder: the checkout's or, for an installed package, an editable copy in this folder."""
    package = Path(__file__).parents[1]
    checkout = package.parent / "notebooks"
    if (checkout / START).is_file():
        return checkout
    copy = COPY.resolve()
    if not copy.exists():
        shutil.copytree(package / "notebooks", copy)
        print(f"The notebooks are in {copy}, yours to change.")
    return copy
