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

from sessionlab.core.base.version import __version__

_HOMES = {
    "sessionlab.study.facade": ("Lab", "Session", "SmartWalletClient"),
    "sessionlab.core.client.call": ("Call",),
    "sessionlab.core.client.http": ("HttpProvider",),
    "sessionlab.core.base.keys": ("Key", "new_key"),
    "sessionlab.core.base.amounts": ("ether", "gwei", "units"),
    "sessionlab.study": ("pictures", "widgets"),
    "sessionlab.study.audit": ("Audit", "WalletState", "audit"),
    "sessionlab.core.denials.denial": ("Denial", "OperationRefused"),
    "sessionlab.core.client.outcome": ("Outcome",),
    "sessionlab.study.recording": ("Comparison", "Proposal", "Recording", "least_permissions"),
    "sessionlab.core.base.errors": (
        "ChainError",
        "GrantRefused",
        "InvalidInput",
        "RpcError",
        "RpcError",
        "SavedLabError",
        "SessionlabError",
        "NotFound",
    ),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

if TYPE_CHECKING:
    from sessionlab.core.base.amounts import ether, gwei, units
    from sessionlab.core.base.errors import (
        ChainError,
        GrantRefused,
        InvalidInput,
        NotFound,
        RpcError,
        SavedLabError,
        SessionlabError,
    )
    from sessionlab.core.base.keys import Key, new_key
    from sessionlab.core.client.call import Call
    from sessionlab.core.client.http import HttpProvider
    from sessionlab.core.client.outcome import Outcome
    from sessionlab.core.denials.denial import Denial, OperationRefused
    from sessionlab.core.permissions import types as _types
    from sessionlab.core.permissions.types import *  # noqa: F403 - every permission type, from the one list of them
    from sessionlab.study import pictures, widgets
    from sessionlab.study.audit import Audit, WalletState, audit
    from sessionlab.study.facade import Lab, Session, SmartWalletClient
    from sessionlab.study.recording import Comparison, Proposal, Recording, least_permissions

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
        "NotFound",
        "OperationRefused",
        "Outcome",
        "Proposal",
        "Recording",
        "RpcError",
        "SavedLabError",
        "Session",
        "SessionlabError",
        "SmartWalletClient",
        "WalletState",
        "__version__",
        "audit",
        "ether",
        "gwei",
        "least_permissions",
        "new_key",
        "pictures",
        "units",
        "widgets",
    ]
    __all__ += _types.__all__


#: Rooms that are there as soon as somebody asks for them: ``sl.experiments``, ``sl.vyper``.
_ROOMS = ("experiments", "vyper")


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext sessionlab`` in a notebook: brings ``%%vyper``."""
    from sessionlab.integrations.vyper.magic import load_ipython_extension as load

    load(shell)


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"sessionlab.{name}")
    if name == "__all__":
        return sorted((*_HOME, *_permission_types(), "__version__"))
    home = _HOME.get(name) or ("sessionlab.core.permissions.types" if name in _permission_types() else None)
    if home is None:
        raise AttributeError(f"module 'sessionlab' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def _permission_types() -> list[str]:
    names: list[str] = import_module("sessionlab.core.permissions.types").__all__
    return names


def __dir__() -> list[str]:
    names: list[str] = __getattr__("__all__")
    return names
