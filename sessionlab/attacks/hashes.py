"""Signed hashes, built word by word, so that an attack lab can omit the same word as its mutant.

An attack on a mutant must not fail because of mismatched signatures, so the wallets and sponsors of its attack lab
sign exactly what the mutant hashes.
"""

from __future__ import annotations

from collections.abc import Mapping

from eth_hash.auto import keccak

from sessionlab.attacks.attack_lab import AttackLab
from sessionlab.core.base.abi_words import address_word, pair, word
from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation


def operation_hash(lab: AttackLab, op: UserOperation, chain_id: int = 0, entry_point: str = ENTRY_POINT) -> bytes:
    """Return the userOpHash as this attack lab's EntryPoint computes it (ERC-4337 v0.7)."""
    fields = {
        **_fields(op),
        "paymaster": keccak(op.paymaster_and_data),
    }
    where = {"entry-point": address_word(entry_point), "chain": word(chain_id or lab.chain.chain_id)}
    return _hashed({"packed": _hashed(fields, lab.leaves_out, "hash"), **where}, lab.leaves_out, "hash")


def sponsorship_hash(lab: AttackLab, op: UserOperation, chain_id: int = 0) -> bytes:
    """Return the hash that the sponsor signs, as this attack lab's paymaster computes it."""
    data = op.paymaster_and_data
    more = {
        "paymaster-limits": data[20:52],
        "window": bytes(20) + data[52:64],
        "chain": word(chain_id or lab.chain.chain_id),
        "paymaster": address_bytes(op.paymaster or "").rjust(32, b"\0"),
    }
    return _hashed({**_fields(op), **more}, lab.leaves_out, "sponsorship")


def _fields(op: UserOperation) -> dict[str, bytes]:
    return {
        "sender": address_word(op.sender),
        "nonce": word(op.nonce),
        "init-code": keccak(op.init_code),
        "call-data": keccak(op.call_data),
        "gas-limits": pair(op.verification_gas_limit, op.call_gas_limit),
        "pre-verification-gas": word(op.pre_verification_gas),
        "fees": pair(op.max_priority_fee_per_gas, op.max_fee_per_gas),
    }


def _hashed(words: Mapping[str, bytes], leaves_out: str, what: str) -> bytes:
    return bytes(keccak(b"".join(item for name, item in words.items() if f"{what}-without-{name}" != leaves_out)))
