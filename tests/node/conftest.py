"""A lab whose node holds the manifest's accounts, and what asks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.core.base.keys import Key
from sessionlab.server.manifest import make_demo_wallet


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab(seed=3)


@pytest.fixture
def demo(lab: sl.Lab) -> tuple[sl.SmartWalletClient, list[Key]]:
    return make_demo_wallet(lab)


@pytest.fixture
def wallet(demo: tuple[sl.SmartWalletClient, list[Key]]) -> sl.SmartWalletClient:
    return demo[0]


@pytest.fixture
def keys(demo: tuple[sl.SmartWalletClient, list[Key]]) -> list[Key]:
    return demo[1]


@pytest.fixture
def ask(lab: sl.Lab, keys: list[Key]) -> Callable[..., Any]:
    """Ask the node; an error is an answer."""

    def asked(method: str, *params: Any) -> Any:
        try:
            return lab.api.handle(method, list(params))
        except RpcError as error:
            return {"error": error.as_json()}

    return asked
