"""A newcomer's first minute: the command, the printed address, Shift + Enter, and a refusal that explains itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import expect

from sessionlab.course.notebook_folder import START
from tests.browser.jupyter import HOST, OFFLINE, PANEL, free_port, wait_for
from tests.server.browsing import chromium

COMMAND_LINE = "import sys; from sessionlab.cli import main; sys.argv[0] = 'sessionlab'; sys.exit(main())"
MINUTE = 60  # seconds
ADDRESS = re.compile(rf"http://{re.escape(HOST)}:\d+/lab/tree/{re.escape(START)}\?token=\w+")


def printed_address(server: subprocess.Popen[str]) -> str:
    """The address that the command prints for people to open."""
    assert server.stdout is not None
    for line in server.stdout:
        if found := ADDRESS.search(line):
            return found.group()
    raise AssertionError("the command ended without an address")


def test_the_first_refusal_is_explained_within_a_minute(tmp_path: Path) -> None:
    """What ``make lab`` runs: it copies the notebooks, and JupyterLab shows no more than these."""
    places = {f"JUPYTER_{name}_DIR": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    environment = {**os.environ, **places, "SESSIONLAB_PROGRESS": str(tmp_path / "progress.json")}
    begun = time.monotonic()
    command = [sys.executable, "-c", COMMAND_LINE, "lab", "--no-browser", "--port", str(free_port())]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path)
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
            expect(page.locator(".Toastify__toast")).to_have_count(0)  # no news, no question about news
            seconds = time.monotonic() - begun
    finally:
        server.terminate()
        server.communicate(timeout=MINUTE)
    assert seconds < MINUTE
    print(f"{seconds:.1f} s from the command to the first explained refusal")
