"""One strict lab for a module, whose tests each find it as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import sessionlab as sl
from tests.bundler.actors import Actors


@pytest.fixture(scope="module")
def module_strict_lab() -> sl.Lab:
    return sl.Lab(bundler="strict")


@pytest.fixture
def strict_lab(module_strict_lab: sl.Lab) -> Iterator[sl.Lab]:
    """A strict lab as it was made: what a test does is undone."""
    snapshot = module_strict_lab.snapshot()
    yield module_strict_lab
    module_strict_lab.revert(snapshot)


@pytest.fixture
def manual(strict_lab: sl.Lab) -> sl.Lab:
    """The same, with operations that wait until they are bundled."""
    strict_lab.bundler.set_manual(True)
    return strict_lab


@pytest.fixture
def actors(strict_lab: sl.Lab) -> Actors:
    return Actors(strict_lab)
