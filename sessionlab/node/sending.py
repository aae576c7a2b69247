"""Methods by which a node signs and sends for its accounts, and for those that were impersonated."""

from __future__ import annotations

import json
from typing import Any

from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.rpc_values import an_object, data, hex_data, plain, quantity, unchecked_address
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.rpc_methods import Params, at, need
from sessionlab.node.chain_methods import check_size, get_receipt, send_raw
from sessionlab.node.senders import senders_of
from sessionlab.node.transaction_requests import read_request


def send_transaction(chain: Chain, params: Params) -> str:
    """Answer eth_sendTransaction: sign for the sender, mine at once, and return the hash.

    What the request leaves out is filled in: the nonce, an estimate of the gas, the base fee and a tip of 1 gwei.
    """
    sender = unchecked_address(_sender(params), "from")
    key = senders_of(chain).signs(sender)
    sender, unsigned = read_request(chain, params, to_send=True)
    return _sent(chain, unsigned.sent_by(sender) if key is None else unsigned.signed(key), impersonated=key is None)


def send_unsigned(chain: Chain, params: Params) -> str:
    """Answer eth_sendUnsignedTransaction: send for any account, without impersonating it first."""
    sender, unsigned = read_request(chain, params, to_send=True)
    return _sent(chain, unsigned.sent_by(sender), impersonated=True)


def sign_transaction(chain: Chain, params: Params) -> str:
    """Answer eth_signTransaction: the bytes to send with eth_sendRawTransaction."""
    key = senders_of(chain).key(unchecked_address(_sender(params), "from"))
    return hex_data(read_request(chain, params)[1].signed(key).encode())


def send_raw_sync(chain: Chain, params: Params) -> dict[str, Any] | None:
    """Answer eth_sendRawTransactionSync (EIP-7966): send, and return the receipt, as it is mined at once."""
    if at(params, 1) is not None:
        quantity(hex(params[1]) if isinstance(params[1], int) else params[1], "timeout")
    return get_receipt(chain, [send_raw(chain, params)])


def sign(chain: Chain, params: Params) -> str:
    """Answer eth_sign: a signature over a message of bytes (EIP-191)."""
    address = unchecked_address(need(params, 0, "address"), "address")
    message = data(need(params, 1, "message"), "message")
    return hex_data(senders_of(chain).key(address).sign_message(message))


def personal_sign(chain: Chain, params: Params) -> str:
    """Answer personal_sign: as eth_sign, with the message first."""
    return sign(chain, [need(params, 1, "address"), need(params, 0, "message")])


def sign_typed_data(chain: Chain, params: Params) -> str:
    """Answer eth_signTypedData_v4, with the typed data (EIP-712) as an object or as its JSON text."""
    address = unchecked_address(need(params, 0, "address"), "address")
    typed = need(params, 1, "typedData")
    if isinstance(typed, str):
        try:
            typed = json.loads(typed)
        except (ValueError, RecursionError):
            typed = None
    if not isinstance(typed, dict):
        fix = "send domain, types, primaryType and message."
        raise InvalidInput("Typed data is an object, or JSON of one.", field="typedData", fix=fix)
    an_object(typed, "typedData", ("domain", "types", "primaryType", "message"))
    return hex_data(senders_of(chain).key(address).sign_typed_data(typed))


def _sent(chain: Chain, transaction: Any, *, impersonated: bool) -> str:
    check_size(transaction.encode(), "data")
    return chain.engine.mine(transaction, impersonated=impersonated).transactions[0].hash


def _sender(params: Params) -> Any:
    request = need(params, 0, "transaction")
    if not isinstance(request, dict):
        raise InvalidInput("A transaction is an object.", field="transaction", asked=plain(request))
    return request.get("from")
