"""The chain as an eth-tester backend, for users of eth-tester or of web3's EthereumTesterProvider.

    backend = LabBackend(lab, keys=[sl.new_key()])
    tester = EthereumTester(backend=backend)
    w3 = Web3(LabTesterProvider(backend))

The lab itself drives py-evm directly, because importing eth-tester takes a third of a second and its own chain slows
down as it grows. Only this adapter imports eth-tester. Each transaction is mined in its own block, even where
eth-tester would put several into one; the coinbase is the chain's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_tester import EthereumTester  # type: ignore[import-untyped]
from eth_tester.backends.base import BaseChainBackend  # type: ignore[import-untyped]
from eth_tester.exceptions import (  # type: ignore[import-untyped]
    BlockNotFound,
    SnapshotNotFound,
    TransactionFailed,
    TransactionNotFound,
    ValidationError,
)
from web3.providers.eth_tester import EthereumTesterProvider

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.base.doors import each, kind, reads
from sessionlab.core.base.errors import ChainError, InvalidInput, Stays
from sessionlab.core.base.keys import Key
from sessionlab.core.contracts.reverts import ERROR_STRING
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.lookup import BlockId
from sessionlab.core.evm.records import Block, CallFailed, CallResult
from sessionlab.core.evm.signing import address_of, open_key
from sessionlab.core.lab.lab import BaseLab
from sessionlab.integrations.eth_tester_transactions import signed_transaction
from sessionlab.integrations.eth_tester_views import block_dict, receipt_dict, transaction_dict
from sessionlab.node.chain_methods import DEFAULT_TIP, MAX_FEE_HISTORY
from sessionlab.node.unsigned import estimate_gas

NOBODY = bytes(20)

__all__ = ["LabBackend", "LabTesterProvider"]


class LabBackend(Stays, BaseChainBackend):  # type: ignore[misc]
    """A lab's chain behind eth-tester's interface; what happens there happens in the lab.

    ``lab``: a lab, or its chain. ``keys``: of the accounts that eth-tester lists and sends from; fund them with
    ``lab.fund``. Raises InvalidInput for anything else.
    """

    @reads(lab=kind((BaseLab, Chain), "a lab or its chain", "give a Lab()."), keys=each(open_key))
    def __init__(self, lab: BaseLab | Chain, keys: Sequence[Key | bytes] = ()) -> None:
        self.chain = lab.chain if isinstance(lab, BaseLab) else lab
        self._keys: dict[bytes, bytes] = {}
        self._sent: list[Block] = []  # already mined, but eth-tester has not asked to mine them yet
        self._snapshots: list[tuple[int, object]] = []  # the chain's snapshot number, and eth-tester's token for it
        for key in keys:
            self.add_account(open_key(key).secret)
        self._genesis = self.take_snapshot()

    # -- snapshots and time

    def take_snapshot(self) -> object:
        """Take a snapshot of the chain; returns a token for it."""
        token = object()
        self._snapshots.append((self.chain.snapshot(), token))
        return token

    def revert_to_snapshot(self, snapshot: object) -> None:
        """Revert to a snapshot, which can be repeated. Later snapshots are dropped."""
        for index, (number, token) in enumerate(self._snapshots):
            if token is snapshot:
                self.chain.revert(number)
                self._snapshots[index:] = [(self.chain.snapshot(), token)]
                self._sent = []
                return
        raise SnapshotNotFound("This snapshot was forgotten by a revert to an earlier one.")

    def reset_to_genesis(self) -> None:
        """Revert to the chain's state when this backend was created."""
        self.revert_to_snapshot(self._genesis)

    def time_travel(self, to_timestamp: int) -> int:
        """Mine a block one second before this time, and give the next block this time, as eth-tester does."""
        self.chain.travel_to(to_timestamp - 1)
        self.chain.mine()
        return self.chain.travel_to(to_timestamp)

    # -- mining and accounts

    def mine_blocks(self, num_blocks: int = 1, coinbase: bytes = NOBODY) -> tuple[bytes, ...]:
        """Mine blocks, counting those of transactions sent since the last call first; returns the last hashes."""
        if coinbase != NOBODY:
            raise ValidationError("The coinbase of this chain is its own; leave it out.")
        mined, self._sent = self._sent, []
        while len(mined) < num_blocks:
            mined.append(self.chain.mine())
        return tuple(bytes.fromhex(block.hash[2:]) for block in mined[len(mined) - num_blocks :])

    def get_accounts(self) -> tuple[bytes, ...]:
        """Return the accounts whose keys this backend holds."""
        return tuple(self._keys)

    def add_account(self, private_key: bytes) -> None:
        """Add an account by its key."""
        self._keys[address_of(open_key(private_key))] = private_key

    # -- reading

    def get_block_by_number(self, block_number: BlockId, full_transaction: bool = True) -> dict[str, Any]:
        """Return a block. The pending block is the empty block that would be mined now."""
        if block_number != "pending":
            return block_dict(self._block(block_number), full_transaction)
        snapshot = self.chain.snapshot()
        block = self.chain.mine()
        self.chain.revert(snapshot)
        return block_dict(block, full_transaction)

    def get_block_by_hash(self, block_hash: bytes, full_transaction: bool = True) -> dict[str, Any]:
        """Return a block by its hash."""
        return block_dict(self._block("0x" + block_hash.hex()), full_transaction)

    def get_transaction_by_hash(self, transaction_hash: bytes) -> dict[str, Any]:
        """Return a transaction."""
        try:
            result = self.chain.transaction(transaction_hash)
        except ChainError as error:
            raise TransactionNotFound(str(error)) from None
        return transaction_dict(result, pending=self._is_pending(result.block_hash))

    def get_transaction_receipt(self, transaction_hash: bytes) -> dict[str, Any]:
        """Return a receipt."""
        try:
            result = self.chain.receipt(transaction_hash)
        except ChainError as error:
            raise TransactionNotFound(str(error)) from None
        return receipt_dict(result, pending=self._is_pending(result.block_hash))

    def get_fee_history(
        self, block_count: int = 1, newest_block: BlockId = "latest", reward_percentiles: Sequence[int] = ()
    ) -> dict[str, Any]:
        """Return the constant base fee and the blocks' gas used ratios, oldest first."""
        if not 1 <= block_count <= MAX_FEE_HISTORY:
            raise ValidationError(f"block_count must be between 1 and {MAX_FEE_HISTORY}")
        newest = self._block(newest_block).number
        blocks = [self.chain.block(n) for n in range(max(0, newest - block_count + 1), newest + 1)]
        return {
            "oldest_block": blocks[0].number,
            "base_fee_per_gas": [self.chain.base_fee] * (len(blocks) + 1),
            "gas_used_ratio": [block.gas_used / block.gas_limit for block in blocks],
            "reward": [],
        }

    def get_nonce(self, account: bytes, block_number: BlockId = "latest") -> int:
        """Return an account's nonce."""
        return self.chain.nonce(account, self._existing(block_number))

    def get_balance(self, account: bytes, block_number: BlockId = "latest") -> int:
        """Return an account's balance in wei."""
        return self.chain.balance(account, self._existing(block_number))

    def get_code(self, account: bytes, block_number: BlockId = "latest") -> bytes:
        """Return the code of an account."""
        return self.chain.code(account, self._existing(block_number))

    def get_storage(self, account: bytes, slot: int, block_number: BlockId = "latest") -> int:
        """Return the word in a storage slot."""
        return self.chain.storage(account, slot, self._existing(block_number))

    # -- transactions

    def send_raw_transaction(self, raw_transaction: bytes) -> bytes:
        """Mine a signed transaction. Raises eth-tester's ValidationError if no block can include it."""
        try:
            sent = self.chain.send_raw(raw_transaction)
        except (ChainError, ValueError) as error:
            raise ValidationError(str(error)) from error
        self._sent.append(self.chain.block())
        return bytes.fromhex(sent[2:])

    def send_signed_transaction(self, transaction: dict[str, Any], block_number: BlockId = "latest") -> bytes:
        """Mine a transaction whose fields include its signature."""
        return self.send_raw_transaction(signed_transaction(self.chain, transaction))

    def send_transaction(self, transaction: dict[str, Any]) -> bytes:
        """Sign a transaction with a key that this backend holds, and mine it."""
        key = self._keys.get(transaction["from"])
        if key is None:
            raise ValidationError('No key for "from" was given to this backend.')
        return self.send_raw_transaction(signed_transaction(self.chain, transaction, key))

    def estimate_gas(self, transaction: dict[str, Any], block_number: BlockId = "latest") -> int:
        """Return a sufficient gas limit for a transaction."""
        message = _message(transaction)
        try:
            return estimate_gas(self.chain, **message, block=self._existing(block_number))
        except CallFailed as error:
            raise _failed(error.result) from None
        except ChainError as error:
            raise TransactionFailed(str(error)) from None

    def call(self, transaction: dict[str, Any], block_number: BlockId = "latest") -> bytes:
        """Execute a message without keeping its effects; returns the output."""
        message = _message(transaction)
        result = self.chain.call(**message, gas=transaction.get("gas"), block=self._existing(block_number))
        if not result.success:
            raise _failed(result)
        return result.output

    def _block(self, which: BlockId) -> Block:
        try:
            return self.chain.block(which)
        except (ChainError, ValueError):
            raise BlockNotFound(f"No block found for block number: {which}") from None

    def _existing(self, which: BlockId) -> BlockId:
        self._block(which)
        return which

    def _is_pending(self, block_hash: str) -> bool:
        return any(block.hash == block_hash for block in self._sent)


