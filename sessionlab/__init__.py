"""sessionlab: learn, test and break session keys for smart wallets, on an EVM in this process.

    import sessionlab as sl

    lab = sl.Lab()
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))])
    session.send_calls([sl.Call(to=lab.recipient, value=sl.ether("0.3"))])

Names are imported when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "sessionlab.lab": ("Lab",),
    "sessionlab.call": ("Call",),
    "sessionlab.client": ("SmartWalletClient",),
    "sessionlab.session": ("Session",),
    "sessionlab.http": ("HttpProvider",),
    "sessionlab.keys": ("Key", "new_key"),
    "sessionlab.amounts": ("ether", "gwei", "units"),
    "sessionlab.insight": ("pictures", "widgets"),
    "sessionlab.insight.audit": ("Audit", "WalletState", "audit"),
    "sessionlab.insight.denial": ("Denial", "OperationRefused"),
    "sessionlab.insight.outcome": ("Outcome",),
    "sessionlab.recording": ("Comparison", "Proposal", "Recording", "least_permissions"),
    "sessionlab.permissions.rulesets": ("ruleset",),
    "sessionlab.errors": (
        "ChainError",
        "GrantRefused",
        "InvalidInput",
        "SavedLabError",
        "SessionlabError",
        "UnknownThing",
    ),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

if TYPE_CHECKING:
    from sessionlab.amounts import ether, gwei, units
    from sessionlab.call import Call
    from sessionlab.client import SmartWalletClient
    from sessionlab.errors import (
        ChainError,
        GrantRefused,
        InvalidInput,
        SavedLabError,
        SessionlabError,
        UnknownThing,
    )
    from sessionlab.http import HttpProvider
    from sessionlab.insight import pictures, widgets
    from sessionlab.insight.audit import Audit, WalletState, audit
    from sessionlab.insight.denial import Denial, OperationRefused
    from sessionlab.insight.outcome import Outcome
    from sessionlab.keys import Key, new_key
    from sessionlab.lab import Lab
    from sessionlab.permissions import types as _types
    from sessionlab.permissions.rulesets import ruleset
    from sessionlab.permissions.types import *  # noqa: F403 - every permission type, from the one list of them
    from sessionlab.recording import Comparison, Proposal, Recording, least_permissions
    from sessionlab.session import Session

    # For type checkers; at run time ``__getattr__`` makes the same list.
    __all__ = [
        "Audit",
        "Call",
        "ChainError",
        "Comparison",
        "Denial",
        "GrantRefused",
        "HttpProvider",
        "InvalidInput",
        "Key",
        "Lab",
        "OperationRefused",
        "Outcome",
        "Proposal",
        "Recording",
        "SavedLabError",
        "Session",
        "SessionlabError",
        "SmartWalletClient",
        "UnknownThing",
        "WalletState",
        "__version__",
        "audit",
        "ether",
        "gwei",
        "least_permissions",
        "new_key",
        "pictures",
        "ruleset",
        "units",
        "widgets",
    ]
    __all__ += _types.__all__


#: Rooms that are there as soon as somebody asks for them: ``sl.experiments``, ``sl.vyper``.
_ROOMS = ("experiments", "vyper")


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext sessionlab`` in a notebook: brings ``%%vyper``."""
    from sessionlab.vyper.magic import load_ipython_extension as load

    load(shell)


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"sessionlab.{name}")
    if name == "__all__":
        return sorted((*_HOME, *_permission_types(), "__version__"))
    home = _HOME.get(name) or ("sessionlab.permissions.types" if name in _permission_types() else None)
    if home is None:
        raise AttributeError(f"module 'sessionlab' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def _permission_types() -> list[str]:
    names: list[str] = import_module("sessionlab.permissions.types").__all__
    return names


def __dir__() -> list[str]:
    names: list[str] = __getattr__("__all__")
    return names
