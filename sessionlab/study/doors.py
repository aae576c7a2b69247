"""Readers of the library's own objects, for ``reads``: sessions, wallets, labs, calls, permissions and rulesets."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sessionlab.core.base.abi_values import SIGNATURE_FIX, read_signature
from sessionlab.core.base.doors import TEXT, Reader, each, integer, kind, wrong
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.client.wallet_api_client import PROVIDER, Provider
from sessionlab.core.erc4337.call import read_call, read_calls
from sessionlab.core.permissions.json_codec import permission_from_json, read_permissions
from sessionlab.core.permissions.rulesets import ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.study.http_provider import HttpProvider


def a(*classes: str, fix: str) -> Reader:
    """Return the reader of objects of these classes, ``module:Name``. Their modules are not imported for it.

    The value is not shown: it may be a private key.
    """

    def read(value: Any, field: str) -> Any:
        for module, _, name in (path.partition(":") for path in classes):
            if module in sys.modules and isinstance(value, getattr(sys.modules[module], name)):
                return value
        given, names = type(value).__name__, [path.partition(":")[2].removeprefix("Base") for path in classes]
        names = ["SmartWalletClient" if name == "Client" else name for name in names]
        raise InvalidInput(f"{field} is of type {given}, not {' or '.join(names)}.", field=field, asked=given, fix=fix)

    return read


def one_of(*choices: str) -> Reader:
    """Return the reader of one of these words."""

    def read(value: Any, field: str) -> Any:
        if isinstance(value, str) and value in choices:
            return value
        raise wrong(value, "is not known here", field, f"use {', '.join(map(repr, choices))}.")

    return read


def mapping_of(read: Reader) -> Reader:
    """Return the reader of a mapping from names to values that this reader reads."""

    def read_all(values: Any, field: str) -> dict[Any, Any]:
        if not isinstance(values, Mapping):
            raise wrong(values, "is not a mapping", field, "give a dict.")
        return {name: read(value, f"{field}[{name!r}]") for name, value in values.items()}

    return read_all


def either(*readers: Reader) -> Reader:
    """Return the reader that takes what one of these takes; the last one's error tells of the others."""

    def read(value: Any, field: str) -> Any:
        for reader in readers[:-1]:
            try:
                return reader(value, field)
            except InvalidInput:
                continue
        return readers[-1](value, field)

    return read


def _calls(value: Any, field: str) -> Any:
    return _named(read_calls, value, field)


def _permissions(value: Any, field: str) -> Any:
    return _named(read_permissions, value, field)


def _call(value: Any, field: str) -> Any:
    return read_call(A_CALL(value, field), field)


def _permission(value: Any, field: str) -> Any:
    given = value.with_addresses(field).to_json() if isinstance(value, Permission) else value
    return permission_from_json(given, field)


def _signature(value: Any, field: str) -> str:
    """Read a function with its types, such as ``transfer(address, uint256)``, in its canonical form."""
    try:
        return read_signature(TEXT(value, field))[0]
    except InvalidInput:
        raise
    except ValueError as error:
        raise wrong(value, str(error), field, SIGNATURE_FIX) from None


def _path(value: Any, field: str) -> Path:
    if not isinstance(value, str | os.PathLike) or not str(value):
        raise wrong(value, "is not a path", field, "give the path of a file, in quotes.")
    return Path(value)


def _connection(value: Any, field: str) -> Any:
    """Read a provider, the URL of one, or what has one: a lab, a wallet or a session."""
    if isinstance(value, str):
        return _named(HttpProvider, value, field)
    held = getattr(value, "provider", None)
    return PROVIDER(held if isinstance(held, Provider) else value, field)


def some(read: Reader) -> Reader:
    """Return the reader of a list with at least one member."""

    def read_all(values: Any, field: str) -> Any:
        if members := each(read)(values, field):
            return members
        raise InvalidInput(f"{field} is an empty list.", field=field, asked=0, fix="give at least one value.")

    return read_all


def anything(value: Any, field: str) -> Any:
    """Take a value as it is."""
    return value


def pair(first: Reader, second: Reader) -> Reader:
    """Return the reader of two values, each by its reader."""

    def read(value: Any, field: str) -> Any:
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise wrong(value, "is not a pair", field, "give two values.")
        return first(value[0], f"{field}[0]"), second(value[1], f"{field}[1]")

    return read


def _named(read: Callable[[Any], Any], value: Any, field: str) -> Any:
    """Read by a function that has a name of its own for the field, and give an error the field's name here."""
    try:
        return read(value)
    except InvalidInput as error:
        own = error.field or ""
        error.field = own if own.startswith(field) else f"{field}.{own}"
        raise


A_CALL = a("sessionlab.core.erc4337.call:Call", fix="make one: sl.Call(to=…).")
SESSION = a("sessionlab.core.client.session:BaseSession", fix="give a session, such as one of wallet.sessions().")
WALLET = a("sessionlab.core.client.smart_wallet:BaseClient", fix="give a wallet, such as lab.wallet().")
CONTRACT = a("sessionlab.study.own_contracts.contract:Contract", fix="give what lab.deploy returned.")
LAB = a("sessionlab.core.lab.lab:BaseLab", fix="give a lab: sl.Lab().")
NAMES = a("sessionlab.core.denials.address_book:AddressBook", fix="give lab.names.")
RECORDING = a("sessionlab.study.recording.recording:Recording", fix="give what session.record() returns.")
WALLET_STATE = a("sessionlab.study.audit.state:WalletState", fix="make one: sl.WalletState(address=…, balance=…).")
SESSION_OR_AUDIT = a(
    "sessionlab.core.client.session:BaseSession",
    "sessionlab.study.audit.report:Audit",
    fix="give a session, or what sl.audit() returns.",
)
SESSION_OR_WALLET = a(
    "sessionlab.core.client.session:BaseSession",
    "sessionlab.core.client.smart_wallet:BaseClient",
    fix="give a session or a wallet, such as lab.wallet().",
)
SESSION_OR_RECORDING = a(
    "sessionlab.core.client.session:BaseSession",
    "sessionlab.study.recording.recording:Recording",
    fix="give a session, or what session.record() returns.",
)
OUTCOME_OR_TRANSACTION = a(
    "builtins:str",
    "sessionlab.core.client.outcome:Outcome",
    "sessionlab.core.evm.records:Receipt",
    fix="give what send_calls returned, or a transaction's hash.",
)
VALIDATED = a(
    "builtins:str",
    "builtins:dict",
    "sessionlab.core.client.outcome:Outcome",
    "sessionlab.core.erc4337.user_operation:UserOperation",
    fix="give what send_calls or prepare_calls returned, or a transaction's hash.",
)
SIGNATURE: Reader = _signature
CALL: Reader = _call
CONNECTION: Reader = _connection
PERMISSION: Reader = _permission
CALLS: Reader = _calls
PERMISSIONS: Reader = _permissions
FUNCTION = kind(Callable, "a function", "give a function.")
PATH: Reader = _path
POSITIVE = partial(integer, least=1, fix="give a number from 1.")


def RULES(value: Any, field: str) -> Any:  # noqa: N802 - a reader is a constant
    """Read a ruleset, or the name of one."""
    return _named(ruleset, value, field)


def RULES_OR_NAME(value: Any, field: str) -> Any:  # noqa: N802 - a reader is a constant
    """Check a ruleset or the name of one, and leave a name as it is: it means the same extensions as before."""
    RULES(value, field)
    return value
