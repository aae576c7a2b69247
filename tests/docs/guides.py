"""The how-to guides as programs: their blocks of code, in order, with what each prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from tests.project.repository import ROOT

GUIDES = ROOT / "docs" / "guides"
#: Optionally a file's name, then a block of code, then optionally what it prints.
BLOCK = re.compile(
    r"(?:^`(?P<file>[\w./-]+)`:\n\n)?^```(?P<language>\w+)\n(?P<code>.*?)^```$(?:\n\n^```text\n(?P<prints>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
RUN, WRITTEN = ("python", "console"), ("python", "json", "yaml")
#: Seconds for one block of commands.
PATIENCE = 120


@dataclass(frozen=True)
class Block:
    """One block of a guide. ``file``: it is the content of this file, and not run by itself."""

    language: str
    code: str
    file: str | None
    prints: str | None


def guides() -> list[Path]:
    """Every guide."""
    return sorted(path for path in GUIDES.glob("*.md") if path.name != "index.md")


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a guide, in order."""
    for match in BLOCK.finditer(text):
        yield Block(match["language"], match["code"], match["file"], match["prints"])


def run(text: str, folder: Path) -> int:
    """Run a guide from top to bottom in a folder. Returns how many blocks were run or written."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    commands = _commands(folder)
    count = 0
    for block in blocks(text):
        count += 1
        if block.file:
            assert block.language in WRITTEN, block
            (folder / block.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.file).write_text(block.code, encoding="utf-8")
            continue
        assert block.language in RUN, f"nothing runs a block of {block.language}: {block.code}"
        printed = _python(block.code, namespace) if block.language == "python" else _shell(block.code, folder, commands)
        if block.prints is not None:
            assert printed == block.prints, f"it prints:\n{printed}"
        elif block.language == "python":
            assert "print(" not in block.code or printed, "a block that prints something prints nothing"
    return count


def _python(code: str, namespace: dict[str, object]) -> str:
    with redirect_stdout(StringIO()) as out:
        exec(compile(code, "a guide", "exec"), namespace)
    return out.getvalue()


def _commands(folder: Path) -> Path:
    """A folder with the programs of an environment in which sessionlab is installed."""
    programs = folder / ".bin"
    programs.mkdir()
    starts = {
        "python": f'exec "{sys.executable}" "$@"',
        "sessionlab": f'exec "{sys.executable}" -m sessionlab "$@"',
    }
    for name, line in starts.items():
        (programs / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    return programs


def _shell(code: str, folder: Path, programs: Path) -> str:
    environment = os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
