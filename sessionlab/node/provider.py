"""The chain as a web3 provider: web3 code runs on it in this process, without a server.

w3 = Web3(ChainProvider(chain))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from web3.providers.base import JSONBaseProvider

from sessionlab.core.base.errors import RpcError
from sessionlab.core.base.rpc_values import hex_data, hex_quantity
from sessionlab.core.evm.rpc import Method, handle
from sessionlab.node.methods import METHODS
from sessionlab.node.senders import also_held

if TYPE_CHECKING:
    from web3.types import RPCEndpoint, RPCResponse

    from sessionlab.core.base.keys import Key
    from sessionlab.core.evm.chain import Chain


def as_json(value: Any) -> Any:
    """Return parameters as JSON has them: bytes as 0x-hex, HexBytes too, and mappings and lists with such members.

    Numbers stay as they are in lists of parameters, where some methods take them; in objects they become quantities.
    """
    if isinstance(value, bytes | bytearray):
        return hex_data(bytes(value))
    if isinstance(value, Mapping):
        return {as_json(_quantity(name)): as_json(_quantity(member)) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(member) for member in value]
    return value


def _quantity(value: Any) -> Any:
    return hex_quantity(value) if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else value


class ChainProvider(JSONBaseProvider):
    """Hands web3's requests to ``rpc.handle`` and wraps the answers as JSON-RPC responses."""

    def __init__(self, chain: Chain, methods: Mapping[str, Method] = METHODS, accounts: Sequence[Key] = ()) -> None:
        """``methods``: the table that answers. ``accounts``: keys that sign for the user of this provider only."""
        super().__init__()
        self.chain, self._methods, self._accounts = chain, methods, accounts

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Answer one request. Errors are returned as responses, which web3 raises as its own exceptions."""
        response: dict[str, Any] = {"jsonrpc": "2.0", "id": next(self.request_counter)}
        try:
            given = as_json([] if params is None else params)
            with also_held(self._accounts):
                response["result"] = handle(self.chain, method, given, self._methods)
        except RpcError as error:
            response["error"] = error.as_json()
        return cast("RPCResponse", response)

    def make_batch_request(self, requests: list[tuple[RPCEndpoint, Any]]) -> list[RPCResponse] | RPCResponse:
        """Answer several requests in order."""
        return [self.make_request(method, params) for method, params in requests]

    def is_connected(self, show_traceback: bool = False) -> bool:
        """Return True: the chain is in this process."""
        return True
