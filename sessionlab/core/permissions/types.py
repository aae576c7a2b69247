"""The permission types: the only place that defines each type's fields, sentence and grants.

    NativeTokenTransfer(allowance=ether(1))          from Python
    permissions_from_json([{"type": "root"}])        from JSON; see json_codec.py
    permission.to_json()                             as in the Wallet API

To add a type, see "Add a permission type" in CONTRIBUTING.md.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from sessionlab.core.base.addresses import Address as AnyAddress
from sessionlab.core.base.addresses import is_name
from sessionlab.core.base.amounts import format_ether, short_address
from sessionlab.core.base.doors import AMOUNT as AN_AMOUNT
from sessionlab.core.base.doors import FLAG, MAPPING, address_named, maybe, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.frozen import Frozen
from sessionlab.core.permissions.fields import (
    ADDRESS,
    AMOUNT,
    ASSET,
    JSON,
    OTHER,
    Address,
    Amount,
    Functions,
    as_invalid_input,
    form_of,
)
from sessionlab.core.permissions.functions import function_name
from sessionlab.core.permissions.limits import EXTENSIONS, LIMITS, GrantKind, LimitKind, limit_set_by
from sessionlab.core.permissions.rows import GrantRow
from sessionlab.core.permissions.rulesets import Ruleset

#: Functions as people write them: signatures or selectors.
FunctionNames = list[str] | tuple[str, ...]

__all__ = [
    "AccountFunctions", "CallLimit", "ContractAccess", "Erc20TokenTransfer", "FunctionsOnAllContracts",
    "FunctionsOnContract", "GasLimit", "NativeTokenTransfer", "Root",
]  # fmt: skip


class Permission(Frozen, BaseModel):
    """Base class of every type. Immutable; equal if type and values are equal."""

    _frozen: ClassVar[bool] = True  # type: ignore[misc]  # pydantic would take a bare one for a private attribute
    _fix: ClassVar[str] = "make another permission, and grant it with a new session."
    model_config = ConfigDict(frozen=True, extra="forbid")

    #: The ``type`` of its JSON.
    type: ClassVar[str]

    def __init__(self, **values: Any) -> None:
        limit = limit_set_by(self.type)
        self._read(values, {"counts": ASSET if limit is None or limit.is_asset else OTHER}, "")

    @classmethod
    def _from_data(cls, data: dict[str, Any], where: str) -> Self:
        """Read the ``data`` of its JSON. Raises InvalidInput with the field's path, starting at ``where``."""
        permission = cls.__new__(cls)
        permission._read(data, JSON, where)
        return permission

    @property
    def sentence(self) -> str:
        """What it grants, in words."""
        return self._says()

    def rows(self) -> tuple[GrantRow, ...]:
        """Return the rows that the wallet contract installs for it. Raises InvalidInput for a name in an address."""
        return self.with_addresses()._installs()

    def with_addresses(self, where: str = "permission") -> Self:
        """Return it with addresses in place of names. Raises InvalidInput for one that is not known here."""
        values = {name: getattr(self, name) for name in _addresses(type(self))}
        named = {name: address_named(value, f"{where}.data.{name}") for name, value in values.items() if is_name(value)}
        return self.model_copy(update=named) if named else self

    @property
    def limited_to(self) -> int | None:
        """The amount it allows, in its kind's unit (``limits.LIMITS``); None if it counts nothing."""
        return next((row.amount for row in self.rows() if row.meter and LIMITS[row.meter.kind].counts), None)

    @reads(amount=AN_AMOUNT)
    def with_limit(self, amount: int) -> Self:
        """Return a copy with another limit, in its unit (wei, base units, gas). InvalidInput: none, or too large."""
        if self.limited_to is None:
            fix = "change a permission that has an amount."
            raise InvalidInput(f"{self.type} limits no amount.", field=self.type, asked=amount, fix=fix)
        return self.model_copy(update={name: amount for name, form in self.fields().items() if form == AMOUNT})

    @reads(update=maybe(MAPPING), deep=FLAG)
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with these values, each read as in the constructor. Raises InvalidInput for a wrong one."""
        return type(self)(**{name: getattr(self, name) for name in type(self).model_fields} | dict(update or {}))

    @classmethod
    def fields(cls) -> dict[str, str]:
        """Return each field of its ``data`` with its form: ``amount``, ``address`` or ``functions``."""
        return {name: form_of(field) for name, field in cls.model_fields.items()}

    def _allows_calls(self, rules: Ruleset) -> bool:
        """Return whether it allows any call by itself. The grant rules refuse a session that allows none."""
        return any(not isinstance(row.kind, LimitKind) or LIMITS[row.kind].grants(rules) for row in self.rows())

    def to_json(self) -> dict[str, Any]:
        """Return the API's JSON: amounts as the shortest hex, addresses as given, which may not be names."""
        here = self.with_addresses()
        values = {name: _json_value(getattr(here, name)) for name in type(self).model_fields}
        return {"type": self.type, "data": values} if values else {"type": self.type}

    def _read(self, values: dict[str, Any], source: dict[str, str], where: str) -> None:
        try:
            self.__pydantic_validator__.validate_python(values, self_instance=self, context=source)
        except ValidationError as error:
            raise as_invalid_input(error, where) from None

    @abstractmethod
    def _says(self) -> str:
        """Return the sentence for what it allows a key to do."""

    @abstractmethod
    def _installs(self) -> tuple[GrantRow, ...]:
        """Return the rows that a wallet installs."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.sentence}>"

    __str__ = __repr__


class NativeTokenTransfer(Permission):
    """Sending native tokens."""

    type = "native-token-transfer"

    #: Wei, over the session's lifetime.
    allowance: Amount

    def _says(self) -> str:
        return f"may send up to {format_ether(self.allowance)} in total"

    def _installs(self) -> tuple[GrantRow, ...]:
        return (GrantRow(LimitKind.NATIVE, amount=self.allowance),)


class Erc20TokenTransfer(Permission):
    """``transfer`` and ``approve`` on one token."""

    type = "erc20-token-transfer"

    address: Address
    #: Base units of the token, over the session's lifetime; approvals count in full.
    allowance: Amount

    if TYPE_CHECKING:

        def __init__(self, *, address: AnyAddress, allowance: int) -> None: ...

    def _says(self) -> str:
        token = short_address(self.address)
        return f"may transfer or approve up to {self.allowance:,} units of token {token} in total"

    def _installs(self) -> tuple[GrantRow, ...]:
        return (GrantRow(LimitKind.ERC20, self.address.lower(), amount=self.allowance),)


class GasLimit(Permission):
    """A limit on the gas that the wallet pays for the session."""

    type = "gas-limit"

    #: Gas under the documented rules, wei under the deployed ones (R3), over the session's lifetime.
    limit: Amount

    def _says(self) -> str:
        return f"may spend the wallet's gas up to {self.limit:,} in total (gas; wei under the deployed rules)"

    def _installs(self) -> tuple[GrantRow, ...]:
        return (GrantRow(LimitKind.GAS, amount=self.limit),)


class ContractAccess(Permission):
    """Every function of one contract."""

    type = "contract-access"

    address: Address

    if TYPE_CHECKING:

        def __init__(self, *, address: AnyAddress) -> None: ...

    def _says(self) -> str:
        return f"may call every function of {short_address(self.address)}"

    def _installs(self) -> tuple[GrantRow, ...]:
        return (GrantRow(GrantKind.CONTRACT, self.address.lower()),)


class AccountFunctions(Permission):
    """Named functions of the wallet itself."""

    type = "account-functions"

    functions: Functions

    if TYPE_CHECKING:

        def __init__(self, *, functions: FunctionNames) -> None: ...

    def _says(self) -> str:
        return f"may call {_names(self.functions)} of the wallet itself"

    def _installs(self) -> tuple[GrantRow, ...]:
        return tuple(GrantRow(GrantKind.ACCOUNT_FUNCTION, selector=_code(name)) for name in self.functions)


class FunctionsOnAllContracts(Permission):
    """Named functions on any address."""

    type = "functions-on-all-contracts"

    functions: Functions

    if TYPE_CHECKING:

        def __init__(self, *, functions: FunctionNames) -> None: ...

    def _says(self) -> str:
        return f"may call {_names(self.functions)} on any address"

    def _installs(self) -> tuple[GrantRow, ...]:
        return tuple(GrantRow(GrantKind.FUNCTION_ANYWHERE, selector=_code(name)) for name in self.functions)


class FunctionsOnContract(Permission):
    """Named functions on one contract."""

    type = "functions-on-contract"

    address: Address
    functions: Functions

    if TYPE_CHECKING:

        def __init__(self, *, address: AnyAddress, functions: FunctionNames) -> None: ...

    def _says(self) -> str:
        return f"may call {_names(self.functions)} on {short_address(self.address)}"

    def _installs(self) -> tuple[GrantRow, ...]:
        target = self.address.lower()
        return tuple(GrantRow(GrantKind.FUNCTION_ON_CONTRACT, target, _code(name)) for name in self.functions)


class Root(Permission):
    """Everything. Cannot be combined with other permissions."""

    type = "root"

    def _says(self) -> str:
        return "may do everything that the owner may, without limit"

    def _installs(self) -> tuple[GrantRow, ...]:
        return (GrantRow(GrantKind.ROOT),)


class CallLimit(Permission):
    """A limit on the number of operations that the session sends. An extension: production does not have it.

    An included operation counts even if it fails in execution; an operation refused in validation does not count.
    """

    type = "call-limit"

    #: Operations, over the session's lifetime.
    count: Amount

    def _says(self) -> str:
        return f"may send up to {self.count:,} operation{'s' * (self.count != 1)} in total"

    def _installs(self) -> tuple[GrantRow, ...]:
        return (GrantRow(LimitKind.OPERATIONS, amount=self.count),)


#: The types, by the ``type`` of their JSON.
PERMISSION_TYPES: dict[str, type[Permission]] = {
    permission.type: permission
    for permission in (
        NativeTokenTransfer,
        Erc20TokenTransfer,
        GasLimit,
        ContractAccess,
        AccountFunctions,
        FunctionsOnAllContracts,
        FunctionsOnContract,
        Root,
        CallLimit,
    )
}


@cache
def _addresses(kind: type[Permission]) -> list[str]:
    return [name for name, form in kind.fields().items() if form == ADDRESS]


def types_under(rules: Ruleset) -> dict[str, type[Permission]]:
    """Return the types that these rules support: production's and the enabled extensions."""
    return {name: kind for name, kind in PERMISSION_TYPES.items() if name not in EXTENSIONS or name in rules.extensions}


def _json_value(value: Any) -> Any:
    if isinstance(value, int):
        return hex(value)
    return list(value) if isinstance(value, tuple) else value


def _names(functions: tuple[str, ...]) -> str:
    return ", ".join(map(function_name, functions)) or "no function"


def _code(function: str) -> bytes:
    return bytes.fromhex(function[2:])
