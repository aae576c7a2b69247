"""The two machines that are compared, behind the same four verbs.

``Own`` is the chain in this process. ``Peer`` is a node over HTTP, spoken to with web3 as its users do, by
the fewest requests that do the job.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.included import read_bundle
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, handle_ops
from sessionlab.core.evm.chain import Chain
from tests.bench.attack_lab import BUNDLER, CHAIN_ID, COUNTER, GWEI, Transaction, genesis, preparation

NUMBER = artifact("Counter").encode("number")


class Machine(Protocol):
    """Mines operations and reads what they did."""

    def include(self, operations: Sequence[UserOperation]) -> int:
        """Mine one bundle, fetch its receipt and decode its events; returns how many succeeded."""

    def count(self) -> int:
        """Read the counter."""


class Own:
    """The chain in this process, prepared."""

    def __init__(self) -> None:
        self.chain = Chain(genesis(), chain_id=CHAIN_ID)
        for made in preparation():
            self.transact(made)

    def transact(self, made: Transaction) -> None:
        """Mine one transaction that must go through."""
        receipt = self.chain.transact(made.key.private, made.to, made.data, made.value, gas=made.gas)
        assert receipt.status == 1, receipt.halt

    def include(self, operations: Sequence[UserOperation]) -> int:
        """Mine one bundle and decode its events."""
        data = handle_ops(operations, BUNDLER.address)
        receipt = self.chain.transact(BUNDLER.private, ENTRY_POINT, data, gas=30_000_000)
        return sum(included.success for included in read_bundle(receipt))

    def count(self) -> int:
        """Read the counter."""
        return int.from_bytes(self.chain.call(COUNTER, NUMBER).output, "big")


class Peer:
    """A node over HTTP, given the same genesis and the same preparation."""

    def __init__(self, url: str) -> None:
        from web3 import Web3

        self.w3 = Web3(Web3.HTTPProvider(url))
        self._nonces: dict[str, int] = {}
        self._event = self.w3.eth.contract(abi=artifact("EntryPoint").abi).events.UserOperationEvent()
        for address, made in genesis().items():
            self._place(address, made)
        for transaction in preparation():
            self.transact(transaction)

    def ask(self, method: str, *params: Any) -> Any:
        """Send one request past web3's formatters. Raises RuntimeError on an error."""
        answer = self.w3.provider.make_request(method, params)  # type: ignore[arg-type]
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def transact(self, made: Transaction) -> Any:
        """Sign, send and wait for one transaction that must go through; returns its receipt."""
        from eth_account import Account

        sender = made.key.address
        nonce = self._nonces.get(sender, 0)
        fields = {
            "type": 2,
            "chainId": CHAIN_ID,
            "nonce": nonce,
            "gas": made.gas,
            "to": self.w3.to_checksum_address(made.to),
            "data": made.data,
            "value": made.value,
            "maxFeePerGas": 2 * GWEI,
            "maxPriorityFeePerGas": 0,
        }
        signed = Account.sign_transaction(fields, made.key.private)
        sent = self.w3.eth.send_raw_transaction(signed.raw_transaction)
        receipt = self.w3.eth.wait_for_transaction_receipt(sent, poll_latency=0.0005)
        assert receipt["status"] == 1, receipt
        self._nonces[sender] = nonce + 1
        return receipt

    def include(self, operations: Sequence[UserOperation]) -> int:
        """Mine one bundle and decode its events."""
        from web3.logs import DISCARD

        receipt = self.transact(Transaction(BUNDLER, ENTRY_POINT, handle_ops(operations, BUNDLER.address)))
        return sum(event["args"]["success"] for event in self._event.process_receipt(receipt, errors=DISCARD))

    def count(self) -> int:
        """Read the counter."""
        found = self.w3.eth.call({"to": self.w3.to_checksum_address(COUNTER), "data": "0x" + NUMBER.hex()})  # type: ignore[typeddict-item]
        return int.from_bytes(found, "big")

    def _place(self, address: str, made: Any) -> None:
        if made.balance:
            self.ask("anvil_setBalance", address, hex(made.balance))
        if made.code:
            self.ask("anvil_setCode", address, "0x" + made.code.hex())
        for slot, word in made.storage.items():
            self.ask("anvil_setStorageAt", address, f"0x{slot:064x}", f"0x{word:064x}")
