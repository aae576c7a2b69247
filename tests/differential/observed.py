"""One transaction on one chain, as it is compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode
from eth_hash.auto import keccak

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.records import Receipt
from tests.differential.recorder import Sent


def _topic(signature: str) -> str:
    return "0x" + keccak(signature.encode()).hex()


#: The events of the published interfaces: topic to name and the types of what is not indexed.
EVENTS = {
    _topic(f"{name}({arguments})"): (name, data)
    for name, arguments, data in (
        (
            "UserOperationEvent",
            "bytes32,address,address,uint256,bool,uint256,uint256",
            ("uint256", "bool", "uint256", "uint256"),
        ),
        ("AccountDeployed", "bytes32,address,address,address", ("address", "address")),
        ("UserOperationRevertReason", "bytes32,address,uint256,bytes", ("uint256", "bytes")),
        ("PostOpRevertReason", "bytes32,address,uint256,bytes", ("uint256", "bytes")),
        ("UserOperationPrefundTooLow", "bytes32,address,uint256", ("uint256",)),
        ("BeforeExecution", "", ()),
        ("SignatureAggregatorChanged", "address", ()),
        ("Deposited", "address,uint256", ("uint256",)),
        ("Withdrawn", "address,address,uint256", ("address", "uint256")),
        ("StakeLocked", "address,uint256,uint256", ("uint256", "uint256")),
        ("StakeUnlocked", "address,uint256", ("uint256",)),
        ("StakeWithdrawn", "address,address,uint256", ("address", "uint256")),
    )
}
ERRORS: dict[bytes, tuple[str, tuple[str, ...]]] = {
    keccak(f"{name}({','.join(types)})".encode())[:4]: (name, types)
    for name, types in (
        ("FailedOp", ("uint256", "string")),
        ("FailedOpWithRevert", ("uint256", "string", "bytes")),
        ("PostOpReverted", ("bytes",)),
        ("SenderAddressResult", ("address",)),
        ("DelegateAndRevert", ("bool", "bytes")),
        ("SignatureValidationFailed", ("address",)),
        ("ReentrancyGuardReentrantCall", ()),
        ("Error", ("string",)),
        ("Panic", ("uint256",)),
    )
}


#: Nonce, code hash and storage root.
State = tuple[int, bytes, bytes]


@dataclass(frozen=True)
class Event:
    """An event of the EntryPoint. An unknown one keeps its topic as its name and its data as its value."""

    name: str
    topics: tuple[str, ...]
    values: tuple[Any, ...]

    @property
    def account(self) -> str:
        """The address in the last indexed place but the paymaster's: whose event it is."""
        return checksum(bytes.fromhex(self.topics[2 if self.name.startswith("UserOp") else 1][-40:]))


@dataclass(frozen=True)
class Observed:
    """``balances`` and ``deposits``: wei gained by account. ``state``: what the accounts keep that changed."""

    status: int
    output: bytes
    events: tuple[Event, ...]
    other_logs: tuple[tuple[str, tuple[str, ...], bytes], ...]
    sent: tuple[Sent, ...]
    entered: tuple[bytes, ...]
    touched: frozenset[str]
    balances: Mapping[str, int]
    deposits: Mapping[str, int]
    nonces: Mapping[tuple[str, int], int]
    state: Mapping[str, State]
    value_taken: int
    gas_used: int

    @property
    def refusal(self) -> str:
        """The revert in words; empty after success."""
        return "" if self.status == 1 else read_error(self.output)


def read_error(data: bytes) -> str:
    """Revert data in words: ``FailedOp(0, 'AA24 signature error')``."""
    if not data:
        return "no data"
    name, types = ERRORS.get(data[:4], ("", ()))
    if not name:
        return "0x" + data.hex()
    try:
        return f"{name}{tuple(decode(types, data[4:]))}"
    except Exception:  # malformed data is compared as it is
        return "0x" + data.hex()


def events_of(receipt: Receipt) -> tuple[Event, ...]:
    """The EntryPoint's own events, in order."""
    return tuple(
        _event(log.topics, log.data) for log in receipt.logs if address_bytes(log.address) == address_bytes(ENTRY_POINT)
    )


def _event(topics: Sequence[str], data: bytes) -> Event:
    name, types = EVENTS.get(topics[0] if topics else "", ("", ()))
    if not name:
        return Event(topics[0] if topics else "anonymous", tuple(topics), (data,))
    try:
        return Event(name, tuple(topics), tuple(decode(types, data)))
    except Exception:  # malformed data is compared as it is
        return Event(name, tuple(topics), (data,))


def number(chain: Chain, signature: str, types: tuple[str, ...], *values: Any) -> int:
    """Ask the EntryPoint a question whose answer is one word."""
    from eth_abi.abi import encode

    answer = chain.call(ENTRY_POINT, keccak(signature.encode())[:4] + encode(types, values))
    return int.from_bytes(answer.output[:32], "big") if answer.success else -1


def deposit_of(chain: Chain, account: str) -> int:
    """Its deposit, in wei."""
    return number(chain, "balanceOf(address)", ("address",), account)


def next_nonce(chain: Chain, account: str, key: int) -> int:
    """Its next nonce with this nonce key."""
    return number(chain, "getNonce(address,uint192)", ("address", "uint192"), account, key)


def states(state: Any, accounts: Iterable[str]) -> dict[str, State]:
    """What accounts keep, in a state of py-evm."""
    database = state._account_db
    found = {}
    for account in accounts:
        kept = database._get_account(address_bytes(account))
        found[account] = (kept.nonce, bytes(kept.code_hash), bytes(kept.storage_root))
    return found
