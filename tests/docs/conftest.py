"""The pages, built once."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.project.repository import ROOT


@dataclass(frozen=True)
class Built:
    """The built pages, and what the build said."""

    folder: Path
    command: list[str]
    code: int
    said: str

    def page(self, name: str) -> str:
        """The HTML of a page, such as ``reference/denials``."""
        return (self.folder / f"{name}.html").read_text(encoding="utf-8")

    def pages(self) -> dict[str, str]:
        """The HTML of each page."""
        paths = (path.relative_to(self.folder).with_suffix("").as_posix() for path in self.folder.rglob("*.html"))
        return {name: self.page(name) for name in paths}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """What ``make docs`` builds, in another folder."""
    folder = tmp_path_factory.mktemp("docs")
    recipe = re.search(r"^docs: .*\n\t\$\(BIN\)/python (.*\\\n)?(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe
    words = f"{recipe[1]} {recipe[2]}".replace("\\\n", " ").split()
    places = {"build/docs": str(folder / "html"), "build/doctrees": str(folder / "doctrees")}
    command = [sys.executable, *(places.get(word, word) for word in words)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    return Built(folder / "html", command, done.returncode, done.stdout + done.stderr)