class LabTesterProvider(Stays, EthereumTesterProvider):
    """web3's EthereumTesterProvider with this chain's id and fees; web3's own reports chain id 131277322940537.

    Raises InvalidInput if ``tester`` is neither a LabBackend nor an EthereumTester on one.
    """

    @reads(tester=kind((EthereumTester, LabBackend), "a LabBackend", "give LabBackend(lab)."))
    def __init__(self, tester: EthereumTester | LabBackend) -> None:
        from web3.providers.eth_tester.defaults import API_ENDPOINTS

        if isinstance(tester, LabBackend):
            tester = EthereumTester(backend=tester)
        if not isinstance(tester.backend, LabBackend):
            given, fix = type(tester.backend).__name__, "give LabBackend(lab)."
            raise InvalidInput(f"tester is on a {given}, not on a lab.", field="tester", asked=given, fix=fix)
        chain: Chain = tester.backend.chain
        eth = {"chainId": chain.chain_id, "gasPrice": chain.base_fee + DEFAULT_TIP}
        endpoints: dict[str, Any] = dict(API_ENDPOINTS)
        endpoints["eth"] = {**endpoints["eth"], **{name: _always(value) for name, value in eth.items()}}
        endpoints["net"] = {**endpoints["net"], "version": _always(str(chain.chain_id))}
        super().__init__(tester, endpoints)


def _always(value: Any) -> Any:
    return lambda _tester, _params: value


def _message(transaction: dict[str, Any]) -> dict[str, Any]:
    to = transaction.get("to")
    return {
        "to": address_bytes(to) if to else None,
        "data": transaction.get("data", b""),
        "sender": transaction["from"],
        "value": transaction.get("value", 0),
    }


def _failed(result: CallResult) -> TransactionFailed:
    """Build the error as eth-tester's own backend does: the reason, or the revert data's repr, which web3 parses."""
    if result.halt != "Revert":
        return TransactionFailed(str(result.halt))
    if result.output[:4] == ERROR_STRING:
        from eth_abi.abi import decode
        from eth_abi.exceptions import DecodingError

        try:
            return TransactionFailed(decode(["string"], result.output[4:])[0])
        except (DecodingError, UnicodeDecodeError):
            pass
    return TransactionFailed(str(result.output))
