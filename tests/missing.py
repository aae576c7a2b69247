"""What a test needs of the machine and does not find: skipped with the reason, but in CI a failure."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(why: object) -> NoReturn:
    """End the test. CI installs everything, so there nothing may be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{why}; .ci/run installs what tests need")
    pytest.skip(str(why))
