"""A wallet's operations on the chain, with limits, payer and cost, read over JSON-RPC."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from sessionlab.core.base.abi_words import address_word
from sessionlab.core.base.errors import ChainError, InvalidInput
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.contracts.reverts import decode_revert
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation
from sessionlab.core.permissions.operation import PlainCall, read_operation
from sessionlab.study.own_contracts.errors import own_name
from sessionlab.study.unpack import read_handle_ops

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession
    from sessionlab.core.client.smart_wallet import BaseClient
    from sessionlab.core.denials.address_book import AddressBook

Request = Callable[[str, Any], Any]
"""One JSON-RPC request: method and params."""

EVENT = "UserOperationEvent"
#: Nonce layout: 64 bits of sequence, 8 bits of flags, then the session's entity id, which is 0 for the owner.
FLAGS_PLACE, ENTITY_PLACE, ENTITY_MASK = 64, 72, 2**32 - 1


@dataclass(frozen=True, slots=True)
class ChargedOperation:
    """An operation on the chain. Gas in units of gas, costs in wei, time in Unix seconds."""

    operation: UserOperation
    success: bool
    gas_used: int
    gas_cost: int
    block: int
    time: int
    transaction: str
    bundler: str

    @property
    def entity_id(self) -> int:
        """The entity id of the session that signed it; 0 if the owner did."""
        return entity_of(self.operation.nonce)

    @property
    def installs(self) -> bool:
        """Whether it carries the owner's signature that installs its session."""
        return bool(self.operation.nonce >> FLAGS_PLACE & account.DEFERRED_NONCE_KEY)

    @property
    def calls(self) -> tuple[PlainCall, ...]:
        """What it does; a function of the wallet itself counts as a call to the wallet."""
        return read_operation(self.operation.call_data).calls_of(self.operation.sender)

    @property
    def value(self) -> int:
        """Wei that its calls sent; 0 if they were reverted."""
        return sum(call.value for call in self.calls) if self.success else 0


def entity_of(nonce: int) -> int:
    """Return the entity id in a nonce."""
    return nonce >> ENTITY_PLACE & ENTITY_MASK


def request_of(who: BaseSession | BaseClient) -> tuple[Request, str]:
    """Return how to query the node of a session or wallet, and the wallet's address."""
    from sessionlab.core.client.smart_wallet import BaseClient
    from sessionlab.core.client.wallet_api_client import send_request

    if isinstance(who, BaseClient):
        return lambda method, params: send_request(who.provider, method, params), who.address
    return who.request, who.wallet


def mined_of(who: BaseSession | BaseClient) -> list[ChargedOperation]:
    """Return the operations on the chain, oldest first: of one session, or all of a wallet."""
    reading, entity_id = WalletReading(*request_of(who), who.names), getattr(who, "entity_id", None)
    by_session = reading.charged.values() if entity_id is None else [reading.charged.get(entity_id, [])]
    return [item.operation for item in sorted(chain(*by_session), key=lambda item: item.at)]


def mined_in(request: Request, transaction: str, block: str) -> list[ChargedOperation]:
    """Return the operations in one transaction."""
    topics, reader = [topic("EntryPoint", EVENT)], ChainReader(request)
    query = {"address": ENTRY_POINT, "topics": topics, "fromBlock": block, "toBlock": block}
    result = [reader.operation(log, _facts(log)) for log in request("eth_getLogs", [query])]
    return [item for item in result if item.transaction == transaction]


Place = tuple[int, int, int]
"""Block, transaction and log: where in the history something is."""


class PlacedOperation(NamedTuple):
    """An operation, its place in the history, and why its calls failed; None if they succeeded."""

    at: Place
    operation: ChargedOperation
    reason: str | None


