"""A newcomer's first minute: the command, the printed address, Shift + Enter, and a refusal that explains itself."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from playwright.sync_api import expect

from sessionlab.cli.lab import START, command_line
from tests.browser.jupyter import HOST, OFFLINE, PANEL, free_port, wait_for
from tests.server.browsing import chromium

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
MINUTE = 60  # seconds
ADDRESS = re.compile(rf"http://{re.escape(HOST)}:\d+/lab/tree/{re.escape(START)}\?token=\w+")


def printed_address(server: subprocess.Popen[str]) -> str:
    """The address that the command prints for people to open."""
    assert server.stderr is not None
    for line in server.stderr:
        if found := ADDRESS.search(line):
            return found.group()
    raise AssertionError("the command ended without an address")


def test_the_first_refusal_is_explained_within_a_minute(tmp_path: Path) -> None:
    """What ``make lab`` runs, on a copy of the notebooks: JupyterLab saves what was run."""
    folder = shutil.copytree(NOTEBOOKS, tmp_path / "notebooks")
    places = {f"JUPYTER_{name}_DIR": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    environment = {**os.environ, **places, "SESSIONLAB_PROGRESS": str(tmp_path / "progress.json")}
    begun = time.monotonic()
    command = command_line(folder, free_port(), no_browser=True)
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, cwd=tmp_path)
    try:
        with chromium(*OFFLINE) as browser:
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            page.set_default_timeout(MINUTE * 1000)
            address = printed_address(server)
            wait_for(address, server)
            page.goto(address)
            page.wait_for_selector("#jupyterlab-splash", state="detached")
            page.locator(f"{PANEL} .jp-Cell").first.click()
            card = page.locator(f"{PANEL} .jp-OutputArea-output").filter(has_text="How to fix it")
            while not card.is_visible():
                assert time.monotonic() - begun < MINUTE
                page.keyboard.press("Shift+Enter")
                page.wait_for_timeout(200)  # milliseconds; a person is slower
            expect(card).to_contain_text("only 0.1 ETH of its native-token-transfer allowance remains")
            expect(card).to_contain_text("Send at most 0.1 ETH")
            seconds = time.monotonic() - begun
    finally:
        server.terminate()
        server.communicate(timeout=MINUTE)
    assert seconds < MINUTE
    print(f"{seconds:.1f} s from the command to the first explained refusal")
