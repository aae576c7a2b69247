"""The stand-ins, under names of their own: the libraries themselves are installed here, and are the oracle."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).parents[2] / "browser" / "standins"


def stand_in(module: str) -> ModuleType:
    """Return the module that the browser imports by this name, without hiding the library of that name here."""
    sys.path.insert(0, str(FOLDER))
    try:
        importlib.import_module("sessionlab_standins.keccak")
        path = FOLDER.joinpath(*module.split(".")).with_suffix(".py")
        spec = importlib.util.spec_from_file_location(f"standing_in_for_{module.replace('.', '_')}", path)
        assert spec is not None and spec.loader is not None
        loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
        return loaded
    finally:
        sys.path.remove(str(FOLDER))


def own(module: str) -> ModuleType:
    """Return a module of ``sessionlab_standins``."""
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module(f"sessionlab_standins.{module}")
    finally:
        sys.path.remove(str(FOLDER))