class WalletReading:
    """What the chain has of one wallet's operations, read once for all of the wallet's sessions."""

    def __init__(self, request: Request, wallet: str, names: AddressBook) -> None:
        self.chain, self.wallet, self._names = ChainReader(request), wallet, names

    @cached_property
    def charged(self) -> dict[int, list[PlacedOperation]]:
        """The operations by entity id (0: the owner), oldest first. Raises ChainError if a bundle cannot be read."""
        kinds = [topic("EntryPoint", name) for name in (EVENT, "UserOperationRevertReason", "PostOpRevertReason")]
        topics = [kinds, None, "0x" + address_word(self.wallet).hex()]
        query = {"address": ENTRY_POINT, "topics": topics, "fromBlock": "0x0", "toBlock": "latest"}
        result: dict[int, list[PlacedOperation]] = {}
        reasons: dict[str, str] = {}
        for log in self.chain.request("eth_getLogs", [query]):
            facts = _facts(log)
            if log["topics"][0] != kinds[0]:
                reasons[log["topics"][1]] = own_name(decode_revert(facts["revertReason"]), self._names)
                continue
            reason = None if facts["success"] else reasons.get(log["topics"][1], decode_revert(b"").reason)
            at = (int(log["blockNumber"], 16), int(log["transactionIndex"], 16), int(log["logIndex"], 16))
            placed = PlacedOperation(at, self.chain.operation(log, facts), reason)
            result.setdefault(placed.operation.entity_id, []).append(placed)
        return result

    @cached_property
    def revoked(self) -> dict[int, int]:
        """When the owner last revoked a session, by entity id, in Unix seconds."""
        topics = [topic("SessionWallet", "SessionRevoked")]
        query = {"address": self.wallet, "topics": topics, "fromBlock": "0x0", "toBlock": "latest"}
        logs = self.chain.request("eth_getLogs", [query])
        return {int(log["topics"][1], 16): self.chain.time(log["blockNumber"]) for log in logs}


def _facts(log: dict[str, Any]) -> dict[str, Any]:
    return artifact("EntryPoint").events[bytes.fromhex(log["topics"][0][2:])].decode_log(log)


class ChainReader:
    """Reads blocks and bundles, fetching each one once."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self._blocks: dict[str, dict[str, Any] | None] = {}
        self._bundles: dict[str, tuple[str, list[UserOperation]]] = {}

    def operation(self, log: dict[str, Any], facts: dict[str, Any]) -> ChargedOperation:
        """Return the operation of a UserOperationEvent. Raises ChainError if its bundle cannot be read."""
        bundler, operations = self._bundle(log["transactionHash"])
        sender, nonce = "0x" + log["topics"][2][26:], facts["nonce"]
        return ChargedOperation(
            operation=next(
                operation for operation in operations if (operation.sender.lower(), operation.nonce) == (sender, nonce)
            ),
            success=facts["success"],
            gas_used=facts["actualGasUsed"],
            gas_cost=facts["actualGasCost"],
            block=int(log["blockNumber"], 16),
            time=self.time(log["blockNumber"]),
            transaction=log["transactionHash"],
            bundler=bundler,
        )

    def time(self, number: str) -> int:
        """Return a block's timestamp in Unix seconds."""
        return int((self.block(number) or {})["timestamp"], 16)

    def block(self, number: str) -> dict[str, Any] | None:
        """Return a block by its number; None if it does not exist."""
        if number not in self._blocks:
            self._blocks[number] = self.request("eth_getBlockByNumber", [number, False])
        return self._blocks[number]

    def _bundle(self, transaction_hash: str) -> tuple[str, list[UserOperation]]:
        """Return the sender of a transaction and the operations in it."""
        if transaction_hash not in self._bundles:
            result = self.request("eth_getTransactionByHash", [transaction_hash])
            try:
                operations = read_handle_ops(bytes.fromhex(result["input"][2:]))
            except InvalidInput as error:
                message = f"The bundle {transaction_hash} cannot be read: {error.message}"
                raise ChainError(message, field="transactionHash", asked=transaction_hash, fix=error.fix) from None
            self._bundles[transaction_hash] = result["from"], operations
        return self._bundles[transaction_hash]


def topic(contract: str, event: str) -> str:
    """Return the first topic of a contract's event, as JSON-RPC writes it."""
    return "0x" + artifact(contract).event(event).topic.hex()
