"""The words of geth for each error of a node: client libraries know errors by them, not by their codes.

``GETH`` and ``HALTS`` are the one table. The message of an error is geth's words first, then this library's sentence
with its field and fix. The codes are geth's too: 3 for a revert, -32602 for parameters, -32000 for everything else.
Source: github.com/ethereum/go-ethereum, core/error.go, core/txpool/validation.go, core/vm/errors.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import wraps
from typing import Any

from sessionlab.core.base.errors import ChainError, InvalidInput, RpcError
from sessionlab.core.base.rpc_codes import INVALID_PARAMS, REFUSED, REVERTED
from sessionlab.core.base.rpc_values import hex_data
from sessionlab.core.contracts.reverts import ERROR_STRING, error_text
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.records import CallFailed, CallResult
from sessionlab.core.evm.rpc import Method, Read, facts_of
from sessionlab.core.evm.rpc_methods import Params
from sessionlab.node.parameters import check_parameters

#: What follows the name of an error, by that name.
GETH: Mapping[str, str] = {
    "nonce too low": ": next nonce {left}, tx nonce {asked}",
    "nonce too high": ": address {sender}, tx: {asked} state: {left}",
    "insufficient funds for gas * price + value": ": address {sender} have {left} want {asked}",
    "insufficient funds for transfer": ": address {sender}",
    "max fee per gas less than block base fee": ": address {sender}, maxFeePerGas: {asked}, baseFee: {left}",
    "max priority fee per gas higher than max fee per gas": (
        ": address {sender}, maxPriorityFeePerGas: {asked}, maxFeePerGas: {left}"
    ),
    "intrinsic gas too low": ": gas {asked}, minimum needed {left}",
    "insufficient gas for floor data gas cost": ": gas {asked}, minimum needed {left}",
    "gas required exceeds allowance": " ({left})",
    "exceeds block gas limit": ": gas limit reached",  # two names of one fact where every transaction is mined at once
    "max initcode size exceeded": ": code size {asked}, limit {left}",
    "oversized data": ": transaction size {asked}, limit {left}",
    "sender not an eoa": ": address {sender}",
    "invalid chain id for signer": ": have {asked} want {left}",
    "chainId does not match node's": " (have={asked}, want={left})",
    "transaction type not supported": "",
    "header not found": "",
    "filter not found": "",
}

#: What geth says of a call that halts, by the name that the EVM here has for it.
HALTS: Mapping[str, str] = {
    "OutOfGas": "out of gas",
    "InsufficientStack": "stack underflow",
    "FullStack": "stack limit reached 1024 (1023)",
    "InvalidJumpDestination": "invalid jump destination",
    "InvalidInstruction": "invalid opcode",
    "InsufficientFunds": "insufficient balance for transfer",
    "StackDepthLimit": "max call depth exceeded",
    "ContractCreationCollision": "contract address collision",
    "WriteProtection": "write protection",
    "OutOfBoundsRead": "return data out of bounds",
    "ReservedBytesInCode": "invalid code: must not begin with 0xef",
}

#: Methods whose error data is that of a revert: the web3 package takes any other data for one.
CALLS = ("eth_call", "eth_estimateGas")
PANICS: Mapping[int, str] = {
    0x00: "generic panic",
    0x01: "assert(false)",
    0x11: "arithmetic underflow or overflow",
    0x12: "division or modulo by zero",
    0x21: "enum overflow",
    0x22: "invalid encoded storage byte array accessed",
    0x31: "out-of-bounds array access; popping on an empty array",
    0x32: "out-of-bounds access of an array or bytesN",
    0x41: "out of memory",
    0x51: "uninitialized function",
}
PANIC = bytes.fromhex("4e487b71")
WORD = 32  # bytes
MOST_REASON = 10_000  # characters of a revert's text that are told; the data has all of it


def words_of(error: ChainError) -> str:
    """Return what geth says of an error; empty if it has no words for it."""
    if error.kind is None:
        return ""
    return error.kind + GETH[error.kind].format(asked=error.asked, left=error.left, sender=error.sender)


def reverted(result: CallResult) -> RpcError:
    """Return the error for a call that failed: a revert with its reason and its data, or how the EVM halted."""
    if result.halt != "Revert":
        halt = str(result.halt)
        return RpcError(REFUSED, f"{HALTS.get(halt, 'execution halted')}. The EVM halted: {halt}.")
    reason = reason_of(result.output)
    message = "execution reverted" + (f": {reason}" if reason else "")
    return RpcError(REVERTED, message, hex_data(result.output))


def in_geths_words(methods: Mapping[str, Method]) -> dict[str, Method]:
    """Return these methods with the chain's errors in geth's words, and without surplus parameters."""
    return {
        name: replace(method, method=_translated(method.method, name))
        if isinstance(method, Read)
        else _translated(method, name)
        for name, method in methods.items()
    }


def _translated(method: Method, name: str) -> Method:
    @wraps(method)
    def answer(chain: Chain, params: Params) -> Any:
        try:
            check_parameters(name, params)
            return method(chain, params)
        except InvalidInput as error:
            raise RpcError(INVALID_PARAMS, str(error), data_of(name, facts_of(error))) from error
        except CallFailed as error:
            raise reverted(error.result) from error
        except ChainError as error:
            words = words_of(error)
            message = f"{words}. {error}" if words else str(error)
            raise RpcError(REFUSED, message, data_of(name, facts_of(error))) from error

    return answer


def data_of(method: str, data: Any) -> Any:
    """Return the data of an error that is not a revert: none for the methods of which clients take any data for one."""
    return None if method in CALLS else data


def reason_of(data: bytes) -> str:
    """Return the text, up to MOST_REASON, of a revert with ``Error(string)`` or ``Panic(uint256)``, or nothing."""
    if data[:4] == PANIC and len(data) == 4 + WORD:
        code = int.from_bytes(data[4:], "big")
        return PANICS.get(code, f"unknown panic code: {code:#x}")
    return error_text(data)[:MOST_REASON] if data[:4] == ERROR_STRING else ""
