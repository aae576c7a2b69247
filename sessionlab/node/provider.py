"""The chain as a web3 provider: web3 code runs on it in this process, without a server.

w3 = Web3(ChainProvider(chain))
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from web3.providers.base import JSONBaseProvider

from sessionlab.core.base.errors import RpcError
from sessionlab.core.evm.rpc import Method, handle
from sessionlab.node.methods import METHODS

if TYPE_CHECKING:
    from web3.types import RPCEndpoint, RPCResponse

    from sessionlab.core.evm.chain import Chain


class ChainProvider(JSONBaseProvider):
    """Hands web3's requests to ``rpc.handle`` and wraps the answers as JSON-RPC responses."""

    def __init__(self, chain: Chain, methods: Mapping[str, Method] = METHODS) -> None:
        """``methods``: the table that answers."""
        super().__init__()
        self.chain, self._methods = chain, methods

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Answer one request. Errors are returned as responses, which web3 raises as its own exceptions."""
        response: dict[str, Any] = {"jsonrpc": "2.0", "id": next(self.request_counter)}
        try:
            response["result"] = handle(self.chain, method, list(params or ()), self._methods)
        except RpcError as error:
            response["error"] = error.as_json()
        return cast("RPCResponse", response)

    def make_batch_request(self, requests: list[tuple[RPCEndpoint, Any]]) -> list[RPCResponse] | RPCResponse:
        """Answer several requests in order."""
        return [self.make_request(method, params) for method, params in requests]

    def is_connected(self, show_traceback: bool = False) -> bool:
        """Return True: the chain is in this process."""
        return True
