"""What people call things: addresses with names, amounts with units, functions with signatures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sessionlab.amounts import format_ether, format_units, short_address
from sessionlab.chain.addresses import address_bytes, checksum
from sessionlab.permissions.fields import ADDRESS
from sessionlab.permissions.functions import function_name
from sessionlab.permissions.kinds import Limit
from sessionlab.permissions.types import Erc20TokenTransfer, GasLimit, Permission

ADDRESS_TEXT = re.compile("0x[0-9a-fA-F]{40}")
#: Under a gwei, ether has too many zeros to be read.
FEW_WEI = 10**9


def meant_by(limit: Limit, amount: int) -> str | None:
    """What an amount of a condition means, an address with its checksum; None if it means nothing."""
    shown = limit.shown(amount) if limit.shown else None
    return checksum(address_bytes(shown)) if shown and ADDRESS_TEXT.fullmatch(shown) else shown


@dataclass(frozen=True, slots=True)
class Token:
    """How amounts of a token are written."""

    symbol: str
    decimals: int


@dataclass(frozen=True)
class Names:
    """A phone book: what addresses are called here, and which of them are tokens."""

    labels: Mapping[bytes, str] = field(default_factory=dict)
    tokens: Mapping[bytes, Token] = field(default_factory=dict)
    #: What gas-limit counts under the ruleset: gas or wei.
    gas_unit: str = "gas"

    def address(self, address: str) -> str:
        """``counter (0x5a70…BE22)``, or the shortened address alone."""
        raw = address_bytes(address)
        short = short_address(checksum(raw))
        return f"{self.labels[raw]} ({short})" if raw in self.labels else short

    def amount(self, amount: int, unit: str) -> str:
        """An amount with its unit: ``wei``, the address of a token, or a plural noun such as ``operations``."""
        if unit == "wei":
            return f"{amount:,} wei" if 0 < amount < FEW_WEI else format_ether(amount)
        if not unit.startswith("0x"):
            return f"{amount:,} {unit.removesuffix('s') if amount == 1 else unit}"
        token = self.tokens.get(address_bytes(unit))
        if token is None:
            return f"{amount:,} units of {self.address(unit)}"
        return format_units(amount, token.decimals, token.symbol)

    def usage(self, limit: int, used: int, remaining: int, unit: str) -> tuple[str, str, str]:
        """Limit, used and remaining; a noun is said once: ``5 operations``, ``2``, ``3``."""
        if unit in ("wei", "gas") or unit.startswith("0x"):
            return self.amount(limit, unit), self.amount(used, unit), self.amount(remaining, unit)
        return self.amount(limit, unit), f"{used:,}", f"{remaining:,}"

    def condition(self, limit: Limit, amount: int) -> str | None:
        """What an amount of a condition means, addresses with their names; None if it means nothing."""
        meant = meant_by(limit, amount)
        return self.address(meant) if meant and ADDRESS_TEXT.fullmatch(meant) else meant

    def is_token(self, address: str) -> bool:
        """Whether amounts of it can be written with its decimals and symbol."""
        return address_bytes(address) in self.tokens

    def permission(self, permission: Permission) -> str:
        """What a permission grants, with names and units where they are known."""
        if isinstance(permission, Erc20TokenTransfer):
            return f"may transfer or approve up to {self.amount(permission.allowance, permission.address)} in total"
        if isinstance(permission, GasLimit):
            return f"may use up to {self.amount(permission.limit, self.gas_unit)} for gas in total"
        named = {
            short_address(address): self.address(address)
            for name, form in permission.fields().items()
            if form == ADDRESS and (address := getattr(permission, name))
        }
        # All at once: a name holds the short address that it stands for.
        parts = (
            re.split(f"({'|'.join(map(re.escape, named))})", permission.sentence) if named else [permission.sentence]
        )
        return "".join(named.get(part, part) for part in parts)

    def function(self, selector: bytes) -> str:
        """``transfer(address,uint256)`` where it is known, else the selector."""
        return function_name("0x" + selector.hex())
