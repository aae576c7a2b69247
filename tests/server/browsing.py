"""A browser for tests: the system's Chromium, driven by playwright, with nothing but this machine to talk to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.missing import missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def chromium(*more: str) -> Iterator[Browser]:
    """Start it, with ``more`` flags; without one the test says so, and in CI there must be one."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        missing("no chromium on this machine: apt install chromium fonts-dejavu-core")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-dev-shm-usage", *more]
        browser = playwright.chromium.launch(executable_path=found, args=flags)
        try:
            yield browser
        finally:
            browser.close()
