"""Put a contract on a lab's chain, and say why it does not get there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eth_hash.auto import keccak

from sessionlab.core import deployments
from sessionlab.core.base.amounts import MAX_UINT256, units
from sessionlab.core.base.errors import ChainError, InvalidInput
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.contracts.reverts import decode_revert
from sessionlab.study.own_contracts.calls import encode_arguments, items
from sessionlab.study.own_contracts.code import ContractCode, read_abi, read_code
from sessionlab.study.own_contracts.errors import errors_of, own_error
from sessionlab.study.own_contracts.vyper_source import compile_source

if TYPE_CHECKING:
    from sessionlab.core.denials.address_book import AddressBook
    from sessionlab.core.evm.chain import Chain
    from sessionlab.core.evm.records import Receipt

#: Bytes of a contract's code (EIP-170), and of the code that deploys it (EIP-3860).
MOST_CODE, MOST_INIT_CODE = 24_576, 49_152
#: Bytes of a token's name and symbol, and whole tokens in its supply if none is said.
MOST_TEXT, SUPPLY = 32, 1_000_000_000


def code_of(source: Any, abi: Any, name: str | None) -> ContractCode:
    """Return the contract that a source, artifact or bytecode is. Raises InvalidInput; MissingExtra without Vyper."""
    read = read_code(source, abi)
    if isinstance(read, ContractCode):
        return read
    if read == source:
        return compile_source(read, name or "Contract")
    path = Path(source)
    return compile_source(read, path.stem, path.parent)


def init_code(
    code: ContractCode, arguments: Sequence[Any], value: int, libraries: Mapping[str, Any], book: AddressBook
) -> bytes:
    """Return what deploys the contract: its code, linked, and the constructor's arguments. Raises InvalidInput."""
    constructor = next(iter(items(code.abi, "constructor")), {"inputs": [], "stateMutability": "nonpayable"})
    what = f"The constructor of {code.name}"
    data = code.linked(libraries) + encode_arguments(constructor, arguments, what, book)
    if value and constructor["stateMutability"] != "payable":
        raise InvalidInput(f"{what} takes no ETH.", field="value", asked=value, left=0, fix="leave the value out.")
    if len(data) > MOST_INIT_CODE:
        message = f"The code that deploys {code.name} has {len(data):,} bytes; up to {MOST_INIT_CODE:,} may (EIP-3860)."
        fix = "split the contract, or compile it with the optimizer."
        raise InvalidInput(message, field="source", asked=len(data), left=MOST_INIT_CODE, fix=fix)
    return data


def why_not(
    chain: Chain, code: ContractCode, data: bytes, value: int, receipt: Receipt, names: AddressBook
) -> ChainError:
    """Return the error for a deployment that failed."""
    field = "arguments" if any(item["inputs"] for item in items(code.abi, "constructor")) else "source"
    if receipt.output:
        known = type(names)(labels=names.labels, errors={**names.errors, **errors_of(code.abi)})
        revert = decode_revert(receipt.output)
        message = f"The constructor of {code.name} reverts: {own_error(revert, known) or revert}."
        return ChainError(message, field=field, fix="check what the constructor requires.")
    made = _run(chain, data, value, receipt.sender)
    if len(made) > MOST_CODE:
        message = f"The code of {code.name} has {len(made):,} bytes; a contract may have {MOST_CODE:,} (EIP-170)."
        fix = "split the contract, move parts into libraries, or compile it with the optimizer."
        return ChainError(message, field="source", asked=len(made), left=MOST_CODE, fix=fix)
    if made[:1] == b"\xef":
        message = f"The code of {code.name} begins with 0xef, which no contract may (EIP-3541)."
        return ChainError(message, field="source", fix="compile it for an EVM without EOF.")
    how = "reverts without a reason" if receipt.halt == "Revert" else f"stops with {receipt.halt}"
    fix = "check what the constructor requires; a compiler's target newer than Prague stops with InvalidInstruction."
    return ChainError(f"The constructor of {code.name} {how}.", field=field, fix=fix)


def _run(chain: Chain, data: bytes, value: int, sender: str) -> bytes:
    """Return the code that a constructor makes, without the limits on it."""
    at = "0x" + keccak(data)[12:].hex()
    result = chain.call(at, b"", sender=sender, value=value, overrides={at: {"code": data}})
    return result.output if result.success else b""


def token_code(name: str, symbol: str, decimals: int, supply: int | None, holder: str) -> ContractCode:
    """Return a token whose whole supply, in base units, is the holder's. Raises InvalidInput."""
    for field, text in (("name", name), ("symbol", symbol)):
        if len(text.encode("utf-8", "surrogatepass")) > MOST_TEXT:
            message = f"The {field} has more than {MOST_TEXT} bytes."
            raise InvalidInput(message, field=field, asked=text[:80], left=MOST_TEXT, fix="give a shorter one.")
    if supply is None:
        if SUPPLY * 10**decimals > MAX_UINT256:
            message = f"One billion tokens of {decimals} decimals are more than 256 bits can hold."
            raise InvalidInput(message, field="supply", fix="give the supply, in base units.")
        supply = units(SUPPLY, decimals)
    info = deployments.TokenInfo(name, symbol, decimals)
    ((_, account),) = deployments.token(holder, info, {holder: supply}).items()
    writes = b"".join(
        b"\x7f" + word.to_bytes(32, "big") + b"\x7f" + slot.to_bytes(32, "big") + b"\x55"  # PUSH32 PUSH32 SSTORE
        for slot, word in account.storage.items()
        if word
    )
    size, at = len(account.code).to_bytes(3, "big"), (len(writes) + 16).to_bytes(3, "big")
    # PUSH3 size, PUSH3 where it begins, PUSH0, CODECOPY, PUSH3 size, PUSH0, RETURN
    ends = b"\x62" + size + b"\x62" + at + b"\x5f\x39\x62" + size + b"\x5f\xf3"
    return ContractCode("Token", read_abi(artifact("Token").abi), (writes + ends + account.code).hex())


__all__ = ["code_of", "init_code", "token_code", "why_not"]
