"""Contracts that answer ``symbol()``, ``decimals()`` and ``totalSupply()`` as they like, and the rest with 1."""

from __future__ import annotations

from eth_utils.abi import function_signature_to_4byte_selector

#: An answer: bytes; a number of zero bytes to return; None to revert; "loop" to burn all gas.
Answer = bytes | int | str | None
HEAD, TAIL = 15, 10


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def string(raw: str | bytes) -> bytes:
    """A string as the ABI has it."""
    data = raw.encode() if isinstance(raw, str) else raw
    return word(32) + word(len(data)) + data + bytes(-len(data) % 32)


def code_that_answers(**answers: Answer) -> bytes:
    """The runtime code of a contract with these answers, by function."""
    bodies = [_body(answer, 0) for answer in answers.values()]
    at = HEAD * len(answers) + TAIL
    data_at = at + sum(map(len, bodies))
    head, code, data = b"", b"", b""
    for name, answer in answers.items():
        selector = function_signature_to_4byte_selector(f"{name}()")
        # PUSH0 CALLDATALOAD, shift to the selector, EQ, JUMPI
        head += b"\x5f\x35\x60\xe0\x1c\x63" + selector + b"\x14\x61" + (at + len(code)).to_bytes(2, "big") + b"\x57"
        code += _body(answer, data_at + len(data))
        data += answer if isinstance(answer, bytes) else b""
    return head + b"\x60\x01\x5f\x52\x60\x20\x5f\xf3".ljust(TAIL, b"\0") + code + data


def _body(answer: Answer, at: int) -> bytes:
    """JUMPDEST, and what returns, reverts or loops."""
    if answer is None:
        return b"\x5b\x5f\x5f\xfd"
    if isinstance(answer, str):
        return b"\x5b\x58\x60\x01\x90\x03\x56"  # jump to where it began
    if isinstance(answer, int):
        return b"\x5b\x62" + answer.to_bytes(3, "big") + b"\x5f\xf3"
    size = len(answer).to_bytes(3, "big")
    return b"\x5b\x62" + size + b"\x62" + at.to_bytes(3, "big") + b"\x5f\x39\x62" + size + b"\x5f\xf3"
