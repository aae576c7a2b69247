"""What an audit is told about a wallet: plain data, read from a chain or made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.deployments import DELEGATE_7702, FACTORY, IMPLEMENTATION
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.permissions.limits import Remaining

GWEI = 10**9


@dataclass(frozen=True, slots=True)
class Holding:
    """What a wallet holds of one ERC-20 token."""

    #: Smallest units.
    balance: int
    symbol: str
    decimals: int
    #: Whether a holder may ``transferFrom`` itself without an allowance, as WETH9 lets it.
    moves_without_allowance: bool = False


@dataclass(frozen=True, slots=True)
class Approval:
    """What a wallet lets somebody pull of a token, now."""

    token: str
    spender: str
    #: Smallest units.
    units: int


def wallet_functions() -> frozenset[bytes]:
    """The selectors of this project's wallet."""
    return frozenset(entry.selector for entry in artifact("SessionWallet").functions.values())


@dataclass(frozen=True)
class WalletState:
    """A wallet at one moment. Addresses in any letter case."""

    address: str
    #: Unix seconds. ``expiry``: the session's last second; None or 0: it has no end.
    now: int = 0
    expiry: int | None = None
    #: Wei: what it holds, and what it has paid into the EntryPoint.
    balance: int = 0
    deposit: int = 0
    tokens: Mapping[str, Holding] = field(default_factory=dict)
    approvals: tuple[Approval, ...] = ()
    #: Wei that contracts keep for the wallet, by contract.
    elsewhere: Mapping[str, int] = field(default_factory=dict)
    #: What is left of the session's allowances; None: it is fresh. And whether its first operation was.
    left: Remaining | None = None
    installed: bool = False
    revoked: bool = False
    #: Calls that are known to fail when they carry value: an address with a selector, b"" (empty data), or
    #: None (whatever the data). What is not known is taken to accept it.
    refuses_value: frozenset[tuple[str, bytes | None]] = frozenset()
    #: Wei per gas at which operations are sent now.
    gas_price: int = GWEI
    names: AddressBook = field(default_factory=AddressBook)
    #: The contracts that sessions stand on, with what to call them.
    entry_point: str = ENTRY_POINT
    machinery: Mapping[str, str] = field(
        default_factory=lambda: {
            FACTORY: "the wallet factory",
            IMPLEMENTATION: "the wallet's implementation",
            DELEGATE_7702: "the wallet's EIP-7702 delegate",
        }
    )
    #: Selectors of the functions that the wallet has.
    functions: frozenset[bytes] = field(default_factory=wallet_functions)

    @property
    def is_over(self) -> bool:
        """Whether the session has ended."""
        return self.revoked or bool(self.expiry and self.now > self.expiry)
