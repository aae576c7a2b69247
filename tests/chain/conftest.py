"""What every test of the chain starts from.

One funded key, one fresh chain, and a way to write small contracts.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sessionlab.core.evm import Chain, GenesisAccount

OWNER_KEY = bytes.fromhex("11" * 32)
STRANGER_KEY = bytes.fromhex("22" * 32)
ETHER = 10**18


def _address(key: bytes) -> str:
    from sessionlab.core.base.addresses import checksum
    from sessionlab.core.evm.signing import address_of, open_key

    return checksum(address_of(open_key(key)))


@pytest.fixture
def owner_key() -> bytes:
    return OWNER_KEY


@pytest.fixture
def owner() -> str:
    return _address(OWNER_KEY)


@pytest.fixture
def stranger_key() -> bytes:
    return STRANGER_KEY


@pytest.fixture
def stranger() -> str:
    """An account without anything."""
    return _address(STRANGER_KEY)


@pytest.fixture
def make_chain(owner: str) -> Callable[..., Chain]:
    """Start a chain on which the owner has 1,000 ether, with further accounts as asked for."""

    def make(accounts: dict[str, GenesisAccount] | None = None, **settings: int) -> Chain:
        return Chain({owner: GenesisAccount(balance=1_000 * ETHER), **(accounts or {})}, **settings)

    return make


@pytest.fixture
def chain(make_chain: Callable[..., Chain]) -> Chain:
    return make_chain()


@pytest.fixture(scope="session")
def asm() -> Callable[[str], bytes]:
    """Assemble: opcode names and 0x-literals, which become the PUSH that fits."""
    from eth.vm import opcode_values

    def assemble(source: str) -> bytes:
        code = bytearray()
        for word in source.split():
            if word.startswith("0x"):
                literal = bytes.fromhex(word[2:])
                code += bytes([0x5F + len(literal)]) + literal
            else:
                code.append(getattr(opcode_values, word))
        return bytes(code)

    return assemble


@pytest.fixture(scope="session")
def init_code(asm: Callable[[str], bytes]) -> Callable[[bytes], bytes]:
    """Wrap runtime code of up to 255 bytes in the init code that deploys it."""

    def wrap(runtime: bytes) -> bytes:
        size = f"0x{len(runtime):02x}"
        head = asm(f"{size} 0x0b PUSH0 CODECOPY {size} PUSH0 RETURN")
        assert len(head) == 10
        return asm(f"{size} 0x0a PUSH0 CODECOPY {size} PUSH0 RETURN") + runtime

    return wrap


@pytest.fixture(scope="session")
def counter(asm: Callable[[str], bytes]) -> bytes:
    """Adds one to slot 0, logs the new count under topic 7 and the caller, returns it."""
    return asm("PUSH0 SLOAD 0x01 ADD DUP1 PUSH0 SSTORE PUSH0 MSTORE CALLER 0x07 0x20 PUSH0 LOG2 0x20 PUSH0 RETURN")


@pytest.fixture(scope="session")
def teller(asm: Callable[[str], bytes]) -> bytes:
    """Returns CHAINID, TIMESTAMP, NUMBER, PREVRANDAO, COINBASE, BASEFEE and the parent's BLOCKHASH."""
    names = [
        "CHAINID",
        "TIMESTAMP",
        "NUMBER",
        "DIFFICULTY",
        "COINBASE",
        "BASEFEE",
        "0x01 NUMBER SUB BLOCKHASH",
    ]
    return asm(" ".join(f"{name} 0x{32 * i:02x} MSTORE" for i, name in enumerate(names)) + " 0xe0 PUSH0 RETURN")
