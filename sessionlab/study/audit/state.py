"""What an audit needs to know about a wallet: plain data, read from a chain or made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sessionlab.core.base.doors import (
    ADDRESS,
    AMOUNT,
    FLAG,
    MAPPING,
    NUMBER,
    TEXT,
    Reader,
    each,
    integer,
    kind,
    maybe,
)
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.deployments import DELEGATE_7702, FACTORY, IMPLEMENTATION
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.permissions.limits import Remaining
from sessionlab.core.permissions.rows import GrantRow
from sessionlab.study.doors import mapping_of

GWEI = 10**9


@dataclass(frozen=True, slots=True)
class Holding:
    """What a wallet holds of one ERC-20 token."""

    #: Base units.
    balance: int
    #: The symbol; of a token whose decimals are unknown, ``units of …``.
    symbol: str
    #: 0 if they are unknown, since ERC-20 makes them optional: amounts are then shown in base units.
    decimals: int
    #: Whether a holder may ``transferFrom`` itself without an allowance, as WETH9 allows.
    moves_without_allowance: bool = False


@dataclass(frozen=True, slots=True)
class Collection:
    """What a wallet holds of one collection (ERC-721). ``name``: what its things are called."""

    ids: tuple[int, ...]
    name: str = "collectible"


@dataclass(frozen=True, slots=True)
class Approval:
    """What someone else may pull of a token from the wallet now."""

    token: str
    spender: str
    #: Base units; of a collection, how many things.
    units: int
    #: Whether an operation of this key made it. If not, it is the owner's.
    by_key: bool = False
    #: Of a collection, which things; empty if only their number is known. And whether the spender may also move what
    #: arrives later.
    ids: tuple[int, ...] = ()
    is_operator: bool = False


@dataclass(frozen=True, slots=True)
class Entrusted:
    """What someone else approved to the wallet. There may be nothing to pull today."""

    token: str
    holder: str
    #: Base units, at most what the holder has. Of a collection, how many things; ``ids`` says which.
    units: int
    symbol: str
    decimals: int = 0
    ids: tuple[int, ...] = ()
    #: Of a collection: whether the wallet is its holder's operator, who may also approve somebody else.
    is_operator: bool = True
    #: Whether it is about a collection, of whose things the holder may have none today.
    of_collection: bool = False


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """What earlier sessions with the same entity id left behind, where a revocation does not clear it."""

    #: In the order in which they were installed.
    rows: tuple[GrantRow, ...] = ()
    #: What remains of their allowances.
    left: Remaining = field(hash=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class OtherSession:
    """Another session that the same key has on the wallet."""

    entity_id: int
    rows: tuple[GrantRow, ...]
    #: The session's last second, in Unix time; 0: no expiry.
    expiry: int = 0
    #: What remains of its allowances; None: nothing is used.
    left: Remaining | None = field(default=None, hash=False)
    #: False: nobody can tell its permissions, so ``rows`` are those of root.
    known: bool = True
    before: LeftBehind = LeftBehind()


@dataclass(frozen=True, slots=True)
class KeyWallet:
    """Another wallet for which the key acts: as its owner, or in sessions."""

    address: str
    is_owners: bool = False
    sessions: tuple[OtherSession, ...] = ()


def wallet_functions() -> frozenset[bytes]:
    """The selectors of this project's wallet."""
    return frozenset(entry.selector for entry in artifact("SessionWallet").functions.values())


