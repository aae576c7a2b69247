"""Transactions as bytes: rebuilt from the records of mined ones, and made from requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.base.errors import ChainError
from sessionlab.core.base.rpc_values import data, hex_data, quantity
from sessionlab.core.evm.records import Authorization, Transaction
from sessionlab.core.evm.rpc_methods import Params, need
from sessionlab.node.chain_methods import block_at

if TYPE_CHECKING:
    from sessionlab.core.base.keys import Key
    from sessionlab.core.evm.chain import Chain

LEGACY, ACCESS_LIST, DYNAMIC_FEE, SET_CODE = 0, 1, 2, 4
AccessList = Sequence[tuple[str, Sequence[int]]]


@dataclass(frozen=True, slots=True)
class UnsignedTransaction:
    """A transaction without its signature. Fees in wei per gas."""

    type: int
    chain_id: int | None  # None: a legacy transaction without replay protection
    nonce: int
    max_fee: int  # the gas price of types 0 and 1
    max_priority_fee: int
    gas: int
    to: str | None
    value: int
    data: bytes
    access_list: AccessList = ()
    authorizations: Sequence[Authorization] = ()

    def signed(self, key: Key) -> Any:
        """Return the transaction that this key signed."""
        from eth_keys.datatypes import PrivateKey

        make = f"{'new' if self.type else 'create'}_unsigned_{_NAMES[self.type]}"
        return getattr(_builder(), make)(**self._fields()).as_signed_transaction(
            PrivateKey(key.private), **({} if self.type else {"chain_id": self.chain_id})
        )

    def sent_by(self, sender: str, v: int | None = None, r: int | None = None, s: int = 1) -> Any:
        """Return the transaction of a sender who is not recovered from its signature.

        By default the signature is the sender's address, so that equal transactions of two senders have two hashes.
        """
        account = address_bytes(sender)
        parity = (0 if self.type else 35 + 2 * (self.chain_id or 0)) if v is None else v
        signature = {"y_parity" if self.type else "v": parity, "s": s}
        signature["r"] = int.from_bytes(account, "big") if r is None else r
        result = getattr(_builder(), f"new_{_NAMES[self.type]}")(**self._fields(), **signature)
        result.__dict__["sender"] = account
        return result

    def _fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = {"nonce": self.nonce, "gas": self.gas, "value": self.value, "data": self.data}
        fields["to"] = b"" if self.to is None else address_bytes(self.to)
        if self.type in (LEGACY, ACCESS_LIST):
            fields["gas_price"] = self.max_fee
        else:
            fields |= {"max_fee_per_gas": self.max_fee, "max_priority_fee_per_gas": self.max_priority_fee}
        if self.type != LEGACY:
            fields["chain_id"] = self.chain_id
            fields["access_list"] = [(address_bytes(address), tuple(slots)) for address, slots in self.access_list]
        if self.type == SET_CODE:
            fields["authorization_list"] = [raw_authorization(a) for a in self.authorizations]
        return fields


_NAMES = {
    LEGACY: "transaction",
    ACCESS_LIST: "access_list_transaction",
    DYNAMIC_FEE: "dynamic_fee_transaction",
    SET_CODE: "set_code_transaction",
}


def rebuilt(tx: Transaction) -> Any:
    """Return the transaction that a record was made of, ready to run again."""
    unsigned = UnsignedTransaction(
        tx.type,
        tx.chain_id,
        tx.nonce,
        tx.max_fee_per_gas,
        tx.max_priority_fee_per_gas,
        tx.gas,
        tx.to,
        tx.value,
        tx.data,
        tx.access_list,
        tx.authorization_list,
    )
    return unsigned.sent_by(tx.sender, tx.v, tx.r, tx.s)


def raw_bytes(tx: Transaction) -> bytes:
    """Return a mined transaction as it was sent."""
    return bytes(rebuilt(tx).encode())


def get_raw(chain: Chain, params: Params) -> str | None:
    """Answer eth_getRawTransactionByHash; null if unknown."""
    wanted = data(need(params, 0, "transactionHash"), "transactionHash")
    try:
        return hex_data(raw_bytes(chain.transaction(wanted)))
    except ChainError:
        return None


def get_raw_at(chain: Chain, params: Params) -> str | None:
    """Answer eth_getRawTransactionByBlockNumberAndIndex and ByBlockHashAndIndex; null if there is none."""
    index = quantity(need(params, 1, "index"), "index")
    block = block_at(chain, params)
    if block is None or index >= len(block.transactions):
        return None
    return hex_data(raw_bytes(block.transactions[index]))


def _builder() -> Any:
    from eth.vm.forks.prague.transactions import PragueTransactionBuilder

    return PragueTransactionBuilder


def raw_authorization(a: Authorization) -> Any:
    """Return an authorization in py-evm's form."""
    from eth.vm.forks.prague.transactions import Authorization as RawAuthorization

    return RawAuthorization(a.chain_id, address_bytes(a.address), a.nonce, a.y_parity, a.r, a.s)
