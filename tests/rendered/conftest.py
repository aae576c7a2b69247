"""One browser for all pages, which can reach nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.server.browsing import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("--disable-gpu", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND") as found:
        yield found
