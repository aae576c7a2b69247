"""Everything here happens on our EntryPoint and on the canonical one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import EntryPointUnderTest


@pytest.fixture(scope="module", autouse=True)
def each_entry_point(entry_point: EntryPointUnderTest) -> Iterator[None]:
    with entry_point.in_every_lab():
        yield