@dataclass(frozen=True)
class WalletState:
    """A wallet at one moment. Addresses may be in any letter case."""

    address: str
    #: Unix seconds. ``expiry`` is the session's last second; None or 0: no expiry.
    now: int = 0
    expiry: int | None = None
    #: Wei: the wallet's balance, its deposit in the EntryPoint, and its stake there.
    balance: int = 0
    deposit: int = 0
    stake: int = 0
    #: Whether the stake is being unlocked, so that it can be withdrawn after its delay.
    stake_is_unlocked: bool = False
    tokens: Mapping[str, Holding] = field(hash=False, default_factory=dict)
    collections: Mapping[str, Collection] = field(hash=False, default_factory=dict)
    approvals: tuple[Approval, ...] = ()
    #: What others approved to the wallet.
    entrusted: tuple[Entrusted, ...] = ()
    #: Wei that contracts hold for the wallet, by contract.
    elsewhere: Mapping[str, int] = field(hash=False, default_factory=dict)
    #: What remains of the session's allowances (None: nothing is used), and whether its first operation has run.
    left: Remaining | None = field(default=None, hash=False)
    installed: bool = False
    revoked: bool = False
    before: LeftBehind = LeftBehind()
    #: The other sessions that the key has on the wallet; None: nobody looked, so none is counted.
    others: tuple[OtherSession, ...] | None = None
    #: Whether the key is the owner's own; None: nobody looked, so it is taken not to be.
    key_is_owners: bool | None = None
    #: The key's address, and the other wallets for which it acts; None: nobody looked, so neither is counted.
    key: str | None = None
    key_wallets: tuple[KeyWallet, ...] | None = None
    #: The owner that the wallet names, and those that its spenders name, by address in lower case. Either may be a
    #: contract.
    owner: str | None = None
    owners: Mapping[str, str] = field(hash=False, default_factory=dict)
    #: Whether the endpoint told which sessions it has issued for the key; None: nobody asked.
    issued_is_known: bool | None = None
    #: Calls known to fail when they carry value: an address with a selector, b"" (empty data) or None (any data). Calls
    #: not listed are assumed to accept value.
    refuses_value: frozenset[tuple[str, bytes | None]] = frozenset()
    #: Contracts that used up the gas of a question about what the wallet has there.
    unanswered: frozenset[str] = frozenset()
    #: Wei per gas that operations pay now.
    gas_price: int = GWEI
    names: AddressBook = field(default_factory=AddressBook)
    #: The contracts that sessions depend on, and what to call them.
    entry_point: str = ENTRY_POINT
    machinery: Mapping[str, str] = field(
        hash=False,
        default_factory=lambda: {
            FACTORY: "the wallet factory",
            IMPLEMENTATION: "the wallet's implementation",
            DELEGATE_7702: "the wallet's EIP-7702 delegate",
        },
    )
    #: Selectors of the wallet's functions.
    functions: frozenset[bytes] = field(default_factory=wallet_functions)

    def __post_init__(self) -> None:
        """Raise InvalidInput, with the field, for a value that no wallet can have."""
        for name, read in _FIELDS.items():
            object.__setattr__(self, name, read(getattr(self, name), name))

    @property
    def is_over(self) -> bool:
        """Whether the session has ended."""
        return self.revoked or bool(self.expiry and self.now > self.expiry)


def _record(kind_: type, **readers: Reader) -> Reader:
    """Return the reader of a record of this class, whose own values are read by these."""
    read_kind = kind(kind_, kind_.__name__, f"make one: {kind_.__name__}(…).")

    def read(value: Any, field: str) -> Any:
        read_kind(value, field)
        own = {name: reader(getattr(value, name), f"{field}.{name}") for name, reader in readers.items()}
        return value if all(own[name] == getattr(value, name) for name in own) else replace(value, **own)

    return read


def _as_written(value: Any, field: str) -> Any:
    """Read an address, and leave text in the letter case that it has."""
    address = ADDRESS(value, field)
    return value if isinstance(value, str) and value.lower() == address.lower() else address


def _by_address(read: Reader) -> Reader:
    def read_all(values: Any, field: str) -> Any:
        given = {_as_written(address, field): value for address, value in MAPPING(values, field).items()}
        return mapping_of(read)(given, field)

    return read_all


_DECIMALS, _IDS = partial(integer, most=255), each(NUMBER)
_FIELDS: dict[str, Reader] = {
    "address": _as_written,
    **dict.fromkeys(("now", "balance", "deposit", "stake"), AMOUNT),
    "gas_price": NUMBER,
    "expiry": maybe(NUMBER),
    **dict.fromkeys(("stake_is_unlocked", "installed", "revoked"), FLAG),
    "key_is_owners": maybe(FLAG),
    "issued_is_known": maybe(FLAG),
    "tokens": _by_address(_record(Holding, balance=AMOUNT, decimals=_DECIMALS, symbol=TEXT)),
    "collections": _by_address(_record(Collection, ids=_IDS, name=TEXT)),
    "approvals": each(_record(Approval, token=_as_written, spender=_as_written, units=AMOUNT, ids=_IDS)),
    "entrusted": each(
        _record(Entrusted, token=_as_written, holder=_as_written, units=AMOUNT, decimals=_DECIMALS, ids=_IDS)
    ),
    "elsewhere": _by_address(AMOUNT),
    "left": maybe(mapping_of(AMOUNT)),
    "before": _record(LeftBehind),
    "others": maybe(each(_record(OtherSession, expiry=NUMBER))),
    "key_wallets": maybe(each(_record(KeyWallet, address=_as_written))),
    "owners": MAPPING,
    "unanswered": lambda value, field: frozenset(each(_as_written)(value, field)),
    "machinery": _by_address(TEXT),
    "names": _record(AddressBook),
}
