"""The whole site: what is downloaded, what is made, and where it lies."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from browser import fetch, lite, pages, wheels

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build" / "site"


def build(target: Path, only: Sequence[str] = (), with_reference: bool = True) -> Path:
    """Write the site, anew; returns its folder. ``only``: the numbers of the lessons that get a page, or all.

    The browser lab has every notebook in any case. Without the reference, links to it lead nowhere.
    """
    target = target.resolve()
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    notebooks = ROOT / "notebooks"
    lite.build(notebooks, fetch.fetch_pyodide(WORK / "npm"), all_wheels(), WORK / "lite", target / "lite")
    if with_reference:
        _reference(target / "reference")
    pages.build(notebooks, target, only)
    return target


def all_wheels() -> list[Path]:
    """Return every wheel that the browser loads: downloaded, made here, and those of the kernel."""
    here = fetch.HERE
    downloaded = fetch.fetch_wheels(here / "wheels.txt", WORK / "wheels", fetch.IN_A_BROWSER)
    compiled = fetch.fetch_wheels(here / "partial_wheels.txt", WORK / "partial_wheels", fetch.ON_A_MACHINE)
    made = WORK / "made"
    shutil.rmtree(made, ignore_errors=True)
    parts = [wheels.part_of(wheel, made) for wheel in compiled]
    return [*downloaded, *parts, wheels.standins(made), wheels.sessionlab(made), *lite.kernel_wheels()]


def _reference(target: Path) -> None:
    """The guides and the reference, as `make docs` has them."""
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--fresh-env", "--quiet", "--builder", "html"]
    folders = ["--doctree-dir", str(WORK / "doctrees"), str(ROOT / "docs"), str(target)]
    subprocess.run([*command, *folders], check=True)
    for unused in ("**/*.map", ".buildinfo", "objects.inv"):
        for file in target.glob(unused):
            file.unlink()
