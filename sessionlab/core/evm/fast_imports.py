"""Defer py_ecc's pairing tables, so that starting a chain does not wait for computations it rarely needs.

py_ecc computes tables for BLS12-381 and BN254 on import (250 to 370 ms), and eth_account, web3 and py-evm's
precompiles all import it. This module installs stand-ins; using any name in one loads the real module, so the
precompiles of EIP-196, EIP-197 and EIP-2537 work as usual.
"""

from __future__ import annotations

import importlib
import sys
from threading import RLock
from types import ModuleType
from typing import Any

SLOW_MODULES = (
    "py_ecc.optimized_bls12_381.optimized_pairing",
    "py_ecc.optimized_bn128.optimized_pairing",
    "py_ecc.bls12_381.bls12_381_pairing",
    "py_ecc.bn128.bn128_pairing",
    "py_ecc.bls.ciphersuites",
    "py_ecc.bls.hash",
    "py_ecc.bls.hash_to_curve",
)


_LOADING = RLock()


class _Later:
    """A function or class of a slow module. Loads the module when called or when an attribute is accessed."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def _real(self) -> Any:
        with _LOADING:  # two threads would load it twice
            if isinstance(sys.modules.get(self._module), _StandIn):
                del sys.modules[self._module]
            return getattr(importlib.import_module(self._module), self._name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._real()(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real(), name)


class _StandIn(ModuleType):
    """Stands in for a slow module in ``sys.modules`` until one of its names is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Later(self.__name__, name)


def defer_pairing_tables() -> None:
    """Install stand-ins for the slow modules.

    Call before importing py-evm, eth_account or web3. Calling it again is safe.
    """
    for name in SLOW_MODULES:
        if name not in sys.modules:
            sys.modules[name] = _StandIn(name)
