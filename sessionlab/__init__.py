"""sessionlab: learn, test and break session keys for smart wallets on an in-process EVM.

    import sessionlab as sl

    lab = sl.Lab()
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))])
    session.send_calls([sl.Call(to=lab.recipient, value=sl.ether("0.3"))])

The public API is ``__all__``, here and in each public module: ``sl.attacks``, ``sl.course``, ``sl.eth_tester``,
``sl.experiments``, ``sl.pictures``, ``sl.vyper`` and ``sl.widgets``. Everything else is private and may
change. Names are imported on first use, which keeps importing the package fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.near import UnknownName
from sessionlab.core.base.version import __version__
from sessionlab.study import help_page as _help_page
from sessionlab.study import in_browser as _in_browser

_help_page.install()
_in_browser.prepare()

_HOMES = {
    "sessionlab.study.facade": ("Lab", "Session", "SmartWalletClient"),
    "sessionlab.study.served_lab": ("LabClient", "connect"),
    "sessionlab.study.taken_up": ("SessionEnded",),
    "sessionlab.core.erc4337.call": ("Call",),
    "sessionlab.core.erc4337.gas": ("Gas",),
    "sessionlab.core.client.wallet_api_client": ("WalletApiClient",),
    "sessionlab.study.http_provider": ("HttpProvider",),
    "sessionlab.core.base.keys": ("Key", "new_key"),
    "sessionlab.core.base.amounts": ("ether", "format_ether", "format_units", "gwei", "units"),
    "sessionlab.core.permissions.functions": ("NEVER_GRANTED",),
    "sessionlab.core.permissions.types": ("Permission",),
    "sessionlab.core.permissions.rulesets": ("DEPLOYED", "DOCUMENTED", "FLAGS", "Flag", "Ruleset", "ruleset"),
    "sessionlab.study.own_contracts.contract": ("Contract", "ContractEvent"),
    "sessionlab.study.audit": ("Audit", "WalletState", "audit"),
    "sessionlab.study.diagnosis.decoded": ("DecodedError", "decode_error"),
    "sessionlab.core.denials.denial": ("Denial", "OperationRefused"),
    "sessionlab.core.client.outcome": ("Outcome",),
    "sessionlab.study.comparing": ("Never", "PolicyComparison", "compare", "never_allows"),
    "sessionlab.study.own_policies": ("PolicyExplanation", "explain", "typescript"),
    "sessionlab.study.pictures.validation": ("validation_trace",),
    "sessionlab.study.verifying": ("PolicyCase", "Verification", "policy_cases", "verify"),
    "sessionlab.study.sharing": ("Shared", "share", "shared"),
    "sessionlab.study.recording": ("Comparison", "Proposal", "Recording", "least_permissions"),
    "sessionlab.server.background": ("in_background",),
    "sessionlab.core.base.errors": (
        "ChainError",
        "GrantRefused",
        "InvalidInput",
        "ReadOnly",
        "MissingExtra",
        "RpcError",
        "SavedLabError",
        "SessionlabError",
        "NotCopied",
        "NotFound",
        "StaleHandle",
    ),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

#: The public modules and their import paths.
_PUBLIC_MODULES = {
    "attacks": "sessionlab.attacks",
    "course": "sessionlab.course",
    "eth_tester": "sessionlab.integrations.eth_tester",
    "experiments": "sessionlab.experiments",
    "pictures": "sessionlab.study.pictures",
    "vyper": "sessionlab.integrations.vyper",
    "widgets": "sessionlab.study.widgets",
}

if TYPE_CHECKING:
    from sessionlab import attacks, course, experiments
    from sessionlab.core.base.amounts import ether, format_ether, format_units, gwei, units
    from sessionlab.core.base.errors import (
        ChainError,
        GrantRefused,
        InvalidInput,
        MissingExtra,
        NotCopied,
        NotFound,
        ReadOnly,
        RpcError,
        SavedLabError,
        SessionlabError,
        StaleHandle,
    )
    from sessionlab.core.base.keys import Key, new_key
    from sessionlab.core.client.outcome import Outcome
    from sessionlab.core.client.wallet_api_client import WalletApiClient
    from sessionlab.core.denials.denial import Denial, OperationRefused
    from sessionlab.core.erc4337.call import Call
    from sessionlab.core.erc4337.gas import Gas
    from sessionlab.core.permissions import types as _types
    from sessionlab.core.permissions.functions import NEVER_GRANTED
    from sessionlab.core.permissions.rulesets import DEPLOYED, DOCUMENTED, FLAGS, Flag, Ruleset, ruleset
    from sessionlab.core.permissions.types import *  # noqa: F403 - every permission type, from the one list of them
    from sessionlab.core.permissions.types import Permission
    from sessionlab.integrations import eth_tester, vyper
    from sessionlab.server.background import in_background
    from sessionlab.study import pictures, widgets
    from sessionlab.study.audit import Audit, WalletState, audit
    from sessionlab.study.comparing import Never, PolicyComparison, compare, never_allows
    from sessionlab.study.diagnosis.decoded import DecodedError, decode_error
    from sessionlab.study.facade import Lab, Session, SmartWalletClient
    from sessionlab.study.http_provider import HttpProvider
    from sessionlab.study.own_contracts.contract import Contract, ContractEvent
    from sessionlab.study.own_policies import PolicyExplanation, explain, typescript
    from sessionlab.study.pictures.validation import validation_trace
    from sessionlab.study.recording import Comparison, Proposal, Recording, least_permissions
    from sessionlab.study.served_lab import LabClient, connect
    from sessionlab.study.sharing import Shared, share, shared
    from sessionlab.study.taken_up import SessionEnded
    from sessionlab.study.verifying import PolicyCase, Verification, policy_cases, verify

    # For type checkers; at run time, ``__getattr__`` builds the same list.
    __all__ = [
        "DEPLOYED",
        "DOCUMENTED",
        "FLAGS",
        "NEVER_GRANTED",
        "Audit",
        "Call",
        "ChainError",
        "Comparison",
        "Contract",
        "ContractEvent",
        "DecodedError",
        "Denial",
        "Flag",
        "Gas",
        "GrantRefused",
        "HttpProvider",
        "InvalidInput",
        "Key",
        "Lab",
        "LabClient",
        "MissingExtra",
        "Never",
        "NotCopied",
        "NotFound",
        "OperationRefused",
        "Outcome",
        "Permission",
        "PolicyCase",
        "PolicyComparison",
        "PolicyExplanation",
        "Proposal",
        "ReadOnly",
        "Recording",
        "RpcError",
        "Ruleset",
        "SavedLabError",
        "Session",
        "SessionEnded",
        "SessionlabError",
        "Shared",
        "SmartWalletClient",
        "StaleHandle",
        "Verification",
        "WalletApiClient",
        "WalletState",
        "__version__",
        "attacks",
        "audit",
        "compare",
        "connect",
        "course",
        "decode_error",
        "eth_tester",
        "ether",
        "experiments",
        "explain",
        "format_ether",
        "format_units",
        "gwei",
        "in_background",
        "least_permissions",
        "never_allows",
        "new_key",
        "pictures",
        "policy_cases",
        "ruleset",
        "share",
        "shared",
        "typescript",
        "units",
        "validation_trace",
        "verify",
        "vyper",
        "widgets",
    ]
    __all__ += _types.__all__


def load_ipython_extension(shell: Any) -> None:
    """Register ``%%vyper``. Called by ``%load_ext sessionlab`` in a notebook."""
    from sessionlab.integrations.vyper.magic import load_ipython_extension as load

    load(shell)


if not TYPE_CHECKING:  # type checkers know the names above, and refuse any other

    def __getattr__(name: str) -> Any:
        if name in _PUBLIC_MODULES:
            return import_module(_PUBLIC_MODULES[name])
        if name == "__all__":
            return sorted((*_HOME, *_PUBLIC_MODULES, *_permission_types(), "__version__"))
        home = _HOME.get(name) or ("sessionlab.core.permissions.types" if name in _permission_types() else None)
        if home is None:
            raise UnknownName("module 'sessionlab'", name, __dir__)
        value = getattr(import_module(home), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return __getattr__("__all__")


def _permission_types() -> list[str]:
    names: list[str] = import_module("sessionlab.core.permissions.types").__all__
    return names
