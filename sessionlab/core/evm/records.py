"""The plain frozen records that a chain returns.

Addresses are EIP-55 checksum strings, hashes and topics are 0x-hex strings, numbers are ints (wei, gas, seconds),
and raw data is bytes. Nothing here depends on the EVM.
"""

from __future__ import annotations

from dataclasses import dataclass

from sessionlab.core.base.errors import ChainError


@dataclass(frozen=True, slots=True)
class Log:
    """One event. Its position is None if it comes from a simulation, which is not in a block."""

    address: str
    topics: tuple[str, ...]
    data: bytes
    block_number: int | None = None
    block_hash: str | None = None
    transaction_hash: str | None = None
    transaction_index: int | None = None
    log_index: int | None = None  # index within the block


#: The prefix of a delegating account's code; the delegate's address follows (EIP-7702).
DELEGATION = bytes.fromhex("ef0100")


@dataclass(frozen=True, slots=True)
class Authorization:
    """An account's signed authorization to run the code of ``address`` (EIP-7702)."""

    chain_id: int  # 0: any chain
    address: str
    nonce: int
    y_parity: int
    r: int
    s: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """A mined transaction."""

    hash: str
    type: int  # EIP-2718: 0 legacy, 1 access list, 2 dynamic fee, 4 set code
    chain_id: int | None  # None: a legacy transaction without replay protection
    sender: str
    to: str | None  # None: creates a contract
    nonce: int
    value: int
    data: bytes
    gas: int  # the limit
    max_fee_per_gas: int
    max_priority_fee_per_gas: int
    gas_price: int  # the price paid per gas, in wei
    access_list: tuple[tuple[str, tuple[int, ...]], ...]
    authorization_list: tuple[Authorization, ...]
    v: int
    r: int
    s: int
    block_number: int
    block_hash: str
    index: int


#: How a call fails whose sender has less wei than it sends; the EVM opens no frame for it.
OUT_OF_FUNDS = "OutOfFunds"
OUT_OF_GAS = "OutOfGas"
#: How many bytes of a failed call's data and of what it returned are kept.
KEPT_BYTES = 2_048


@dataclass(frozen=True, slots=True)
class FailedCall:
    """One call of those that led to a failure. Amounts in wei and gas; data and output up to KEPT_BYTES."""

    caller: str
    to: str | None  # whose balance and storage it works on; None: it creates a contract
    value: int
    data: bytes
    gas: int  # what it was given
    halt: str  # "Revert", "OutOfGas", "OutOfFunds", "InvalidInstruction", …
    output: bytes  # revert data
    place: int  # how many calls its caller had made before it
    balance: int | None = None  # what the caller had, if it was too little for the value


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result of a mined transaction. ``status`` is 1 if it succeeded and 0 if it reverted."""

    transaction_hash: str
    transaction_index: int
    block_hash: str
    block_number: int
    sender: str
    to: str | None
    contract_address: str | None  # the contract that this transaction created
    status: int
    type: int
    gas_used: int
    cumulative_gas_used: int
    effective_gas_price: int
    logs_bloom: int
    logs: tuple[Log, ...]
    output: bytes  # return or revert data; kept by this chain, not part of the block
    halt: str | None  # why it halted: "Revert", "OutOfGas", …; None on success
    #: Each failure of the called contract or of a call that it made, outermost call first; kept by this chain.
    failures: tuple[tuple[FailedCall, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A mined block: its Prague header, transactions and receipts."""

    number: int
    hash: str
    parent_hash: str
    state_root: str
    transactions_root: str
    receipts_root: str
    logs_bloom: int
    miner: str
    gas_limit: int
    gas_used: int
    timestamp: int
    extra_data: bytes
    mix_hash: str  # PREVRANDAO
    base_fee_per_gas: int
    size: int  # bytes of the encoded block
    transactions: tuple[Transaction, ...]
    receipts: tuple[Receipt, ...]


@dataclass(frozen=True, slots=True)
class CallResult:
    """The result of a simulated call. Its changes are discarded."""

    success: bool
    output: bytes  # return or revert data; empty if the EVM halted for any other reason
    gas_used: int  # execution gas, without a transaction's intrinsic gas or refunds
    logs: tuple[Log, ...]
    halt: str | None = None  # why it halted: "Revert", "OutOfGas", "InvalidInstruction", …; None on success
    depth: int = 0  # maximum call depth
    failure: tuple[FailedCall, ...] = ()  # the calls that led to its failure, outermost first


class CallFailed(ChainError):
    """Gas estimation failed because the call fails. ``result`` holds the revert data."""

    def __init__(self, message: str, result: CallResult) -> None:
        self.result = result
        super().__init__(message, field="data", asked=result.halt)
