"""Call data that says the same in another way, or almost: tails in another order, shared, apart, or out of reach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from sessionlab.core.base.abi_words import address_word, pair, word
from sessionlab.core.erc4337.user_operation import HANDLE_OPS, UserOperation, pack

#: Positions of the offsets in a PackedUserOperation's head: initCode, callData, paymasterAndData, signature.
OFFSETS = (2, 3, 7, 8)


def head_words(operation: UserOperation) -> list[bytes]:
    return [
        address_word(operation.sender),
        word(operation.nonce),
        b"",
        b"",
        pair(operation.verification_gas_limit, operation.call_gas_limit),
        word(operation.pre_verification_gas),
        pair(operation.max_priority_fee_per_gas, operation.max_fee_per_gas),
        b"",
        b"",
    ]


def tails(operation: UserOperation) -> dict[int, bytes]:
    fields = (operation.init_code, operation.call_data, operation.paymaster_and_data, operation.signature)
    return {place: word(len(field)) + field for place, field in zip(OFFSETS, fields, strict=True)}


def laid_out(
    operation: UserOperation, order: Sequence[int] = OFFSETS, gap: bytes = b"", *, shared: bool = False
) -> bytes:
    """The operation with its tails in this order, ``gap`` before each; equal tails are written once if ``shared``."""
    words, body = head_words(operation), b""
    written: dict[bytes, int] = {}
    for place in order:
        tail = tails(operation)[place]
        if not (shared and tail in written):
            body += gap
            written[tail] = 9 * 32 + len(body)
            body += tail
        words[place] = word(written[tail])
    return b"".join(words) + body


def bundled(packed: Sequence[bytes], beneficiary: str, order: Sequence[int] | None = None, gap: bytes = b"") -> bytes:
    """handleOps with these encoded operations, their bodies in this order."""
    offsets, body = [b""] * len(packed), b""
    for place in range(len(packed)) if order is None else order:
        body += gap
        offsets[place] = word(32 * len(packed) + len(body))
        body += packed[place]
    return HANDLE_OPS + word(64) + address_word(beneficiary) + word(len(packed)) + b"".join(offsets) + body


def array_behind(packed: Sequence[bytes], beneficiary: str, gap: int) -> bytes:
    """handleOps whose array lies ``gap`` bytes further behind its head."""
    plain = bundled(packed, beneficiary)
    return plain[:4] + word(64 + gap) + plain[36:68] + b"\xee" * gap + plain[68:]


Encoding = Callable[[Sequence[UserOperation], str], bytes]
#: Valid for Solidity's decoder, which follows offsets wherever they lead.
VALID: dict[str, Encoding] = {
    "tails backwards": lambda ops, to: bundled([laid_out(op, OFFSETS[::-1]) for op in ops], to),
    "tails rotated": lambda ops, to: bundled([laid_out(op, (7, 2, 8, 3)) for op in ops], to),
    "a word between tails": lambda ops, to: bundled([laid_out(op, gap=b"\xbb" * 32) for op in ops], to),
    "a byte between tails": lambda ops, to: bundled([laid_out(op, gap=b"\xbb") for op in ops], to),
    "equal tails once": lambda ops, to: bundled([laid_out(op, shared=True) for op in ops], to),
    "operations backwards": lambda ops, to: bundled([pack(op) for op in ops], to, range(len(ops))[::-1]),
    "operations apart": lambda ops, to: bundled([pack(op) for op in ops], to, gap=b"\xcc" * 1_000),
    "operations a byte apart": lambda ops, to: bundled([pack(op) for op in ops], to, gap=b"\xcc"),
    "array behind": lambda ops, to: array_behind([pack(op) for op in ops], to, 64),
    "array a byte behind": lambda ops, to: array_behind([pack(op) for op in ops], to, 1),
    "array far behind": lambda ops, to: array_behind([pack(op) for op in ops], to, 10_000),
    "nothing behind the last byte": lambda ops, to: bundled([laid_out(op) for op in ops], to),
}


def with_word(data: bytes, at: int, value: int) -> bytes:
    """The call data with another word at a position behind the selector."""
    return data[: 4 + at] + word(value) + data[36 + at :]


def bent(ops: Sequence[UserOperation], to: str) -> dict[str, bytes]:
    """Call data that no decoder takes, or that says something else than was meant."""
    plain = bundled([laid_out(op) for op in ops], to)
    first = 96 + int.from_bytes(plain[4 + 96 : 4 + 128], "big")
    result = {
        "array offset beyond": with_word(plain, 0, len(plain)),
        "array offset huge": with_word(plain, 0, 2**64),
        "array offset wraps": with_word(plain, 0, 2**256 - 4),
        "dirty beneficiary": with_word(plain, 32, 2**160 + 5),
        "array one too long": with_word(plain, 64, len(ops) + 1),
        "array far too long": with_word(plain, 64, 2**32),
        "array length huge": with_word(plain, 64, 2**64),
        "array length largest": with_word(plain, 64, 2**256 - 1),
        "array shorter": with_word(plain, 64, len(ops) - 1),
        "operation offset beyond": with_word(plain, 96, len(plain)),
        "operation offset wraps": with_word(plain, 96, 2**256 - 32),
        "operation offset huge": with_word(plain, 96, 2**128),
        "operation offset zero": with_word(plain, 96, 0),
        "dirty sender": with_word(plain, first, 2**160 + int(ops[0].sender, 16)),
    }
    for place in OFFSETS:
        result |= {
            f"tail {place} beyond": with_word(plain, first + 32 * place, len(plain)),
            f"tail {place} wraps": with_word(plain, first + 32 * place, 2**256 - 64),
            f"tail {place} huge": with_word(plain, first + 32 * place, 2**64),
            f"tail {place} at the head": with_word(plain, first + 32 * place, 0),
        }
        start = first + int.from_bytes(plain[4 + first + 32 * place : 36 + first + 32 * place], "big")
        result |= {
            f"tail {place} longer than the call data": with_word(plain, start, len(plain)),
            f"tail {place} of huge length": with_word(plain, start, 2**64),
            f"tail {place} of the largest length": with_word(plain, start, 2**256 - 1),
        }
    return result


def truncations(ops: Sequence[UserOperation], to: str) -> dict[str, bytes]:
    plain = bundled([laid_out(op) for op in ops], to)
    lengths = [4, 5, 35, 36, 67, 68, 99, 100, 131, 132, 164, 388, 420, len(plain) - 64, len(plain) - 2, len(plain) - 1]
    return {f"{length} bytes": plain[:length] for length in lengths}


def drawn(random: Random, ops: Sequence[UserOperation], to: str) -> bytes:
    """One of the valid encodings, by chance."""
    packed = [laid_out(op, random.sample(OFFSETS, 4), random.randbytes(random.choice([0, 1, 32, 77]))) for op in ops]
    order = random.sample(range(len(ops)), len(ops))
    return bundled(packed, to, order, random.randbytes(random.choice([0, 0, 3, 64])))
