"""Read a contract's view function, and tokens by their name in a lab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from sessionlab.core.base.abi_values import read_arguments
from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.doors import ADDRESS
from sessionlab.core.base.errors import ChainError, InvalidInput, NotFound
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.lab.layout import TOKENS

if TYPE_CHECKING:
    from sessionlab.core.evm.records import CallResult


class Views(Protocol):
    """A chain, here or behind a URL, that answers view functions."""

    def call(self, to: str, data: bytes, /) -> CallResult:
        """Return what a call would return now."""

    def code(self, address: str, /) -> bytes:
        """Return an account's code."""


def read_view(chain: Views, contract_name: str, address: str, function: str, values: Sequence[Any]) -> Any:
    """Call a view function. Raises ChainError if it reverts, or if the address answers with something else."""
    try:
        made = artifact(contract_name)
    except NotFound as error:
        error.field = "contract_name"
        raise
    given = read_arguments(made.function(function).types, values, "values")
    answer = chain.call(address, made.encode(function, *given))
    if not answer.success:
        raise ChainError(f"{contract_name}.{function} reverts.", field="function", asked=function)
    try:
        if not answer.output and not chain.code(address):
            raise ValueError  # a function that answers nothing would seem to be there
        result = made.decode(function, answer.output)
    except Exception:  # a decoder may raise anything on what another contract answers
        code = len(chain.code(address))
        raise ChainError(
            f"{address} has {code:,} bytes of code and answers {contract_name}.{function} with "
            f"{len(answer.output)} bytes, which it cannot return.",
            field="address",
            asked=address,
            fix=f"give the address of a {contract_name}.",
        ) from None
    kinds = made.function(function).outputs
    if len(kinds) > 1:
        return tuple(map(_spelled, kinds, result))
    return _spelled(kinds[0], result) if kinds else result


def token_address(token: Any, addresses: Mapping[str, str]) -> str:
    """Return the address of a token that is given by name or address."""
    if isinstance(token, str) and token in addresses:
        return addresses[token]
    try:
        return str(ADDRESS(token, "token"))
    except InvalidInput as error:
        if "checksum" not in error.message:
            error.fix = f"give a token's address, or one of {', '.join(map(repr, TOKENS))}."
        raise


def _spelled(kind: str, value: Any) -> Any:
    """Return an ABI value, with addresses checksummed as everywhere else."""
    return checksum(address_bytes(value)) if kind == "address" else value
