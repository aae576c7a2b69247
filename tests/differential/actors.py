"""Wallets, paymasters and factories of a few statements, which do what a test wants."""

from __future__ import annotations

from eth_hash.auto import keccak

from sessionlab.core.base.abi_words import word
from sessionlab.core.base.addresses import address_bytes, checksum
from tests.differential.assembly import (
    Statement,
    answers,
    assemble,
    context,
    counts,
    creates,
    deploying,
    on,
    pays_prefund,
)
from tests.differential.compared import POST_OP, VALIDATE_PAYMASTER, VALIDATE_USER_OP

VALID = answers(word(0))


def wallet_code(*execution: Statement, validation: Statement = VALID, pays: bool = True) -> bytes:
    """A wallet whose validation pays what it is asked for, and that counts its executions."""
    prefund: Statement = pays_prefund() if pays else b""
    return assemble(on(VALIDATE_USER_OP, prefund, validation), counts(), execution)


def paymaster_code(*post: Statement, validation: Statement = b"", given: bytes = b"", verdict: int = 0) -> bytes:
    """A paymaster that answers its context and validationData, and counts its postOps."""
    answer = answers(context(given, verdict))
    return assemble(on(VALIDATE_PAYMASTER, validation, answer), on(POST_OP, counts(), post))


def factory_code(code: bytes, size: int = 32) -> bytes:
    """A factory that deploys this code, whatever it is called with, and answers ``size`` bytes."""
    return assemble(creates(deploying(code), size))


def made_by(factory: str, code: bytes) -> str:
    """Where that factory puts it (CREATE2, EIP-1014)."""
    made = keccak(b"\xff" + address_bytes(factory) + bytes(32) + keccak(deploying(code)))
    return checksum(made[12:])
