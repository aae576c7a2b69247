"""Display names: addresses with labels, amounts with units, functions with signatures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.amounts import format_ether, format_units, short_address
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.permissions.fields import ADDRESS
from sessionlab.core.permissions.functions import KNOWN_FUNCTIONS, function_name
from sessionlab.core.permissions.limits import Limit
from sessionlab.core.permissions.types import Erc20TokenTransfer, GasLimit, Permission

ADDRESS_TEXT = re.compile("0x[0-9a-fA-F]{40}")
#: Below one gwei, amounts are shown in wei: as ether they would have too many zeros to read.
FEW_WEI = 10**9


def meant_by(limit: Limit, amount: int) -> str | None:
    """Return what a condition's amount stands for, such as a checksummed address; None if it means nothing."""
    shown = limit.shown(amount) if limit.shown else None
    return checksum(address_bytes(shown)) if shown and ADDRESS_TEXT.fullmatch(shown) else shown


@dataclass(frozen=True, slots=True)
class Token:
    """How to format a token's amounts."""

    symbol: str
    decimals: int


@dataclass(frozen=True)
class AddressBook:
    """The names of addresses, and which of them are tokens."""

    labels: Mapping[bytes, str] = field(hash=False, default_factory=dict)
    tokens: Mapping[bytes, Token] = field(hash=False, default_factory=dict)
    #: The unit that gas-limit counts under the ruleset: gas or wei.
    gas_unit: str = "gas"
    #: Of contracts deployed here: signatures by selector; errors, as JSON, by selector, alone or behind its address.
    functions: Mapping[bytes, str] = field(hash=False, default_factory=dict)
    errors: Mapping[bytes, str] = field(hash=False, default_factory=dict)

    def now(self) -> AddressBook:
        """Return the names as they are now. Those of a lab change with its chain; these do not."""
        return self

    def address(self, address: str) -> str:
        """Return ``counter (0x5a70…BE22)``, or only the shortened address if it has no name."""
        raw = address_bytes(address)
        short = short_address(checksum(raw))
        return f"{self.labels[raw]} ({short})" if raw in self.labels else short

    def address_of(self, name: str, field: str = "address") -> str:
        """Return the address that has a name. Raises InvalidInput, which says what is near, if none or several have."""
        having: list[str] = [checksum(raw) for raw, label in self.labels.items() if label == name.removeprefix("lab.")]
        if len(having) == 1:
            return having[0]
        near = having or [f"{label!r}" for label in get_close_matches(name, self.labels.values(), n=1)]
        fix = f"did you mean {' or '.join(near)}?" if near else f"give one of {', '.join(self.labels.values())}."
        message = f"{name!r} is the name of {len(having)} addresses." if having else f"Nothing here is called {name!r}."
        raise InvalidInput(message, field=field, asked=name, fix=fix)

    def amount(self, amount: int, unit: str) -> str:
        """Format an amount. ``unit`` is ``wei``, a token's address, or a plural noun such as ``operations``."""
        if unit == "wei":
            return f"{amount:,} wei" if 0 < amount < FEW_WEI else format_ether(amount)
        if not unit.startswith("0x"):
            return f"{amount:,} {unit.removesuffix('s') if amount == 1 and unit != 'gas' else unit}"
        token = self.tokens.get(address_bytes(unit))
        if token is None:
            return f"{amount:,} units of {self.address(unit)}"
        return format_units(amount, token.decimals, token.symbol)

    def condition(self, limit: Limit, amount: int) -> str | None:
        """Return what a condition's amount stands for, with names for addresses; None if it means nothing."""
        meant = meant_by(limit, amount)
        return self.address(meant) if meant and ADDRESS_TEXT.fullmatch(meant) else meant

    def is_token(self, address: str) -> bool:
        """Whether the address is a token with known decimals and symbol."""
        return address_bytes(address) in self.tokens

    def permission(self, permission: Permission) -> str:
        """Return a sentence for what a permission grants, with known names and units."""
        if isinstance(permission, Erc20TokenTransfer):
            return f"may transfer or approve up to {self.amount(permission.allowance, permission.address)} in total"
        if isinstance(permission, GasLimit):
            for_ = " for gas" if self.gas_unit == "wei" else ""
            return f"may use up to {self.amount(permission.limit, self.gas_unit)}{for_} in total"
        codes = (code for code in getattr(permission, "functions", ()) if bytes.fromhex(code[2:]) in self.functions)
        named = {code: self.function(bytes.fromhex(code[2:])) for code in codes} | {
            short_address(address): self.address(address)
            for name, form in permission.fields().items()
            if form == ADDRESS and (address := getattr(permission, name))
        }
        # Replace in one pass, because a name contains the short address that it replaces.
        parts = (
            re.split(f"({'|'.join(map(re.escape, named))})", permission.sentence) if named else [permission.sentence]
        )
        return "".join(named.get(part, part) for part in parts)

    def function(self, selector: bytes) -> str:
        """Return the signature, such as ``transfer(address,uint256)``, or the selector if it is unknown."""
        return self.signature(selector) or function_name("0x" + selector.hex())

    def signature(self, selector: bytes) -> str | None:
        """Return the signature with the types of its arguments; None if it is unknown."""
        return KNOWN_FUNCTIONS.get("0x" + selector.hex()) or self.functions.get(selector)


class Named:
    """Something with names that change with its chain."""

    _book: AddressBook

    @property
    def names(self) -> AddressBook:
        """What addresses, tokens and functions are called now."""
        return self._book.now()
