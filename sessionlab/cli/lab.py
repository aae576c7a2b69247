"""``sessionlab lab``: JupyterLab on the notebooks."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sessionlab.course.notebook_folder import START, notebooks
from sessionlab.study.extras import missing_extra


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser("lab", help="open JupyterLab on the notebooks")
    command.add_argument("--port", type=int, default=8888, help="port on 127.0.0.1 (default 8888)")
    command.add_argument("--no-browser", action="store_true", help="print the address instead of opening it")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Start JupyterLab and wait until it exits."""
    if find_spec("jupyterlab") is None:
        raise missing_extra("sessionlab lab", "notebooks")
    return subprocess.call(command_line(notebooks(), options.port, options.no_browser))


def command_line(folder: Path, port: int, no_browser: bool) -> list[str]:
    """Return the command: JupyterLab on loopback, without network requests."""
    return [
        sys.executable,
        "-m",
        "jupyterlab",
        "--ip=127.0.0.1",
        f"--port={port}",
        f"--ServerApp.root_dir={folder}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        f"--LabApp.default_url=/lab/tree/{START}",
        *(["--no-browser"] if no_browser else []),
        # Containers often have only the root user, and the server listens only on loopback.
        *(["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []),
    ]
