"""Convert eth-tester's transactions, which are dicts of Python values, to signed bytes."""

from __future__ import annotations

from typing import Any

from eth.vm.forks.prague.transactions import Authorization, PragueTransactionBuilder
from eth_keys.datatypes import PrivateKey

from sessionlab.core.evm.chain import Chain
from sessionlab.node.chain_methods import DEFAULT_TIP

FEES = ("max_fee_per_gas", "max_priority_fee_per_gas")


def signed_transaction(chain: Chain, request: dict[str, Any], key: bytes | None = None) -> bytes:
    """Fill in missing fields and sign. Without a key, the fields must include the signature."""
    fields = _complete(chain, request)
    kind = _kind(fields)
    if key is None:
        made: Any = getattr(PragueTransactionBuilder, f"new_{kind}")(**fields)
    else:
        unsigned = getattr(PragueTransactionBuilder, _unsigned(kind))(**fields)
        made = unsigned.as_signed_transaction(PrivateKey(key))
    return bytes(made.encode())


def _complete(chain: Chain, request: dict[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in request.items() if name not in ("from", "type")}
    fields.setdefault("nonce", chain.nonce(request["from"]))
    for name, default in (("data", b""), ("value", 0), ("to", b"")):
        fields.setdefault(name, default)
    if not {"gas_price", *FEES} & fields.keys():
        fields |= dict.fromkeys(FEES, max(DEFAULT_TIP, chain.base_fee))
    elif "gas_price" not in fields:
        fields.setdefault("max_priority_fee_per_gas", min(DEFAULT_TIP, fields.get("max_fee_per_gas", 0)))
        fields.setdefault("max_fee_per_gas", fields["max_priority_fee_per_gas"] + 2 * chain.base_fee)
    if "gas_price" not in fields or "access_list" in fields:
        fields.setdefault("access_list", ())
        fields.setdefault("chain_id", chain.chain_id)
        if "v" in fields:
            fields["y_parity"] = fields.pop("v")
    else:
        fields.pop("chain_id", None)  # eth-tester's legacy transactions have no replay protection
    if "authorization_list" in fields:
        fields["authorization_list"] = [_authorization(wanted) for wanted in fields["authorization_list"]]
    return fields


def _kind(fields: dict[str, Any]) -> str:
    if "authorization_list" in fields:
        return "set_code_transaction"
    if "max_fee_per_gas" in fields:
        return "dynamic_fee_transaction"
    return "access_list_transaction" if "access_list" in fields else "transaction"


def _unsigned(kind: str) -> str:
    return "create_unsigned_transaction" if kind == "transaction" else f"new_unsigned_{kind}"


def _authorization(wanted: Any) -> Authorization:
    values = wanted if isinstance(wanted, dict) else dict(wanted)
    return Authorization(*(values[name] for name in ("chain_id", "address", "nonce", "y_parity", "r", "s")))
