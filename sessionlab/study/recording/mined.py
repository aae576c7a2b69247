"""The operations that a wallet has on the chain, with limits, payer and cost: read over JSON-RPC, for pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.abi_words import address_word
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.unpack import read_handle_ops
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation
from sessionlab.core.erc4337.wallet_encoding import RawCall
from sessionlab.core.permissions.operation import EXECUTE_USER_OP, read_operation

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession
    from sessionlab.core.client.smart_wallet import BaseClient

Request = Callable[[str, Any], Any]
#: Of a nonce: 64 bits count, 8 are flags, then comes the number of the session, 0 for the owner.
FLAGS_PLACE, ENTITY_PLACE, ENTITY_MASK = 64, 72, 2**32 - 1


@dataclass(frozen=True, slots=True)
class ChargedOperation:
    """An operation on the chain. Gas in gas, costs in wei, time in unix seconds."""

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
        """The number of the session that signed it; 0: the owner did."""
        return self.operation.nonce >> ENTITY_PLACE & ENTITY_MASK

    @property
    def installs(self) -> bool:
        """Whether it brings the owner's signature that installs its session."""
        return bool(self.operation.nonce >> FLAGS_PLACE & account.DEFERRED_LANE)

    @property
    def calls(self) -> tuple[RawCall, ...]:
        """What it does; a function of the wallet itself is a call of the wallet."""
        read = read_operation(self.operation.call_data)
        if read.own_data:
            return (RawCall(self.operation.sender, 0, self.operation.call_data.removeprefix(EXECUTE_USER_OP)),)
        return tuple(RawCall(call.target, call.value, call.data) for call in read.calls)

    @property
    def value(self) -> int:
        """Wei that its calls sent: nothing, if they were undone."""
        return sum(call.value for call in self.calls) if self.success else 0


def request_of(who: BaseSession | BaseClient) -> tuple[Request, str]:
    """How to ask the node of a session or a wallet, and the wallet's address."""
    from sessionlab.core.client.smart_wallet import BaseClient
    from sessionlab.core.client.wallet_api_client import send_request

    if isinstance(who, BaseClient):
        return lambda method, params: send_request(who.provider, method, params), who.address
    return who.request, who.wallet


def mined_of(who: BaseSession | BaseClient) -> list[ChargedOperation]:
    """The operations on the chain, oldest first: of one session, or all of a wallet."""
    request, wallet = request_of(who)
    found = read_mined(request, {"topics": [_event_topic(), None, "0x" + address_word(wallet).hex()]})
    entity_id = getattr(who, "entity_id", None)
    return [one for one in found if entity_id in (None, one.entity_id)]


def read_mined(request: Request, query: dict[str, Any]) -> list[ChargedOperation]:
    """The operations whose events a query of logs finds."""
    query = {"address": ENTRY_POINT, "fromBlock": "0x0", "toBlock": "latest", **query}
    return [_mined(request, log) for log in request("eth_getLogs", [query])]


def mined_in(request: Request, transaction: str, block: str) -> list[ChargedOperation]:
    """The operations that one transaction brought."""
    query = {"topics": [_event_topic()], "fromBlock": block, "toBlock": block}
    return [one for one in read_mined(request, query) if one.transaction == transaction]


def _mined(request: Request, log: dict[str, Any]) -> ChargedOperation:
    event = next(e for e in artifact("EntryPoint").events.values() if e.name == "UserOperationEvent")
    topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
    facts = event.decode_event(topics, bytes.fromhex(log["data"][2:]))
    transaction = request("eth_getTransactionByHash", [log["transactionHash"]])
    operations = read_handle_ops(bytes.fromhex(transaction["input"][2:]))
    sender, nonce = "0x" + log["topics"][2][26:], facts["nonce"]
    operation = next(one for one in operations if (one.sender.lower(), one.nonce) == (sender, nonce))
    return ChargedOperation(
        operation=operation,
        success=facts["success"],
        gas_used=facts["actualGasUsed"],
        gas_cost=facts["actualGasCost"],
        block=int(log["blockNumber"], 16),
        time=int(request("eth_getBlockByNumber", [log["blockNumber"], False])["timestamp"], 16),
        transaction=log["transactionHash"],
        bundler=transaction["from"],
    )


def _event_topic() -> str:
    return next("0x" + e.topic.hex() for e in artifact("EntryPoint").events.values() if e.name == "UserOperationEvent")
