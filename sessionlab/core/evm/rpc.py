"""The JSON-RPC node methods, as plain functions of a chain and parameters.

``METHODS`` has the methods that the core client needs; ``sessionlab.node`` has the full table. ``handle`` returns a
JSON value or raises RpcError with the protocol's code: -32601 unknown method, -32602 invalid parameters, 3 execution
reverted (with the revert data), -32000 refused by the chain.

A method that only reads is marked as a ``Read``: it sees the chain at one moment and waits for nobody, whatever other
threads do. Every other method is atomic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from sessionlab.core.base.errors import ChainError, InvalidInput, RpcError, SessionlabError
from sessionlab.core.base.rpc_codes import INVALID_PARAMS, REFUSED, REVERTED, UNKNOWN_METHOD
from sessionlab.core.base.rpc_values import hex_data, hex_quantity, short
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.records import CallFailed, CallResult
from sessionlab.core.evm.rpc_methods import Params, call, get_balance, get_block, get_logs

Method = Callable[[Chain, Params], Any]


@dataclass(frozen=True, slots=True)
class Read:
    """A method that changes nothing, of a chain or of a Wallet API."""

    method: Callable[[Any, Any], Any]

    def __call__(self, asked: Any, params: Any) -> Any:
        """Answer from what is asked, as it is now."""
        return self.method(asked.frozen(), params)


def reads(methods: Mapping[str, Callable[[Any, Any], Any]]) -> dict[str, Read]:
    """Mark methods that change nothing."""
    return {name: Read(method) for name, method in methods.items()}


def handle(chain: Chain, method: str, params: Params | None, methods: Mapping[str, Method]) -> Any:
    """Answer one request from a table of methods.

    Raises only RpcError for caller errors.
    """
    function = methods.get(method)
    if function is None:
        raise unknown(method, methods)
    if params is not None and not isinstance(params, list | tuple):
        raise RpcError(INVALID_PARAMS, "Parameters must be a list.")
    try:
        with nullcontext() if isinstance(function, Read) else chain.atomic():
            return function(chain, params or [])
    except CallFailed as error:
        raise _reverted(error.result) from error
    except InvalidInput as error:
        raise RpcError(INVALID_PARAMS, str(error), facts_of(error)) from error
    except ChainError as error:
        raise RpcError(REFUSED, str(error), facts_of(error)) from error


def unknown(method: str, known: Iterable[str], why: str = "") -> RpcError:
    """Return the error for a method that is not answered, in geth's words, with the reason or what may be meant."""
    close = [] if why else get_close_matches(method, known, n=1)
    more = f": {why}." if why else f". Next step: did you mean {close[0]}?" if close else "."
    return RpcError(UNKNOWN_METHOD, f"the method {short(method)} does not exist/is not available{more}")


def facts_of(error: SessionlabError) -> dict[str, Any]:
    """Return an error's facts as JSON: field, asked, left and fix."""
    facts = {"field": error.field, "asked": error.asked, "left": error.left, "fix": error.fix}
    return {name: _plain(fact) for name, fact in facts.items() if fact is not None}


def _plain(fact: Any) -> Any:
    if isinstance(fact, bool | str):
        return fact
    if isinstance(fact, list | tuple):
        return [_plain(part) for part in fact]
    return hex(fact) if isinstance(fact, int) else str(fact)


def _reverted(result: CallResult) -> RpcError:
    if result.halt == "Revert":
        return RpcError(REVERTED, "execution reverted", hex_data(result.output))
    return RpcError(REFUSED, f"execution halted: {result.halt}")


METHODS: Mapping[str, Method] = reads(
    {
        "eth_chainId": lambda chain, _: hex_quantity(chain.chain_id),
        "eth_getBalance": get_balance,
        "eth_call": call,
        "eth_getBlockByNumber": get_block,
        "eth_getLogs": get_logs,
    }
)
